/**
 * From ranges of a 32-bit word to a search tree, which finds the node of a number in few and cheap tests.
 */

import { EQ, GE, type Node, type NodeFactory, SET, type Word } from "./node.ts";
import type { Ranges } from "./ranges.ts";
import { type Segments, segmentsOf } from "./segments.ts";
import { subsetBits, withoutSubsets } from "./subsets.ts";

/**
 * Maximum number of exceptions that are tested one by one; a segment with more is divided in two, which costs one more test
 * and saves every word of it half of them.
 */
const MAX_EXCEPTIONS = 3;
/** Maximum number of consecutive words between two ranges of a segment, if the number of tests matters. */
const MAX_ROW_LENGTH = 8;
const NEVER = Number.POSITIVE_INFINITY;

/** How tests are spent on speed. Both shapes were measured on Docker's default profile and on the shipped ones. */
export interface Shape {
  /** A segment with a part of that weight is divided at every exception. */
  readonly heavy: number;
  /** Weight that an exception adds to its segment, which moves it up in the tree. */
  readonly weightOfException: number;
}

/** As short as a tree of the same depth can be. */
const SHORT: Shape = { heavy: 50, weightOfException: 3 };
/** A tenth more tests, and a fifth of a test less for each number. */
export const FAST: Shape = { heavy: 20, weightOfException: 0 };

/**
 * Builds the tree that finds the range of a word.
 *
 * @param ranges the last one ends at 2^32-1
 * @param budget maximum number of tests; if that is too few, it makes as few as possible
 */
export function dispatch(
  factory: NodeFactory,
  word: Word,
  ranges: Ranges,
  budget = NEVER,
  shape: Shape = SHORT,
): Node {
  const { test } = factory;
  const { lasts, nodes } = ranges;
  if (lasts.length <= 2) {
    const last = nodes[lasts.length - 1] as Node;
    return test(word, GE, (lasts[0] as number) + 1, last, nodes[0] as Node);
  }
  if (lasts[0] === 0) {
    const bits = subsetBits(ranges);
    if (bits !== 0) {
      const others = dispatch(factory, word, withoutSubsets(ranges, bits), budget - 1, shape);
      return test(word, SET, ~bits >>> 0, others, nodes[0] as Node);
    }
  }
  const segments = segmentsWithin(factory, ranges, budget, shape);
  const { firsts, exceptions, ends } = segments;
  const sums = sumsOf(segments, shape);

  /**
   * A tree over the segments `low` to `high`, divided where both sides weigh about the same, so that frequent words are
   * found in few steps.
   *
   * @param most maximum number of segments that the tests left on a path can distinguish
   */
  const search = (low: number, high: number, most: number): Node => {
    if (low === high) {
      // The exceptions one by one, and then the node to which all other words lead.
      const begin = low === 0 ? 0 : (ends[low - 1] as number);
      let node = segments.nodes[low] as Node;
      for (let i = (ends[low] as number) - 1; i >= begin; i -= 1) {
        const range = exceptions[i] as number;
        node = test(word, EQ, lasts[range] as number, nodes[range] as Node, node);
      }
      return node;
    }
    // Neither side may have more segments than the remaining tests can distinguish.
    const half = most >> 1;
    const last = low + half < high ? low + half : high;
    let middle = high - half > low ? high + 1 - half : low + 1;
    const both = (sums[low] as number) + (sums[high + 1] as number);
    while (middle < last && (sums[middle] as number) + (sums[middle + 1] as number) < both) {
      middle += 1;
    }
    const left = search(low, middle - 1, half);
    const right = search(middle, high, half);
    return test(word, GE, firsts[middle] as number, right, left);
  };

  // One level more than a balanced tree needs.
  let most = 2;
  while (most >> 1 < firsts.length) {
    most <<= 1;
  }
  return search(0, firsts.length - 1, most);
}

/** For each segment the total weight before it; last, the weight of all. */
function sumsOf({ weights, ends }: Segments, { weightOfException }: Shape): number[] {
  const sums = [0];
  const { length } = weights;
  let sum = 0;
  let begin = 0;
  for (let i = 0; i < length; i += 1) {
    const end = ends[i] as number;
    sum += (weights[i] as number) + weightOfException * (end - begin);
    sums[i + 1] = sum;
    begin = end;
  }
  return sums;
}

/** The segments of the tree: the fastest if the budget allows their tests, else with fewer tests. */
function segmentsWithin(
  { nodes: { fields } }: NodeFactory,
  ranges: Ranges,
  budget: number,
  { heavy }: Shape,
): Segments {
  const fast = segmentsOf(ranges, fields, 1, MAX_EXCEPTIONS, heavy);
  if (fast.tests <= budget) {
    return fast;
  }
  const short = segmentsOf(ranges, fields, MAX_ROW_LENGTH, NEVER, NEVER);
  const spare = budget - short.tests;
  if (spare <= 0) {
    return short;
  }
  const most = Math.max(MAX_EXCEPTIONS, Math.ceil(short.exceptions.length / spare));
  return segmentsOf(ranges, fields, MAX_ROW_LENGTH, most, NEVER);
}
