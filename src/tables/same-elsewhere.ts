/**
 * What does the job of a call on an architecture that lacks it: there a rule about the call does nothing.
 */

import type { Architecture } from "./architectures.ts";
import { counterparts } from "./counterparts.ts";
import { jobs, readWay } from "./same-job.ts";
import { syscallId, syscallNumber } from "./syscalls.ts";

/**
 * Calls that stand only beside others, or instead of them: clock_gettime(2), fadvise64(2), nice(2), sigaction(2), sync_file_range(2),
 * uname(2), ustat(2), wait4(2), "C library/kernel differences"; the entries of signals and of times of 64 bits in
 * arch/x86/entry/syscalls/syscall_32.tbl at v6.18.
 */
const INSTEAD: Readonly<Record<string, string>> = {
  arm_fadvise64_64: "fadvise64 fadvise64_64",
  arm_sync_file_range: "sync_file_range sync_file_range2",
  fadvise64: "fadvise64_64 arm_fadvise64_64",
  fadvise64_64: "fadvise64 arm_fadvise64_64",
  nice: "setpriority",
  oldfstat: "fstat",
  oldlstat: "lstat",
  oldolduname: "uname",
  oldstat: "stat",
  olduname: "uname",
  sgetmask: "rt_sigprocmask",
  sigaction: "rt_sigaction",
  signal: "rt_sigaction",
  sigpending: "rt_sigpending",
  sigprocmask: "rt_sigprocmask",
  sigreturn: "rt_sigreturn",
  sigsuspend: "rt_sigsuspend",
  ssetmask: "rt_sigprocmask",
  sync_file_range: "sync_file_range2 arm_sync_file_range",
  sync_file_range2: "sync_file_range arm_sync_file_range",
  timerfd: "timerfd_create",
  ugetrlimit: "getrlimit prlimit64",
  ustat: "statfs",
  waitpid: "wait4",
};

/** What the names of calls for 32-bit architectures add to those of the ordinary ones. */
const ADDED = ["_time64", "64", "32"];

/** The calls of an architecture that do the job of one that it lacks, the nearest ones. */
export function instead(arch: Architecture, name: string): readonly string[] {
  const near = [...(INSTEAD[name]?.split(" ") ?? []), ...ordinary(name)];
  const direct = near.flatMap((call) => (has(arch, call) ? [call] : whereAbsent(arch, call)));
  const all = [...direct, ...whereAbsent(arch, name)];
  return [...new Set(all.length > 0 ? all : doingTheSame(arch, name))];
}

/** The call that has the same name without what was added to it, or that is wider under this name. */
function ordinary(name: string): readonly string[] {
  const shorter = ADDED.filter((end) => name.endsWith(end))
    .map((end) => name.slice(0, -end.length))
    .filter((call) => syscallId(call) >= 0);
  return shorter.length > 0
    ? shorter.slice(0, 1)
    : counterparts.flatMap((one) => (one.whereNarrow?.includes(name) ? [one.name] : [])).slice(0, 1);
}

function whereAbsent(arch: Architecture, name: string): readonly string[] {
  const known = counterparts.find((one) => one.name === name);
  const first = known?.whereAbsent.map((calls) => calls.filter((call) => has(arch, call)));
  return first?.find((calls) => calls.length > 0) ?? [];
}

function doingTheSame(arch: Architecture, name: string): readonly string[] {
  return jobs
    .filter(({ instead }) => instead !== "condition")
    .map(({ calls }) => calls.map((call) => readWay(call).name))
    .filter((names) => names.includes(name))
    .flatMap((names) => names.filter((call) => has(arch, call)));
}

function has(arch: Architecture, name: string): boolean {
  return syscallNumber(arch, syscallId(name)) >= 0;
}
