/**
 * A merged profile gives every call what becomes of the verdicts of the profiles that it was merged from.
 */

import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { arbitraryOwnCall, arbitraryWorld, show, type World } from "../../test/support/generators/worlds.ts";
import { extent } from "../../test/support/running/extent.ts";
import { Refusal } from "../diagnostic.ts";
import { evaluate } from "../policy/evaluate.ts";
import type { Call, Policy } from "../policy/policy.ts";
import { resolve } from "../policy/resolve.ts";
import { RuleTable } from "../policy/rule-table.ts";
import type { Target } from "../policy/target.ts";
import type { Verdict } from "../policy/verdict.ts";
import { readJson } from "../profile/json.ts";
import { formatKernelVersion } from "../profile/kernel-version.ts";
import { parseByLibrary } from "../profile/library-parser.ts";
import type { Profile, Selector } from "../profile/profile.ts";
import { readProfile } from "../profile/read.ts";
import { architectures } from "../tables/architectures.ts";
import { architecturesRunBy } from "../tables/run-by.ts";
import { SECCOMP_RET_ACTION_FULL, SECCOMP_RET_ERRNO } from "../tables/seccomp.ts";
import { syscallId, syscallSince } from "../tables/syscalls.ts";
import { type MergeInput, type MergeOptions, type MergeResult, mergeProfiles } from "./merge.ts";
import type { Operation } from "./operation.ts";

/** The text of a profile, and the same as it is read. */
function written(profile: Profile): string {
  const selector = ({ caps, arches, minKernel }: Selector) => ({
    caps,
    arches,
    ...(minKernel === undefined ? {} : { minKernel: formatKernelVersion(minKernel) }),
  });
  const { defaultAction, defaultErrno, archMap, architectures, flags, listenerPath, rules } = profile;
  const document = {
    defaultAction,
    defaultErrnoRet: defaultErrno.number,
    defaultErrno: defaultErrno.name,
    archMap,
    architectures,
    flags,
    listenerPath,
    syscalls: rules.map(({ names, action, errno, conditions, includes, excludes }) => ({
      names,
      action,
      errnoRet: errno.number,
      errno: errno.name,
      args: conditions.map(({ index, op, value, valueTwo }) => ({
        index,
        op,
        value: `<${value}>`,
        valueTwo: `<${valueTwo}>`,
      })),
      includes: selector(includes),
      excludes: selector(excludes),
    })),
  };
  return JSON.stringify(document, null, 2).replaceAll(/"<(\d+)>"/g, "$1");
}

function inputOf(text: string, label: string): MergeInput {
  const reading = readJson(text, parseByLibrary);
  assert.is(reading.kind, "document", text);
  const { document } = reading as Extract<typeof reading, { kind: "document" }>;
  const { profile, diagnostics } = readProfile(document.value, document.exact);
  assert.ok(profile !== undefined, `${diagnostics[0]?.message} ${text}`);
  return { label, profile: profile as Profile, raw: document.value, text };
}

const DENIES = (verdict: Verdict): boolean => (verdict & SECCOMP_RET_ACTION_FULL) <= SECCOMP_RET_ERRNO;
/** Restrictive ones first: the kernel compares signed numbers. */
const RANK = (verdict: Verdict): number => verdict & SECCOMP_RET_ACTION_FULL;

/** The definition, as docs/profiles.md has it. */
function meant(
  operation: Operation,
  policies: readonly Policy[],
  youngest: number | undefined,
  call: Call,
): Verdict {
  const [first, ...others] = policies.map((policy) => evaluate(policy, call)) as [Verdict, ...Verdict[]];
  switch (operation) {
    case "union":
      return others.reduce((most, one) => (RANK(one) > RANK(most) ? one : most), first);
    case "intersection":
      return others.reduce((least, one) => (RANK(one) < RANK(least) ? one : least), first);
    case "rest": {
      const [policy] = policies as readonly [Policy];
      const denial = DENIES(policy.defaultVerdict) ? policy.defaultVerdict : SECCOMP_RET_ERRNO | 1;
      const denying: Policy = {
        ...policy,
        defaultVerdict: denial,
        rules: new RuleTable(),
        youngest,
      };
      return DENIES(first) || others.every(DENIES) ? first : evaluate(denying, call);
    }
  }
}

/** The version of the youngest call that profiles name, if calls that are younger get ENOSYS. */
function ageOf(profiles: readonly Profile[], { unknownSyscalls }: World["options"]): number | undefined {
  const names = profiles.flatMap(({ rules }) => rules.flatMap((rule) => rule.names));
  const age = Math.max(0, ...names.map((name) => syscallSince(syscallId(name))));
  return unknownSyscalls === "enosys" && age > 0 ? age : undefined;
}

/** All profiles as old as the youngest of them. */
function policiesOf(profiles: readonly Profile[], target: Target, options: World["options"]): Policy[] {
  const youngest = ageOf(profiles, options);
  return profiles.map((profile) => {
    const { policy } = resolve(profile, target, options);
    assert.ok(policy !== undefined);
    return {
      ...(policy as Policy),
      youngest: DENIES((policy as Policy).defaultVerdict) ? youngest : undefined,
    };
  });
}

/** Whether a kernel of the machine can be asked for a call: what profiles say of others need not be the same. */
function canBeMade({ arch }: Call, target: Target): boolean {
  const isKnown = architectures.some(({ token }) => token === arch);
  return !isKnown || architecturesRunBy(target.arch).some(({ token }) => token === arch);
}

const operations: fc.Arbitrary<Operation> = fc.constantFrom("union", "intersection", "rest");

/** Profiles for one machine, some of whose rules are the same. */
const families = fc
  .tuple(arbitraryWorld(), arbitraryWorld(), fc.boolean(), fc.nat(3), fc.boolean())
  .map(([a, b, sameDefault, shared, sameLists]): readonly [World, World] => {
    const rules = [...a.profile.rules.slice(0, shared), ...b.profile.rules.slice(0, 4)];
    const { archMap, architectures, defaultAction, defaultErrno } = a.profile;
    return [
      a,
      {
        ...a,
        profile: {
          ...b.profile,
          ...(sameLists ? { archMap, architectures } : {}),
          ...(sameDefault ? { defaultAction, defaultErrno } : {}),
          rules: rules.map((rule, index) => ({ ...rule, index })),
        },
      },
    ];
  });

function optionsFor({ target, options }: World, operation: Operation): MergeOptions {
  return {
    operation,
    target,
    given: { arch: false, caps: false, kernel: false },
    wideArguments: options.wideArguments,
    unknownSyscalls: options.unknownSyscalls,
    sameArchitectures: false,
    parse: parseByLibrary,
  };
}

/** Undefined: refused. */
function merged(
  inputs: readonly [MergeInput, ...MergeInput[]],
  options: MergeOptions,
): MergeResult | undefined {
  try {
    return mergeProfiles(inputs, options);
  } catch (error) {
    if (error instanceof Refusal) {
      return undefined;
    }
    throw error;
  }
}

test("random profiles: every verdict of the result is what becomes of theirs, for every caller and kernel, or it is refused", () => {
  let [count, refused] = [0, 0];
  fc.assert(
    fc.property(
      families.chain((worlds) =>
        fc.record({
          worlds: fc.constant(worlds),
          operation: operations,
          keepsText: fc.boolean(),
          caps: fc.array(fc.bigInt({ min: 0n, max: (1n << 41n) - 1n }), { minLength: 3, maxLength: 3 }),
          calls: fc.array(fc.oneof(...worlds.map((world) => arbitraryOwnCall(world, [world.target.arch]))), {
            minLength: 60,
            maxLength: 60,
          }),
        }),
      ),
      ({ worlds, operation, keepsText, caps, calls }) => {
        const [first, second] = worlds;
        const inputs = worlds.map(({ profile }, i) => inputOf(written(profile), `${i}.json`)) as [
          MergeInput,
          MergeInput,
        ];
        const given = keepsText ? inputs : ([{ ...inputs[0], text: undefined }, inputs[1]] as const);
        const result = merged(given, optionsFor(first, operation));
        count += 1;
        refused += result === undefined ? 1 : 0;
        if (result === undefined) {
          return;
        }
        const { profile } = inputOf(result.text, "merged.json");
        const profiles = [first.profile, second.profile];
        for (const [i, held] of [first.target.caps, 0n, ...caps].entries()) {
          const target = { ...first.target, caps: held };
          const policies = policiesOf([...profiles, profile], target, first.options);
          for (const call of calls.slice(i * 12, i * 12 + 12).filter((one) => canBeMade(one, target))) {
            assert.is(
              evaluate(policies[2] as Policy, call),
              meant(operation, policies.slice(0, 2), ageOf(profiles, first.options), call),
              `${operation} ${show(call)} ${held}\n${result.text}`,
            );
          }
        }
      },
    ),
    { numRuns: extent(20, 100), seed: 1 },
  );
  assert.ok(refused * 3 < count * 2, `${refused} of ${count} are refused`);
});

test("a profile merged with itself is its text", () => {
  fc.assert(
    fc.property(
      arbitraryWorld(),
      fc.constantFrom("union" as const, "intersection" as const),
      (world, operation) => {
        const input = inputOf(written(world.profile), "a.json");
        const given = { arch: true, caps: false, kernel: false };
        const result = merged([input, input], { ...optionsFor(world, operation), given });
        fc.pre(result !== undefined);
        assert.is(result?.text, input.text);
      },
    ),
    { numRuns: extent(20, 60), seed: 2 },
  );
});

test.run();
