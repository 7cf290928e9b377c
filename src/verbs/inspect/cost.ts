/**
 * The size of a filter, and how many of its instructions calls execute.
 */

import { isCacheable } from "../../bpf/cacheable.ts";
import { compileWithin, type TooLong } from "../../bpf/compile.ts";
import { decode, type Instructions } from "../../bpf/decode.ts";
import { interpret } from "../../bpf/interpret.ts";
import type { Call, Policy } from "../../policy/policy.ts";
import type { Architecture } from "../../tables/architectures.ts";
import { seenNumber, syscallId, syscallNumber } from "../../tables/syscalls.ts";
import type { JudgedCall } from "./calls.ts";

/** What a filter costs on the machine's own architecture. */
export interface Cost {
  readonly instructions: number;
  /** The instructions that a call executes: the least and the most, over all calls. */
  readonly least: number;
  readonly most: number;
  /** Those of usual calls, with arguments zero. */
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
  const executed = ({ nr, args }: Pick<Call, "nr" | "args">): number =>
    interpret(instructions, { arch: arch.token, nr, args }, arch.bigEndian).executed;
  let [least, most, unrun] = [Number.POSITIVE_INFINITY, 0, 0];
  for (const { id, examples } of calls) {
    const nr = seenNumber(arch, id);
    const made = examples.flatMap(({ call }) => call ?? []);
    for (const args of made.length === 0 ? [ZEROS] : made.map((call) => call.args)) {
      const count = executed({ nr, args });
      least = Math.min(least, count);
      most = Math.max(most, count);
    }
    unrun += isCacheable(instructions, arch.token, nr) ? 1 : 0;
  }
  const usual = USUAL.filter((name) => syscallNumber(arch, syscallId(name)) >= 0).map((name) => ({
    name,
    executed: executed({ nr: seenNumber(arch, syscallId(name)), args: ZEROS }),
  }));
  return { instructions: instructions.length, least, most, usual, unrun };
}

const ZEROS: readonly bigint[] = [0n, 0n, 0n, 0n, 0n, 0n];
