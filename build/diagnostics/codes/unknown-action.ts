/**
 * unknown-action: no action has that name.
 */

import { denying } from "../case-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "The action is none of SCMP_ACT_ALLOW, LOG, TRACE, NOTIFY, ERRNO, TRAP, KILL_THREAD (or KILL) and KILL_PROCESS.",
  example: { profile: '{ "defaultAction": "SCMP_ACT_DENY" }\n' },
  cases: [
    [
      "a column counts UTF-16 units",
      '{"comment":"é😀","defaultAction":"SCMP_ACT_ERNO"}',
      ["error unknown-action 1:34"],
    ],
    ["a tab is one column", '{\t"defaultAction":\t"SCMP_ACT_ERNO"}', ["error unknown-action 1:20"]],
    ["CR LF is one line end", '{\r\n"defaultAction":\r\n"SCMP_ACT_ERNO"}', ["error unknown-action 3:1"]],
    [
      "a misspelt action",
      denying('{"names":["ptrace"],"action":\n"SCMP_ACT_ERNO"}'),
      ["error unknown-action 3:1 | 'SCMP_ACT_ERNO' | 'SCMP_ACT_ERRNO'"],
    ],
    [
      "a misspelt default action",
      '{"defaultAction":\n"SCMP_ACT_ALOW"}',
      ["error unknown-action 2:1 | 'SCMP_ACT_ALOW' | 'SCMP_ACT_ALLOW'"],
    ],
    [
      "a word for denials that is no action",
      '{"defaultAction":\n"SCMP_ACT_DENY"}',
      ["error unknown-action 2:1 | 'SCMP_ACT_DENY' | a call is denied by SCMP_ACT_ERRNO; known are"],
    ],
    [
      "an empty action",
      denying('{"names":["ptrace"],"action":\n""}'),
      ["error unknown-action 3:1 | SCMP_ACT_ALLOW"],
    ],
    [
      "places in the profile of a config.json",
      `{"ociVersion":"1.0.2","linux":{"seccomp":{"defaultAction":\n"SCMP_ACT_ERNO","syscalls":[{"names":[\n"ptrcae"],"action":"SCMP_ACT_ALLOW"}]}}}`,
      ["error unknown-action 2:1", "warning unknown-syscall 3:1"],
    ],
    [
      "an action without its prefix",
      '{"defaultAction":\n"allow"}',
      ["error unknown-action 2:1 | 'SCMP_ACT_ALLOW'"],
    ],
  ],
} satisfies Explanation;
