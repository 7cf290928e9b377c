/**
 * Calls that C libraries make by themselves, seldom or only in some versions: what becomes of a program without them.
 */

import type { Diagnostic } from "../../diagnostic.ts";
import { listed } from "../../plural.ts";
import { denies } from "../../policy/verdict.ts";
import { canBeMade, denialOf, denyingPointer, isObserved, kills } from "../denials.ts";
import { type LintInput, letsThrough, nativeOf } from "../input.ts";
import { partsByName } from "../parts.ts";
import { FIRST_ALLOCATION, namesOf, toldStarts } from "../start-findings.ts";
import { stoppedStarts } from "../starts.ts";

/** A call, and what becomes of a program without it. */
export interface LibraryCall {
  readonly name: string;
  /** What goes wrong in programs with threads if it fails with an errno; absent: nothing that a program notices. */
  readonly failing?: string;
  /** When the call is made, where only some programs make it. */
  readonly when?: string;
  /** Whether only programs with threads make the call. */
  readonly byThreads: boolean;
}

/**
 * Found by running programs with glibc 2.36, dynamic and static, and with static musl 1.2.3 under filters that deny one call
 * with EPERM, ENOSYS and a kill action; `test/kernel/unrecorded.test.ts` does it again.
 */
export const LIBRARY_CALLS: readonly LibraryCall[] = [
  { name: "exit", failing: "who waits for the end of a thread waits for ever", byThreads: true },
  { name: "futex", failing: "glibc aborts, and musl waits in a busy loop", byThreads: true },
  { name: "munmap", failing: "glibc aborts when many threads end", byThreads: false },
  { name: "madvise", byThreads: true },
  { name: "brk", byThreads: false },
  // tcache_key_initialize in malloc/malloc.c, which takes another number if the call fails; arc4random is in fallbacks.ts.
  {
    name: FIRST_ALLOCATION,
    when: "glibc 2.34 and later, when a program first allocates memory",
    byThreads: false,
  },
  { name: "mremap", byThreads: false },
  { name: "rseq", byThreads: false },
  { name: "set_robust_list", byThreads: false },
  { name: "set_tid_address", byThreads: false },
];

/**
 * What glibc calls in abort, raise and pthread_kill; musl calls tkill only. With an errno abort ends by SIGSEGV instead of SIGABRT,
 * raise fails and pthread_cancel does nothing, though it returns 0. Where they kill, little differs: the program ends anyway.
 */
export const ABORT_CALLS: readonly string[] = ["getpid", "gettid", "tgkill"];
const ABORT_CALL_OF_MUSL = "tkill";

/** The flags with which glibc and musl make a thread: CLONE_VM to CLONE_CHILD_CLEARTID (glibc, create_thread). */
const THREAD_FLAGS = 0x3d0f00n;

/** Warns of calls that C libraries make by themselves and cannot do without. */
export function libraryCalls(input: LintInput): Diagnostic[] {
  const { policy } = input;
  const arch = nativeOf(input);
  const threads = canMakeThreads(input);
  // What is said of starts need not be said again.
  const atStart = namesOf(toldStarts(stoppedStarts(input.installed, arch)));
  const killing: string[] = [];
  let isTrapped = true;
  const failing: string[] = [];
  for (const { name, failing: what, when, byThreads } of LIBRARY_CALLS) {
    const verdict = denialOf(policy, arch, name);
    if (verdict === undefined) {
      continue;
    }
    if (!kills(verdict)) {
      failing.push(...(threads && what !== undefined ? [`${name} (${what})`] : []));
    } else if ((threads || !byThreads) && !atStart.includes(name)) {
      killing.push(when === undefined ? name : `${name} (${when})`);
      isTrapped &&= isObserved(verdict);
    }
  }
  // Without threads only abort is left, which ends the program by another signal.
  const missing = [...ABORT_CALLS, ABORT_CALL_OF_MUSL].filter((name) => {
    const verdict = threads ? denialOf(policy, arch, name) : undefined;
    return verdict !== undefined && !kills(verdict);
  });
  // A recording of a program of glibc lacks the call of musl: by itself it is worth telling where a rule is about it.
  const isTold = missing.some((name) => name !== ABORT_CALL_OF_MUSL || partsByName(input).has(name));
  const aborting = isTold ? missing : [];
  const ofGlibc = aborting.filter((name) => name !== ABORT_CALL_OF_MUSL);
  const byLibrary = [
    ...(ofGlibc.length === 0 ? [] : [`${listed(ofGlibc)} (glibc)`]),
    ...(ofGlibc.length < aborting.length ? [`${ABORT_CALL_OF_MUSL} (musl)`] : []),
  ];
  return [
    ...found(
      input,
      "warning",
      failing,
      `programs may have threads, but the profile denies what their C library needs: ${failing.join(", ")}`,
    ),
    ...found(
      input,
      "warning",
      killing,
      isTrapped
        ? `the profile traps ${listed(killing)}, which C libraries call by themselves: SIGSYS ends programs that do not handle it before`
        : `the profile kills for ${listed(killing)}, which C libraries call by themselves`,
    ),
    ...found(
      input,
      "note",
      aborting,
      `the profile denies ${listed(byLibrary)}: raise and pthread_kill fail, and abort ends with SIGSEGV instead of SIGABRT`,
    ),
  ];
}

/** @param calls each begins with the name of a call; none: nothing was found */
function found(
  input: LintInput,
  severity: "warning" | "note",
  calls: readonly string[],
  message: string,
): Diagnostic[] {
  const [first] = calls[0]?.split(" ") ?? [];
  if (first === undefined) {
    return [];
  }
  const them = calls.length === 1 ? "it" : "them";
  // Where everything is let through that no rule denies, nothing was recorded.
  const missed = denies(input.policy.defaultVerdict) ? `, so a recording may lack ${them}` : "";
  return [
    {
      code: "denies-library-calls",
      severity,
      message,
      hint: `allow ${them}: C libraries make some of these calls seldom, and some only in newer versions${missed}`,
      pointer: denyingPointer(input, first),
    },
  ];
}

function canMakeThreads(input: LintInput): boolean {
  const { policy } = input;
  const arch = nativeOf(input);
  // s390 takes the flags of clone in the second argument: clone(2), "C library/kernel differences".
  const flags = arch.column.startsWith("s390") ? [0n, THREAD_FLAGS] : [THREAD_FLAGS];
  return letsThrough(policy, arch, "clone", flags) || canBeMade(policy, arch, "clone3");
}
