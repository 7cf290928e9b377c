/**
 * The calls that a profile needs although a run may not show them: those of a start and of an end, and those that happen by chance.
 */

import { VDSO_CALLS } from "../lint/unrecorded/clocks.ts";
import { LIBRARY_CALLS } from "../lint/unrecorded/library-calls.ts";
import { RETURNING_BY_SIGRETURN } from "../lint/unrecorded/signal-returns.ts";
import type { Architecture } from "../tables/architectures.ts";
import { THREAD_POINTER } from "../tables/program-starts.ts";
import { syscallId, syscallNumber } from "../tables/syscalls.ts";

/**
 * What the launcher, the loader and the C library call until `main` and at the end: static and dynamic programs of glibc 2.36 and
 * of musl 1.2 (strace), on every architecture that has the call. musl's loader also calls open and fcntl, which a recording of a
 * program with musl shows.
 */
const START_CALLS: readonly string[] = [
  "access",
  "brk",
  "close",
  "execve",
  "exit_group",
  "fstat",
  "fstat64",
  "fstatat64",
  "getrandom",
  "mmap",
  "mmap2",
  "mprotect",
  "munmap",
  "newfstatat",
  "openat",
  "pread64",
  "prlimit64",
  "read",
  "rseq",
  "set_robust_list",
  "set_tid_address",
  "write",
];

/** Of each pair the second on architectures that lack the first. */
const OTHERWISE: readonly (readonly [string, string])[] = [
  ["access", "faccessat"],
  ["newfstatat", "statx"],
];

/** What a program needs on an architecture to start and to end. */
export function startCalls(arch: Architecture): readonly string[] {
  const pointer = THREAD_POINTER[arch.column];
  return [
    ...START_CALLS,
    ...(pointer === undefined ? [] : [pointer]),
    ...OTHERWISE.flatMap(([first, second]) => (has(arch, first) ? [] : [second])),
  ].filter((name) => has(arch, name));
}

/**
 * What a program calls by chance: after a stop or a signal, where the vDSO has no answer, and seldom by its C library. These are
 * the lists by which `check` warns of recordings without them.
 */
export function callsByChance(arch: Architecture): readonly string[] {
  return [
    "restart_syscall",
    "rt_sigreturn",
    ...(RETURNING_BY_SIGRETURN.includes(arch.name) ? ["sigreturn"] : []),
    ...(VDSO_CALLS[arch.column] ?? []),
    ...LIBRARY_CALLS.map(({ name }) => name),
    // Locks yield when two threads want one at the same moment: 2 of 40 runs of node do.
    "sched_yield",
    // abort(3) and raise(3), where something goes wrong; and Go interrupts threads that run for long (runtime/os_linux.go, signalM).
    "tgkill",
    // Instead of futex in programs with 64-bit times.
    ...(arch.bits === 32 ? ["futex_time64"] : []),
  ].filter((name) => has(arch, name));
}

/** Whether the architecture has a call of that name. */
export function has(arch: Architecture, name: string): boolean {
  const id = syscallId(name);
  return id >= 0 && syscallNumber(arch, id) >= 0;
}
