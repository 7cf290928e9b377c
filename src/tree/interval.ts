/**
 * Intervals of unsigned 64-bit numbers, and what lies on top where they overlap.
 */

import type { OperatorName } from "../profile/profile.ts";

/** From `first` to `last`, both inclusive. */
export interface Interval<T> {
  readonly first: bigint;
  readonly last: bigint;
  readonly value: T;
}

/** The comparisons that hold for intervals. */
export type IntervalOperator = Exclude<OperatorName, "SCMP_CMP_MASKED_EQ">;

const MAX = 2n ** 64n - 1n;

/** The numbers that stand in that relation to `value`: no, one or two intervals. */
export function intervalOf(op: IntervalOperator, value: bigint): { first: bigint; last: bigint }[] {
  const below = value > 0n ? [{ first: 0n, last: value - 1n }] : [];
  const above = value < MAX ? [{ first: value + 1n, last: MAX }] : [];
  switch (op) {
    case "SCMP_CMP_EQ":
      return [{ first: value, last: value }];
    case "SCMP_CMP_NE":
      return [...below, ...above];
    case "SCMP_CMP_LT":
      return below;
    case "SCMP_CMP_LE":
      return [{ first: 0n, last: value }];
    case "SCMP_CMP_GT":
      return above;
    case "SCMP_CMP_GE":
      return [{ first: value, last: MAX }];
  }
}

/**
 * Lays intervals over each other, the first of the list on top.
 *
 * @returns ascending, without gaps, from 0 to 2^64-1; `undefined` where no interval lies
 */
export function overlay<T>(intervals: readonly Interval<T>[]): Interval<T | undefined>[] {
  const bounds = new Set<bigint>([0n]);
  for (const { first, last } of intervals) {
    bounds.add(first);
    if (last < MAX) {
      bounds.add(last + 1n);
    }
  }
  const starts = [...bounds].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const byStart = intervals
    .map((interval, order) => ({ ...interval, order }))
    .sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : a.order - b.order));
  const pieces: { first: bigint; last: bigint; value: T | undefined }[] = [];
  // Those that have begun; the ones that are over are left out when they would be on top.
  let open: typeof byStart = [];
  let next = 0;
  for (let i = 0; i < starts.length; i += 1) {
    const first = starts[i] as bigint;
    const last = i + 1 < starts.length ? (starts[i + 1] as bigint) - 1n : MAX;
    open = open.filter((interval) => interval.last >= first);
    for (let begun = byStart[next]; begun !== undefined && begun.first === first; begun = byStart[next]) {
      open.push(begun);
      next += 1;
    }
    const top = open.reduce<(typeof byStart)[number] | undefined>(
      (best, interval) => (best === undefined || interval.order < best.order ? interval : best),
      undefined,
    );
    const previous = pieces[pieces.length - 1];
    if (previous !== undefined && previous.value === top?.value) {
      previous.last = last;
    } else {
      pieces.push({ first, last, value: top?.value });
    }
  }
  return pieces;
}
