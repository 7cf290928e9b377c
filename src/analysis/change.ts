/**
 * What two policies or filters judge differently: calls, their verdicts, and the condition on their arguments.
 */

import type { Call, Comparison } from "../policy/policy.ts";
import type { Verdict } from "../policy/verdict.ts";
import type { OpenTest } from "./rules-in-words.ts";

/** A comparison that holds or does not. */
export interface ComparisonTerm {
  readonly kind: "comparison";
  readonly comparison: Comparison;
  readonly holds: boolean;
}

/** A test of a word of struct seccomp_data, by its offset divided by four, that a call passes or not. */
export interface TestTerm {
  readonly kind: "test";
  readonly test: OpenTest;
  readonly holds: boolean;
}

/** What a policy, or a filter, asks about a call, and the answer. */
export type Term = ComparisonTerm | TestTerm;

/** Calls of one number that get one pair of different verdicts. */
export interface Change {
  readonly verdicts: readonly [Verdict, Verdict];
  /** At least one of the lists holds entirely; a list without terms always does. Undefined: not known, the search was cut short. */
  readonly when: readonly (readonly Term[])[] | undefined;
  /** One of the calls. */
  readonly call: Call;
  /** Whether no ordinary call is one of them (`ordinary.ts`). */
  readonly crafted: boolean;
}

/** The calls of a range of numbers that are judged differently. */
export interface ChangedCalls {
  /** The numbers, as in seccomp_data.nr; both ends are included. */
  readonly first: number;
  readonly last: number;
  /** The id of the syscall with that number; -1 if it has none, or there are several numbers. */
  readonly id: number;
  readonly changes: readonly Change[];
  /** Why there may be more changes; undefined if there are none. */
  readonly cutShort: string | undefined;
}

/** Whether a change concerns all arguments. */
export function isAlways(change: Change | undefined): boolean {
  return change?.when?.some((terms) => terms.length === 0) === true;
}

/** A comparison as a term that holds exactly where it does: of EQ, GE, GT or MASKED_EQ. */
export function termOf(comparison: Comparison): ComparisonTerm {
  const holds = POSITIVE[comparison.op] === undefined;
  return { kind: "comparison", comparison: positive(comparison), holds };
}

/** A comparison or its negation: EQ, GE, GT or MASKED_EQ. */
export function positive(comparison: Comparison): Comparison {
  const op = POSITIVE[comparison.op];
  if (op !== undefined) {
    return { ...comparison, op };
  }
  if (comparison.op !== "SCMP_CMP_MASKED_EQ") {
    return comparison;
  }
  // What convert writes for engines that know no comparison of 32 bits.
  const { index, value, mask } = comparison;
  return mask === LOW
    ? { index, op: "SCMP_CMP_EQ", value, mask: 0n, bits: 32 }
    : mask === ALL
      ? { index, op: "SCMP_CMP_EQ", value, mask: 0n }
      : comparison;
}

const LOW = 2n ** 32n - 1n;
const ALL = 2n ** 64n - 1n;

const POSITIVE: Readonly<Partial<Record<Comparison["op"], Comparison["op"]>>> = {
  SCMP_CMP_NE: "SCMP_CMP_EQ",
  SCMP_CMP_LT: "SCMP_CMP_GE",
  SCMP_CMP_LE: "SCMP_CMP_GT",
};
