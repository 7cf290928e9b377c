/**
 * Ranges of a 32-bit word that lead to the same.
 */

import type { Node } from "./node.ts";

/** Ascending ranges, each from the end of the one before it, exclusive; neighbours lead to different nodes. */
export class Ranges {
  /** Where each range ends, inclusive. */
  readonly lasts: number[] = [];
  readonly nodes: Node[] = [];
  /** How often it is asked for words of each range, in proportion to others. */
  readonly weights: number[] = [];

  /** @param first the lowest word that can occur; those below it fall to the first range */
  constructor(readonly first = 0) {}

  /** Adds the words that no range has yet, up to `last`; none are left where `last` lies before them. */
  add(last: number, node: Node, weight: number): void {
    const { lasts, nodes, weights } = this;
    const { length } = lasts;
    const top = length - 1;
    if (last < (length === 0 ? this.first : (lasts[top] as number) + 1)) {
      return;
    }
    if (length !== 0 && nodes[top] === node) {
      lasts[top] = last;
      weights[top] = (weights[top] as number) + weight;
    } else {
      lasts[length] = last;
      nodes[length] = node;
      weights[length] = weight;
    }
  }
}
