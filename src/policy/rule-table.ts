/**
 * Which syscall has which rules: lists of rules by numbers, which the compiler compares faster than lists.
 */

import { FIRST_CODE, FREE, FREE_FOR_YOUNGER, syscallCount } from "../tables/syscalls.ts";
import type { PolicyRule } from "./policy.ts";

/** The number of a list of rules; syscalls that share theirs have the same. */
export type ListNumber = number;

/** That of a syscall without rules, and of a number that no call has. */
export const NO_RULES: ListNumber = 0;
/** That of a syscall without rules that is younger than the profile, and of a number that is left for such ones. */
export const YOUNGER: ListNumber = 1;

export class RuleTable {
  /** The lists by their numbers; the first two are empty, and stand for no rules at all. */
  readonly lists: (readonly PolicyRule[])[] = [[], []];
  /** The number of the list of each syscall, by its code in the tables of numbers. */
  readonly byCode: ListNumber[] = new Array(FIRST_CODE + syscallCount()).fill(NO_RULES);

  constructor() {
    this.byCode[FREE] = NO_RULES;
    this.byCode[FREE_FOR_YOUNGER] = YOUNGER;
  }

  /** The rules of a syscall, in the order of the profile; undefined where it has none. */
  of(id: number): readonly PolicyRule[] | undefined {
    const list = this.byCode[id + FIRST_CODE] ?? NO_RULES;
    return list > YOUNGER ? this.lists[list] : undefined;
  }

  /** Gives a syscall rules of its own in the place of those that it has. */
  set(id: number, rules: readonly PolicyRule[]): void {
    this.byCode[id + FIRST_CODE] = this.lists.push(rules) - 1;
  }

  /** The same table with other lists. Syscalls that share their rules go on sharing them. */
  map(change: (rules: readonly PolicyRule[]) => readonly PolicyRule[]): RuleTable {
    const table = new RuleTable();
    this.lists.forEach((rules, list) => {
      table.lists[list] = change(rules);
    });
    this.byCode.forEach((list, code) => {
      table.byCode[code] = list;
    });
    return table;
  }
}
