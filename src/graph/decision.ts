/**
 * From the rules of one syscall to a decision graph over its arguments.
 */

import type { Comparison, PolicyRule } from "../policy/policy.ts";
import { precedence, type Verdict } from "../policy/verdict.ts";
import { dispatch } from "./dispatch.ts";
import { type Interval, intervalsOf, overlay, type Span } from "./interval.ts";
import { ALL_BITS, EQ, highWord, lowWord, type Node, type NodeFactory, SET } from "./node.ts";
import { Ranges } from "./ranges.ts";
import { refuseTooMany } from "./size.ts";

/** The word size of the arguments: on a 32-bit architecture the upper words are zero and are not tested. */
export type WordSize = 32 | 64;

/**
 * Builds the graph that gives the verdict of the most restrictive rule that applies, or the default.
 *
 * The rules are sorted, the most restrictive first, so that the first one that applies decides. Consecutive rules
 * that compare the same argument are decided together, by the intervals into which they divide its values.
 */
export function decide(
  factory: NodeFactory,
  rules: readonly PolicyRule[],
  defaultVerdict: Verdict,
  bits: WordSize,
): Node {
  return decideSteps(factory, stepsOf(factory, rules), defaultVerdict, bits);
}

/** The same for the result of {@link stepsOf}, which serves both word sizes. */
export function decideSteps(
  factory: NodeFactory,
  steps: readonly Step[],
  defaultVerdict: Verdict,
  bits: WordSize,
): Node {
  let node: Node = factory.return(defaultVerdict);
  const many = steps.length > FEW_STEPS;
  let checked = factory.nodes.fields.length;
  for (let i = many ? lastReached(steps, bits) : steps.length - 1; i >= 0; i -= 1) {
    if (many) {
      // A call can reach this node, whatever precedes it.
      const here = node;
      checked = refuseTooMany(factory, checked, () => [here]);
    }
    const step = steps[i] as Step;
    node =
      step.kind === "values"
        ? searchArgument(factory, step.index, spansOf(step, node), step.bits ?? bits)
        : decideRule(factory, step.rule, node, bits);
  }
  return node;
}

/** Maximum number of steps that are decided without {@link lastReached} and counting nodes. */
const FEW_STEPS = 64;

/** The last step that a call can reach: none passes a step that decides all arguments. */
function lastReached(steps: readonly Step[], bits: WordSize): number {
  const last = steps.findIndex((step) => decidesAll(step, bits));
  return last < 0 ? steps.length - 1 : last;
}

function decidesAll(step: Step, bits: WordSize): boolean {
  if (step.kind === "rule") {
    return step.rule.conditions.every((one) => holdsUpTo(one, largestOf(one.bits ?? bits)));
  }
  const largest = largestOf(step.bits ?? bits);
  const open = overlay<Node>(step.intervals, UNDECIDED);
  return open.every(({ value }, i) => value !== UNDECIDED || (open[i - 1]?.last ?? -1n) >= largest);
}

function largestOf(bits: WordSize): bigint {
  return (1n << BigInt(bits)) - 1n;
}

const UNDECIDED: Node = -1;

/** Whether a comparison holds for all arguments up to the largest. */
function holdsUpTo({ op, value, mask }: Comparison, largest: bigint): boolean {
  return op === "SCMP_CMP_MASKED_EQ"
    ? (mask & largest) === 0n && value === 0n
    : intervalsOf(op, value, true).some(({ first, last }) => first === 0n && last >= largest);
}

/** Rules decided together by the value of one argument, where the first interval wins; or a single rule. */
export type Step = Values | { readonly kind: "rule"; readonly rule: PolicyRule };

interface Values {
  readonly kind: "values";
  readonly index: number;
  /** {@link Comparison.bits} of all these rules. */
  readonly bits: 32 | undefined;
  readonly intervals: Interval<Node>[];
  /** The last overlay of the intervals, and its ground. */
  spans?: readonly Span<Node>[];
  ground?: Node;
}

function spansOf(step: Values, ground: Node): readonly Span<Node>[] {
  if (step.spans === undefined || step.ground !== ground) {
    step.spans = overlay(step.intervals, ground);
    step.ground = ground;
  }
  return step.spans;
}

/** The most restrictive first; the order of the profile among equals. Nothing follows an unconditional rule. */
function byRestriction(rules: readonly PolicyRule[]): readonly PolicyRule[] {
  if (rules.length === 1) {
    return rules;
  }
  // The strictest unconditional rule comes last, and so what it hides need not be sorted.
  let last: PolicyRule | undefined;
  for (const rule of rules) {
    if (
      rule.conditions.length === 0 &&
      (last === undefined || precedence(rule.verdict) < precedence(last.verdict))
    ) {
      last = rule;
    }
  }
  const least = last === undefined ? Number.POSITIVE_INFINITY : precedence(last.verdict);
  const before: PolicyRule[] = [];
  let passed = false;
  for (const rule of rules) {
    passed ||= rule === last;
    if (precedence(rule.verdict) < least || (precedence(rule.verdict) === least && !passed)) {
      before.push(rule);
    }
  }
  before.sort((a, b) => precedence(a.verdict) - precedence(b.verdict));
  return last === undefined ? before : [...before, last];
}

/** The steps in which rules are decided, for either word size. */
export function stepsOf(factory: NodeFactory, rules: readonly PolicyRule[]): readonly Step[] {
  const steps: Step[] = [];
  for (const rule of byRestriction(rules)) {
    const { conditions } = rule;
    const comparison = conditions[0];
    if (conditions.length !== 1 || comparison === undefined || comparison.op === "SCMP_CMP_MASKED_EQ") {
      steps.push({ kind: "rule", rule });
      continue;
    }
    const { index, op, value, bits } = comparison;
    const intervals = intervalsOf<Node>(op, value, factory.return(rule.verdict));
    const open = steps[steps.length - 1];
    if (open?.kind === "values" && open.index === index && open.bits === bits) {
      for (const interval of intervals) {
        open.intervals.push(interval);
      }
    } else {
      steps.push({ kind: "values", index, bits, intervals });
    }
  }
  return steps;
}

/** Finds the span that contains an argument: by its upper word, then by its lower word. */
function searchArgument(
  factory: NodeFactory,
  index: number,
  spans: readonly Span<Node>[],
  bits: WordSize,
): Node {
  if (bits === 32) {
    return searchLowWord(factory, index, spans);
  }
  const upper = new Ranges();
  // The next upper word, and its spans so far if it does not lead to a single node.
  let high = 0;
  let lower: Ranges | undefined;
  for (let i = 0; i < spans.length; i += 1) {
    const { last, value: node } = spans[i] as Span<Node>;
    const lastHigh = Number(last >> 32n);
    const lastLow = Number(last & LOW);
    if (lower !== undefined) {
      lower.add(lastHigh > high ? ALL_BITS : lastLow, node, 1);
      if (lastHigh === high && lastLow < ALL_BITS) {
        continue;
      }
      upper.add(high, dispatch(factory, lowWord(index), lower), 1);
      high += 1;
      lower = undefined;
    }
    const lastWhole = lastLow === ALL_BITS ? lastHigh : lastHigh - 1;
    if (lastWhole >= high) {
      upper.add(lastWhole, node, 1);
      high = lastWhole + 1;
    }
    if (lastLow < ALL_BITS && lastHigh === high) {
      lower = new Ranges();
      lower.add(lastLow, node, 1);
    }
  }
  return dispatch(factory, highWord(index), upper);
}

/** The same if the upper word is zero. */
function searchLowWord(factory: NodeFactory, index: number, spans: readonly Span<Node>[]): Node {
  const ranges = new Ranges();
  for (let i = 0; i < spans.length; i += 1) {
    const { last, value: node } = spans[i] as Span<Node>;
    if (last >= LOW) {
      ranges.add(ALL_BITS, node, 1);
      break;
    }
    ranges.add(Number(last), node, 1);
  }
  return dispatch(factory, lowWord(index), ranges);
}

/** The lower word of a 64-bit number. */
const LOW = 0xffffffffn;

/** Decides one rule: its verdict if all its conditions hold, else `otherwise`. */
function decideRule(factory: NodeFactory, rule: PolicyRule, otherwise: Node, bits: WordSize): Node {
  let node: Node = factory.return(rule.verdict);
  for (let i = rule.conditions.length - 1; i >= 0; i -= 1) {
    const comparison = rule.conditions[i] as Comparison;
    node =
      comparison.op === "SCMP_CMP_MASKED_EQ"
        ? decideMasked(factory, comparison, node, otherwise, bits)
        : searchArgument(
            factory,
            comparison.index,
            overlay<Node>(intervalsOf(comparison.op, comparison.value, node), otherwise),
            comparison.bits ?? bits,
          );
  }
  return node;
}

function decideMasked(
  factory: NodeFactory,
  { index, value, mask }: Comparison,
  then: Node,
  otherwise: Node,
  bits: WordSize,
): Node {
  const low = maskedWord(factory, lowWord(index), Number(mask & LOW), Number(value & LOW), then, otherwise);
  const highMask = Number(mask >> 32n);
  const highValue = Number(value >> 32n);
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
    return factory.test(word, SET, mask, otherwise, then);
  }
  if (value === mask && (mask & (mask - 1)) === 0) {
    return factory.test(word, SET, mask, then, otherwise);
  }
  return factory.test(factory.masked(word, mask), EQ, value, then, otherwise);
}
