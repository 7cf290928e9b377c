/**
 * lacks-counterpart: an allow list lacks a call that programs make on another architecture.
 */

import {
  allowing,
  denying,
  names,
  STARTS,
  STARTS_ANYWHERE,
  STARTS_ARM,
  withX86,
  X86,
} from "../case-profiles.ts";
import { denyingExample } from "../example-profiles.ts";
import type { Explanation } from "../explanation.ts";

const withAarch64 = (rules: string): string =>
  denying(rules).replace(
    "{",
    '{"archMap":[{"architecture":"SCMP_ARCH_X86_64"},{"architecture":"SCMP_ARCH_AARCH64"}],',
  );

export default {
  what: "Architectures differ in the calls that they have, so C libraries do not make the same ones everywhere: where there is no `dup2`, they call `dup3`. The profile lists such an architecture and allows a call, but not what replaces it there, so programs that work on one architecture fail on another. 32-bit programs call `mmap2` instead of `mmap`, and do not start without it. `fork()` of glibc and all threads are made by `clone`, whatever the architecture, and other functions of glibc too make calls of other names: `nanosleep()`, by which `sleep` waits, makes `clock_nanosleep`. `src/tables/counterparts.ts` lists the calls.",
  example: {
    ...denyingExample('{ "names": ["dup2", "poll"], "action": "SCMP_ACT_ALLOW" }'),
    profile: String(
      denyingExample('{ "names": ["dup2", "poll"], "action": "SCMP_ACT_ALLOW" }').profile,
    ).replace("\n", '\n  "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_AARCH64"],\n'),
  },
  cases: [
    [
      "aarch64 has only dup3",
      withAarch64(names('"dup2"', "ALLOW")),
      ["note lacks-counterpart 2:11 | programs on aarch64 call dup3 (for dup2)"],
    ],
    ["both are allowed", withAarch64(names('"dup2","dup3"', "ALLOW")), []],
    ["aarch64 is not listed", denying(names('"dup2"', "ALLOW")), []],
    [
      "aarch64 is the machine",
      denying(names('"dup2"', "ALLOW"), STARTS_ANYWHERE),
      ["note absent-name 2:11 | dup2"],
      { arch: "aarch64" },
    ],
    ["what is not allowed needs no counterpart", withAarch64(names('"getpid"', "ALLOW")), []],
    [
      "several, and one that replaces two",
      withAarch64(names('"stat","lstat","select"', "ALLOW")).replace('"newfstatat",', ""),
      [
        "warning denies-dynamic-loader 1:103 | newfstatat",
        "note lacks-counterpart 2:18 | newfstatat (for lstat, stat)",
        "warning lacks-counterpart 2:26 | select fails in programs of current glibc, which calls pselect6 for select",
      ],
    ],
    [
      "clone makes what fork makes, on every architecture",
      withAarch64(names('"fork","vfork","dup2"', "ALLOW")),
      [
        "note lacks-counterpart 2:26 | programs on aarch64 call dup3 (for dup2)",
        "warning lacks-counterpart 2:11 | fork fails in programs of glibc, and threads in all",
      ],
    ],
    [
      "clone3 makes threads of glibc",
      denying(
        names('"fork","clone3","exit","futex","restart_syscall","getpid","gettid","tgkill","tkill"', "ALLOW"),
      ),
      [
        "warning lacks-counterpart 2:11 | fork fails in programs of glibc, and threads in those of musl",
        "warning dangerous-allowance 2:18",
      ],
    ],
    [
      "clone is allowed, without namespaces",
      denying(
        `${names('"fork","exit","futex","restart_syscall","getpid","gettid","tgkill","tkill"', "ALLOW")},\n${names('"clone"', "ALLOW").replace("}", ',"args":[{"index":0,"op":"SCMP_CMP_MASKED_EQ","value":2114060288,"valueTwo":0}]}')}`,
      ),
      [],
    ],
    [
      "without set_tls no program of ARM starts",
      denying("", STARTS_ARM.replace('"set_tls"', '"mmap","fstat","newfstatat","arch_prctl"'))
        .replace(",\n", "\n")
        .replace("{", '{"architectures":["SCMP_ARCH_ARM"],'),
      ["note lacks-counterpart 1:121 | programs for arm do not start | set_tls"],
    ],
    [
      "a rule for ARM allows set_tls",
      denying(
        names('"set_tls"', "ALLOW").replace("}", ',"includes":{"arches":["arm"]}}'),
        STARTS_ARM.replace('"set_tls"', '"mmap","fstat","newfstatat","arch_prctl"'),
      ).replace("{", '{"architectures":["SCMP_ARCH_ARM"],'),
      [],
    ],
    [
      "32-bit programs do not start",
      denying(names('"fcntl"', "ALLOW")).replace("{", `{${X86},`),
      [
        "note lacks-counterpart 1:177 | x86 do not start | mmap2, | set_thread_area | such programs: then allow mmap2 | fstat64, | fcntl64",
      ],
    ],
    [
      "32-bit programs start, and lack another call",
      withX86(names('"fcntl"', "ALLOW")),
      ["note lacks-counterpart 2:11 | programs on x86 call fcntl64 (for fcntl)"],
    ],
    [
      "glibc makes other calls than those that are named like its functions",
      denying(names('"pipe","nanosleep","stat","getrlimit","setrlimit","restart_syscall"', "ALLOW")),
      [
        "warning lacks-counterpart 2:37 | getrlimit, setrlimit, nanosleep, pipe fail in programs of current glibc | calls prlimit64 for getrlimit and setrlimit (musl too), clock_nanosleep for nanosleep (since 2.31), pipe2 for pipe: | allow prlimit64, clock_nanosleep, pipe2 as well",
      ],
    ],
    [
      "both are allowed",
      denying(names('"pipe","pipe2","nanosleep","clock_nanosleep","restart_syscall"', "ALLOW")),
      [],
    ],
    [
      "no dynamically linked program of glibc starts",
      denying(names('"nanosleep","restart_syscall"', "ALLOW"), STARTS.replace('"openat",', '"open",')),
      ["warning denies-dynamic-loader 1:18"],
    ],
    ["a deny list lacks nothing", `{${X86},${allowing(names('"mmap2","umount"', "ERRNO")).slice(1)}`, []],
  ],
} satisfies Explanation;
