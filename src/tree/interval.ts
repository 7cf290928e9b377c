/**
 * Intervals of unsigned 64-bit numbers, and what lies on top where they overlap.
 */

import type { OperatorName } from "../profile/profile.ts";

/** The comparisons that hold for intervals. */
export type IntervalOperator = Exclude<OperatorName, "SCMP_CMP_MASKED_EQ">;

/** From `first` to `last`, both inclusive. */
export interface Interval<T> {
  readonly first: bigint;
  readonly last: bigint;
  readonly value: T;
}

/** A piece of the whole line of numbers: from the end of the piece before it, exclusive, to `last`, inclusive. */
export interface Piece<T> {
  readonly last: bigint;
  readonly value: T;
}

const MAX = 2n ** 64n - 1n;

/** The numbers that stand in that relation to `number`: no, one or two intervals with that value. */
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
 * Lays intervals over each other, the first of the list on top, and `ground` where none lies.
 *
 * @returns ascending, from 0 to 2^64-1; neighbours differ in their values
 */
export function overlay<T>(intervals: readonly Interval<T>[], ground: T): Piece<T>[] {
  const inOrder = lined(intervals, ground);
  if (inOrder !== undefined) {
    return joinEqual(inOrder);
  }
  const pieces: Piece<T>[] = [{ last: MAX, value: ground }];
  for (let i = intervals.length - 1; i >= 0; i -= 1) {
    lay(pieces, intervals[i] as Interval<T>);
  }
  return joinEqual(pieces);
}

/** The pieces of intervals of which each lies behind the one before it, as in most profiles; undefined for others. */
function lined<T>(intervals: readonly Interval<T>[], ground: T): Piece<T>[] | undefined {
  const pieces: Piece<T>[] = [];
  let next = 0n;
  for (let i = 0; i < intervals.length; i += 1) {
    const { first, last, value } = intervals[i] as Interval<T>;
    if (first < next) {
      return undefined;
    }
    if (first > next) {
      pieces.push({ last: first - 1n, value: ground });
    }
    pieces.push({ last, value });
    next = last + 1n;
  }
  if (next <= MAX) {
    pieces.push({ last: MAX, value: ground });
  }
  return pieces;
}

/** Lays one interval on top. */
function lay<T>(pieces: Piece<T>[], { first, last, value }: Interval<T>): void {
  const begin = pieceWith(pieces, first);
  const cut = pieces[begin] as Piece<T>;
  const end = last <= cut.last ? begin : pieceWith(pieces, last);
  const added = { last, value };
  const from = begin === 0 ? 0n : (pieces[begin - 1] as Piece<T>).last + 1n;
  // The piece in which the interval ends keeps its own end, unless the two end together.
  const covered = (pieces[end] as Piece<T>).last === last ? end + 1 : end;
  if (first > from) {
    pieces.splice(begin, covered - begin, { last: first - 1n, value: cut.value }, added);
  } else {
    pieces.splice(begin, covered - begin, added);
  }
}

/** The index of the piece in which a number lies. */
function pieceWith<T>(pieces: readonly Piece<T>[], number: bigint): number {
  let low = 0;
  let high = pieces.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((pieces[middle] as Piece<T>).last < number) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

function joinEqual<T>(pieces: readonly Piece<T>[]): Piece<T>[] {
  return pieces.filter((piece, i) => pieces[i + 1]?.value !== piece.value || i === pieces.length - 1);
}
