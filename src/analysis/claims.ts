/**
 * Claims: from some state on, the program does what a list of rules says, for a set of calls. Also whether a proven claim implies
 * what must be shown at the end of a path.
 */

import type { Position } from "../bpf/decode.ts";
import type { Verdict } from "../policy/verdict.ts";
import { ANY, type Domain, domainKey } from "./domain.ts";
import type { State, Value } from "./follow.ts";
import { FIRST_MEMORY_BIT, type ProgramFacts, USES_A, USES_X } from "./program-facts.ts";
import { decideCondition, type RuleInWords, type RuleList, wholeOf } from "./rules-in-words.ts";
import type { Layout, Words } from "./words.ts";
import type { Work } from "./work.ts";

/** From this state on the program does what the rules say, for all of these calls. */
export interface Claim {
  readonly words: Words;
  readonly rules: RuleList;
}

/** The context that calls compared in the same way share. */
export interface Comparing {
  readonly layout: Layout;
  /** Every value that such calls can have. */
  readonly any: Words;
  /** The proven claims, by state. */
  readonly proven: Map<string, Claim[]>;
  /** By instruction: the rules of the last claim proven there. */
  readonly lastProven: Map<Position, RuleList>;
}

/** Maximum number of claims that are kept per state. */
const MAX_CLAIMS = 8;

/** Keeps a proven claim, under the key of its state. */
export function remember(
  { proven, lastProven }: Comparing,
  at: Position,
  key: string,
  { words, rules }: Claim,
): void {
  lastProven.set(at, rules);
  proven.set(key, [...(proven.get(key) ?? []).slice(1 - MAX_CLAIMS), { words, rules }]);
}

/** Whether a claim implies what must be shown at the end of a path. */
export function covers({ words, rules }: Claim, path: Claim, asked: RuleList, work: Work): boolean {
  if (!words.every((domain, word) => domain === ANY || isPart(path.words[word] as Domain, domain))) {
    return false;
  }
  const missing = new Map(path.rules.map((rule) => [wholeOf(rule), rule]));
  const others = new Set(asked);
  for (const rule of rules) {
    const own = missing.get(wholeOf(rule));
    missing.delete(wholeOf(rule));
    const same =
      own === undefined
        ? // A rule that only the claim has must be known not to count on the path.
          others.has(rule) || never(rule, path.words, work)
        : own === rule || sameWhere(own, rule, path.words, work);
    if (!same) {
      return false;
    }
  }
  return [...missing.values()].every((rule) => never(rule, path.words, work));
}

/** Whether a rule applies to none of these calls. */
function never({ conditions }: RuleInWords, words: Words, work: Work): boolean {
  return conditions.some((one) => decideCondition(one, words, work) === false);
}

/** Whether two forms of a rule differ only in conditions that hold for all of these calls. */
function sameWhere(a: RuleInWords, b: RuleInWords, words: Words, work: Work): boolean {
  const [ofA, ofB] = [new Set(a.conditions), new Set(b.conditions)];
  const differing = [
    ...a.conditions.filter((one) => !ofB.has(one)),
    ...b.conditions.filter((one) => !ofA.has(one)),
  ];
  return differing.every((one) => decideCondition(one, words, work) === true);
}

/** Whether a domain is known to be a subset of another. */
function isPart(part: Domain, whole: Domain): boolean {
  return (
    part === whole ||
    (whole.fixed === 0 &&
      whole.excluded.length === 0 &&
      whole.others.length === 0 &&
      part.low >= whole.low &&
      part.high <= whole.high) ||
    domainKey(part) === domainKey(whole)
  );
}

/** Bit n: word n of the call may still be compared, because it is in a register or memory or may be loaded later. */
export function loadsFrom(facts: ProgramFacts, { at, a, x, memory }: State): number {
  const uses = facts.uses[at] as number;
  let loads = facts.loads[at] as number;
  const add = (value: Value | undefined): void => {
    loads |= typeof value === "object" ? 1 << value.word : 0;
  };
  if ((uses & USES_A) !== 0) {
    add(a);
  }
  if ((uses & USES_X) !== 0) {
    add(x);
  }
  for (const value of memory) {
    add(value);
  }
  return loads;
}

/** Equal for states from which the program behaves the same, provided that calls without a rule get the same verdict. */
export function keyOf(facts: ProgramFacts, { at, a, x, memory }: State, otherwise: Verdict): string {
  const uses = facts.uses[at] as number;
  const show = (value: Value | undefined, bit: number): string =>
    (uses & bit) === 0 || value === undefined
      ? ""
      : typeof value === "number"
        ? String(value)
        : `${value.word}&${value.mask}`;
  const stored = memory.map((value, i) => show(value, 1 << (i + FIRST_MEMORY_BIT)));
  return `${at} ${otherwise} ${show(a, USES_A)} ${show(x, USES_X)} ${stored}`;
}
