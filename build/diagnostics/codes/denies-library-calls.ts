/**
 * denies-library-calls: C libraries cannot make calls that they make by themselves.
 */

import { allowing, denying, names } from "../case-profiles.ts";
import { allow, ESSENTIALS, profileText } from "../example-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "C libraries make some calls by themselves, seldom or only in newer versions, so a recording may lack them: `exit` when a thread ends, `futex` when one waits, `madvise` and `munmap` when its stack is freed, `mremap` for a large `realloc`, `rseq` at each start since glibc 2.35, `getrandom` when a program first allocates memory since glibc 2.34. Where the profile kills for such a call, the program dies, and where it traps it as well, unless the program handles SIGSYS before. Where it answers an errno, most do no harm, and are not reported; `exit`, `futex` and `munmap` are needed by programs with threads. A note says that such programs lack `getpid`, `gettid` or `tgkill`, without which `pthread_cancel` does nothing and `abort` ends with SIGSEGV. Found by running programs of glibc 2.27 to 2.43 and musl 1.2 without each call.",
  example: {
    profile: profileText("SCMP_ACT_ERRNO", [
      allow([...ESSENTIALS, "clone", "getpid", "gettid", "munmap", "tgkill", "tkill"]),
    ]),
  },
  cases: [
    [
      "threads can be made but not end or wait",
      denying(names('"clone"', "ALLOW")).replace(/^/, ""),
      [
        "warning denies-library-calls 1:18 | exit (who waits | futex (glibc aborts | allow them",
        "note denies-library-calls 1:18 | getpid, gettid, tgkill (glibc), tkill (musl): raise and pthread_kill fail | SIGSEGV",
        "warning dangerous-allowance 2:11",
      ],
    ],
    [
      "only programs of musl cannot abort",
      denying(
        `${names('"clone","exit","futex","restart_syscall","getpid","gettid","tgkill"', "ALLOW")},\n${names('"tkill"', "ERRNO").replace("}", ',"errnoRet":13}')}`,
      ),
      ["note denies-library-calls 3:11 | denies tkill (musl): raise", "warning dangerous-allowance 2:11"],
    ],
    [
      "munmap is denied to threads",
      allowing(names('\n"munmap"', "ERRNO")).replaceAll(/"clone3?",?/g, ""),
      [
        "warning denies-library-calls 3:1 | munmap (glibc aborts | allow it",
        "warning way-around-by-sibling 1:57 | unshare is denied, but not clone, clone3",
      ],
    ],
    [
      "a single call kills",
      allowing(names('\n"mremap"', "KILL_PROCESS")),
      ["warning denies-library-calls 3:1 | kills for mremap | allow it"],
    ],
    [
      "the first allocation of memory is trapped",
      allowing(names('\n"getrandom","mremap"', "TRAP")),
      [
        "warning denies-library-calls 3:1 | traps getrandom (glibc 2.34 and later, when a program first allocates memory), mremap, which | SIGSYS ends programs that do not handle it before",
      ],
    ],
    [
      "and nothing is missed by a recording where the default allows",
      allowing(names('\n"getrandom"', "KILL_PROCESS")),
      [
        "warning denies-library-calls 3:1 | allow it: C libraries make some of these calls seldom, and some only in newer versions",
      ],
    ],
    ["malloc does without", allowing(names('"getrandom"', 'ERRNO","errnoRet":38,"comment":"')), []],
    [
      "calls whose errno nobody notices",
      allowing(names('"brk","madvise","mremap","rseq","set_robust_list","set_tid_address"', "ERRNO")),
      [],
    ],
    [
      "static programs are killed where dynamically linked ones are not",
      allowing(names('\n"readlinkat"', "KILL_PROCESS")),
      [
        "note denies-library-calls 3:1 | no static program starts under glibc 2.39 and later | is killed for readlinkat; dynamically linked programs start",
        "warning way-around-by-sibling 3:1",
      ],
    ],
    [
      "and those of earlier versions for another call",
      allowing(names('\n"readlink"', "KILL_PROCESS")),
      [
        "note denies-library-calls 3:1 | under glibc before 2.39 ( | Debian 12), which is killed for readlink;",
        "warning way-around-by-sibling 3:1",
      ],
    ],
    [
      "a heap that has an end and cannot grow",
      allowing(names('\n"brk"', "ERRNO").replace("}", ',"args":[{"index":0,"value":0,"op":"SCMP_CMP_NE"}]}')),
      ["note denies-library-calls 3:1 | no static program starts under glibc, which needs brk;"],
    ],
    [
      "static programs ask for the time where they get no random bytes",
      allowing(
        [names('\n"getrandom"', 'ERRNO","errnoRet":38,"comment":"'), names('"clock_gettime"', "TRAP")].join(),
      ),
      [
        "note denies-clocks 3:78",
        "note denies-library-calls 3:1 | under glibc 2.35 and later ( | which needs getrandom;",
      ],
    ],
    ["exit and tgkill are denied, but no thread can be made", denying(names('"getppid"', "ALLOW")), []],
  ],
} satisfies Explanation;
