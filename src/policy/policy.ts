/**
 * A policy: what a profile means on one machine. Syscalls are ids of the tables, actions are verdicts.
 */

import type { OperatorName } from "../profile/profile.ts";
import type { Architecture } from "../tables/architectures.ts";
import type { RuleTable } from "./rule-table.ts";
import type { Verdict } from "./verdict.ts";

export interface Policy {
  /** The architectures whose calls the rules judge, the native one first. */
  readonly architectures: readonly Architecture[];
  /** The verdict on a call of any other architecture. */
  readonly foreignVerdict: Verdict;
  /** The verdict on a call to which no rule applies. */
  readonly defaultVerdict: Verdict;
  /**
   * Calls that appeared after this kernel version (major * 256 + minor) and have no rules get
   * {@link youngerVerdict}; undefined: they get the default like all others.
   */
  readonly youngest: number | undefined;
  /** ERRNO(ENOSYS), with the architecture's number for it. */
  readonly youngerVerdict: Verdict;
  /** Whether the kernel also accepts each other's numbers for x86-64 and x32 ({@link X32_SEPARATE_SINCE}). */
  readonly mixesX32: boolean;
  /** The rules as they are written; `judged.ts` has them as they judge on an architecture. */
  readonly rules: RuleTable;
  /**
   * Whether conditions compare 64 bits of every register, as engines with libseccomp do; else what the kernel takes of it: 32 bits
   * of an int, and nothing of the address of a struct of arguments.
   */
  readonly wideArguments: boolean;
  /** SECCOMP_FILTER_FLAG_* that the profile asks for, and NEW_LISTENER if there is a {@link listener}. */
  readonly flags: number;
  /** SECCOMP_FILTER_FLAG_* to use only if the kernel knows them: they make a task faster, not safer. */
  readonly optionalFlags: number;
  /** Who decides about calls with the verdict NOTIFY; undefined if no call gets it. */
  readonly listener: Listener | undefined;
}

/** What a profile says about its seccomp agent, in the words of the runtime-spec (config-linux.md, "Seccomp"). */
export interface Listener {
  /** `listenerPath`; undefined if the profile has none. */
  readonly path: string | undefined;
  /** `listenerMetadata` */
  readonly metadata: string | undefined;
}

export interface PolicyRule {
  /** All must hold; empty: the rule always applies. */
  readonly conditions: readonly Comparison[];
  readonly verdict: Verdict;
}

/** One comparison of one argument, as unsigned numbers of 64 bits or of its lower 32 bits. */
export interface Comparison {
  /** 0 to 5. */
  readonly index: number;
  readonly op: OperatorName;
  /** What the argument is compared with. */
  readonly value: bigint;
  /** Only SCMP_CMP_MASKED_EQ: which bits of the argument are compared. `value` has no others. */
  readonly mask: bigint;
  /** 32: only the lower half of the argument is compared, and `value` is below 2^32. Undefined: all of it. */
  readonly bits?: 32;
}

/** A system call as seccomp sees it (struct seccomp_data, without the instruction pointer). */
export interface Call {
  /** AUDIT_ARCH_*, unsigned. */
  readonly arch: number;
  /** The syscall number, unsigned 32-bit; an x32 call has bit 30. */
  readonly nr: number;
  /** Six unsigned 64-bit numbers; on a 32-bit architecture below 2^32. */
  readonly args: readonly bigint[];
}

/**
 * The largest number that a syscall can ever get on any architecture; above it are x32's bit and negative
 * numbers, which no future kernel will give to a syscall.
 */
export const MAX_SYSCALL_NUMBER = 0x3fffffff;

/** A skipped call: a tracer has set the number to -1 (seccomp(2), SECCOMP_RET_TRACE). */
export const SKIPPED_CALL = 0xffffffff;
