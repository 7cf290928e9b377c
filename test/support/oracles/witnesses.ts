/**
 * Values of one argument, one for each way in which a set of comparisons can turn out.
 */

import type { Comparison } from "../../../src/policy/policy.ts";

/** What {@link witnesses} found. */
export interface Witnesses {
  /** Ascending; never empty. */
  readonly values: readonly bigint[];
  /** Whether there is a value for every way in which the comparisons can turn out; false where a limit was reached. */
  readonly complete: boolean;
}

/** Maximum number of partial assignments before giving up: a set of masks then counts as one that cannot be covered. */
const MAX_PARTIAL_ASSIGNMENTS = 4096;

/**
 * Covers all ways in which comparisons of one argument can turn out together: for each combination of true and false
 * that any value from 0 to 2^bits-1 brings about, one value that does.
 *
 * The comparisons by size cut the values into intervals, in each of which they do not change. Within an interval the
 * masked ones are followed bit by bit, from the highest on; what counts of the bits so far is only which of the masks
 * have met a bit that does not fit, and whether the value still runs along an end of the interval.
 */
export function witnesses(comparisons: readonly Comparison[], bits: 32 | 64): Witnesses {
  const masks = maskedOf(comparisons);
  const largest = (1n << BigInt(bits)) - 1n;
  const starts = intervalStarts(comparisons, largest);
  if (masks.length === 0) {
    return { values: starts, complete: true };
  }
  if (masks.length > MAX_PARTIAL_ASSIGNMENTS) {
    return { values: starts, complete: false };
  }
  const misses = missesOf(masks, bits);
  const values = new Set<bigint>();
  let complete = true;
  for (let i = 0; i < starts.length; i += 1) {
    const low = starts[i] as bigint;
    const high = (starts[i + 1] ?? largest + 1n) - 1n;
    const ways = followMasks(misses, low, high);
    complete &&= ways !== undefined;
    for (const value of ways ?? [low]) {
      values.add(value);
    }
  }
  return { values: [...values].sort(ascending), complete };
}

interface Mask {
  readonly mask: bigint;
  readonly value: bigint;
}

/** The masked comparisons, each once, without those that always hold. */
function maskedOf(comparisons: readonly Comparison[]): Mask[] {
  const found = new Map<string, Mask>();
  for (const { op, mask, value } of comparisons) {
    if (op === "SCMP_CMP_MASKED_EQ" && mask !== 0n) {
      found.set(`${mask} ${value}`, { mask, value });
    }
  }
  return [...found.values()];
}

/** Where the intervals begin in which no comparison by size changes. */
function intervalStarts(comparisons: readonly Comparison[], largest: bigint): bigint[] {
  const starts = new Set([0n]);
  for (const { op, value } of comparisons) {
    if (op === "SCMP_CMP_MASKED_EQ") {
      continue;
    }
    if (op !== "SCMP_CMP_LE" && op !== "SCMP_CMP_GT") {
      starts.add(value);
    }
    if (op !== "SCMP_CMP_LT" && op !== "SCMP_CMP_GE") {
      starts.add(value + 1n);
    }
  }
  return [...starts].filter((start) => start <= largest).sort(ascending);
}

/** What the masks make of each digit: the sets of masks, as bits, that a 0 and a 1 in that place do not fit. */
type Misses = readonly (readonly [zero: bigint, one: bigint])[];

/** The bits of a value so far, as two words. */
interface Way {
  readonly high: number;
  readonly low: number;
  /** Which masks have met a bit that does not fit: an index into a list of such sets. */
  readonly missed: number;
  /** Whether the value runs along the lower end of the interval, and the upper one. */
  readonly atLow: boolean;
  readonly atHigh: boolean;
}

/** A value from low to high for each set of masks that can be missed together; undefined where there are too many. */
function followMasks(misses: Misses, low: bigint, high: bigint): bigint[] | undefined {
  const sets = new Interned();
  let ways: Way[] = [{ high: 0, low: 0, missed: sets.index(0n), atLow: true, atHigh: true }];
  for (let bit = misses.length - 1; bit >= 0; bit -= 1) {
    const here = misses[bit] as readonly [bigint, bigint];
    const lowest = digitOf(low, bit);
    const highest = digitOf(high, bit);
    const next = new Map<number, Way>();
    for (const way of ways) {
      for (let digit = way.atLow ? lowest : 0; digit <= (way.atHigh ? highest : 1); digit += 1) {
        const atLow = way.atLow && digit === lowest;
        const atHigh = way.atHigh && digit === highest;
        const missed = sets.with(way.missed, here[digit === 0 ? 0 : 1]);
        const key = missed * 4 + (atLow ? 2 : 0) + (atHigh ? 1 : 0);
        if (!next.has(key)) {
          const inHigh = bit >= 32 ? digit << (bit - 32) : 0;
          const inLow = bit < 32 ? digit << bit : 0;
          next.set(key, { high: way.high | inHigh, low: way.low | inLow, missed, atLow, atHigh });
        }
      }
    }
    ways = [...next.values()];
    if (ways.length > MAX_PARTIAL_ASSIGNMENTS) {
      return undefined;
    }
  }
  const byMissed = new Map(ways.map((way) => [way.missed, way]));
  return [...byMissed.values()].map((way) => (BigInt(way.high >>> 0) << 32n) | BigInt(way.low >>> 0));
}

function digitOf(value: bigint, bit: number): number {
  return Number((value >> BigInt(bit)) & 1n);
}

/** Sets as bits, each with an index by which it is known. */
class Interned {
  private readonly sets: bigint[] = [];
  private readonly indexes = new Map<bigint, number>();

  index(set: bigint): number {
    const known = this.indexes.get(set);
    if (known !== undefined) {
      return known;
    }
    this.sets.push(set);
    this.indexes.set(set, this.sets.length - 1);
    return this.sets.length - 1;
  }

  /** The index of a set with more in it. */
  with(index: number, more: bigint): number {
    return more === 0n ? index : this.index((this.sets[index] ?? 0n) | more);
  }
}

function missesOf(masks: readonly Mask[], bits: number): Misses {
  return Array.from({ length: bits }, (_, bit) => {
    const at = 1n << BigInt(bit);
    let [zero, one] = [0n, 0n];
    masks.forEach(({ mask, value }, i) => {
      if ((mask & at) !== 0n && (value & at) === 0n) {
        one |= 1n << BigInt(i);
      } else if ((mask & at) !== 0n) {
        zero |= 1n << BigInt(i);
      }
    });
    return [zero, one] as const;
  });
}

function ascending(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
