/**
 * kills-thread-only: KILL ends one thread of the process.
 */

import { denying, names, STARTS_OR_DIES } from "../case-profiles.ts";
import { denyingExample } from "../example-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "SCMP_ACT_KILL and SCMP_ACT_KILL_THREAD, which are the same, end the thread that makes the call (seccomp(2)). If it is the only thread, the process dies of SIGSYS. A program with several threads, as in Go, Java or Node.js, goes on without it: it hangs, or exits with status 0 as if nothing had happened. SCMP_ACT_KILL_PROCESS (Linux 4.14) ends the whole process. Mesos does not know that action: under its own isolator SCMP_ACT_TRAP ends a whole program that does not handle SIGSYS.",
  example: denyingExample('{ "names": ["ptrace"], "action": "SCMP_ACT_KILL" }'),
  cases: [
    [
      "KILL kills a thread, whichever of its names it has",
      denying(`${names('"ptrace"', "KILL")},\n${names('"getpid"', "KILL_THREAD")}`),
      [
        "warning kills-thread-only 2:30 | SCMP_ACT_KILL, here and in 1 other place | status 0 | SCMP_ACT_KILL_PROCESS",
      ],
    ],
    [
      "and so does the default",
      '{"defaultAction":\n"SCMP_ACT_KILL_THREAD","syscalls":[STARTS]}'.replace("STARTS", STARTS_OR_DIES),
      [
        "warning kills-thread-only 2:1 | SCMP_ACT_KILL_THREAD ends only the calling thread",
        "warning denies-library-calls 2:1 | rseq",
      ],
    ],
    ["KILL_PROCESS kills all of it", denying(names('"ptrace"', "KILL_PROCESS")), []],
  ],
} satisfies Explanation;
