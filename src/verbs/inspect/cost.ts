/**
 * The size of a filter, and how many of its instructions calls execute.
 */

import { isCacheable } from "../../bpf/cacheable.ts";
import { compileWithin, type TooLong } from "../../bpf/compile.ts";
import { decode, type Instructions } from "../../bpf/decode.ts";
import { interpret } from "../../bpf/interpret.ts";
import type { Policy } from "../../policy/policy.ts";
import type { Architecture } from "../../tables/architectures.ts";
import { seenNumber, syscallId } from "../../tables/syscalls.ts";
import type { JudgedCall } from "./calls.ts";

/** What a filter costs on the machine's own architecture. */
export interface Cost {
  readonly instructions: number;
  /** The length of the longest way through the filter, which no call exceeds. */
  readonly most: number;
  /** The instructions that usual calls execute, with arguments zero. */
  readonly usual: readonly { readonly name: string; readonly executed: number }[];
  /** The number of calls for which Linux 5.11 and later execute none (`cacheable.ts`). */
  readonly unrun: number;
}

/** Calls that programs make again and again, of which an architecture may lack some. */
const USUAL = [
  "read",
  "write",
  "openat",
  "close",
  "mmap",
  "futex",
  "epoll_wait",
  "recvmsg",
  "sendto",
  "clone",
];

/** The instructions of the filter of a policy, or why the kernel does not take it. */
export function filterOf(policy: Policy): Instructions | TooLong {
  const compiled = compileWithin(policy);
  return compiled.kind === "tooLong" ? compiled : decode(compiled.program);
}

/** @param calls those of the machine's own architecture */
export function costOf(instructions: Instructions, arch: Architecture, calls: readonly JudgedCall[]): Cost {
  const isUnrun = ({ id, judgement }: JudgedCall): boolean =>
    judgement.kind === "allowed" && isCacheable(instructions, arch.token, seenNumber(arch, id));
  return {
    instructions: instructions.length,
    most: longestWay(instructions),
    usual: USUAL.map((name) => ({ name, nr: seenNumber(arch, syscallId(name)) }))
      .filter(({ nr }) => nr >= 0)
      .map(({ name, nr }) => ({
        name,
        executed: interpret(instructions, { arch: arch.token, nr, args: ZEROS }, arch.bigEndian).executed,
      })),
    unrun: calls.filter(isUnrun).length,
  };
}

const ZEROS: readonly bigint[] = [0n, 0n, 0n, 0n, 0n, 0n];

/** The instructions on the longest way through a filter: its jumps go forward only. */
function longestWay(instructions: Instructions): number {
  const longest: number[] = [];
  for (let at = instructions.length - 1; at >= 0; at -= 1) {
    const instruction = instructions[at];
    const next =
      instruction?.kind === "return"
        ? []
        : instruction?.kind === "jump"
          ? [instruction.to]
          : instruction?.kind === "branch"
            ? [instruction.holds, instruction.fails]
            : [at + 1];
    longest[at] = 1 + Math.max(0, ...next.map((to) => longest[to] ?? 0));
  }
  return longest[0] ?? 0;
}
