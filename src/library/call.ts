/**
 * System calls and verdicts, as users of the library write and read them.
 */

import type { Call as InternalCall } from "../policy/policy.ts";
import { formatVerdict, type Verdict as VerdictValue } from "../policy/verdict.ts";
import {
  type Architecture,
  type ArchitectureName,
  architectureOfCall,
  architectures,
} from "../tables/architectures.ts";
import { idOfSeen, seenNumber, syscallId, syscallName } from "../tables/syscalls.ts";
import { suggest } from "../verbs/suggest.ts";
import { archOf } from "./target.ts";

/**
 * What a filter returns for a call: an action of seccomp(2) without SECCOMP_RET_, with its data in parentheses. Errnos have their
 * name on the architecture of the call, or their number if it has none there: `ERRNO(EPERM)`.
 */
export type Verdict =
  | "ALLOW"
  | "LOG"
  | "TRAP"
  | "NOTIFY"
  | "KILL_THREAD"
  | "KILL_PROCESS"
  | `ERRNO(${string})`
  | `TRACE(${number})`;

/** A system call, as seccomp sees it (struct seccomp_data, without the instruction pointer). */
export interface Call {
  /** Its name, or AUDIT_ARCH_* of `<linux/audit.h>`, unsigned. */
  readonly architecture: ArchitectureName | number;
  /**
   * Its name, or its number as in seccomp_data.nr: with bit 30 for x32, and with 4000, 5000 or 6000 added on MIPS. -1 is a call that
   * a tracer has skipped.
   */
  readonly syscall: string | number;
  /** Up to six registers, unsigned, 0 to 2^64-1 (to 2^32-1 where registers have 32 bits); missing ones are 0. */
  readonly args?: readonly (bigint | number)[];
}

const ARGUMENTS = 6;
const NO_ARGUMENTS: readonly bigint[] = [0n, 0n, 0n, 0n, 0n, 0n];

/**
 * A call in numbers, and its architecture if that has a name.
 *
 * @internal
 */
export interface Translated {
  readonly call: InternalCall;
  readonly arch: Architecture | undefined;
}

/**
 * Translates names into numbers.
 *
 * @throws RangeError if there is no such architecture, call or argument
 * @internal
 */
export function translated({ architecture, syscall, args }: Call): Translated {
  const arch = typeof architecture === "number" ? undefined : archOf(architecture);
  const token = arch?.token ?? uint32(architecture, "an architecture");
  const nr =
    typeof syscall === "number"
      ? uint32(syscall === -1 ? 0xffffffff : syscall, "a number of a call")
      : numberOf(arch, syscall);
  return {
    call: { arch: token, nr, args: args === undefined ? NO_ARGUMENTS : argumentsOf(args, arch?.bits ?? 64) },
    arch: arch ?? architectureOfCall(architectures, token, nr),
  };
}

function uint32(value: unknown, what: string): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0 || value > 0xffffffff) {
    throw new RangeError(`${String(value)} is not ${what}: it must be an integer from 0 to 2^32-1`);
  }
  return value;
}

function numberOf(arch: Architecture | undefined, name: string): number {
  const id = syscallId(name);
  if (id < 0) {
    const near = suggest({ word: name, kind: "syscall" });
    throw new RangeError(
      `'${name}' is not a syscall${near === undefined ? "" : `; did you mean '${near}'?`}`,
    );
  }
  if (arch === undefined) {
    throw new RangeError(`'${name}': only an architecture that is given by its name has names for syscalls`);
  }
  const nr = seenNumber(arch, id);
  if (nr < 0) {
    throw new RangeError(`${arch.name} has no syscall '${name}'`);
  }
  return nr;
}

function argumentsOf(args: readonly (bigint | number)[], bits: 32 | 64): readonly bigint[] {
  if (args.length > ARGUMENTS) {
    throw new RangeError(`there are ${args.length} arguments; a call has at most ${ARGUMENTS}`);
  }
  const all: bigint[] = [];
  for (let i = 0; i < ARGUMENTS; i += 1) {
    const value = args[i] ?? 0n;
    if (typeof value === "number" && !Number.isSafeInteger(value)) {
      throw new RangeError(`argument ${i}: ${value} is not an exact integer; write it as a bigint`);
    }
    const exact = BigInt(value);
    if (exact < 0n || exact >> BigInt(bits) !== 0n) {
      throw new RangeError(`argument ${i}: ${exact} is not from 0 to 2^${bits}-1; BigInt.asUintN wraps it`);
    }
    all.push(exact);
  }
  return all;
}

/**
 * A call in numbers as users read it: by names as far as there are any.
 *
 * @internal
 */
export function publicCall({ arch: token, nr, args }: InternalCall, arch: Architecture | undefined): Call {
  const id = arch === undefined ? -1 : idOfSeen(arch, nr);
  return { architecture: arch?.name ?? token, syscall: id < 0 ? nr : syscallName(id), args };
}

/**
 * A verdict in words.
 *
 * @internal
 */
export function publicVerdict(verdict: VerdictValue, arch: Architecture): Verdict {
  return formatVerdict(verdict, arch) as Verdict;
}
