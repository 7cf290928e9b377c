/**
 * The rules of each syscall: numbered lists of rules, since the compiler compares numbers faster than lists.
 */

import { FIRST_CODE, FREE, FREE_FOR_YOUNGER, syscallCount } from "../tables/syscalls.ts";
import type { PolicyRule } from "./policy.ts";

/** The number of a list of rules; syscalls with a shared list have the same number. */
export type ListNumber = number;

/** The list of a syscall without rules, and of a number without a call. */
export const NO_RULES: ListNumber = 0;
/** The list of a syscall without rules that is newer than the profile, and of a number left for such calls. */
export const YOUNGER: ListNumber = 1;

export class RuleTable {
  /** The lists by their numbers; the first two are empty and mean no rules. */
  readonly lists: (readonly PolicyRule[])[] = [[], []];
  /** The number of the list of each syscall, by its code in the tables of numbers; first {@link NO_RULES}. */
  readonly byCode = new Uint32Array(FIRST_CODE + syscallCount());

  /** The ids of the syscalls that have rules with conditions. */
  readonly conditional = new Set<number>();
  private readonly variants = new Map<readonly PolicyRule[], Map<string | number, readonly PolicyRule[]>>();

  constructor() {
    this.byCode[FREE] = NO_RULES;
    this.byCode[FREE_FOR_YOUNGER] = YOUNGER;
  }

  /** The rules of a syscall, in the order of the profile; undefined if it has none. */
  of(id: number): readonly PolicyRule[] | undefined {
    const list = this.byCode[id + FIRST_CODE] ?? NO_RULES;
    return list > YOUNGER ? this.lists[list] : undefined;
  }

  /** Replaces the rules of a syscall by its own. */
  set(id: number, rules: readonly PolicyRule[]): void {
    this.byCode[id + FIRST_CODE] = this.lists.push(rules) - 1;
    if (rules.some(({ conditions }) => conditions.length > 0)) {
      this.conditional.add(id);
    } else {
      this.conditional.delete(id);
    }
  }

  /** What is made of a list of rules in some circumstances, which the key names; made once. */
  variant(
    rules: readonly PolicyRule[],
    key: string | number,
    make: () => readonly PolicyRule[],
  ): readonly PolicyRule[] {
    const ofRules = this.variants.get(rules) ?? new Map<string | number, readonly PolicyRule[]>();
    this.variants.set(rules, ofRules);
    const made = ofRules.get(key) ?? make();
    ofRules.set(key, made);
    return made;
  }

  /** A table with each list changed. Syscalls that share their rules still share them. */
  map(change: (rules: readonly PolicyRule[]) => readonly PolicyRule[]): RuleTable {
    const table = new RuleTable();
    this.lists.forEach((rules, list) => {
      table.lists[list] = change(rules);
    });
    this.byCode.forEach((list, code) => {
      table.byCode[code] = list;
    });
    for (const id of this.conditional) {
      table.conditional.add(id);
    }
    return table;
  }
}
