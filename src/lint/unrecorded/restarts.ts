/**
 * restart_syscall: the call by which the kernel goes on with a sleep or a wait after a stop.
 */

import type { Diagnostic } from "../../diagnostic.ts";
import { listed } from "../../plural.ts";
import { canBeMade, denialOf, denyingPointer, errnoSeen, kills } from "../denials.ts";
import { type LintInput, nativeOf } from "../input.ts";

/**
 * The calls that the kernel goes on with by restart_syscall(2). All users of set_restart_fn() in Linux 6.12:
 * kernel/time/hrtimer.c (nanosleep, clock_nanosleep), posix-cpu-timers.c and alarmtimer.c (clock_nanosleep), fs/select.c (poll),
 * kernel/futex/waitwake.c (FUTEX_WAIT and FUTEX_WAIT_BITSET with a timeout). ppoll, select and epoll_wait are repeated or fail with
 * EINTR instead. `test/kernel/unrecorded.test.ts` stops and continues each.
 */
export const RESTARTED_CALLS: readonly string[] = [
  "nanosleep",
  "clock_nanosleep",
  "clock_nanosleep_time64",
  "poll",
  "futex",
  "futex_time64",
];

/** Without these a program has neither threads nor memory that it shares: nobody for whom it could wait by futex. */
const SHARING: readonly string[] = ["clone", "clone3", "fork", "vfork", "mmap", "mmap2"];

/** Warns if restart_syscall is denied and a call that needs it can be made. */
export function restarts(input: LintInput): Diagnostic[] {
  const { policy } = input;
  const arch = nativeOf(input);
  const verdict = denialOf(policy, arch, "restart_syscall");
  const mayBeWoken = SHARING.some((name) => canBeMade(policy, arch, name));
  const broken = RESTARTED_CALLS.filter(
    (name) => canBeMade(policy, arch, name) && (mayBeWoken || !name.startsWith("futex")),
  );
  if (verdict === undefined || broken.length === 0) {
    return [];
  }
  const waits = listed(broken.map((name) => (name.startsWith("futex") ? `${name} with a timeout` : name)));
  const effect = kills(verdict)
    ? `a program that waits in ${waits} is killed`
    : `waiting in ${waits} fails with ${errnoSeen(verdict, arch)}`;
  return [
    {
      code: "denies-restart",
      severity: "warning",
      message: `the profile denies restart_syscall: after a stop and continue (SIGSTOP, a debugger, a frozen container) ${effect}`,
      hint: "allow restart_syscall: it only goes on with an interrupted call, and only a recording with a stop shows it",
      pointer: denyingPointer(input, "restart_syscall"),
    },
  ];
}
