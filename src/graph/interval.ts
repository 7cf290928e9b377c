/**
 * Intervals of unsigned 64-bit numbers, and the topmost one where they overlap.
 */

import type { OperatorName } from "../profile/profile.ts";

/** The comparisons that hold on intervals. */
export type IntervalOperator = Exclude<OperatorName, "SCMP_CMP_MASKED_EQ">;

/** From `first` to `last`, both inclusive. */
export interface Interval<T> {
  readonly first: bigint;
  readonly last: bigint;
  readonly value: T;
}

/** A span of the number line: from the end of the span before it, exclusive, to `last`, inclusive. */
export interface Span<T> {
  readonly last: bigint;
  readonly value: T;
}

const MAX = 2n ** 64n - 1n;

/** The numbers for which the comparison with `number` holds: zero, one or two intervals with that value. */
export function intervalsOf<T>(op: IntervalOperator, number: bigint, value: T): Interval<T>[] {
  switch (op) {
    case "SCMP_CMP_EQ":
      return [{ first: number, last: number, value }];
    case "SCMP_CMP_NE":
      return [...intervalsOf("SCMP_CMP_LT", number, value), ...intervalsOf("SCMP_CMP_GT", number, value)];
    case "SCMP_CMP_LT":
      return number > 0n ? [{ first: 0n, last: number - 1n, value }] : [];
    case "SCMP_CMP_LE":
      return [{ first: 0n, last: number, value }];
    case "SCMP_CMP_GT":
      return number < MAX ? [{ first: number + 1n, last: MAX, value }] : [];
    case "SCMP_CMP_GE":
      return [{ first: number, last: MAX, value }];
  }
}

/**
 * Overlays intervals, the first of the list on top, over `ground`.
 *
 * @returns ascending, from 0 to 2^64-1; neighbours differ in their values
 */
export function overlay<T>(intervals: readonly Interval<T>[], ground: T): Span<T>[] {
  const { length } = intervals;
  // If they do not overlap, any order will do.
  const apart = lined(intervals, 0, length) ?? lined([...intervals].reverse(), 0, length);
  const spans = apart ?? layered(intervals, 0, length);
  return joinEqual(spans.map(({ last, value }) => ({ last, value: value === undefined ? ground : value })));
}

/** A layer of an overlay: spans without a value are transparent. */
type Layer<T> = Span<T | undefined>[];

/** Overlays the intervals from `from` to `to`, exclusive: each half by itself, and the first one on top. */
function layered<T>(intervals: readonly Interval<T>[], from: number, to: number): Layer<T> {
  const inOrder = lined(intervals, from, to);
  if (inOrder !== undefined) {
    return inOrder;
  }
  const middle = (from + to) >> 1;
  return merged(layered(intervals, from, middle), layered(intervals, middle, to));
}

/** The spans of intervals that ascend without overlap, as in most profiles; undefined for others. */
function lined<T>(intervals: readonly Interval<T>[], from: number, to: number): Layer<T> | undefined {
  const spans: Layer<T> = [];
  let next = 0n;
  for (let i = from; i < to; i += 1) {
    const { first, last, value } = intervals[i] as Interval<T>;
    if (first < next) {
      return undefined;
    }
    if (first > next) {
      spans.push({ last: first - 1n, value: undefined });
    }
    spans.push({ last, value });
    next = last + 1n;
  }
  if (next <= MAX) {
    spans.push({ last: MAX, value: undefined });
  }
  return spans;
}

/** Overlays one layer on another. */
function merged<T>(top: Layer<T>, below: Layer<T>): Layer<T> {
  const spans: Layer<T> = [];
  let i = 0;
  let j = 0;
  while (i < top.length && j < below.length) {
    const upper = top[i] as Span<T | undefined>;
    const lower = below[j] as Span<T | undefined>;
    const last = upper.last < lower.last ? upper.last : lower.last;
    spans.push({ last, value: upper.value === undefined ? lower.value : upper.value });
    i += upper.last === last ? 1 : 0;
    j += lower.last === last ? 1 : 0;
  }
  return joinEqual(spans);
}

function joinEqual<T>(spans: readonly Span<T>[]): Span<T>[] {
  return spans.filter((span, i) => spans[i + 1]?.value !== span.value || i === spans.length - 1);
}
