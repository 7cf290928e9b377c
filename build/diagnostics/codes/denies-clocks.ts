/**
 * denies-clocks: programs cannot read a clock that the vDSO does not answer for.
 */

import { allowing, denying, names, STARTS, STARTS_ANYWHERE } from "../case-profiles.ts";
import { allow, ESSENTIALS, profileText } from "../example-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "The vDSO, code that the kernel maps into each program, mostly answers `clock_gettime`, `gettimeofday` and `clock_getres` without a system call, so a recording lacks them. The call is made all the same for the clocks of processes, threads and devices (`CLOCK_PROCESS_CPUTIME_ID`), and for every clock on a machine whose clock source programs cannot read, as some virtual machines have. Programs then fail, or are killed, on that machine only.",
  example: {
    profile: profileText("SCMP_ACT_ERRNO", [allow(ESSENTIALS.filter((name) => name !== "clock_gettime"))]),
  },
  cases: [
    [
      "clock_gettime is denied, with the others",
      denying(names(`"ptrace"`, "ALLOW"), STARTS.replace(/,"clock_gettime".*?]/, "]")),
      [
        "warning denies-clocks 1:18 | clock_gettime, gettimeofday, clock_getres | CPUTIME | fails with EPERM | time, getcpu",
      ],
    ],
    [
      "clock_getres is denied alone",
      allowing(names('\n"clock_getres"', "KILL_PROCESS")),
      [
        "note denies-clocks 3:1 | clock_getres | kills the program; programs of musl always call clock_getres",
      ],
    ],
    [
      "a handler of SIGSYS hardly ever sees them",
      allowing(names('\n"clock_gettime","gettimeofday"', "TRAP")),
      ["note denies-clocks 3:1 | clock_gettime, gettimeofday get TRAP, but mostly the vDSO answers"],
    ],
    [
      "a static program that reads no clock",
      denying(
        "",
        STARTS.replace(/,"clock_gettime".*?]/, "]").replace(/"brk",|"mmap",|"openat",/g, ""),
      ).replace(",\n", "\n"),
      [
        "warning denies-dynamic-loader 1:18 | mmap, openat",
        "note denies-clocks 1:18 | clock_gettime, gettimeofday, clock_getres",
      ],
    ],
    ["what the vDSO always answers is denied", allowing(names('"time","getcpu"', "ERRNO")), []],
    [
      "on sh, which has no vDSO, each call is made and recorded",
      denying(
        "",
        STARTS_ANYWHERE.replace('"mmap"', '"mmap","mmap2"')
          .replace('"fstat","newfstatat"', '"fstat64"')
          .replace(/,"clock_gettime".*?]/, "]"),
      ).replace(",\n", "\n"),
      [],
      { arch: "sh" },
    ],
  ],
} satisfies Explanation;
