/**
 * younger-than-kernel: the target's kernel does not have the syscall, flag or action yet.
 */

import { denying, names, STARTS_BEFORE_STATX } from "../case-profiles.ts";
import { denyingExample } from "../example-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "The target's kernel (`--kernel`, else the running one) does not have these calls yet. The profile is valid, but tests on this machine do not cover them.",
  example: {
    ...denyingExample('{ "names": ["openat2"], "action": "SCMP_ACT_ALLOW" }'),
    args: ["--kernel", "5.4"],
  },
  cases: [
    ["a name that the kernel has", denying(names('"fchmodat2"', "ALLOW")), []],
    [
      "names that the kernel does not have yet",
      denying(names('"faccessat2",\n"fchmodat2"', "ALLOW")),
      ["note younger-than-kernel 3:1 | fchmodat2 | 5.8"],
      { kernel: "5.8" },
    ],
    [
      "nor before its time",
      denying(names('"faccessat2"', "ALLOW")),
      ["note younger-than-kernel 2:11 | faccessat2 | 5.7"],
      { kernel: "5.7" },
    ],
    [
      "actions and flags that the kernel does not have yet",
      denying(`{"names":["ptrace"],"action":\n"SCMP_ACT_LOG"}`, STARTS_BEFORE_STATX).replace(
        "{",
        '{"flags":["SECCOMP_FILTER_FLAG_LOG","SECCOMP_FILTER_FLAG_SPEC_ALLOW"],',
      ),
      [
        "warning younger-than-kernel 1:11 | 4.8 | SECCOMP_FILTER_FLAG_LOG",
        "warning younger-than-kernel 1:37 | 4.8 | SPEC_ALLOW",
        "warning younger-than-kernel 3:1 | 4.8 | SCMP_ACT_LOG",
      ],
      { kernel: "4.8" },
    ],
  ],
} satisfies Explanation;
