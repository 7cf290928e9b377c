/**
 * A profile as written, in any of the formats: names, not numbers; nothing is resolved for a machine.
 */

/** The actions of libseccomp's and Docker's profiles; SCMP_ACT_KILL is KILL_THREAD under its old name. */
export const ACTIONS = [
  "SCMP_ACT_KILL",
  "SCMP_ACT_KILL_PROCESS",
  "SCMP_ACT_KILL_THREAD",
  "SCMP_ACT_TRAP",
  "SCMP_ACT_ERRNO",
  "SCMP_ACT_NOTIFY",
  "SCMP_ACT_TRACE",
  "SCMP_ACT_LOG",
  "SCMP_ACT_ALLOW",
] as const;
/** An action, as profiles name it. */
export type ActionName = (typeof ACTIONS)[number];

/** The comparisons, all on unsigned 64-bit numbers. */
export const OPERATORS = [
  "SCMP_CMP_EQ",
  "SCMP_CMP_NE",
  "SCMP_CMP_LT",
  "SCMP_CMP_LE",
  "SCMP_CMP_GT",
  "SCMP_CMP_GE",
  "SCMP_CMP_MASKED_EQ",
] as const;
/** A comparison, as profiles name it. */
export type OperatorName = (typeof OPERATORS)[number];

/** The filter flags that a profile may ask for. */
export const FLAGS = [
  "SECCOMP_FILTER_FLAG_TSYNC",
  "SECCOMP_FILTER_FLAG_LOG",
  "SECCOMP_FILTER_FLAG_SPEC_ALLOW",
  "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV",
] as const;
/** A filter flag, as in seccomp(2). */
export type FlagName = (typeof FLAGS)[number];

/** One comparison of one argument. */
export interface Condition {
  /** 0 to 5. */
  readonly index: number;
  readonly op: OperatorName;
  /** 0 to 2^64-1; the mask, for SCMP_CMP_MASKED_EQ. */
  readonly value: bigint;
  /** 0 to 2^64-1; what the masked argument must equal, for SCMP_CMP_MASKED_EQ; 0 if absent. */
  readonly valueTwo: bigint;
  /** 32: only the lower half of the argument is compared, and `value` is below 2^32 (seccompiler's dword). */
  readonly bits?: 32;
}

/** The conditions of `includes` and `excludes` on machine and caller. */
export interface Selector {
  /** Capability names as written, for example "CAP_SYS_ADMIN". */
  readonly caps: readonly string[];
  /** Architecture names as written, Go's ("amd64") or libseccomp's ("x86_64"). */
  readonly arches: readonly string[];
  /** major * 256 + minor; undefined if absent. */
  readonly minKernel: number | undefined;
}

/** The selector of a rule without conditions on the machine. */
export const NO_SELECTOR: Selector = { caps: [], arches: [], minKernel: undefined };

/** The errno that ERRNO returns, or the number that TRACE passes to the tracer, as written. */
export interface Errno {
  /** `errnoRet`: 0 to 4095, for TRACE 0 to 65535. */
  readonly number: number | undefined;
  /** Podman's `errno`: for example "EPERM". */
  readonly name: string | undefined;
}

export interface Rule {
  /** The rule's index in `syscalls`, from 0. */
  readonly index: number;
  readonly names: readonly string[];
  /** Whether the rule has Docker's old `name` instead of `names`. */
  readonly singleName?: true;
  readonly action: ActionName;
  readonly errno: Errno;
  readonly conditions: readonly Condition[];
  readonly includes: Selector;
  readonly excludes: Selector;
}

/** The place of a rule's name below the rule (JSON pointer without its first slash). */
export function namePath({ singleName }: Rule, i: number): string {
  return singleName === true ? "name" : `names/${i}`;
}

export interface Profile {
  /** The JSON pointer of the profile in its document: "", "/linux/seccomp" or "/spec". */
  readonly base: string;
  /** The form of the file, if it is none that a container engine reads. */
  readonly form?: "seccompiler";
  readonly defaultAction: ActionName;
  /** For the default action only: a rule without an errno of its own returns EPERM. */
  readonly defaultErrno: Errno;
  /** Docker's and Mesos's `archMap`: architectures (SCMP_ARCH_*), each with its subarchitectures. */
  readonly archMap: readonly ArchMapEntry[] | undefined;
  /** The OCI's `architectures` (SCMP_ARCH_*). */
  readonly architectures: readonly string[] | undefined;
  /** undefined if absent, which differs from an empty list (runc: SPEC_ALLOW if absent). */
  readonly flags: readonly FlagName[] | undefined;
  /** The Unix socket of the seccomp agent that decides about SCMP_ACT_NOTIFY; undefined if absent or empty, as in Go. */
  readonly listenerPath: string | undefined;
  /** What the agent is told beside the listener. */
  readonly listenerMetadata: string | undefined;
  readonly rules: readonly Rule[];
}

export interface ArchMapEntry {
  readonly architecture: string;
  readonly subArchitectures: readonly string[];
}

/** The selectors of all rules. */
export function selectorsOf({ rules }: Profile): readonly Selector[] {
  return rules.flatMap(({ includes, excludes }) => [includes, excludes]);
}
