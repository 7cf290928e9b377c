/**
 * not-a-profile: the file is something other than a profile.
 */

import { names } from "../case-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "The file is something else: an operator's policy, a task definition, a single rule, a systemd unit, a policy of another program, a compiled filter, ... [formats.md](formats.md) lists what is recognised; the hint says what to do. If the file contains a profile, save that as a separate file (in an OCI config.json it is found).",
  example: { profile: '{ "names": ["mkdir"], "action": "SCMP_ACT_ERRNO" }\n' },
  cases: [
    [
      "a systemd unit",
      "[Service]\nSystemCallFilter=@system-service\n",
      ["error not-a-profile 1:1 | unit of systemd | ExecStart="],
    ],
    ["one rule", names('"mkdir"', "ERRNO"), ["error not-a-profile 1:1 | one rule | THE RULE"]],
    ["YAML", "defaultAction: SCMP_ACT_ERRNO\nsyscalls: []\n", ["error not-a-profile 1:1 | YAML | JSON"]],
  ],
} satisfies Explanation;
