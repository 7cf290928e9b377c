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
