/**
 * From ranges to segments, the leaves of a search tree.
 */

import { type Field, type Node, RETURN } from "./node.ts";
import type { Ranges } from "./ranges.ts";

/** Additional weight of a range whose node tests further. */
const WEIGHT_OF_CONDITIONS = 8;

/**
 * Segments: each is a run of neighbouring ranges that lead to one node, except for single words in between, its
 * exceptions.
 */
export class Segments {
  readonly firsts: number[] = [];
  readonly nodes: Node[] = [];
  readonly weights: number[] = [];
  /** The ranges that are exceptions, in the order of their segments. */
  readonly exceptions: number[] = [];
  /** The end of each segment's exceptions in that list. */
  readonly ends: number[] = [];

  add(first: number, node: Node, weight: number, end: number): void {
    const { firsts, nodes, weights, ends } = this;
    const { length } = firsts;
    firsts[length] = first;
    nodes[length] = node;
    weights[length] = weight;
    ends[length] = end;
  }

  /** Number of tests that distinguish the segments and their exceptions. */
  get tests(): number {
    return this.firsts.length - 1 + this.exceptions.length;
  }
}

/**
 * Finds runs such as A a A, where a is one word: an equality test of that word, with A for all others,
 * is one test instead of two for its bounds.
 *
 * @param fields of the nodes
 * @param row maximum number of consecutive single words
 * @param most maximum number of exceptions of a segment before it is divided
 * @param heavy weight from which a segment is divided at every exception
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
  // The open segment, and the number of exceptions before it.
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

/** Whether the range at `i` begins a row of at most `row` single words that is followed by a range of that node. */
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

/** The number of parts into which a segment is divided. */
function partsOf(exceptions: number, weight: number, most: number, heavy: number): number {
  const few = exceptions <= most ? 1 : Math.ceil(exceptions / most);
  return weight / few >= heavy ? exceptions : few;
}
