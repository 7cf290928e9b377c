/**
 * json-number-too-long: a number has more than 1000 digits.
 */

import { top } from "../case-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "A number of more than 1000 digits is not read.",
  example: {
    profile: `{ "defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": ${"1".repeat(1001)} }\n`,
    shown: '{ "defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 1111111...1 }',
  },
  cases: [
    ["1000 digits", top(`"x":\n${"1".repeat(1000)}`), ["warning unknown-key 2:1"]],
    [
      "1001 digits",
      top(`"x":\n${"1".repeat(1001)}`),
      ["warning unknown-key 2:1", "error json-number-too-long 3:1 | 1001 digits"],
    ],
  ],
} satisfies Explanation;
