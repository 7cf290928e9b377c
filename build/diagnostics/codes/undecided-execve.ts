/**
 * undecided-execve: whether a command starts depends on an address.
 */

import { allowing, denying, ptrace, STARTS } from "../case-profiles.ts";
import { ESSENTIALS, profileText } from "../example-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "For execve a filter sees the addresses of path, arguments and environment, not their contents, and the addresses are not known before the call. So it is unknown whether a command will start, and the launcher refuses such a profile. (An address is never null, so a rule for null is fine.)",
  example: {
    profile: profileText("SCMP_ACT_ERRNO", [
      `{ "names": [${ESSENTIALS.map((name) => `"${name}"`).join(", ")}],\n      "action": "SCMP_ACT_ALLOW" }`,
      '{ "names": ["execve"], "action": "SCMP_ACT_KILL_PROCESS",\n      "args": [{ "index": 0, "value": 4096, "op": "SCMP_CMP_LT" }] }',
    ]),
  },
  cases: [
    [
      "the address of a command's path is unknown beforehand",
      allowing(ptrace("KILL_PROCESS", "0 EQ 4096").replace("ptrace", "execve")),
      [
        "warning undecided-execve 2:62 | address of its path (argument 0) | launcher refuses | without conditions",
      ],
    ],
    [
      "nor whether one of two conditions holds, while the other is known to",
      allowing(ptrace("ERRNO", "1 NE 0", "2 GT 5").replace("ptrace", "execve")),
      ["warning undecided-execve 2:109 | environment (argument 2)"],
    ],
    [
      "an allowance of some paths",
      denying(
        ptrace("ALLOW", "0 MASKED_EQ 4095 0").replace("ptrace", "execve"),
        STARTS.replace('"execve",', ""),
      ),
      ["warning undecided-execve 2:55"],
    ],
    [
      "execve may be logged, at whatever address its path is",
      denying(ptrace("LOG", "0 EQ 4096").replace("ptrace", "execve")),
      ["warning overlapping-rules 2:1"],
    ],
  ],
} satisfies Explanation;
