/**
 * Ranges of a 32-bit word that lead to the same node.
 */

import type { Node } from "./node.ts";

/** Ascending ranges, each from the end of the one before it, exclusive; neighbours lead to different nodes. */
export class Ranges {
  /** Where each range ends, inclusive. */
  readonly lasts: number[] = [];
  readonly nodes: Node[] = [];
  /** How frequent the words of each range are, relative to the others. */
  readonly weights: number[] = [];

  /** @param first the lowest word that can occur; words below it belong to the first range */
  constructor(readonly first = 0) {}

  /** Adds the words after the previous range, up to `last`; nothing if `last` is not above that range. */
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
