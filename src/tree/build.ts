/**
 * From a policy to one decision graph for all architectures: the architecture first, then the number, then the
 * arguments.
 */

import { MAX_SYSCALL_NUMBER, type Policy, type PolicyRule, SKIPPED_CALL } from "../policy/policy.ts";
import { type Architecture, X32_SYSCALL_BIT } from "../tables/architectures.ts";
import { lastSyscallNumber, numberRows, syscallVersions } from "../tables/syscalls.ts";
import { decide, type WordSize } from "./decision.ts";
import { dispatch, type Range } from "./dispatch.ts";
import { ALL_BITS, ARCH, type Graph, type Node, NodeFactory, NR } from "./node.ts";

/** Builds the graph that gives the verdict of a policy on every call. */
export function buildTree(policy: Policy): Graph {
  const factory = new NodeFactory();
  const decisions = new Decisions(factory, policy);
  let node: Node = factory.return(policy.foreignVerdict);
  for (const token of tokens(policy).reverse()) {
    const numbers = dispatch(factory, NR, numberRanges(decisions, policy, token));
    node = factory.test(ARCH, ALL_BITS, "eq", token, numbers, node);
  }
  return { root: node, nodes: factory.nodes };
}

/** The AUDIT_ARCH_* values of the policy's architectures, the native one first. */
function tokens(policy: Policy): number[] {
  return [...new Set(policy.architectures.map((arch) => arch.token))];
}

/** What each of the 2^32 numbers leads to, for calls with that token. */
function numberRanges(decisions: Decisions, policy: Policy, token: number): Range[] {
  const ranges = new RangeList();
  const owners = policy.architectures.filter((arch) => arch.token === token);
  const plain = owners.find((arch) => arch.numberBit === 0);
  const { foreign, otherwise } = decisions;
  const withoutArch = plain === undefined ? foreign : otherwise;
  if (plain === undefined) {
    ranges.add(MAX_SYSCALL_NUMBER, foreign);
  } else {
    addSyscalls(ranges, decisions, policy, plain);
  }
  if (owners.some((arch) => arch.sharesToken)) {
    const x32 = owners.find((arch) => arch.numberBit === X32_SYSCALL_BIT);
    const withBit = x32 === undefined ? foreign : otherwise;
    if (x32 !== undefined) {
      addSyscalls(ranges, decisions, policy, x32);
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
function addSyscalls(ranges: RangeList, decisions: Decisions, policy: Policy, arch: Architecture): void {
  const { rules, youngest = Number.POSITIVE_INFINITY } = policy;
  const versions = syscallVersions();
  const bit = arch.numberBit;
  const last = lastSyscallNumber(arch);
  const node = (own: readonly PolicyRule[] | undefined): Node =>
    own === undefined
      ? decisions.otherwise
      : own === YOUNGER
        ? decisions.younger
        : decisions.of(own, arch.bits);
  let before: readonly PolicyRule[] | undefined;
  for (const { first, codes } of numberRows(arch)) {
    ranges.add(first - 1 + bit, first <= last ? decisions.otherwise : decisions.younger);
    before = undefined;
    // A launch comes through here 1500 times, so neighbours that are judged alike are joined on the spot.
    for (let i = 0; i < codes.length; i += 1) {
      const code = codes.charCodeAt(i);
      let own = code === 0 ? undefined : rules[code - 1];
      if (own === undefined) {
        const younger = code === 0 ? first + i > last : versions.charCodeAt(code - 1) > youngest;
        own = younger ? YOUNGER : undefined;
      }
      if (own !== before) {
        ranges.add(first + i - 1 + bit, node(before));
        before = own;
      }
    }
    ranges.add(first + codes.length - 1 + bit, node(before));
  }
  ranges.add(MAX_SYSCALL_NUMBER + bit, decisions.younger);
}

/** Stands for the rules of a call that is younger than the profile. */
const YOUNGER: readonly PolicyRule[] = [];

/** What rules lead to; each list of rules is decided once for all syscalls and architectures that share it. */
class Decisions {
  readonly foreign: Node;
  readonly otherwise: Node;
  readonly younger: Node;
  private readonly decided: Readonly<Record<WordSize, Map<readonly PolicyRule[], Node>>> = {
    32: new Map(),
    64: new Map(),
  };

  constructor(
    private readonly factory: NodeFactory,
    private readonly policy: Policy,
  ) {
    this.foreign = factory.return(policy.foreignVerdict);
    this.otherwise = factory.return(policy.defaultVerdict);
    this.younger = policy.youngest === undefined ? this.otherwise : factory.return(policy.youngerVerdict);
  }

  of(rules: readonly PolicyRule[], bits: WordSize): Node {
    const decided = this.decided[bits];
    let node = decided.get(rules);
    if (node === undefined) {
      node = decide(this.factory, rules, this.policy.defaultVerdict, bits);
      decided.set(rules, node);
    }
    return node;
  }
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
