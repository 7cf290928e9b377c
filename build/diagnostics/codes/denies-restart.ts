/**
 * denies-restart: programs do not survive a stop.
 */

import { allowing, denying, names, STARTS } from "../case-profiles.ts";
import { allow, ESSENTIALS, profileText } from "../example-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "When a process that sleeps or waits is stopped and continued (SIGSTOP and SIGCONT, a debugger, a frozen container), the kernel makes it go on by `restart_syscall`. No program calls it by itself, so only a recording of a program that was stopped shows it. Without it the sleep or wait fails, at which glibc may abort, or the program is killed.",
  example: {
    profile: profileText("SCMP_ACT_ERRNO", [allow([...ESSENTIALS, "clock_nanosleep", "poll"])]),
  },
  cases: [
    [
      "sleeps are allowed, and going on with one fails",
      denying(names('"nanosleep","clock_nanosleep","poll"', "ALLOW")),
      [
        "warning denies-restart 1:18 | nanosleep, clock_nanosleep, poll fails with EPERM | allow restart_syscall",
      ],
    ],
    [
      "going on kills",
      allowing(names('\n"restart_syscall"', "KILL_PROCESS")),
      ["warning denies-restart 3:1 | nanosleep, clock_nanosleep, poll, futex with a timeout is killed"],
    ],
    [
      "nobody is there for whom futex could wait",
      denying(names('"futex"', "ALLOW"), STARTS.replace('"mmap",', "")),
      ["warning denies-dynamic-loader 1:18 | mmap"],
    ],
    [
      "futex waits for a thread",
      denying(names('"futex"', "ALLOW")),
      ["warning denies-restart 1:18 | futex with a timeout fails with EPERM"],
    ],
    [
      "the waits that are allowed are made again",
      denying(names('"ppoll","select","pselect6","epoll_wait"', "ALLOW")),
      [],
    ],
  ],
} satisfies Explanation;
