/**
 * unknown-syscall: no syscall has that name.
 */

import { allowing, denying, names } from "../case-profiles.ts";
import { profileText } from "../example-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "No architecture has a syscall of that name. An error if the rule is more restrictive than the default, because the call that its author wanted to deny would stay allowed; else a warning.",
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
  ],
} satisfies Explanation;
