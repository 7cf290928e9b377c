/**
 * Where a program leads the calls of one architecture by their numbers, before it asks anything else.
 */

import type { Instructions } from "../bpf/decode.ts";
import { ALL_BITS, type Domain, interval, outcome } from "./domain.ts";
import { follow, START, type State } from "./follow.ts";
import { ARCH, NR } from "./words.ts";
import { CutShort, type Work } from "./work.ts";

/** Numbers from `first` to `last`, whose calls all reach a place of the program. */
export interface Arrival {
  readonly first: number;
  readonly last: number;
  readonly place: State;
}

/** A bit of the number by which architectures with one AUDIT_ARCH_* are told apart is not below this one. */
const LEAST_BIT = 2 ** 28;

/**
 * Follows a program for all numbers at once. The places are those of the last test before something other than the number decides, or
 * before the end; from there the program must be followed for what is known of the calls.
 *
 * @param tokens the values of seccomp_data.arch
 * @param work limits the search
 * @returns all 2^32 numbers in ascending order
 * @throws CutShort if the work limit is reached
 */
export function* arrivals(
  instructions: Instructions,
  tokens: Domain,
  work: Work,
): Generator<Arrival, void, undefined> {
  const open: Arrival[] = [{ first: 0, last: ALL_BITS, place: START }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const parts = divided(instructions, tokens, next, work);
    if (parts === undefined) {
      yield next;
    } else {
      open.push(...[...parts].reverse());
    }
  }
}

/** The parts that a test of the number divides numbers into, in ascending order; undefined if something else comes next. */
function divided(
  instructions: Instructions,
  tokens: Domain,
  { first, last, place }: Arrival,
  work: Work,
): readonly Arrival[] | undefined {
  const halt = unlessIntricate(() => follow(instructions, place, NOWHERE, work), work);
  if (halt?.kind !== "test" || (halt.open.word !== NR && halt.open.word !== ARCH)) {
    return undefined;
  }
  const { word, test } = halt.open;
  const possible = word === NR ? interval(first, last) : tokens;
  const known = unlessIntricate(() => outcome(possible, test, work), work);
  if (known !== undefined) {
    return [{ first, last, place: known ? halt.holds : halt.fails }];
  }
  const { op, mask, value } = test;
  if (word === ARCH || mask !== ALL_BITS) {
    return undefined;
  }
  if (op === "set") {
    // Between two multiples of the bit, all numbers have it or none.
    const next = first - (first % value) + value;
    return value >= LEAST_BIT && (value & (value - 1)) === 0
      ? [
          { first, last: next - 1, place },
          { first: next, last, place },
        ]
      : undefined;
  }
  const { holds, fails } = halt;
  if (op !== "eq") {
    const from = op === "gt" ? value + 1 : value;
    return [
      { first, last: from - 1, place: fails },
      { first: from, last, place: holds },
    ];
  }
  return [
    ...(first < value ? [{ first, last: value - 1, place: fails }] : []),
    { first: value, last: value, place: holds },
    ...(value < last ? [{ first: value + 1, last, place: fails }] : []),
  ];
}

/** What a search finds; undefined if what it asks is too intricate without knowing more. */
function unlessIntricate<T>(search: () => T, work: Work): T | undefined {
  try {
    return search();
  } catch (error) {
    if (error instanceof CutShort && work.left > 0) {
      return undefined;
    }
    throw error;
  }
}

const NOWHERE: readonly boolean[] = [];
