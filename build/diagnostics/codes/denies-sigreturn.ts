/**
 * denies-sigreturn: signal handlers cannot return.
 */

import { allowing, denying, names, STARTS_X86, withX86 } from "../case-profiles.ts";
import { allow, ESSENTIALS, profileText } from "../example-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "A signal handler returns by `rt_sigreturn`; on x86, ARM, MIPS o32, PowerPC of 32 bits, S/390, m68k and SuperH by `sigreturn` if it was installed without SA_SIGINFO. A recording in which no signal came shows neither. Without the call the program crashes, or is killed, when its first handler returns.",
  example: {
    profile: profileText("SCMP_ACT_ERRNO", [allow([...ESSENTIALS, "rt_sigaction"])]),
  },
  cases: [
    [
      "handlers crash",
      denying(names('"rt_sigaction"', "ALLOW")),
      ["warning denies-sigreturn 1:18 | rt_sigreturn | a program crashes"],
    ],
    [
      "handlers are killed",
      allowing(names('\n"rt_sigreturn"', "KILL_PROCESS")),
      ["warning denies-sigreturn 3:1 | is killed"],
    ],
    [
      "on x86-64 only 32-bit programs need sigreturn",
      withX86(names('"rt_sigaction","rt_sigreturn"', "ALLOW")),
      ["note denies-sigreturn 1:103 | a program of x86 | without SA_SIGINFO"],
    ],
    [
      "an architecture that this machine does not run",
      denying(names('"rt_sigaction","rt_sigreturn","set_tls"', "ALLOW"), STARTS_X86).replace(
        "{",
        '{"architectures":["SCMP_ARCH_ARM"],',
      ),
      [],
    ],
    [
      "the programs that need it do not start",
      withX86(names('"rt_sigaction","rt_sigreturn"', "ALLOW")).replace('"mmap2",', ""),
      ["note lacks-counterpart 1:177 | x86 do not start | mmap2 | sigreturn"],
    ],
    ["no handler can be installed", denying(names('"kill"', "ALLOW")), []],
  ],
} satisfies Explanation;
