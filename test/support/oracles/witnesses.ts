/**
 * Values of one argument, one for each combination of outcomes of a set of comparisons.
 */

import type { Comparison } from "../../../src/policy/policy.ts";

/** The result of {@link witnesses}. */
export interface Witnesses {
  /** Ascending; never empty. */
  readonly values: readonly bigint[];
  /** Whether there is a value for every combination of outcomes; false if a limit was reached. */
  readonly complete: boolean;
}

/** Maximum number of partial assignments before giving up: the masks then count as not coverable. */
const MAX_PARTIAL_ASSIGNMENTS = 4096;

/**
 * Covers all combinations of outcomes of comparisons of one argument: for each combination of true and false that some value
 * from 0 to 2^bits-1 produces, one such value.
 *
 * The comparisons by size split the values into intervals within which they do not change. Within an interval the masked ones are
 * followed bit by bit, from the highest on. All that matters of the bits so far is which masks have had a mismatch, and whether
 * the value is still at an end of the interval.
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

/** The masked comparisons, each once, without the ones that always hold. */
function maskedOf(comparisons: readonly Comparison[]): Mask[] {
  const found = new Map<string, Mask>();
  for (const { op, mask, value } of comparisons) {
    if (op === "SCMP_CMP_MASKED_EQ" && mask !== 0n) {
      found.set(`${mask} ${value}`, { mask, value });
    }
  }
  return [...found.values()];
}

/** The starts of the intervals within which no comparison by size changes. */
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

/** The effect of the masks on each digit: the sets of masks, as bits, that a 0 and a 1 at that position do not match. */
type Misses = readonly (readonly [zero: bigint, one: bigint])[];

/** The bits of a value so far, as two words. */
interface Way {
  readonly high: number;
  readonly low: number;
  /** The masks that have had a mismatch: an index into a list of such sets. */
  readonly missed: number;
  /** Whether the value is at the lower end of the interval, and at the upper one. */
  readonly atLow: boolean;
  readonly atHigh: boolean;
}

/** A value from low to high for each set of masks that can be mismatched together; undefined if there are too many. */
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

/** Sets as bits, each with an index that identifies it. */
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

  /** The index of a set with further members. */
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
