/**
 * Ends the making of a graph that is far too large for a filter.
 */

import { BPF_MAXINSNS } from "../tables/seccomp.ts";
import { type Node, type NodeFactory, RETURN } from "./node.ts";

/** Maximum number of nodes. After as many new ones, the needed ones are counted. */
const MAX_NODES = 4 * BPF_MAXINSNS;

/** Thrown where a graph needs more tests and returns than that, each of which takes an instruction at least. */
export class TooManyNodes extends Error {
  constructor(readonly nodes: number) {
    super(`more than ${nodes} nodes`);
  }
}

/**
 * Counts the nodes that are needed, where many have been made since that was done the last time.
 *
 * @param checked how many nodes there were then
 * @param roots nodes to which the root of the whole graph is going to lead, whatever else is made
 * @returns how many nodes there were when they were counted, now or then
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
