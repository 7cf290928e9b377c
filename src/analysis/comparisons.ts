/**
 * Negation and conjunction of comparisons of one argument. A libseccomp rule compares each argument once, so the result is a list
 * of comparisons of which at least one must hold.
 */

import { intervalsOf as intervalsIn } from "../graph/interval.ts";
import type { Comparison, PolicyRule } from "../policy/policy.ts";
import { regionsOfRules } from "./rule-regions.ts";
import { rulesInWords } from "./rules-in-words.ts";
import { ANY_CALL, argumentsOf, sampleOf, type Words } from "./words.ts";
import { CutShort, Work } from "./work.ts";

const BITS = 64n;
const MAX_U64 = (1n << BITS) - 1n;
const MAX_U32 = (1n << 32n) - 1n;

/** The largest value that a comparison distinguishes. */
function largestOf({ bits }: Comparison): bigint {
  return bits === undefined ? MAX_U64 : (1n << BigInt(bits)) - 1n;
}

/** The negation: comparisons of which at least one holds exactly if the given one does not. */
export function negate(comparison: Comparison): readonly Comparison[] {
  const { op, mask, value } = comparison;
  switch (op) {
    case "SCMP_CMP_EQ":
      return [{ ...comparison, op: "SCMP_CMP_NE" }];
    case "SCMP_CMP_NE":
      return [{ ...comparison, op: "SCMP_CMP_EQ" }];
    case "SCMP_CMP_LT":
      return [{ ...comparison, op: "SCMP_CMP_GE" }];
    case "SCMP_CMP_GE":
      return [{ ...comparison, op: "SCMP_CMP_LT" }];
    case "SCMP_CMP_LE":
      return [{ ...comparison, op: "SCMP_CMP_GT" }];
    case "SCMP_CMP_GT":
      return [{ ...comparison, op: "SCMP_CMP_LE" }];
    case "SCMP_CMP_MASKED_EQ":
      // At least one of the bits differs.
      return bitsOf(mask).map((bit) => ({ ...comparison, mask: bit, value: ~value & bit }));
  }
}

/** The conjunction of two comparisons of the same argument: comparisons of which at least one holds exactly if both do. */
export function both(a: Comparison, b: Comparison): readonly Comparison[] {
  if (isMasked(a)) {
    return isMasked(b) ? joinMasks(a, b) : both(b, a);
  }
  if (isMasked(b)) {
    return intervalsOf(a)
      .flatMap(([low, high]) => blocks(a.index, low, high, a.bits))
      .flatMap((block) => joinMasks(block, b));
  }
  if (a.bits !== b.bits) {
    const [narrow, wide] = a.bits === undefined ? [b, a] : [a, b];
    return exactly(narrow).flatMap((one) => both(one, wide));
  }
  const meeting = intervalsOf(a).flatMap(([lowA, highA]) =>
    intervalsOf(b).flatMap(([lowB, highB]): Interval[] => {
      const low = lowA > lowB ? lowA : lowB;
      const high = highA < highB ? highA : highB;
      return low <= high ? [[low, high]] : [];
    }),
  );
  return comparisonsOf(a, meeting);
}

/**
 * The same comparison in the one form that stands for all with the same meaning, as far as a single comparison can; undefined if
 * it always holds.
 */
export function canonical(comparison: Comparison): Comparison | undefined {
  if (alwaysHolds(comparison)) {
    return undefined;
  }
  const { index, value, mask } = comparison;
  if (isMasked(comparison)) {
    return mask === MAX_U64
      ? { index, op: "SCMP_CMP_EQ", value, mask: 0n }
      : mask === MAX_U32
        ? { index, op: "SCMP_CMP_EQ", value, mask: 0n, bits: 32 }
        : comparison;
  }
  const [one, ...others] = comparisonsOf(comparison, intervalsOf(comparison));
  return one === undefined || others.length > 0 ? comparison : one;
}

/** The same comparison as masked or plain equalities of all 64 bits, of which one holds exactly if the given one does. */
export function exactly(comparison: Comparison): readonly Comparison[] {
  if (isMasked(comparison)) {
    return [comparison];
  }
  const { index } = comparison;
  const bits = comparison.bits ?? 64;
  return intervalsOf(comparison).flatMap(([low, high]) =>
    low === high && bits === 64
      ? [{ index, op: "SCMP_CMP_EQ" as const, value: low, mask: 0n }]
      : blocks(index, low, high, bits),
  );
}

/** Whether all conditions of both rules can hold for one call; true also if that cannot be decided. */
export function canBothApply(a: PolicyRule, b: PolicyRule, bits: 32 | 64): boolean {
  return meeting(a, b, bits).kind !== "never";
}

/**
 * Six arguments for which all conditions of both rules hold; undefined if there are none, or none is found.
 *
 * @param bits the width of an argument on the architecture
 */
export function commonArguments(a: PolicyRule, b: PolicyRule, bits: 32 | 64): readonly bigint[] | undefined {
  const found = meeting(a, b, bits);
  return found.kind === "meet" ? found.args : undefined;
}

/** Whether two rules can both apply. */
type Meeting =
  | { readonly kind: "never" }
  /** Both apply to these six arguments. */
  | { readonly kind: "meet"; readonly args: readonly bigint[] }
  /** The work limit was reached. */
  | { readonly kind: "unknown" };

/** Work limit of the search for arguments of two rules. */
const MAX_STEPS = 20_000;

const MET = 1;
const NOT_MET = 0;

/** Arguments are independent, so each is examined by itself. */
function meeting(a: PolicyRule, b: PolicyRule, bits: 32 | 64): Meeting {
  const conditions = [...a.conditions, ...b.conditions];
  const work = new Work(MAX_STEPS);
  const args = [0n, 0n, 0n, 0n, 0n, 0n];
  try {
    for (const index of new Set(conditions.map((one) => one.index))) {
      const value = common(
        conditions.filter((one) => one.index === index),
        bits,
        work,
      );
      if (value === undefined) {
        return { kind: "never" };
      }
      args[index] = value;
    }
    return { kind: "meet", args };
  } catch (error) {
    if (error instanceof CutShort) {
      return { kind: "unknown" };
    }
    throw error;
  }
}

/** A value of one argument for which all conditions hold. */
function common(conditions: readonly Comparison[], bits: 32 | 64, work: Work): bigint | undefined {
  const layout = { bigEndian: false, bits };
  let found: Words | undefined;
  regionsOfRules(
    rulesInWords([{ conditions, verdict: MET }], layout),
    0,
    ANY_CALL,
    work,
    (region, verdict) => {
      found = verdict === MET ? region : undefined;
      return found === undefined;
    },
  );
  const index = conditions[0]?.index ?? 0;
  return found && BigInt.asUintN(bits, argumentsOf(sampleOf(found), layout)[index] ?? 0n);
}

/** Work limit for deciding whether one of some rules always applies: this per rule, and a constant. */
const STEPS_FOR_ONE = 100;
const STEPS_FOR_FEW = 1000;

/** Whether at least one of these rules applies to every call; false also if that cannot be decided. */
export function oneAlwaysApplies(rules: readonly PolicyRule[], bits: 32 | 64): boolean {
  const work = new Work(STEPS_FOR_FEW + STEPS_FOR_ONE * rules.length);
  const marked = rules.map(({ conditions }) => ({ conditions, verdict: MET }));
  const list = rulesInWords(marked, { bigEndian: false, bits });
  try {
    return regionsOfRules(list, NOT_MET, ANY_CALL, work, (_, verdict) => verdict === MET);
  } catch (error) {
    if (error instanceof CutShort) {
      return false;
    }
    throw error;
  }
}

/** Whether a comparison holds for any argument. */
export function canHold(comparison: Comparison): boolean {
  return isMasked(comparison) || intervalsOf(comparison).length > 0;
}

/** Whether a comparison holds for every argument. */
export function alwaysHolds(comparison: Comparison): boolean {
  return isMasked(comparison)
    ? comparison.mask === 0n
    : intervalsOf(comparison).some(([low, high]) => low === 0n && high === largestOf(comparison));
}

function isMasked({ op }: Comparison): boolean {
  return op === "SCMP_CMP_MASKED_EQ";
}

function bitsOf(mask: bigint): bigint[] {
  const bits: bigint[] = [];
  for (let i = 0n; i < BITS; i += 1n) {
    if (((mask >> i) & 1n) === 1n) {
      bits.push(1n << i);
    }
  }
  return bits;
}

function joinMasks(a: Comparison, b: Comparison): Comparison[] {
  const common = a.mask & b.mask;
  return (a.value & common) === (b.value & common)
    ? [{ ...a, mask: a.mask | b.mask, value: a.value | b.value }]
    : [];
}

/** Both ends are included. */
type Interval = readonly [low: bigint, high: bigint];

/** The values for which a comparison by size holds, ascending. */
function intervalsOf(comparison: Comparison): readonly Interval[] {
  const { op, value } = comparison;
  const largest = largestOf(comparison);
  return op === "SCMP_CMP_MASKED_EQ"
    ? []
    : intervalsIn(op, value, undefined).flatMap(({ first, last }) =>
        first > largest ? [] : [[first, last > largest ? largest : last]],
      );
}

/** @param of whose argument and bits are compared */
function comparisonsOf(of: Comparison, intervals: readonly Interval[]): readonly Comparison[] {
  const { index, bits } = of;
  const largest = largestOf(of);
  const compare = (op: Comparison["op"], value: bigint): Comparison =>
    bits === undefined ? { index, op, value, mask: 0n } : { index, op, value, mask: 0n, bits };
  const [first, second] = intervals;
  if (intervals.length === 2 && first?.[0] === 0n && second?.[1] === largest && first[1] + 2n === second[0]) {
    return [compare("SCMP_CMP_NE", first[1] + 1n)];
  }
  return intervals.flatMap(([low, high]): readonly Comparison[] => {
    if (low === high) {
      return [compare("SCMP_CMP_EQ", low)];
    }
    if (low === 0n) {
      return [compare("SCMP_CMP_LE", high)];
    }
    return high === largest ? [compare("SCMP_CMP_GE", low)] : blocks(index, low, high, bits);
  });
}

/**
 * Splits an interval into blocks of values that share their upper bits, each a masked comparison.
 *
 * @param bits how many low bits of the argument are compared
 */
function blocks(index: number, low: bigint, high: bigint, bits: 32 | 64 = 64): Comparison[] {
  const all = (1n << BigInt(bits)) - 1n;
  const found: Comparison[] = [];
  for (let at = low; at <= high; ) {
    let size = 1n;
    while (at % (size * 2n) === 0n && at + size * 2n - 1n <= high) {
      size *= 2n;
    }
    found.push({ index, op: "SCMP_CMP_MASKED_EQ", mask: all ^ (size - 1n), value: at });
    at += size;
  }
  return found;
}
