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
    const owners = policy.architectures
      .filter((arch) => arch.token === token)
      .sort((a, b) => a.numberBit - b.numberBit);
    node = factory.test(ARCH, ALL_BITS, "eq", token, numbersOf(decisions, owners), node);
  }
  return { root: node, nodes: factory.nodes };
}

/** The AUDIT_ARCH_* values of the policy's architectures, the native one first. */
function tokens(policy: Policy): number[] {
  return [...new Set(policy.architectures.map((arch) => arch.token))];
}

/** How many numbers, from the `first` on, a filter would test that tests each call for itself that does not get the default verdict. */
function listed(first: number, ranges: readonly Range[], { otherwise, younger, foreign }: Decisions): number {
  let count = 0;
  let next = first;
  for (const { last, node, weight } of ranges) {
    if (weight !== 0 && node !== otherwise && node !== younger && node !== foreign) {
      count += last - next + 1;
    }
    next = last + 1;
  }
  return count;
}

/**
 * What each of the 2^32 numbers leads to, for calls with the token of those architectures.
 *
 * @param owners ascending by their bit of the number
 */
function numbersOf(decisions: Decisions, owners: readonly Architecture[]): Node {
  const { factory, foreign, otherwise } = decisions;
  const [first] = owners as [Architecture];
  const ranges = new RangeList(first.numberBit);
  for (const arch of owners) {
    addSyscalls(ranges, decisions, arch);
  }
  ranges.add(SKIPPED_CALL, otherwise);
  const numbers = dispatch(factory, NR, ranges.list, listed(first.numberBit, ranges.list, decisions));
  if (owners.length > 1 || !first.sharesToken) {
    return numbers;
  }
  // One test of the bit finds the numbers of the other one.
  return first.numberBit === 0
    ? factory.test(NR, ALL_BITS, "set", X32_SYSCALL_BIT, skippedOr(factory, otherwise, foreign), numbers)
    : factory.test(NR, ALL_BITS, "set", X32_SYSCALL_BIT, numbers, foreign);
}

/** A skipped call has all bits, also that of x32. */
function skippedOr(factory: NodeFactory, skipped: Node, otherOnes: Node): Node {
  return factory.test(NR, ALL_BITS, "eq", SKIPPED_CALL, skipped, otherOnes);
}

/** Adds the numbers of one architecture, up to the largest one that a syscall can have. */
function addSyscalls(ranges: RangeList, decisions: Decisions, arch: Architecture): void {
  const bit = arch.numberBit;
  const last = lastSyscallNumber(arch);
  for (const { first, codes } of numberRows(arch)) {
    // What lies above the last number, between the calls that lie apart too, is left for younger ones.
    const gap = first > last ? YOUNGER : undefined;
    ranges.add(first - 1 + bit, decisions.of(gap, arch.bits));
    addRow(ranges, decisions, codes, first + bit, gap, arch);
  }
  ranges.add(MAX_SYSCALL_NUMBER + bit, decisions.younger);
}

/** Hardly any program makes calls of x32, and so they may take longer. */
const RARE = 1 / 64;

/** @param gap what is taken for the rules of a number that no call has */
function addRow(
  ranges: RangeList,
  decisions: Decisions,
  codes: string,
  first: number,
  gap: Rules,
  arch: Architecture,
): void {
  const { bits } = arch;
  const weight = arch.numberBit === 0 ? 1 : RARE;
  const rules = decisions.rulesByCode;
  rules[0] = gap;
  let before = gap;
  let calls = 0;
  // A launch comes through here 1500 times, so neighbours that are judged alike are joined on the spot.
  const count = codes.length;
  for (let i = 0; i < count; i += 1) {
    const code = codes.charCodeAt(i);
    const own = rules[code];
    if (own !== before) {
      ranges.add(first + i - 1, decisions.of(before, bits), calls);
      before = own;
      calls = 0;
    }
    if (code !== 0) {
      calls += weight;
    }
  }
  ranges.add(first + count - 1, decisions.of(before, bits), calls);
}

/** The rules of a call; undefined where it has none. */
type Rules = readonly PolicyRule[] | undefined;

/** Stands for the rules of a call that is younger than the profile. */
const YOUNGER: Rules = [];

/** The rules of each call by its code in the rows of numbers: its id plus 1. The place of code 0 is left open. */
function byCode({ rules, youngest }: Policy): Rules[] {
  const all = [undefined, ...rules];
  if (youngest !== undefined) {
    const versions = syscallVersions();
    for (let code = all.indexOf(undefined, 1); code > 0; code = all.indexOf(undefined, code + 1)) {
      if (versions.charCodeAt(code - 1) > youngest) {
        all[code] = YOUNGER;
      }
    }
  }
  return all;
}

/** What rules lead to; each list of rules is decided once for all syscalls and architectures that share it. */
class Decisions {
  readonly foreign: Node;
  readonly otherwise: Node;
  readonly younger: Node;
  /** By the codes of {@link numberRows}; whoever walks through a row sets what code 0 stands for. */
  readonly rulesByCode: Rules[];
  private readonly decided32 = new Map<Rules, Node>();
  private readonly decided64 = new Map<Rules, Node>();

  constructor(
    readonly factory: NodeFactory,
    private readonly policy: Policy,
  ) {
    this.foreign = factory.return(policy.foreignVerdict);
    this.otherwise = factory.return(policy.defaultVerdict);
    this.younger = policy.youngest === undefined ? this.otherwise : factory.return(policy.youngerVerdict);
    this.rulesByCode = byCode(policy);
    for (const decided of [this.decided32, this.decided64]) {
      decided.set(undefined, this.otherwise);
      decided.set(YOUNGER, this.younger);
    }
  }

  of(rules: Rules, bits: WordSize): Node {
    const decided = bits === 32 ? this.decided32 : this.decided64;
    let node = decided.get(rules);
    if (node === undefined) {
      node = decide(this.factory, rules ?? [], this.policy.defaultVerdict, bits);
      decided.set(rules, node);
    }
    return node;
  }
}

/** Collects ranges in ascending order and joins neighbours that lead to the same node. */
class RangeList {
  readonly list: Range[] = [];
  /** The last one of the list. */
  private open: { last: number; readonly node: Node | undefined; weight: number };

  /** @param first the lowest number that can occur; those below it fall to the first range */
  constructor(first: number) {
    this.open = { last: first - 1, node: undefined, weight: 0 };
  }

  /**
   * The numbers that no range has yet, up to `last`; none are left where `last` lies before them.
   *
   * @param weight how many calls are among them
   */
  add(last: number, node: Node, weight = 0): void {
    const { open } = this;
    if (last <= open.last) {
      return;
    }
    if (open.node === node) {
      open.last = last;
      open.weight += weight;
    } else {
      const range = { last, node, weight };
      this.open = range;
      this.list.push(range);
    }
  }
}
