/**
 * The numbers of x86-64 and x32 in one tree: most calls of x32 are the call of x86-64 with the same number but for x32's bit, so
 * that x32 needs tests only where they differ.
 */

import { X32_SYSCALL_BIT } from "../tables/architectures.ts";
import { UNDECIDED } from "./calls.ts";
import { dispatch, FAST } from "./dispatch.ts";
import { EQ, GE, type Node, type NodeFactory, NR, type TestOp } from "./node.ts";
import { Ranges } from "./ranges.ts";

/**
 * The node for all numbers. Those of x86-64 take no more tests than without x32.
 *
 * @param own the ranges of x86-64's numbers, and one up to 2^32-1 for all others
 * @param others the same for x32
 * @param budget maximum number of tests for x86-64's numbers
 * @param budgetOfOthers the same for x32's
 */
export function bothNumbers(
  factory: NodeFactory,
  own: Ranges,
  others: Ranges,
  budget: number,
  budgetOfOthers: () => number,
): Node {
  const apart = apartFrom(own, others);
  const { length } = apart.lasts;
  if (length >= others.lasts.length) {
    const numbers = dispatch(factory, NR, own, budget);
    return fromBit(factory, numbers, dispatch(factory, NR, others, budgetOfOthers()));
  }
  // x32 lists about as many calls, and the tests that it does not need make those of x86-64 faster.
  const spare = Math.max(0, budget - length);
  const numbers = dispatch(factory, NR, own, budget + spare, FAST);
  for (let i = 0; i < length; i += 1) {
    if (apart.nodes[i] === SAME) {
      apart.nodes[i] = numbers;
    }
  }
  return fromBit(factory, numbers, factory.clear(NR, X32_SYSCALL_BIT, dispatch(factory, NR, apart)));
}

/** In {@link apartFrom}: the same node as on x86-64. */
const SAME: Node = -2;

/** The numbers of x32 without its bit, with {@link SAME} where x86-64's lead to the same node. A launch passes here. */
function apartFrom(own: Ranges, others: Ranges): Ranges {
  const apart = new Ranges();
  const { lasts, nodes, weights } = apart;
  const { lasts: ownLasts, nodes: ownNodes } = own;
  const { lasts: otherLasts, nodes: otherNodes } = others;
  const { length } = otherLasts;
  let top = -1;
  let open = UNDECIDED;
  let at = 0;
  for (let i = 0; i < length; ) {
    const other = otherNodes[i] as Node;
    const node = ownNodes[at] === other ? SAME : other;
    if (node !== open) {
      open = node;
      top += 1;
      nodes[top] = node;
      weights[top] = 0;
    }
    const ownLast = ownLasts[at] as number;
    const last = (otherLasts[i] as number) - X32_SYSCALL_BIT;
    lasts[top] = ownLast < last ? ownLast : last;
    if (last <= ownLast) {
      i += 1;
    }
    if (ownLast <= last) {
      at += 1;
    }
  }
  return apart;
}

/** The search tree of a number, changed on its way to the highest number: `node` for all numbers with x32's bit or above. */
function fromBit(factory: NodeFactory, tree: Node, node: Node): Node {
  const { fields, ops, values, thens, elses } = factory.nodes;
  if (fields[tree] !== NR) {
    return factory.test(NR, GE, X32_SYSCALL_BIT, node, tree);
  }
  const op = ops[tree] as TestOp;
  const value = values[tree] as number;
  const then = thens[tree] as Node;
  const otherwise = elses[tree] as Node;
  if (value === X32_SYSCALL_BIT) {
    return factory.test(NR, GE, value, node, otherwise);
  }
  return op === EQ
    ? factory.test(NR, EQ, value, then, fromBit(factory, otherwise, node))
    : factory.test(NR, op, value, fromBit(factory, then, node), otherwise);
}
