/**
 * From a policy to one decision graph for all architectures: the architecture first, then the number, then the
 * arguments.
 */

import { MAX_SYSCALL_NUMBER, type Policy, type PolicyRule, SKIPPED_CALL } from "../policy/policy.ts";
import { type Architecture, X32_SYSCALL_BIT } from "../tables/architectures.ts";
import { lastSyscallNumber, syscallNumber, syscallSince, syscallsInOrder } from "../tables/syscalls.ts";
import { decide } from "./decision.ts";
import { dispatch, type Range } from "./dispatch.ts";
import { ALL_BITS, ARCH, type Node, NodeFactory, NR } from "./node.ts";

/** Builds the graph that gives the verdict of a policy on every call. */
export function buildTree(policy: Policy): Node {
  const factory = new NodeFactory();
  let node: Node = factory.return(policy.foreignVerdict);
  for (const token of tokens(policy).reverse()) {
    const numbers = dispatch(factory, NR, numberRanges(factory, policy, token));
    node = factory.test(ARCH, ALL_BITS, "eq", token, numbers, node);
  }
  return node;
}

/** The AUDIT_ARCH_* values of the policy's architectures, the native one first. */
function tokens(policy: Policy): number[] {
  return [...new Set(policy.architectures.map((arch) => arch.token))];
}

/** What each of the 2^32 numbers leads to, for calls with that token. */
function numberRanges(factory: NodeFactory, policy: Policy, token: number): Range[] {
  const ranges = new RangeList();
  const owners = policy.architectures.filter((arch) => arch.token === token);
  const plain = owners.find((arch) => arch.numberBit === 0);
  const foreign = factory.return(policy.foreignVerdict);
  const otherwise = factory.return(policy.defaultVerdict);
  const withoutArch = plain === undefined ? foreign : otherwise;
  if (plain === undefined) {
    ranges.add(MAX_SYSCALL_NUMBER, foreign);
  } else {
    addSyscalls(ranges, factory, policy, plain);
  }
  if (owners.some((arch) => arch.sharesToken)) {
    const x32 = owners.find((arch) => arch.numberBit === X32_SYSCALL_BIT);
    const withBit = x32 === undefined ? foreign : otherwise;
    if (x32 !== undefined) {
      addSyscalls(ranges, factory, policy, x32);
    }
    ranges.add(0x7fffffff, withBit);
    ranges.add(0xbfffffff, withoutArch);
    ranges.add(SKIPPED_CALL - 1, withBit);
  }
  ranges.add(SKIPPED_CALL - 1, withoutArch);
  ranges.add(SKIPPED_CALL, otherwise);
  return ranges.list;
}

/** Adds the numbers of one architecture, up to the largest one that a syscall can have. */
function addSyscalls(ranges: RangeList, factory: NodeFactory, policy: Policy, arch: Architecture): void {
  const bit = arch.numberBit;
  const gap = factory.return(policy.defaultVerdict);
  const younger = policy.youngest === undefined ? gap : factory.return(policy.youngerVerdict);
  const decided = new Map<readonly PolicyRule[], Node>();
  const last = lastSyscallNumber(arch);
  const order = syscallsInOrder(arch);
  for (let i = 0; i < order.length; i += 1) {
    const id = order.charCodeAt(i);
    const number = syscallNumber(arch, id);
    ranges.add(number - 1 + bit, number <= last ? gap : younger);
    const rules = policy.rules[id];
    let node: Node | undefined;
    if (rules === undefined) {
      node = policy.youngest !== undefined && syscallSince(id) > policy.youngest ? younger : gap;
    } else {
      node = decided.get(rules);
      if (node === undefined) {
        node = decide(factory, rules, policy.defaultVerdict, arch.bits);
        decided.set(rules, node);
      }
    }
    ranges.add(number + bit, node);
  }
  ranges.add(last + bit, gap);
  ranges.add(MAX_SYSCALL_NUMBER + bit, younger);
}

/** Collects ranges in ascending order and joins neighbours that lead to the same node. */
class RangeList {
  readonly list: { last: number; node: Node }[] = [];
  private end = -1;

  /** The numbers that no range has yet, up to `last`; none are left where `last` lies before them. */
  add(last: number, node: Node): void {
    if (last <= this.end) {
      return;
    }
    this.end = last;
    const previous = this.list[this.list.length - 1];
    if (previous !== undefined && previous.node === node) {
      previous.last = last;
    } else {
      this.list.push({ last, node });
    }
  }
}
