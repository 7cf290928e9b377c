/**
 * errno-mismatch: an errno's name and number differ.
 */

import { rule, top } from "../case-profiles.ts";
import { profileText } from "../example-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "Podman writes an errno by name and by number; here the two differ.",
  example: {
    profile: profileText("SCMP_ACT_ALLOW", [
      '{ "names": ["mkdir"], "action": "SCMP_ACT_ERRNO", "errno": "EPERM", "errnoRet": 38 }',
    ]),
  },
  cases: [
    ["errno by name and number that agree", rule("ERRNO", '"errnoRet":38,"errno":"ENOSYS"'), []],
    [
      "errno by name and number that disagree",
      rule("ERRNO", '"errnoRet":38,"errno":\n"ENOENT"'),
      ["error errno-mismatch 4:1 | ENOENT | 38 | keep"],
    ],
    ["default errno by both that agree", top('"defaultErrnoRet":38,"defaultErrno":"ENOSYS"'), []],
    [
      "default errno by both that disagree",
      top('"defaultErrnoRet":1,"defaultErrno":\n"ENOSYS"'),
      ["error errno-mismatch 3:1 | ENOSYS | 1"],
    ],
  ],
} satisfies Explanation;
