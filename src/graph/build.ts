/**
 * From a policy to one decision graph for all architectures: the architecture first, then the number, then the
 * arguments.
 */

import { type Policy, SKIPPED_CALL } from "../policy/policy.ts";
import { type Architecture, X32_SYSCALL_BIT } from "../tables/architectures.ts";
import { Calls } from "./calls.ts";
import { dispatch } from "./dispatch.ts";
import { ARCH, EQ, type Graph, type Node, NodeFactory, NR, SET } from "./node.ts";
import { addSyscalls } from "./number-ranges.ts";
import { Ranges } from "./ranges.ts";
import { bothNumbers } from "./sibling.ts";

/** Builds the graph that gives the verdict of a policy on every call. */
export function buildGraph(policy: Policy): Graph {
  const factory = new NodeFactory();
  const calls = new Calls(factory, policy);
  let node: Node = factory.return(policy.foreignVerdict);
  for (const token of tokens(policy).reverse()) {
    const owners = policy.architectures
      .filter((arch) => arch.token === token)
      .sort((a, b) => a.numberBit - b.numberBit);
    node = factory.test(ARCH, EQ, token, numbersOf(calls, owners), node);
  }
  return { root: node, nodes: factory.nodes };
}

/** The AUDIT_ARCH_* values of the policy's architectures, the native one first. */
function tokens(policy: Policy): number[] {
  return [...new Set(policy.architectures.map((arch) => arch.token))];
}

/**
 * The node for each of the 2^32 numbers, for calls with the token of those architectures.
 *
 * @param owners ascending by their bit of the number
 */
function numbersOf(calls: Calls, owners: readonly Architecture[]): Node {
  const { factory, foreign, otherwise } = calls;
  const [first, second] = owners as [Architecture, Architecture | undefined];
  const ranges = rangesOf(calls, first);
  const budget = listed(ranges, calls);
  if (second !== undefined) {
    const others = rangesOf(calls, second);
    return bothNumbers(factory, ranges, others, budget, () => listed(others, calls));
  }
  const numbers = dispatch(factory, NR, ranges, budget);
  if (!first.sharesToken) {
    return numbers;
  }
  // One test of the bit separates the sibling's numbers.
  return first.numberBit === 0
    ? factory.test(NR, SET, X32_SYSCALL_BIT, skippedOr(factory, otherwise, foreign), numbers)
    : factory.test(NR, SET, X32_SYSCALL_BIT, numbers, foreign);
}

/** The numbers of one architecture, then those that no call has. */
function rangesOf(calls: Calls, arch: Architecture): Ranges {
  const ranges = new Ranges(arch.numberBit);
  addSyscalls(ranges, calls, arch);
  ranges.add(SKIPPED_CALL, calls.otherwise, 0);
  return ranges;
}

/** How many numbers a filter would test if it tested each call by itself, except those with the default verdict. */
function listed({ first, lasts, nodes, weights }: Ranges, { otherwise, younger, foreign }: Calls): number {
  let count = 0;
  let next = first;
  for (let i = 0; i < lasts.length; i += 1) {
    const last = lasts[i] as number;
    const node = nodes[i];
    if (weights[i] !== 0 && node !== otherwise && node !== younger && node !== foreign) {
      count += last - next + 1;
    }
    next = last + 1;
  }
  return count;
}

/** A skipped call has all bits set, also that of x32. */
function skippedOr(factory: NodeFactory, skipped: Node, otherOnes: Node): Node {
  return factory.test(NR, EQ, SKIPPED_CALL, skipped, otherOnes);
}
