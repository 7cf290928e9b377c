/**
 * From ranges of a 32-bit word to a search tree: which numbers lead where, in few and cheap tests.
 */

import { ALL_BITS, type Node, type NodeFactory, type Word } from "./node.ts";

/** All words from the end of the range before it, exclusive, to `last`, inclusive, lead to `node`. */
export interface Range {
  readonly last: number;
  readonly node: Node;
  /** How often it is asked for words of the range, in proportion to others; left out: once. */
  readonly weight?: number;
}

/** Neighbouring ranges that lead to one node, but for single words in between, one or a few in a row, that do not. */
interface Segment {
  readonly first: number;
  readonly node: Node;
  weight: number;
  /** Ranges of one word each, ascending. */
  exceptions: Range[];
}

const NO_EXCEPTIONS: Range[] = [];

/**
 * The most exceptions that are tested one by one; a segment with more is cut in two, which costs one test more and spares
 * every word of it half of them. Where a piece of a segment is asked for this often, it is cut at every exception.
 */
const MOST_EXCEPTIONS = 3;
const HEAVY = 50;

/**
 * What makes a segment heavier than the calls in it: tests that come after it has been found. So neither a call with
 * conditions nor one behind exceptions lies deep in the tree as well. (Measured on Docker's default profile: the mean goes
 * down by a fifth of a test, the longest way by one.)
 */
const WEIGHT_OF_CONDITIONS = 8;
const WEIGHT_OF_EXCEPTION = 3;

/**
 * Builds the tree that finds the range of a word.
 *
 * @param ranges ascending and without gaps; the last one ends at 2^32-1
 * @param budget the most tests that it may make to be faster; it makes no more than it has to where that is too few
 */
export function dispatch(
  factory: NodeFactory,
  word: Word,
  ranges: readonly Range[],
  budget = Number.POSITIVE_INFINITY,
): Node {
  const segments = segmentsWithin(ranges, budget);
  const { length } = segments;
  const sums = [0];
  for (let i = 0; i < length; i += 1) {
    sums.push((sums[i] as number) + weigh(segments[i] as Segment));
  }
  // One level more than a balanced tree needs.
  let depth = 1;
  while (1 << (depth - 1) < length) {
    depth += 1;
  }
  return search(factory, word, segments, sums, 0, length - 1, depth);
}

/**
 * Finds runs such as A a A, where a is one word: testing that word for equality and taking A for all the others
 * needs one test, two bounds need two.
 *
 * @param row so many single words may follow on each other
 */
function mergeAcrossSingles(ranges: readonly Range[], row: number): Segment[] {
  const segments: Segment[] = [];
  let next = 0;
  let segment: Segment | undefined;
  for (let i = 0; i < ranges.length; i += 1) {
    const range = ranges[i] as Range;
    const { last, node } = range;
    const weight = (range.weight ?? 1) * (node.kind === "test" ? WEIGHT_OF_CONDITIONS : 1);
    const first = next;
    next = last + 1;
    if (segment !== undefined && segment.node === node) {
      segment.weight += weight;
      continue;
    }
    if (segment === undefined || first !== last || !returns(ranges, i, segment.node, row)) {
      segment = { first, node, weight, exceptions: NO_EXCEPTIONS };
      segments.push(segment);
      continue;
    }
    segment.weight += weight;
    if (segment.exceptions === NO_EXCEPTIONS) {
      segment.exceptions = [range];
    } else {
      segment.exceptions.push(range);
    }
  }
  return segments;
}

/** Where the tests have to be few, so many words in a row may stand between two ranges of a segment. */
const LONGEST_ROW = 8;

/** Whether the range at `i` begins a row of so many single words, or fewer, behind which a range of that node comes. */
function returns(ranges: readonly Range[], i: number, node: Node, row: number): boolean {
  for (let at = i + 1; at <= i + row; at += 1) {
    const range = ranges[at];
    if (range?.node === node) {
      return true;
    }
    if (range?.last !== (ranges[at - 1] as Range).last + 1) {
      return false;
    }
  }
  return false;
}

/** The pieces of the tree: such that it is fast where it may have as many tests as that takes, or else as few as it can. */
function segmentsWithin(ranges: readonly Range[], budget: number): Segment[] {
  const fast = cutLongOnes(mergeAcrossSingles(ranges, 1), MOST_EXCEPTIONS, HEAVY);
  if (testsOf(fast) <= budget) {
    return fast;
  }
  const short = mergeAcrossSingles(ranges, LONGEST_ROW);
  const spare = budget - testsOf(short);
  if (spare <= 0) {
    return short;
  }
  const exceptions = short.reduce((sum, one) => sum + one.exceptions.length, 0);
  return cutLongOnes(
    short,
    Math.max(MOST_EXCEPTIONS, Math.ceil(exceptions / spare)),
    Number.POSITIVE_INFINITY,
  );
}

function testsOf(segments: readonly Segment[]): number {
  return segments.reduce((sum, { exceptions }) => sum + exceptions.length, segments.length - 1);
}

/**
 * @param most so many exceptions a piece may have
 * @param heavy what is asked for this often is cut at every exception
 */
function cutLongOnes(segments: readonly Segment[], most: number, heavy: number): Segment[] {
  const cut: Segment[] = [];
  for (const segment of segments) {
    const { exceptions, node, weight } = segment;
    const few = Math.ceil(exceptions.length / most);
    const pieces = weight / few >= heavy ? exceptions.length : few;
    if (pieces <= 1) {
      cut.push(segment);
      continue;
    }
    let first = segment.first;
    for (let i = 0; i < pieces; i += 1) {
      const part = exceptions.slice(
        Math.floor((i * exceptions.length) / pieces),
        Math.floor(((i + 1) * exceptions.length) / pieces),
      );
      cut.push({ first, node, weight: weight / pieces, exceptions: part });
      first = (part[part.length - 1] as Range).last + 1;
    }
  }
  return cut;
}

/**
 * A tree over the segments `low` to `high` that cuts them where both sides weigh about the same: what is asked for often is
 * found in few steps.
 *
 * @param sums at each segment the weight of all before it
 * @param depth the most tests on any way through the tree
 */
function search(
  factory: NodeFactory,
  word: Word,
  segments: readonly Segment[],
  sums: readonly number[],
  low: number,
  high: number,
  depth: number,
): Node {
  if (low === high) {
    const segment = segments[low] as Segment;
    return segment.exceptions.length === 0 ? segment.node : leaf(factory, word, segment);
  }
  // Neither side may have more segments than the tests that are left can tell apart.
  const most = 1 << (depth - 1);
  let middle = Math.max(low + 1, high + 1 - most);
  const last = Math.min(high, low + most);
  const ends = (sums[low] as number) + (sums[high + 1] as number);
  while (middle < last && (sums[middle] as number) + (sums[middle + 1] as number) < ends) {
    middle += 1;
  }
  const left = search(factory, word, segments, sums, low, middle - 1, depth - 1);
  const right = search(factory, word, segments, sums, middle, high, depth - 1);
  return factory.test(word, ALL_BITS, "ge", (segments[middle] as Segment).first, right, left);
}

function weigh({ weight, exceptions }: Segment): number {
  return weight + WEIGHT_OF_EXCEPTION * exceptions.length;
}

function leaf(factory: NodeFactory, word: Word, segment: Segment): Node {
  let node = segment.node;
  for (let i = segment.exceptions.length - 1; i >= 0; i -= 1) {
    const exception = segment.exceptions[i] as Range;
    node = factory.test(word, ALL_BITS, "eq", exception.last, exception.node, node);
  }
  return node;
}
