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

/** Neighbouring ranges that lead to one node, but for single words in between that do not. */
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
 */
export function dispatch(factory: NodeFactory, word: Word, ranges: readonly Range[]): Node {
  const segments = cutLongOnes(mergeAcrossSingles(ranges));
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
 */
function mergeAcrossSingles(ranges: readonly Range[]): Segment[] {
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
    if (segment === undefined || first !== last || ranges[i + 1]?.node !== segment.node) {
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

function cutLongOnes(segments: readonly Segment[]): Segment[] {
  const cut: Segment[] = [];
  for (const segment of segments) {
    const { exceptions, node, weight } = segment;
    const few = Math.ceil(exceptions.length / MOST_EXCEPTIONS);
    const pieces = weight / few >= HEAVY ? exceptions.length : few;
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
  const half = ((sums[low] as number) + (sums[high + 1] as number)) / 2;
  while (middle < last && (sums[middle] as number) + (sums[middle + 1] as number) < 2 * half) {
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
