/**
 * unknown-syscall: no syscall has that name.
 */

import { allowing, denying, names } from "../case-profiles.ts";
import { profileText } from "../example-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "No architecture has a syscall of that name. An error if the rule is more restrictive than the default, because the call that its author wanted to deny would stay allowed; else a warning. A function of a library (`posix_fallocate`, `keyctl_chown`) is no syscall: the calls that it makes are named. Where the profile denies these anyway it is only a warning, and a note where a rule allows what is let through anyway.",
  example: { profile: profileText("SCMP_ACT_ALLOW", ['{ "names": ["mkdri"], "action": "SCMP_ACT_ERRNO" }']) },
  cases: [
    [
      "an escaped NUL in a name",
      denying(names('\n"ptrace\\u0000"', "KILL_PROCESS")),
      ["error unknown-syscall 3:1 | 'ptrace\u0000' | 'ptrace'"],
    ],
    [
      "a misspelt name in a rule that kills",
      denying(names('\n"ptrcae"', "KILL_PROCESS")),
      ["error unknown-syscall 3:1 | 'ptrcae' | 'ptrace'"],
    ],
    [
      "a misspelt name where all else is allowed",
      allowing(names('\n"ptrcae"', "ERRNO")),
      ["error unknown-syscall 3:1 | 'ptrcae' | 'ptrace'"],
    ],
    [
      "LOG denies nothing, but is more than ALLOW",
      allowing(names('\n"ptrcae"', "LOG")),
      ["error unknown-syscall 3:1"],
    ],
    [
      "a misspelt name in a rule that allows",
      denying(names('\n"ptrcae"', "ALLOW")),
      ["warning unknown-syscall 3:1 | 'ptrcae' | 'ptrace'"],
    ],
    [
      "LOG is less than ERRNO",
      denying(names('\n"ptrcae"', "LOG")),
      ["warning unknown-syscall 3:1 | 'ptrcae' | 'ptrace'"],
    ],
    [
      "each misspelt name",
      denying(names('\n"ptrcae","getpid",\n"getppdi"', "ALLOW")),
      ["warning unknown-syscall 3:1 | 'ptrace'", "warning unknown-syscall 4:1 | 'getppid'"],
    ],
    [
      "a name in capital letters",
      denying(names('\n"PTRACE"', "KILL_PROCESS")),
      ["error unknown-syscall 3:1 | 'PTRACE' | 'ptrace'"],
    ],
    [
      "a name with a space",
      denying(names('\n"ptrace "', "KILL_PROCESS")),
      ["error unknown-syscall 3:1 | 'ptrace ' | 'ptrace'"],
    ],
    [
      "a name with a line end cannot forge a line",
      denying(names('\n"ptrace\\n"', "KILL_PROCESS")),
      ["error unknown-syscall 3:1 | 'ptrace\n' | 'ptrace'"],
    ],
    ["a number is no name", denying(names('\n"101"', "KILL_PROCESS")), ["error unknown-syscall 3:1 | '101'"]],
    [
      "a name of every JavaScript object",
      denying(names('\n"toString"', "KILL_PROCESS")),
      ["error unknown-syscall 3:1 | 'toString'"],
    ],
    [
      'the name "unknown", as recorders write it',
      denying(names('\n"unknown"', "ALLOW")),
      ["warning unknown-syscall 3:1 | 'unknown'"],
    ],
    [
      'the name "unknown" in a rule that kills',
      denying(names('\n"unknown"', "KILL_PROCESS")),
      ["error unknown-syscall 3:1 | 'unknown'"],
    ],
    [
      "the old name has a place",
      denying('{\n"name":"ptrcae","action":"SCMP_ACT_ALLOW"}'),
      ["warning unknown-syscall 3:8"],
    ],
    [
      "a call that a recorder could not name",
      denying(names('"unknown"', "ALLOW")),
      ["warning unknown-syscall 2:11 | recorders"],
    ],
    [
      "a function in a rule that kills, and what it calls is open",
      allowing(names('\n"posix_fallocate"', "KILL_PROCESS")),
      [
        "error unknown-syscall 3:1 | function of the C library | fallocate, which the profile lets through | deny fallocate instead",
      ],
    ],
    [
      "and is denied too",
      allowing(`${names('\n"posix_fallocate","keyctl_chown"', "ERRNO")},\n${names('"fallocate"', "ERRNO")}`),
      [
        "warning unknown-syscall 3:1 | fallocate, which the profile denies",
        "warning unknown-syscall 3:19 | libkeyutils | keyctl, which the profile denies",
      ],
    ],
    [
      "and is denied by the default action",
      denying(names('\n"initgroups","pwrite"', "KILL_PROCESS")),
      [
        "warning unknown-syscall 3:1 | setgroups, which the profile denies",
        "warning unknown-syscall 3:14 | pwrite64, which the profile denies",
      ],
    ],
    [
      "a denial under a condition leaves it open",
      allowing(
        `${names('\n"initgroups"', "ERRNO")},\n{"names":["setgroups"],"action":"SCMP_ACT_ERRNO","args":[{"index":0,"op":"SCMP_CMP_EQ","value":0}]}`,
      ),
      ["error unknown-syscall 3:1 | setgroups, which the profile lets through"],
    ],
    [
      "a log line is less than a denial",
      allowing(`${names('\n"initgroups"', "ERRNO")},\n${names('"setgroups"', "LOG")}`),
      ["error unknown-syscall 3:1 | setgroups, which the profile lets through"],
    ],
    [
      "one of two calls that do it is open",
      allowing(`${names('\n"kexec"', "ERRNO")}`),
      ["warning unknown-syscall 3:1 | kexec_load or kexec_file_load, which the profile denies"],
    ],
    [
      "execv: no filter tells the program's own from the first one",
      allowing(names('\n"execv"', "ERRNO")),
      ["error unknown-syscall 3:1 | execve, which the profile lets through | for all, or remove the name"],
    ],
    [
      "a function in a rule that allows, and what it calls is denied",
      denying(names('\n"pwrite"', "ALLOW")),
      ["warning unknown-syscall 3:1 | pwrite64, which the profile denies | name pwrite64 instead"],
    ],
    [
      "and is allowed",
      denying(names('\n"pwrite","pwrite64","getpwnam"', "ALLOW")),
      [
        "note unknown-syscall 3:1 | pwrite64, which the profile lets through | remove the name",
        "note unknown-syscall 3:21 | openat or open, which the profile lets through",
      ],
    ],
    [
      "a call of another system, and an event of a tracer",
      denying(names('\n"pledge","procexit"', "ALLOW")),
      ["note unknown-syscall 3:1 | other systems", "note unknown-syscall 3:10 | sysdig"],
    ],
  ],
} satisfies Explanation;
