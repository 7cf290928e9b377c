/**
 * denies-nothing: the profile allows every call.
 */

import { allowing, ptrace } from "../case-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "The profile allows every call of its architectures. A task under it is not confined.",
  example: { profile: '{ "defaultAction": "SCMP_ACT_LOG" }\n' },
  cases: [
    [
      "all is allowed",
      '{"defaultAction":\n"SCMP_ACT_ALLOW"}',
      ["warning denies-nothing 2:1 | denies nothing"],
    ],
    ["all is logged", '{"defaultAction":\n"SCMP_ACT_LOG","syscalls":[]}', ["warning denies-nothing 2:1"]],
    ["a denial is enough", allowing(ptrace("ERRNO")), []],
  ],
} satisfies Explanation;
