/**
 * From ranges to segments, the parts that a search tree tells apart.
 */

import { type Field, type Node, RETURN } from "./node.ts";
import type { Ranges } from "./ranges.ts";

/** What makes a range heavier than the calls in it: tests that come after it has been found. */
const WEIGHT_OF_CONDITIONS = 8;

/**
 * Segments: each is some neighbouring ranges that lead to one node, but for single words in between, one or a few in a row,
 * that do not: its exceptions.
 */
export class Segments {
  readonly firsts: number[] = [];
  readonly nodes: Node[] = [];
  readonly weights: number[] = [];
  /** Which ranges are exceptions, those of one segment behind those of the one before it. */
  readonly exceptions: number[] = [];
  /** Where the exceptions of each segment end in that list. */
  readonly ends: number[] = [];

  add(first: number, node: Node, weight: number, end: number): void {
    const { firsts, nodes, weights, ends } = this;
    const { length } = firsts;
    firsts[length] = first;
    nodes[length] = node;
    weights[length] = weight;
    ends[length] = end;
  }

  /** So many tests tell the segments and their exceptions apart. */
  get tests(): number {
    return this.firsts.length - 1 + this.exceptions.length;
  }
}

/**
 * Finds runs such as A a A, where a is one word: testing that word for equality and taking A for all the others
 * needs one test, two bounds need two.
 *
 * @param fields of the nodes
 * @param row so many single words may follow on each other
 * @param most so many exceptions a segment may have before it is cut
 * @param heavy what is asked for this often is cut at every exception
 */
export function segmentsOf(
  { lasts, nodes, weights }: Ranges,
  fields: readonly Field[],
  row: number,
  most: number,
  heavy: number,
): Segments {
  const segments = new Segments();
  const { exceptions } = segments;
  // The segment that is open, and how many exceptions belong to those before it.
  let first = 0;
  let node = nodes[0] as Node;
  let weight = 0;
  let begin = 0;

  const close = (): void => {
    const count = exceptions.length - begin;
    const parts = count === 0 ? 1 : partsOf(count, weight, most, heavy);
    for (let i = 1; i < parts; i += 1) {
      const end = begin + Math.floor((i * count) / parts);
      segments.add(first, node, weight / parts, end);
      first = (lasts[exceptions[end - 1] as number] as number) + 1;
    }
    begin += count;
    segments.add(first, node, weight / parts, begin);
  };

  let next = 0;
  const { length } = lasts;
  for (let i = 0; i < length; i += 1) {
    const last = lasts[i] as number;
    const to = nodes[i] as Node;
    const own =
      fields[to] === RETURN ? (weights[i] as number) : (weights[i] as number) * WEIGHT_OF_CONDITIONS;
    if (to === node) {
      weight += own;
    } else if (last === next && returns(lasts, nodes, i, node, row)) {
      exceptions.push(i);
      weight += own;
    } else {
      close();
      first = next;
      node = to;
      weight = own;
    }
    next = last + 1;
  }
  close();
  return segments;
}

/** Whether the range at `i` begins a row of so many single words, or fewer, behind which a range of that node comes. */
function returns(
  lasts: readonly number[],
  nodes: readonly Node[],
  i: number,
  node: Node,
  row: number,
): boolean {
  for (let at = i + 1; at <= i + row; at += 1) {
    if (nodes[at] === node) {
      return true;
    }
    if (lasts[at] !== (lasts[at - 1] as number) + 1) {
      return false;
    }
  }
  return false;
}

/** Into how many parts a segment with so many exceptions is cut. */
function partsOf(exceptions: number, weight: number, most: number, heavy: number): number {
  const few = exceptions <= most ? 1 : Math.ceil(exceptions / most);
  return weight / few >= heavy ? exceptions : few;
}
