/**
 * Rules that name a function of a library as if it were a syscall: whether the calls that it makes are judged as the rule says.
 */

import type { Diagnostic } from "../diagnostic.ts";
import { listed } from "../plural.ts";
import type { Architecture } from "../tables/architectures.ts";
import type { LibraryFunction } from "../tables/library-functions.ts";
import { SECCOMP_RET_KILL_PROCESS } from "../tables/seccomp.ts";
import { syscallId, syscallNumber } from "../tables/syscalls.ts";
import type { RuleTable } from "./rule-table.ts";
import { denies, precedence, type Verdict } from "./verdict.ts";

/** A function that a rule names. */
export interface NamedFunction {
  readonly name: string;
  readonly known: LibraryFunction;
  /** The JSON pointer of the name. */
  readonly pointer: string;
  /** The rule's. */
  readonly verdict: Verdict;
  /** Whether the rule is more restrictive than the default. */
  readonly strict: boolean;
}

/**
 * What to say of it. A rule that was meant to forbid something and leaves it open is an error; if what the function calls is
 * forbidden anyway the name is harmless, and a warning.
 *
 * @param rules of the whole profile
 */
export function judgeFunction(
  { name, known, pointer, verdict, strict }: NamedFunction,
  rules: RuleTable,
  architectures: readonly Architecture[],
  otherwise: Verdict,
): Diagnostic {
  const steps = known.steps.map((step) =>
    step.filter((call) => architectures.some((arch) => hasCall(arch, call))),
  );
  const isAsMeant = (call: string): boolean => {
    const found = rules.of(syscallId(call)) ?? [];
    return strict ? isRestricted(found, otherwise, verdict) : !isRestricted(found, otherwise, STRICTEST);
  };
  const isDone =
    strict && steps.length > 0
      ? architectures.every((arch) => steps.some((step) => everyOn(arch, step, isAsMeant)))
      : steps.every((step) => step.some(isAsMeant));
  const made = listed(steps.flatMap((step) => (step.length === 0 ? [] : [step.join(" or ")])));
  const said = made === "" ? "" : `: it ${verbFor(known)} ${made}`;
  const state = made === "" ? "" : `, which ${stateOf(strict, isDone)}`;
  return {
    code: "unknown-syscall",
    severity: strict ? (isDone ? "warning" : "error") : isDone ? "note" : "warning",
    ...(isDone && !strict ? { weight: "remark" } : {}),
    message: `'${name}' is ${known.what}, and no syscall${said}${state}`,
    hint: isDone ? "remove the name: it has no effect" : hintFor(strict, steps[0] ?? []),
    pointer,
  };
}

const STRICTEST: Verdict = SECCOMP_RET_KILL_PROCESS;

function verbFor({ what, steps }: LibraryFunction): string {
  return what.startsWith("a word") ? "stands for" : steps.length > 1 ? "needs" : "is made by";
}

function stateOf(strict: boolean, isDone: boolean): string {
  return strict === isDone ? "the profile denies" : "the profile lets through";
}

function hintFor(strict: boolean, calls: readonly string[]): string {
  const names = listed(calls);
  return !strict
    ? `name ${names} instead, if programs need it`
    : calls.some((call) => SHARED.split(" ").includes(call))
      ? `no filter tells what it does from what others do by ${names}: deny ${names} for all, or remove the name`
      : `deny ${names} instead`;
}

/** Calls that nearly every program makes. */
const SHARED =
  "brk clone clone3 close execve exit_group fcntl fork futex ioctl mmap open openat read rt_sigaction rt_sigprocmask write";

function everyOn(arch: Architecture, step: readonly string[], isAsMeant: (call: string) => boolean): boolean {
  const present = step.filter((call) => hasCall(arch, call));
  return present.length > 0 && present.every(isAsMeant);
}

function hasCall(arch: Architecture, call: string): boolean {
  return syscallNumber(arch, syscallId(call)) >= 0;
}

/** Whether all verdicts that a call can get deny it, or are at least as restrictive as the wanted one. */
function isRestricted(
  rules: readonly { readonly conditions: readonly unknown[]; readonly verdict: Verdict }[],
  otherwise: Verdict,
  wanted: Verdict,
): boolean {
  const suffices = (verdict: Verdict): boolean =>
    denies(verdict) || precedence(verdict) <= precedence(wanted);
  return (
    rules.some(({ conditions, verdict }) => conditions.length === 0 && suffices(verdict)) ||
    (suffices(otherwise) && rules.every(({ verdict }) => suffices(verdict)))
  );
}
