/**
 * Random profiles and calls, with values at and around the ones where mistakes would show.
 */

import fc from "fast-check";
import { ACTIONS, type Condition, OPERATORS, type Profile, type Rule } from "../../../src/profile/profile.ts";

const MAX = 2n ** 64n - 1n;

/** Values around the edges of the two words of an argument. */
const EDGES = [
  0n,
  1n,
  0x7fffffffn,
  0x80000000n,
  0xfffffffen,
  0xffffffffn,
  0x1_00000000n,
  0x1_00000001n,
  0x1_ffffffffn,
  0x2_00000000n,
  0x7fffffff_ffffffffn,
  0x80000000_00000000n,
  0xffffffff_00000000n,
  MAX - 1n,
  MAX,
];

/** A few small values, edges, and any value. */
export function arbitraryValue(): fc.Arbitrary<bigint> {
  return fc.oneof(
    { weight: 3, arbitrary: fc.bigInt({ min: 0n, max: 8n }) },
    { weight: 3, arbitrary: fc.constantFrom(...EDGES) },
    { weight: 1, arbitrary: fc.bigInt({ min: 0n, max: MAX }) },
  );
}

/** One of the rule's values, a neighbour, or something else. */
function nearby(values: readonly bigint[]): fc.Arbitrary<bigint> {
  const around = values.flatMap((value) => [
    value,
    value + 1n,
    value - 1n,
    value ^ (1n << 32n),
    value ^ (1n << 63n),
  ]);
  return around.length === 0
    ? arbitraryValue()
    : fc.oneof(
        { weight: 4, arbitrary: fc.constantFrom(...around.map((value) => BigInt.asUintN(64, value))) },
        { weight: 1, arbitrary: arbitraryValue() },
      );
}

/** Six arguments at and around the values in a profile's conditions; cut to 32 bits for a 32-bit call. */
export function boundaryArguments(profile: Profile, bits: 32 | 64): fc.Arbitrary<bigint[]> {
  const values = profile.rules.flatMap((rule) =>
    rule.conditions.flatMap(({ op, value, valueTwo }) =>
      op === "SCMP_CMP_MASKED_EQ"
        ? [value & valueTwo, valueTwo, (value & valueTwo) | (MAX ^ value)]
        : [value],
    ),
  );
  return fc.array(
    nearby(values).map((value) => BigInt.asUintN(bits, value)),
    { minLength: 6, maxLength: 6 },
  );
}

function arbitraryCondition(): fc.Arbitrary<Condition> {
  return fc.record({
    // Few indexes, so that rules overlap.
    index: fc.oneof({ weight: 3, arbitrary: fc.constantFrom(0, 1) }, { weight: 1, arbitrary: fc.nat(5) }),
    op: fc.constantFrom(...OPERATORS),
    value: arbitraryValue(),
    valueTwo: arbitraryValue(),
  });
}

const USABLE = ACTIONS.filter((action) => action !== "SCMP_ACT_NOTIFY");
const NOTHING = { caps: [], arches: [], minKernel: undefined };

/** A profile with overlapping rules on these syscalls, for x86-64 with all its sub-architectures. */
export function arbitraryProfile(names: readonly string[]): fc.Arbitrary<Profile> {
  const rule = fc.record({
    names: fc.subarray([...names], { minLength: 1 }),
    action: fc.constantFrom(...USABLE),
    errno: fc.record({ number: fc.option(fc.nat(100), { nil: undefined }), name: fc.constant(undefined) }),
    conditions: fc.array(arbitraryCondition(), { maxLength: 3 }),
  });
  return fc
    .record({
      defaultAction: fc.constantFrom(...USABLE),
      defaultErrno: fc.record({
        number: fc.option(fc.nat(100), { nil: undefined }),
        name: fc.constant(undefined),
      }),
      rules: fc.array(rule, { maxLength: 12 }),
    })
    .map(({ defaultAction, defaultErrno, rules }) => ({
      base: "",
      defaultAction,
      defaultErrno,
      archMap: [{ architecture: "SCMP_ARCH_X86_64", subArchitectures: ["SCMP_ARCH_X86", "SCMP_ARCH_X32"] }],
      architectures: undefined,
      flags: undefined,
      listenerPath: undefined,
      listenerMetadata: undefined,
      rules: rules.map((parts, index): Rule => ({ index, ...parts, includes: NOTHING, excludes: NOTHING })),
    }));
}
