/**
 * Aborts building a graph that is far too large for a filter.
 */

import { BPF_MAXINSNS } from "../tables/seccomp.ts";
import { type Node, type NodeFactory, RETURN } from "./node.ts";

/** Maximum number of needed nodes. They are counted whenever this many new ones were made. */
const MAX_NODES = 4 * BPF_MAXINSNS;

/** Thrown if a graph needs more tests and returns than that, each of which takes at least one instruction. */
export class TooManyNodes extends Error {
  constructor(readonly nodes: number) {
    super(`more than ${nodes} nodes`);
  }
}

/**
 * Counts the needed nodes, if many were made since the last count.
 *
 * @param checked number of nodes at the last count
 * @param roots nodes that the root of the finished graph will certainly reach
 * @returns number of nodes at the latest count
 * @throws TooManyNodes
 */
export function refuseTooMany(factory: NodeFactory, checked: number, roots: () => readonly Node[]): number {
  const { fields, thens, elses } = factory.nodes;
  const { length } = fields;
  if (length <= checked + MAX_NODES) {
    return checked;
  }
  const needed: boolean[] = new Array(length).fill(false);
  for (const root of roots()) {
    needed[root] = true;
  }
  let count = 0;
  for (let node = length - 1; node >= 0; node -= 1) {
    if (needed[node] === true) {
      count += 1;
      if (fields[node] !== RETURN) {
        needed[thens[node] as Node] = true;
        needed[elses[node] as Node] = true;
      }
    }
  }
  if (count > MAX_NODES) {
    throw new TooManyNodes(MAX_NODES);
  }
  return length;
}
