/**
 * Single words that are all the combinations of some bits, such as 0, 8, 0x20000 and 0x20008: one test finds them all.
 */

import type { Node } from "./node.ts";
import { Ranges } from "./ranges.ts";

/**
 * The bits of which every combination, also none, is a range of one word that leads to the node of word 0; 0 if there are no
 * such bits.
 *
 * @param ranges the first one ends at 0
 */
export function subsetBits({ lasts, nodes }: Ranges): number {
  const [node] = nodes;
  const words = new Set<number>();
  for (let i = 2; i < lasts.length; i += 1) {
    const last = lasts[i] as number;
    if (nodes[i] === node && lasts[i - 1] === last - 1) {
      words.add(last);
    }
  }
  // Each bit with all combinations of those before it.
  let combinations = [0];
  let bits = 0;
  for (const bit of words) {
    if ((bit & (bit - 1)) === 0 && combinations.every((word) => words.has(word + bit))) {
      combinations = [...combinations, ...combinations.map((word) => word + bit)];
      bits += bit;
    }
  }
  return bits;
}

/** The same ranges, except that each of those combinations joins the range before it. */
export function withoutSubsets({ lasts, nodes, weights }: Ranges, bits: number): Ranges {
  const left = new Ranges();
  for (let i = 1; i < lasts.length; i += 1) {
    const last = lasts[i] as number;
    const isOne = (last & ~bits) === 0;
    left.add(last, nodes[isOne ? i - 1 : i] as Node, isOne ? 0 : (weights[i] as number));
  }
  return left;
}
