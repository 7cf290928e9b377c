/**
 * Values of one argument, one for each way in which a set of comparisons can turn out.
 */

import type { Comparison } from "../policy/policy.ts";

/** What {@link witnesses} found. */
export interface Witnesses {
  /** Ascending; never empty. */
  readonly values: readonly bigint[];
  /** Whether there is a value for every way in which the comparisons can turn out; false where a limit was reached. */
  readonly complete: boolean;
}

/** So many ways are followed at once; above it a set of masks is taken for one that cannot be covered. */
const MOST_WAYS = 4096;

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
  const values = new Set<bigint>();
  let complete = true;
  for (let i = 0; i < starts.length; i += 1) {
    const low = starts[i] as bigint;
    const high = (starts[i + 1] ?? largest + 1n) - 1n;
    const ways = followMasks(masks, low, high, bits);
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

/** The bits of a value so far. */
interface Way {
  readonly value: bigint;
  /** Bit i: the mask with that index has met a bit that does not fit. */
  readonly missed: bigint;
  readonly atLow: boolean;
  readonly atHigh: boolean;
}

/** A value from low to high for each set of masks that can be missed together; undefined where there are too many. */
function followMasks(masks: readonly Mask[], low: bigint, high: bigint, bits: number): bigint[] | undefined {
  let ways: Way[] = [{ value: 0n, missed: 0n, atLow: true, atHigh: true }];
  for (let bit = BigInt(bits - 1); bit >= 0n; bit -= 1n) {
    const missedBy = [missedWith(masks, bit, 0n), missedWith(masks, bit, 1n)] as const;
    const [lowest, highest] = [(low >> bit) & 1n, (high >> bit) & 1n];
    const next = new Map<string, Way>();
    for (const { value, missed, atLow, atHigh } of ways) {
      for (const digit of [0n, 1n]) {
        if ((atLow && digit < lowest) || (atHigh && digit > highest)) {
          continue;
        }
        const way: Way = {
          value: value | (digit << bit),
          missed: missed | (digit === 0n ? missedBy[0] : missedBy[1]),
          atLow: atLow && digit === lowest,
          atHigh: atHigh && digit === highest,
        };
        const key = `${way.missed} ${way.atLow} ${way.atHigh}`;
        if (!next.has(key)) {
          next.set(key, way);
        }
      }
    }
    ways = [...next.values()];
    if (ways.length > MOST_WAYS) {
      return undefined;
    }
  }
  const byMissed = new Map(ways.map(({ missed, value }) => [missed, value]));
  return [...byMissed.values()];
}

/** Which masks a digit in that place does not fit. */
function missedWith(masks: readonly Mask[], bit: bigint, digit: bigint): bigint {
  let missed = 0n;
  masks.forEach(({ mask, value }, i) => {
    if (((mask >> bit) & 1n) === 1n && ((value >> bit) & 1n) !== digit) {
      missed |= 1n << BigInt(i);
    }
  });
  return missed;
}

function ascending(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
