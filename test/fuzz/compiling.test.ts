/**
 * Random profiles, compiled for random machines: the filter is one that the kernel takes, it is proven equal to the
 * profile, and it gives the evaluator's verdict on calls at and around the values of the rules.
 *
 * FUZZ_CASES says how many, FUZZ_SEED which; `make fuzz` sets both.
 */

import fc from "fast-check";
import * as assert from "uvu/assert";
import { prove } from "../../src/analysis/equivalent.ts";
import { sections } from "../../src/analysis/regions.ts";
import { checkProgram } from "../../src/bpf/check.ts";
import { compile } from "../../src/bpf/compile.ts";
import { decode, type Instructions } from "../../src/bpf/decode.ts";
import { type Program, programLength } from "../../src/bpf/instruction.ts";
import { interpret } from "../../src/bpf/interpret.ts";
import { evaluate } from "../../src/policy/evaluate.ts";
import type { Call, Policy } from "../../src/policy/policy.ts";
import { resolve } from "../../src/policy/resolve.ts";
import { OPERATORS, type OperatorName, type Profile } from "../../src/profile/profile.ts";
import { BPF_MAXINSNS } from "../../src/tables/seccomp.ts";
import { ALL_CAPS, policyOf, profileOf, X86_64 } from "../support/fixtures/policies.ts";
import { arbitraryValue } from "../support/generators/arbitrary.ts";
import { arbitraryOwnCall, arbitraryWorld, NAMES, show, type World } from "../support/generators/worlds.ts";
import { extent } from "../support/running/extent.ts";
import { test } from "../support/running/test.ts";

const CASES = Number(process.env["FUZZ_CASES"] ?? extent(160, 400));
const SEED = Number(process.env["FUZZ_SEED"] ?? 7);
/** Profiles with very many rules take longer. */
const LARGE_CASES = Math.ceil(CASES / 20);
const CALLS_EACH = 10;
/** Thousands of rules may take longer than anybody would want to wait for. */
const MAX_STEPS = 50_000_000;

function policyIn({ profile, target, options }: World): Policy {
  const { policy } = resolve(profile, target, options);
  if (policy === undefined) {
    throw new Error("a random profile has errors");
  }
  return policy;
}

/** How many sets of calls were looked at; undefined where the kernel would not take so long a program. */
function proven(policy: Policy, program: Program): number | undefined {
  const checked = checkProgram(program);
  if (programLength(program) > BPF_MAXINSNS) {
    assert.match(checked.kind === "refused" ? checked.reason : "", String(BPF_MAXINSNS));
    return undefined;
  }
  assert.is(checked.kind, "accepted");
  const proof = prove(policy, program, policy.architectures[0]?.bigEndian === true, MAX_STEPS);
  assert.is(proof.kind, "equal", show(proof));
  return proof.sets;
}

function agree(policy: Policy, instructions: Instructions, call: Call): void {
  const { verdict } = interpret(instructions, call, policy.architectures[0]?.bigEndian === true);
  assert.is(verdict, evaluate(policy, call), show(call));
}

test("the filters of random profiles with overlapping rules are the profiles", () => {
  const counts = { profiles: 0, sections: 0, sets: 0, conditional: 0, longest: 0, calls: 0 };
  fc.assert(
    fc.property(arbitraryWorld(), fc.gen(), (world, gen) => {
      const policy = policyIn(world);
      const program = compile(policy);
      const sets = proven(policy, program);
      if (sets === undefined) {
        return;
      }
      const instructions = decode(program);
      for (let i = 0; i < CALLS_EACH; i += 1) {
        agree(
          policy,
          instructions,
          gen(() => arbitraryOwnCall(world, policy.architectures)),
        );
        counts.calls += 1;
      }
      counts.profiles += 1;
      counts.sections += sections(policy).length;
      counts.sets += sets;
      counts.conditional += world.profile.rules.some(({ conditions }) => conditions.length > 0) ? 1 : 0;
      counts.longest = Math.max(counts.longest, programLength(program));
    }),
    { numRuns: CASES, seed: SEED },
  );
  report(counts);
  assert.ok(counts.profiles > 0.98 * CASES, `${counts.profiles} of ${CASES}`);
  assert.ok(
    counts.conditional > 0.5 * CASES && counts.sets > 1.5 * counts.sections && counts.sections > 20 * CASES,
    show(counts),
  );
});

/** Single values, of which each stays in the filter, or all comparisons, of which some swallow others. */
const OPERATIONS: readonly (readonly OperatorName[])[] = [["SCMP_CMP_EQ"], OPERATORS];

/** Hundreds of rules with one condition each, on few calls, so that many of them overlap. */
function arbitraryLargeProfile(): fc.Arbitrary<Profile> {
  return fc.constantFrom(...OPERATIONS).chain(arbitraryLargeProfileOf);
}

function arbitraryLargeProfileOf(operations: readonly OperatorName[]): fc.Arbitrary<Profile> {
  const rule = fc.record({
    name: fc.constantFrom(...NAMES.slice(0, 6)),
    action: fc.constantFrom("SCMP_ACT_ALLOW", "SCMP_ACT_ALLOW", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_LOG"),
    index: fc.nat(1),
    op: fc.constantFrom(...operations),
    value: fc.oneof(arbitraryValue(), fc.bigInt({ min: 0n, max: 2n ** 33n })),
    valueTwo: arbitraryValue(),
  });
  return fc.array(rule, { minLength: 100, maxLength: 3000, size: "max" }).map((rules) => ({
    ...profileOf('{"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86"]}'),
    rules: rules.map(({ name, action, ...condition }, index) => ({
      index,
      names: [name],
      action: action as "SCMP_ACT_ALLOW",
      errno: { number: undefined, name: undefined },
      conditions: [condition],
      includes: { caps: [], arches: [], minKernel: undefined },
      excludes: { caps: [], arches: [], minKernel: undefined },
    })),
  }));
}

test("so are those of profiles with thousands of rules, or they are too long", () => {
  const counts = { profiles: 0, rules: 0, tooLong: 0, sets: 0, longest: 0 };
  fc.assert(
    fc.property(arbitraryLargeProfile(), (profile) => {
      const policy = policyOf(profile, X86_64, ALL_CAPS);
      const program = compile(policy);
      const sets = proven(policy, program);
      counts.profiles += 1;
      counts.rules += profile.rules.length;
      counts.tooLong += sets === undefined ? 1 : 0;
      counts.sets += sets ?? 0;
      counts.longest = Math.max(counts.longest, programLength(program));
    }),
    { numRuns: LARGE_CASES, seed: SEED, endOnFailure: true },
  );
  report(counts);
  assert.ok(counts.tooLong > 0 && counts.tooLong < counts.profiles, show(counts));
});

/** Only where somebody has asked for more than the tests do. */
function report(counts: object): void {
  if (process.env["FUZZ_CASES"] !== undefined) {
    console.log(show(counts));
  }
}

test.run();
