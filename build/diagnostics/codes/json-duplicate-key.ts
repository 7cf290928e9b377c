/**
 * json-duplicate-key: an object has a key twice.
 */

import { condition, rule, top } from "../case-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "Some readers use the first of two equal keys, most the last, and Go's merges lists of objects. So a duplicate is an error.",
  example: { profile: '{\n  "defaultAction": "SCMP_ACT_ERRNO",\n  "defaultAction": "SCMP_ACT_ALLOW"\n}\n' },
  cases: [
    ["a duplicate key", top('"flags":[],\n"flags":[]'), ["error json-duplicate-key 3:1 | 'flags' | remove"]],
    [
      "a duplicate key in a rule",
      rule("ALLOW", '"action":"SCMP_ACT_KILL"'),
      ["error json-duplicate-key 3:1 | 'action'"],
    ],
    [
      "a duplicate key in a condition",
      condition('"index":0,"op":"SCMP_CMP_EQ","value":1,\n"value":1'),
      ["error json-duplicate-key 4:1 | 'value'"],
    ],
    [
      "a duplicate key that is escaped",
      top('"flags":[],\n"\\u0066lags":[]'),
      ["error json-duplicate-key 3:1 | 'flags'"],
    ],
  ],
} satisfies Explanation;
