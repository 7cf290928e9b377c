/**
 * From ranges of a 32-bit word to a search tree: which numbers lead where, in few and cheap tests.
 */

import { ALL_BITS, type Node, type NodeFactory, type Word } from "./node.ts";

/** All words from the end of the range before it, exclusive, to `last`, inclusive, lead to `node`. */
export interface Range {
  readonly last: number;
  readonly node: Node;
}

/** Neighbouring ranges that lead to one node, but for single words in between that do not. */
interface Segment {
  readonly first: number;
  readonly node: Node;
  /** Ranges of one word each, ascending. */
  exceptions: Range[];
}

const NO_EXCEPTIONS: Range[] = [];

/**
 * The most exceptions that are tested one by one; a segment with more is cut in two, which costs one test more
 * and spares every word of it half of them.
 */
const MOST_EXCEPTIONS = 3;

/**
 * Builds the tree that finds the range of a word.
 *
 * @param ranges ascending and without gaps; the last one ends at 2^32-1
 */
export function dispatch(factory: NodeFactory, word: Word, ranges: readonly Range[]): Node {
  const segments = cutLongOnes(mergeAcrossSingles(ranges));
  return search(factory, word, segments, 0, segments.length - 1);
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
    const first = next;
    next = last + 1;
    if (segment !== undefined && segment.node === node) {
      continue;
    }
    if (segment === undefined || first !== last || ranges[i + 1]?.node !== segment.node) {
      segment = { first, node, exceptions: NO_EXCEPTIONS };
      segments.push(segment);
    } else if (segment.exceptions === NO_EXCEPTIONS) {
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
    const { exceptions, node } = segment;
    if (exceptions.length <= MOST_EXCEPTIONS) {
      cut.push(segment);
      continue;
    }
    const pieces = Math.ceil(exceptions.length / MOST_EXCEPTIONS);
    let first = segment.first;
    for (let i = 0; i < pieces; i += 1) {
      const part = exceptions.slice(
        Math.floor((i * exceptions.length) / pieces),
        Math.floor(((i + 1) * exceptions.length) / pieces),
      );
      cut.push({ first, node, exceptions: part });
      first = (part[part.length - 1] as Range).last + 1;
    }
  }
  return cut;
}

/** A balanced tree over the segments `low` to `high`; as deep as their number has binary digits. */
function search(
  factory: NodeFactory,
  word: Word,
  segments: readonly Segment[],
  low: number,
  high: number,
): Node {
  const middle = (low + high + 1) >> 1;
  const segment = segments[middle] as Segment;
  if (low === high) {
    return segment.exceptions.length === 0 ? segment.node : leaf(factory, word, segment);
  }
  const left = search(factory, word, segments, low, middle - 1);
  const right = search(factory, word, segments, middle, high);
  return factory.test(word, ALL_BITS, "ge", segment.first, right, left);
}

function leaf(factory: NodeFactory, word: Word, segment: Segment): Node {
  let node = segment.node;
  for (let i = segment.exceptions.length - 1; i >= 0; i -= 1) {
    const exception = segment.exceptions[i] as Range;
    node = factory.test(word, ALL_BITS, "eq", exception.last, exception.node, node);
  }
  return node;
}
