/**
 * Redundant rules, compared with trying all arguments: which rule counts for each, and what remains without the rules that
 * are reported.
 */

import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { KERNEL, policyOf, profileOf, X86_64 } from "../../test/support/fixtures/policies.ts";
import { MAX_DIAGNOSTICS } from "../diagnostic.ts";
import { applies } from "../policy/applying.ts";
import { ruleAlternatives } from "../policy/resolve.ts";
import { verdictOf } from "../policy/rule-verdict.ts";
import { precedence, type Verdict } from "../policy/verdict.ts";
import type { Profile, Rule } from "../profile/profile.ts";
import { contradictionIn } from "./contradictions.ts";
import type { LintInput } from "./input.ts";
import { uselessRules } from "./redundancies.ts";

/** All of the same age: the only rule that names the youngest call is always needed. */
const NAMES = ["read", "write", "ioctl"];
const OPS = ["EQ", "NE", "LT", "LE", "GT", "GE", "MASKED_EQ"];

const condition = fc.record({
  index: fc.nat(1),
  op: fc.constantFrom(...OPS.map((op) => `SCMP_CMP_${op}`)),
  value: fc.nat(3),
  valueTwo: fc.nat(3),
});

/** Small numbers, so that rules often agree. */
function profiles(caps: readonly string[]): fc.Arbitrary<Profile> {
  const rule = fc.record(
    {
      names: fc.subarray(NAMES, { minLength: 1 }),
      action: fc.constantFrom("SCMP_ACT_ALLOW", "SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_KILL"),
      args: fc.array(condition, { maxLength: 2 }),
      includes: fc.record({ caps: fc.subarray([...caps]) }),
    },
    { requiredKeys: ["names", "action", "args"] },
  );
  return fc
    .array(rule, { minLength: 2, maxLength: 6 })
    .map((syscalls) => profileOf(JSON.stringify({ defaultAction: "SCMP_ACT_ERRNO", syscalls })));
}

/** All arguments that such rules distinguish, and one that differs only in its upper half. */
const VALUES = [0n, 1n, 2n, 3n, 4n, 5n, 6n, 7n, 1n << 32n];
const ARGUMENTS = VALUES.flatMap((a) => VALUES.map((b) => [a, b, 0n, 0n, 0n, 0n]));

const DEFAULT: Verdict = 0x00050001;

function verdictOfRule({ action, errno }: Rule): Verdict {
  return verdictOf(action, errno, X86_64);
}

function applying(rules: readonly Rule[], name: string, args: readonly bigint[]): Rule[] {
  return rules.filter(
    (rule) =>
      rule.names.includes(name) && ruleAlternatives(rule.conditions, 0).some((one) => applies(one, args)),
  );
}

/** The first of the most restrictive rules that apply. */
function counting(rules: readonly Rule[], name: string, args: readonly bigint[]): Rule | undefined {
  const here = applying(rules, name, args);
  const strictest = Math.min(...here.map((rule) => precedence(verdictOfRule(rule))));
  return here.find((rule) => precedence(verdictOfRule(rule)) === strictest);
}

function inputFor(profile: Profile): LintInput {
  const policy = policyOf(profile, X86_64, 0n, "default");
  const target = { arch: X86_64, kernel: KERNEL, caps: 0n };
  return { profile, policy, installed: policy, target, engines: [] };
}

/** The report on a profile: which names of which rules can be left out, and the rules that count instead. */
function reported(profile: Profile): {
  readonly unneeded: ReadonlySet<string>;
  readonly instead: Map<number, number[]>;
} {
  const unneeded = new Set<string>();
  const instead = new Map<number, number[]>();
  for (const { rule, names, instead: others } of uselessRules(inputFor(profile)).useless) {
    for (const name of names) {
      unneeded.add(`${rule.index} ${name}`);
    }
    instead.set(
      rule.index,
      others.map((other) => other.index),
    );
  }
  return { unneeded, instead };
}

/** By the definition: it counts for some arguments, and the verdict would be another without it. */
function isNeeded(rules: readonly Rule[], rule: Rule, name: string): boolean {
  const verdict = verdictOfRule(rule);
  return ARGUMENTS.some(
    (args) =>
      counting(rules, name, args) === rule &&
      (verdict !== DEFAULT ||
        applying(rules, name, args).some((other) => precedence(verdictOfRule(other)) > precedence(verdict))),
  );
}

test("exactly the rules that count nowhere are reported, with the rules that count instead", () => {
  const seen = { unneeded: 0, needed: 0, instead: 0 };
  fc.assert(
    fc.property(profiles([]), (profile) => {
      const { rules } = profile;
      const { unneeded, instead } = reported(profile);
      for (const rule of rules.filter((one) => contradictionIn(one, inputFor(profile)) === undefined)) {
        for (const name of rule.names) {
          const needed = isNeeded(rules, rule, name);
          seen[needed ? "needed" : "unneeded"] += 1;
          assert.is(unneeded.has(`${rule.index} ${name}`), !needed, `${name} in rule ${rule.index}`);
        }
        for (const other of instead.get(rule.index) ?? []) {
          seen.instead += 1;
          const counts = rule.names.some((name) =>
            ARGUMENTS.some(
              (args) =>
                applying(rules, name, args).includes(rule) && counting(rules, name, args) === rules[other],
            ),
          );
          assert.ok(other !== rule.index && counts, `${other} instead of ${rule.index}`);
        }
      }
    }),
    { numRuns: 600, seed: 1 },
  );
  assert.ok(seen.unneeded > 300 && seen.needed > 1000 && seen.instead > 200, JSON.stringify(seen));
});

test("a rule for some machines adds nothing to an earlier one for all, which adds to one for some", () => {
  const some = { names: ["read"], action: "SCMP_ACT_ALLOW", includes: { caps: ["CAP_CHOWN"] } };
  const all = { names: ["read"], action: "SCMP_ACT_ALLOW" };
  const more = { names: ["write"], action: "SCMP_ACT_ALLOW" };
  for (const [syscalls, expected] of [
    [[all, some, more], ["1 read"]],
    // Of several rules that agree, the first is the one that is needed.
    [[some, all, more], []],
  ] as const) {
    const text = JSON.stringify({ defaultAction: "SCMP_ACT_ERRNO", syscalls });
    assert.equal([...reported(profileOf(text)).unneeded], expected);
  }
});

test("of any number of equal rules only the maximum is reported", () => {
  const syscalls = Array.from({ length: 20_000 }, () => ({ names: ["read"], action: "SCMP_ACT_ALLOW" }));
  const text = JSON.stringify({ defaultAction: "SCMP_ACT_ERRNO", syscalls });
  assert.ok(reported(profileOf(text)).unneeded.size > MAX_DIAGNOSTICS);
});

test("without what is reported every call gets the same verdict, whatever capabilities are held", () => {
  let removed = 0;
  fc.assert(
    fc.property(profiles(["CAP_CHOWN", "CAP_BPF"]), (profile) => {
      const { unneeded } = reported(profile);
      removed += unneeded.size;
      for (const caps of [[], ["CAP_CHOWN"], ["CAP_BPF"], ["CAP_CHOWN", "CAP_BPF"]]) {
        const rules = profile.rules.filter(({ includes }) =>
          includes.caps.every((cap) => caps.includes(cap)),
        );
        const left = rules.map((rule) => ({
          ...rule,
          names: rule.names.filter((name) => !unneeded.has(`${rule.index} ${name}`)),
        }));
        for (const name of NAMES) {
          for (const args of ARGUMENTS) {
            const [before, after] = [rules, left].map((all) => {
              const rule = counting(all, name, args);
              return rule === undefined ? DEFAULT : verdictOfRule(rule);
            });
            assert.is(after, before, `${name}(${args}) with ${caps}`);
          }
        }
      }
    }),
    { numRuns: 300, seed: 2 },
  );
  assert.ok(removed > 150, `${removed}`);
});

test.run();
