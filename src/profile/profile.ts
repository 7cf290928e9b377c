/**
 * A profile as its author wrote it, whatever the format: names, not numbers; nothing resolved for a machine yet.
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
export type ActionName = (typeof ACTIONS)[number];

/** The comparisons, all of unsigned 64-bit numbers. */
export const OPERATORS = [
  "SCMP_CMP_EQ",
  "SCMP_CMP_NE",
  "SCMP_CMP_LT",
  "SCMP_CMP_LE",
  "SCMP_CMP_GT",
  "SCMP_CMP_GE",
  "SCMP_CMP_MASKED_EQ",
] as const;
export type OperatorName = (typeof OPERATORS)[number];

/** The filter flags that a profile may ask for. */
export const FLAGS = [
  "SECCOMP_FILTER_FLAG_TSYNC",
  "SECCOMP_FILTER_FLAG_LOG",
  "SECCOMP_FILTER_FLAG_SPEC_ALLOW",
  "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV",
] as const;
export type FlagName = (typeof FLAGS)[number];

/** One comparison of one argument. */
export interface Condition {
  /** 0 to 5. */
  readonly index: number;
  readonly op: OperatorName;
  /** 0 to 2^64-1; the mask, for SCMP_CMP_MASKED_EQ. */
  readonly value: bigint;
  /** 0 to 2^64-1; what the masked argument has to equal, for SCMP_CMP_MASKED_EQ; 0 where it is absent. */
  readonly valueTwo: bigint;
}

/** What `includes` and `excludes` ask of the machine. */
export interface Selector {
  /** Capability names as written, for example "CAP_SYS_ADMIN". */
  readonly caps: readonly string[];
  /** Architecture names as written, Go's ("amd64") or libseccomp's ("x86_64"). */
  readonly arches: readonly string[];
  /** major * 256 + minor; undefined where absent. */
  readonly minKernel: number | undefined;
}

/** The selector of a rule that asks nothing of the machine. */
export const NO_SELECTOR: Selector = { caps: [], arches: [], minKernel: undefined };

/** What ERRNO answers and TRACE tells the tracer, as written. */
export interface Errno {
  /** `errnoRet`: 0 to 4095, for TRACE 0 to 65535. */
  readonly number: number | undefined;
  /** Podman's `errno`: for example "EPERM". */
  readonly name: string | undefined;
}

export interface Rule {
  /** The rule's place in `syscalls`, from 0. */
  readonly index: number;
  readonly names: readonly string[];
  /** Whether it is the one of Docker's old `name`. */
  readonly singleName?: true;
  readonly action: ActionName;
  readonly errno: Errno;
  readonly conditions: readonly Condition[];
  readonly includes: Selector;
  readonly excludes: Selector;
}

/** Where a rule's name stands, below the rule (JSON pointer without its first slash). */
export function namePath({ singleName }: Rule, i: number): string {
  return singleName === true ? "name" : `names/${i}`;
}

export interface Profile {
  /** Where the profile begins in its document: "" or "/linux/seccomp" (JSON pointer). */
  readonly base: string;
  readonly defaultAction: ActionName;
  /** For the default action only: a rule without an errno of its own answers EPERM. */
  readonly defaultErrno: Errno;
  /** Docker's and Mesos's `archMap`: architecture names (SCMP_ARCH_*) and what each brings along. */
  readonly archMap: readonly ArchMapEntry[] | undefined;
  /** The OCI's `architectures` (SCMP_ARCH_*). */
  readonly architectures: readonly string[] | undefined;
  /** undefined where absent, which is not the same as an empty list (runc: SPEC_ALLOW where absent). */
  readonly flags: readonly FlagName[] | undefined;
  readonly rules: readonly Rule[];
}

export interface ArchMapEntry {
  readonly architecture: string;
  readonly subArchitectures: readonly string[];
}

/** All that the rules ask of the machine. */
export function selectorsOf({ rules }: Profile): readonly Selector[] {
  return rules.flatMap(({ includes, excludes }) => [includes, excludes]);
}
