/**
 * json-trailing-comma: a comma follows the last member.
 */

import { STARTS, top } from "../case-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "The last member of a list or an object has no comma after it.",
  example: { profile: '{\n  "defaultAction": "SCMP_ACT_ERRNO",\n  "syscalls": [],\n}\n' },
  cases: [
    [
      "a trailing comma in a list",
      top('"flags":["SECCOMP_FILTER_FLAG_LOG"\n,]'),
      ["error json-trailing-comma 3:1 | comma | remove"],
    ],
    [
      "a comma too many in an object",
      `{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[${STARTS}]\n,}`,
      ["error json-trailing-comma 2:1"],
    ],
  ],
} satisfies Explanation;
