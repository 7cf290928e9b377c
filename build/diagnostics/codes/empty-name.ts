/**
 * empty-name: a syscall's name is an empty string.
 */

import { denying, names } from "../case-profiles.ts";
import { profileText } from "../example-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "A syscall's name is an empty string. Tools that record profiles write it for calls that they do not know.",
  example: {
    profile: profileText("SCMP_ACT_ERRNO", ['{ "names": ["read", ""], "action": "SCMP_ACT_ALLOW" }']),
  },
  cases: [
    ['the name ""', denying(names('\n""', "ALLOW")), ["error empty-name 3:1"]],
    ['the name "" in a rule that kills', denying(names('\n""', "KILL_PROCESS")), ["error empty-name 3:1"]],
    [
      "an empty old name is reported once",
      denying('{\n"name":"","action":"SCMP_ACT_ALLOW"}'),
      ["error empty-name 3:8"],
    ],
  ],
} satisfies Explanation;
