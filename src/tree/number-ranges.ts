/**
 * The numbers of an architecture as ranges that lead to the same.
 */

import { MAX_SYSCALL_NUMBER } from "../policy/policy.ts";
import type { Architecture } from "../tables/architectures.ts";
import { lastSyscallNumber } from "../tables/syscalls.ts";
import { type CallRules, type Calls, YOUNGER } from "./calls.ts";
import type { Range } from "./dispatch.ts";
import type { Node } from "./node.ts";

/** Adds the numbers of one architecture, up to the largest one that a syscall can have. */
export function addSyscalls(ranges: RangeList, calls: Calls, arch: Architecture): void {
  const bit = arch.numberBit;
  const last = lastSyscallNumber(arch);
  for (const { first, codes } of calls.rowsOf(arch)) {
    // What lies above the last number, between the calls that lie apart too, is left for younger ones.
    const gap = first > last ? YOUNGER : undefined;
    ranges.add(first - 1 + bit, calls.of(gap, arch.bits));
    addRow(ranges, calls, codes, first + bit, gap, arch);
  }
  ranges.add(MAX_SYSCALL_NUMBER + bit, calls.younger);
}

/** Hardly any program makes calls of x32, and so they may take longer. */
const RARE = 1 / 64;

/** @param gap what is taken for the rules of a number that no call has */
function addRow(
  ranges: RangeList,
  calls: Calls,
  codes: string,
  first: number,
  gap: CallRules,
  arch: Architecture,
): void {
  const { bits } = arch;
  const weight = arch.numberBit === 0 ? 1 : RARE;
  const rules = calls.rulesByCode;
  rules[0] = gap;
  let before = gap;
  let count = 0;
  // A launch comes through here 1500 times, so neighbours that are judged alike are joined on the spot.
  const { length } = codes;
  for (let i = 0; i < length; i += 1) {
    const code = codes.charCodeAt(i);
    const own = rules[code];
    if (own !== before) {
      ranges.add(first + i - 1, calls.of(before, bits), count);
      before = own;
      count = 0;
    }
    if (code !== 0) {
      count += weight;
    }
  }
  ranges.add(first + length - 1, calls.of(before, bits), count);
}

/** Collects ranges in ascending order and joins neighbours that lead to the same node. */
export class RangeList {
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
