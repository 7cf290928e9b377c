/**
 * denies-execve: no command can start.
 */

import { allowing, denying, NO_START, names, ptrace } from "../case-profiles.ts";
import { ESSENTIALS, profileText } from "../example-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "The filter is in force when the launcher, like every container runtime, starts the command; so the profile must allow execve. The launcher refuses such a profile. A filter of seccompiler is for a thread of a program that runs, so that this is only a remark there.",
  example: {
    profile: profileText("SCMP_ACT_ERRNO", [
      `{ "names": [${ESSENTIALS.filter((name) => name !== "execve")
        .map((name) => `"${name}"`)
        .join(", ")}],\n      "action": "SCMP_ACT_ALLOW" }`,
    ]),
  },
  cases: [
    [
      "a filter of seccompiler is for a program that runs, and starts and ends none",
      '{"api":{"default_action":"trap","filter_action":"allow","filter":[\n{"syscall":"read"},{"syscall":"futex"},{"syscall":"restart_syscall"}]}}',
      ["note denies-execve 1:26 | threads of a program that runs"],
    ],
    [
      "execve is denied",
      allowing(names('\n"execve"', "KILL_PROCESS")),
      ["warning denies-execve 3:1 | execve | allow"],
    ],
    [
      "execve is denied for some arguments only",
      allowing(ptrace("KILL_PROCESS", "0 EQ 0").replace("ptrace", "execve")),
      [],
    ],
    ["zero rules, all denied", '{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[]}', NO_START],
    ["no rules at all, all killed", '{"defaultAction":"SCMP_ACT_KILL_PROCESS"}', NO_START],
    ["syscalls of null", '{"defaultAction":"SCMP_ACT_ERRNO","syscalls":null}', NO_START],
    [
      "without a tracer, TRACE lets no program start or end",
      '{"defaultAction":\n"SCMP_ACT_TRACE"}',
      ["warning denies-execve 2:1", "warning denies-exit 2:1", "warning denies-dynamic-loader 2:1"],
    ],
    [
      "the rule that denies execve is to blame, not the one that allows it",
      denying('{"names":["execve"],"action":"SCMP_ACT_KILL_PROCESS"}'),
      ["warning denies-execve 2:11", "warning overlapping-rules 2:1"],
    ],
  ],
} satisfies Explanation;
