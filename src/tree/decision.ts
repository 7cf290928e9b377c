/**
 * From the rules of one syscall to a decision graph over its arguments.
 */

import type { Comparison, PolicyRule } from "../policy/policy.ts";
import { rank, type Verdict } from "../policy/verdict.ts";
import { dispatch, type Range } from "./dispatch.ts";
import { type Interval, type IntervalOperator, intervalOf, overlay } from "./interval.ts";
import { ALL_BITS, highWord, lowWord, type Node, type NodeFactory } from "./node.ts";

/** The word size of the arguments: on a 32-bit architecture the upper words are zero and are not looked at. */
export type WordSize = 32 | 64;

/**
 * Builds the graph that gives the verdict of the most restrictive rule that applies, or the default.
 *
 * The rules are put in order, the most restrictive first, so that the first one that applies decides. Those in
 * a row that compare the same argument are decided together, by the intervals into which they cut its values.
 */
export function decide(
  factory: NodeFactory,
  rules: readonly PolicyRule[],
  defaultVerdict: Verdict,
  bits: WordSize,
): Node {
  const steps = inSteps(byRestriction(rules));
  let node: Node = factory.return(defaultVerdict);
  for (let i = steps.length - 1; i >= 0; i -= 1) {
    const step = steps[i] as Step;
    node =
      step.kind === "values"
        ? decideValue(factory, step.index, step.intervals, node, bits)
        : decideRule(factory, step.rule, node, bits);
  }
  return node;
}

/** Rules decided together: by the value of one argument, or one rule by itself. */
type Step =
  | { readonly kind: "values"; readonly index: number; intervals: Interval<Verdict>[] }
  | { readonly kind: "rule"; readonly rule: PolicyRule };

/** The most restrictive first; the order of the profile among equals. Nothing follows an unconditional rule. */
function byRestriction(rules: readonly PolicyRule[]): PolicyRule[] {
  const sorted =
    rules.length === 1 ? [...rules] : [...rules].sort((a, b) => rank(a.verdict) - rank(b.verdict));
  const last = sorted.findIndex((rule) => rule.conditions.length === 0);
  return last < 0 ? sorted : sorted.slice(0, last + 1);
}

function inSteps(rules: readonly PolicyRule[]): Step[] {
  const steps: Step[] = [];
  for (const rule of rules) {
    const interval = singleInterval(rule);
    const open = steps[steps.length - 1];
    if (interval === undefined) {
      steps.push({ kind: "rule", rule });
    } else if (open?.kind === "values" && open.index === interval.index) {
      open.intervals.push(...interval.intervals);
    } else {
      steps.push({ kind: "values", index: interval.index, intervals: interval.intervals });
    }
  }
  return steps;
}

/** The values for which a rule applies, if it compares one argument and not by mask. */
function singleInterval(
  rule: PolicyRule,
): { readonly index: number; readonly intervals: Interval<Verdict>[] } | undefined {
  const [comparison] = rule.conditions;
  if (rule.conditions.length !== 1 || comparison === undefined || comparison.op === "SCMP_CMP_MASKED_EQ") {
    return undefined;
  }
  const intervals = intervalOf(comparison.op, comparison.value).map(({ first, last }) => ({
    first,
    last,
    value: rule.verdict,
  }));
  return { index: comparison.index, intervals };
}

/** Decides by the value of one argument; the interval that comes first in the list wins. */
function decideValue(
  factory: NodeFactory,
  index: number,
  intervals: readonly Interval<Verdict>[],
  otherwise: Node,
  bits: WordSize,
): Node {
  const parts = overlay(intervals).map(({ first, last, value }) => ({
    first,
    last,
    value: value === undefined ? otherwise : factory.return(value),
  }));
  return bits === 32
    ? dispatch(factory, lowWord(index), lowRanges(parts, 0n))
    : dispatch(factory, highWord(index), highRanges(factory, index, parts));
}

const WORD = 0x1_0000_0000n;

/** What the upper word leads to: one node, or a search by the lower word where parts of different kinds meet. */
function highRanges(factory: NodeFactory, index: number, parts: readonly Interval<Node>[]): Range[] {
  const ranges: Range[] = [];
  let next = 0n;
  for (const part of parts) {
    const firstHigh = part.first / WORD;
    const lastHigh = part.last / WORD;
    // The upper word with which this part begins, where others share it and it has not been done with them.
    if (firstHigh >= next && part.first % WORD !== 0n) {
      ranges.push(mixed(firstHigh));
      next = firstHigh + 1n;
    }
    const endsInside = part.last % WORD !== WORD - 1n;
    const wholeLast = endsInside ? lastHigh - 1n : lastHigh;
    if (wholeLast >= next) {
      ranges.push({ last: Number(wholeLast), node: part.value });
      next = wholeLast + 1n;
    }
    if (endsInside && lastHigh >= next) {
      ranges.push(mixed(lastHigh));
      next = lastHigh + 1n;
    }
  }
  return ranges;

  function mixed(high: bigint): Range {
    return { last: Number(high), node: dispatch(factory, lowWord(index), lowRanges(parts, high)) };
  }
}

/** What the lower word leads to, given the upper one. */
function lowRanges(parts: readonly Interval<Node>[], high: bigint): Range[] {
  const from = high * WORD;
  const to = from + WORD - 1n;
  const ranges: Range[] = [];
  for (const { first, last, value } of parts) {
    if (last >= from && first <= to) {
      ranges.push({ last: last >= to ? ALL_BITS : Number(last - from), node: value });
    }
  }
  return ranges;
}

/** Decides one rule: all its conditions hold, or it goes on. */
function decideRule(factory: NodeFactory, rule: PolicyRule, otherwise: Node, bits: WordSize): Node {
  let node: Node = factory.return(rule.verdict);
  for (let i = rule.conditions.length - 1; i >= 0; i -= 1) {
    const comparison = rule.conditions[i] as Comparison;
    node =
      comparison.op === "SCMP_CMP_MASKED_EQ"
        ? decideMasked(factory, comparison, node, otherwise, bits)
        : decideInterval(factory, comparison, comparison.op, node, otherwise, bits);
  }
  return node;
}

function decideInterval(
  factory: NodeFactory,
  { index, value }: Comparison,
  op: IntervalOperator,
  then: Node,
  otherwise: Node,
  bits: WordSize,
): Node {
  const parts = overlay(intervalOf(op, value).map((interval) => ({ ...interval, value: true }))).map(
    ({ first, last, value: inside }) => ({ first, last, value: inside ? then : otherwise }),
  );
  return bits === 32
    ? dispatch(factory, lowWord(index), lowRanges(parts, 0n))
    : dispatch(factory, highWord(index), highRanges(factory, index, parts));
}

function decideMasked(
  factory: NodeFactory,
  { index, value, mask }: Comparison,
  then: Node,
  otherwise: Node,
  bits: WordSize,
): Node {
  const low = maskedWord(factory, lowWord(index), Number(mask % WORD), Number(value % WORD), then, otherwise);
  const highMask = Number(mask / WORD);
  const highValue = Number(value / WORD);
  if (bits === 32) {
    return highValue === 0 ? low : otherwise;
  }
  return maskedWord(factory, highWord(index), highMask, highValue, low, otherwise);
}

function maskedWord(
  factory: NodeFactory,
  word: number,
  mask: number,
  value: number,
  then: Node,
  otherwise: Node,
): Node {
  if (mask === 0) {
    return then;
  }
  if (mask !== ALL_BITS && value === 0) {
    return factory.test(word, ALL_BITS, "set", mask, otherwise, then);
  }
  if (value === mask && (mask & (mask - 1)) === 0) {
    return factory.test(word, ALL_BITS, "set", mask, then, otherwise);
  }
  return factory.test(word, mask, "eq", value, then, otherwise);
}
