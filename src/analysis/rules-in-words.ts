/**
 * What the rules for a call say where only something is known of its words: a verdict, or the test that has to be made.
 */

import type { Comparison, PolicyRule } from "../policy/policy.ts";
import { rank, type Verdict } from "../policy/verdict.ts";
import { type Domain, split, type WordTest } from "./domain.ts";
import type { Words } from "./explore.ts";

/** A test of a word, by its offset divided by four. */
export interface OpenTest {
  readonly word: number;
  readonly test: WordTest;
}

/** How the arguments lie in struct seccomp_data. */
export interface Layout {
  readonly bigEndian: boolean;
  /** Arguments of 32-bit calls have no upper word, whatever stands in its place. */
  readonly bits: 32 | 64;
}

/** Where the arguments begin in struct seccomp_data, in words. */
const FIRST_ARGUMENT = 4;

/** The word of an argument with its lower half. */
export function lowWordOf(index: number, { bigEndian }: Layout): number {
  return FIRST_ARGUMENT + 2 * index + (bigEndian ? 1 : 0);
}

/** The word of an argument with its upper half. */
export function highWordOf(index: number, { bigEndian }: Layout): number {
  return FIRST_ARGUMENT + 2 * index + (bigEndian ? 0 : 1);
}

/**
 * The test on which the verdict still depends; undefined where all calls with these words get the same one.
 *
 * A rule whose conditions are not all decided matters only if it could change what the others come to.
 */
export function nextTest(
  rules: readonly PolicyRule[],
  defaultVerdict: Verdict,
  words: Words,
  layout: Layout,
): OpenTest | undefined {
  let best: PolicyRule | undefined;
  let bestAt = rules.length;
  const undecided: { readonly verdict: Verdict; readonly at: number; readonly test: OpenTest }[] = [];
  for (const [at, rule] of rules.entries()) {
    const found = decideRule(rule, words, layout);
    if (found === true && (best === undefined || rank(rule.verdict) < rank(best.verdict))) {
      best = rule;
      bestAt = at;
    } else if (typeof found === "object") {
      undecided.push({ verdict: rule.verdict, at, test: found });
    }
  }
  const settled = best?.verdict ?? defaultVerdict;
  // Of two that are equally restrictive the first counts.
  const matters = (verdict: Verdict, at: number): boolean =>
    verdict !== settled &&
    (best === undefined || rank(verdict) < rank(settled) || (rank(verdict) === rank(settled) && at < bestAt));
  return undecided.find(({ verdict, at }) => matters(verdict, at))?.test;
}

/** Whether a rule applies, or the test on which that depends. */
function decideRule(rule: PolicyRule, words: Words, layout: Layout): boolean | OpenTest {
  let open: OpenTest | undefined;
  for (const condition of rule.conditions) {
    const found = decideComparison(condition, words, layout);
    if (found === false) {
      return false;
    }
    if (found !== true) {
      open ??= found;
    }
  }
  return open ?? true;
}

const LOW = 0xffffffffn;
const ALL_BITS = 0xffffffff;

function decideComparison(comparison: Comparison, words: Words, layout: Layout): boolean | OpenTest {
  const { op, index, value, mask } = comparison;
  const [high, low] = [Number(value >> 32n), Number(value & LOW)];
  if (op === "SCMP_CMP_MASKED_EQ") {
    const upper = maskedIs(words, layout, index, Number(mask >> 32n), high);
    return upper === true ? wordIs(words, lowWordOf(index, layout), Number(mask & LOW), low) : upper;
  }
  if (op === "SCMP_CMP_EQ" || op === "SCMP_CMP_NE") {
    const upper = maskedIs(words, layout, index, ALL_BITS, high);
    const same = upper === true ? wordIs(words, lowWordOf(index, layout), ALL_BITS, low) : upper;
    return typeof same === "boolean" ? same === (op === "SCMP_CMP_EQ") : same;
  }
  const order = compare(words, layout, index, high, low);
  if (typeof order !== "number") {
    return order;
  }
  switch (op) {
    case "SCMP_CMP_LT":
      return order < 0;
    case "SCMP_CMP_LE":
      return order <= 0;
    case "SCMP_CMP_GT":
      return order > 0;
    default:
      return order >= 0;
  }
}

/** Whether the upper half of an argument, under a mask, is a value. */
function maskedIs(
  words: Words,
  layout: Layout,
  index: number,
  mask: number,
  value: number,
): boolean | OpenTest {
  return layout.bits === 32 ? value === 0 : wordIs(words, highWordOf(index, layout), mask, value);
}

function wordIs(words: Words, word: number, mask: number, value: number): boolean | OpenTest {
  const test: WordTest = { mask, op: "eq", value };
  const { holds, fails } = split(words[word] as Domain, test);
  return holds === undefined ? false : fails === undefined ? true : { word, test };
}

/** An argument against a number: below, equal, above; or the test on which that depends. */
function compare(words: Words, layout: Layout, index: number, high: number, low: number): number | OpenTest {
  const upper =
    layout.bits === 32 ? Math.sign(0 - high) : compareWord(words, highWordOf(index, layout), high);
  return upper === 0 ? compareWord(words, lowWordOf(index, layout), low) : upper;
}

function compareWord(words: Words, word: number, value: number): number | OpenTest {
  for (const [op, below] of [
    ["ge", -1],
    ["gt", 0],
  ] as const) {
    const test: WordTest = { mask: ALL_BITS, op, value };
    const { holds, fails } = split(words[word] as Domain, test);
    if (holds === undefined) {
      return below;
    }
    if (fails !== undefined) {
      return { word, test };
    }
  }
  return 1;
}
