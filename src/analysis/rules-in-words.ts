/**
 * The rules for a call by the words of struct seccomp_data, and their verdict for partly known words.
 */

import type { Comparison, PolicyRule } from "../policy/policy.ts";
import { precedence, type Verdict } from "../policy/verdict.ts";
import { ALL_BITS, type Domain, outcome, passes, type WordTest } from "./domain.ts";
import { highWordOf, type Layout, lowWordOf, type Sample, type Words } from "./words.ts";
import type { Work } from "./work.ts";

/** A test of a word, by its offset divided by four. */
export interface OpenTest {
  readonly word: number;
  readonly test: WordTest;
}

/** A comparison of an argument, by its two halves. */
export interface InWords {
  readonly op: Comparison["op"];
  /** The word of the upper half; -1 if it is taken as zero, whatever it holds. */
  readonly highWord: number;
  readonly lowWord: number;
  readonly high: number;
  readonly low: number;
  readonly highMask: number;
  readonly lowMask: number;
}

/** A rule of a list, by words. */
export interface RuleInWords {
  /** Its index in the list: if several rules apply, the smallest counts. */
  readonly place: number;
  readonly verdict: Verdict;
  readonly conditions: readonly InWords[];
  /** Bit n: it compares word n. */
  readonly looksAt: number;
  /** The rule of the list, if this one lacks some of its conditions; else undefined, and this is the rule. */
  readonly whole: RuleInWords | undefined;
}

/** The first rule that applies decides. */
export type RuleList = readonly RuleInWords[];

/** Sorts rules by precedence: the most restrictive first, equally restrictive ones in the order of the file. */
export function rulesInWords(rules: readonly PolicyRule[], layout: Layout): RuleList {
  const sorted = [...rules].sort((a, b) => precedence(a.verdict) - precedence(b.verdict));
  const last = sorted.findIndex(({ conditions }) => conditions.length === 0);
  return sorted.slice(0, last < 0 ? undefined : last + 1).map(({ verdict, conditions }, place) => {
    const compared = conditions.map((one) => inWords(one, layout));
    return { place, verdict, conditions: compared, looksAt: looksAtAll(compared), whole: undefined };
  });
}

/** A rule of a list with only some of its conditions. */
export function withConditions(rule: RuleInWords, conditions: readonly InWords[]): RuleInWords {
  const whole = wholeOf(rule);
  return conditions.length === whole.conditions.length
    ? whole
    : { ...whole, conditions, looksAt: looksAtAll(conditions), whole };
}

/** The rule of the list that it was derived from. */
export function wholeOf(rule: RuleInWords): RuleInWords {
  return rule.whole ?? rule;
}

const LOW = 0xffffffffn;

function inWords({ op, index, value, mask, bits }: Comparison, layout: Layout): InWords {
  const whole = op === "SCMP_CMP_MASKED_EQ" ? mask : 2n ** 64n - 1n;
  return {
    op,
    highWord: (bits ?? layout.bits) === 32 ? -1 : highWordOf(index, layout),
    lowWord: lowWordOf(index, layout),
    high: Number(value >> 32n),
    low: Number(value & LOW),
    highMask: Number(whole >> 32n),
    lowMask: Number(whole & LOW),
  };
}

/** Equal for rules with the same conditions in any order. */
export function conditionsKey({ conditions }: RuleInWords): string {
  return conditions
    .map(({ op, highWord, lowWord, high, low, highMask, lowMask }) =>
      [op, highWord, lowWord, high, low, highMask, lowMask].join(),
    )
    .sort()
    .join(" ");
}

function looksAtAll(conditions: readonly InWords[]): number {
  return conditions.reduce((all, one) => all | looksAt(one), 0);
}

function looksAt({ highWord, lowWord, highMask, lowMask }: InWords): number {
  const high = highWord < 0 || highMask === 0 ? 0 : 1 << highWord;
  return high | (lowMask === 0 ? 0 : 1 << lowWord);
}

/** Whether a rule applies to a call. */
export function appliesTo(rule: RuleInWords, sample: Sample): boolean {
  return rule.conditions.every((one) => holdsIn(one, sample));
}

/** The verdict of rules on a call. */
export function verdictOn(rules: RuleList, otherwise: Verdict, sample: Sample): Verdict {
  return rules.find((rule) => appliesTo(rule, sample))?.verdict ?? otherwise;
}

/** Whether a condition holds for a call. */
export function holdsIn(
  { op, highWord, lowWord, high, low, highMask, lowMask }: InWords,
  sample: Sample,
): boolean {
  const upper = highWord < 0 ? 0 : ((sample[highWord] as number) & highMask) >>> 0;
  const lower = ((sample[lowWord] as number) & lowMask) >>> 0;
  const order = upper === high ? lower - low : upper - high;
  switch (op) {
    case "SCMP_CMP_EQ":
    case "SCMP_CMP_MASKED_EQ":
      return order === 0;
    case "SCMP_CMP_NE":
      return order !== 0;
    case "SCMP_CMP_LT":
      return order < 0;
    case "SCMP_CMP_LE":
      return order <= 0;
    case "SCMP_CMP_GT":
      return order > 0;
    case "SCMP_CMP_GE":
      return order >= 0;
  }
}

/** The meaning of rules for partly known calls. */
export interface Considered {
  /** The rules on which the verdict still depends; the last one may be known to apply. */
  readonly rules: RuleList;
  /** The verdict if none of {@link undecided} applies. */
  readonly settled: Verdict;
  /** The first test of each undecided rule, in their order; if there is none, the verdict is {@link settled}. */
  readonly undecided: readonly OpenTest[];
}

/** Leaves out rules that do not apply, and rules that change nothing beside one that does. */
export function consider(rules: RuleList, otherwise: Verdict, words: Words, work: Work): Considered {
  const left: RuleInWords[] = [];
  const tests: OpenTest[] = [];
  let applying: RuleInWords | undefined;
  work.step(1 + rules.length);
  for (const rule of rules) {
    const found = decideRule(rule, words, work);
    if (found === true) {
      applying = rule;
      break;
    }
    if (found !== false) {
      left.push(rule);
      tests.push(found);
    }
  }
  const settled = applying?.verdict ?? otherwise;
  while (left.length > 0 && left[left.length - 1]?.verdict === settled) {
    left.pop();
    tests.pop();
  }
  if (applying !== undefined) {
    left.push(applying);
  }
  return { rules: left, settled, undecided: tests };
}

/** Whether a rule applies, or the first test that decides it. */
function decideRule(rule: RuleInWords, words: Words, work: Work): boolean | OpenTest {
  let open: OpenTest | undefined;
  for (const condition of rule.conditions) {
    const found = decideCondition(condition, words, work);
    if (found === false) {
      return false;
    }
    if (found !== true) {
      open ??= found;
    }
  }
  return open ?? true;
}

/** Whether a condition holds, or the first test that decides it. */
export function decideCondition(one: InWords, words: Words, work: Work): boolean | OpenTest {
  const { op, highWord, lowWord, high, low, highMask, lowMask } = one;
  if (op === "SCMP_CMP_EQ" || op === "SCMP_CMP_NE" || op === "SCMP_CMP_MASKED_EQ") {
    const upper = highWord < 0 ? high === 0 : wordIs(words, highWord, highMask, high, work);
    const lower = upper === false ? false : wordIs(words, lowWord, lowMask, low, work);
    const same = lower === false ? false : upper === true ? lower : upper;
    return typeof same === "boolean" ? same !== (op === "SCMP_CMP_NE") : same;
  }
  // GT and LE share one test, and so do GE and LT.
  const test = op === "SCMP_CMP_GT" || op === "SCMP_CMP_LE" ? "gt" : "ge";
  const isLarge = isOver(one, test, words, work);
  return typeof isLarge === "boolean" ? isLarge === (op === "SCMP_CMP_GT" || op === "SCMP_CMP_GE") : isLarge;
}

/** Whether an argument is greater than a value, or greater or equal. */
function isOver(
  { highWord, lowWord, high, low }: InWords,
  op: "gt" | "ge",
  words: Words,
  work: Work,
): boolean | OpenTest {
  const lower = (): boolean | OpenTest => wordTest(words, lowWord, { mask: ALL_BITS, op, value: low }, work);
  if (highWord < 0) {
    return high === 0 ? lower() : false;
  }
  const least = wordTest(words, highWord, { mask: ALL_BITS, op: "ge", value: high }, work);
  if (least === false) {
    return false;
  }
  const above = wordTest(words, highWord, { mask: ALL_BITS, op: "gt", value: high }, work);
  if (above === true) {
    return true;
  }
  if (least === true && above === false) {
    return lower();
  }
  // The upper half may be equal or greater, or equal or less: the lower half may still decide.
  const same = least === true || above === false ? lower() : undefined;
  if ((least === true && same === true) || (above === false && same === false)) {
    return same;
  }
  return least === true ? above : least;
}

function wordIs(words: Words, word: number, mask: number, value: number, work: Work): boolean | OpenTest {
  return wordTest(words, word, { mask, op: "eq", value }, work);
}

function wordTest(words: Words, word: number, test: WordTest, work: Work): boolean | OpenTest {
  return outcome(words[word] as Domain, test, work) ?? { word, test };
}

/** Whether a call passes a test. */
export function passesIn({ word, test }: OpenTest, sample: Sample): boolean {
  return passes(test, sample[word] as number);
}
