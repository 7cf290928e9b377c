/**
 * condition-always-holds: a condition holds for every argument.
 */

import { condition, denying } from "../case-profiles.ts";
import { denyingExample } from "../example-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "The condition is true for every argument, so another one may be intended. In SCMP_CMP_MASKED_EQ `value` is the mask and `valueTwo` the result to compare with.",
  example: denyingExample(
    '{ "names": ["close"], "action": "SCMP_ACT_ALLOW",\n      "args": [{ "index": 0, "value": 0, "op": "SCMP_CMP_GE" }] }',
  ),
  cases: [
    [
      "MASKED_EQ with mask 0 holds always",
      condition('"index":0,"op":"SCMP_CMP_MASKED_EQ","value":0,"valueTwo":5'),
      ["warning condition-always-holds 3:1 | look swapped | 'value' 5 and 'valueTwo' 0"],
    ],
    [
      "of a mask of 0 nothing looks swapped if the result is 0 too",
      condition('"index":0,"op":"SCMP_CMP_MASKED_EQ","value":0,"valueTwo":0'),
      ["warning condition-always-holds 3:1 | compares the argument under the mask"],
    ],
    [
      "GE 0 holds always",
      condition('"index":0,"op":"SCMP_CMP_GE","value":0'),
      ["warning condition-always-holds 3:1"],
    ],
    [
      "LE 2^64-1 holds always",
      condition('"index":0,"op":"SCMP_CMP_LE","value":18446744073709551615'),
      ["warning condition-always-holds 3:1"],
    ],
    [
      "LE 2^32-1 holds always for an argument that the kernel takes in 32 bits",
      denying(
        '{"names":["socket"],"action":"SCMP_ACT_ERRNO","errnoRet":97,"args":[\n{"index":0,"op":"SCMP_CMP_LE","value":4294967295}]}',
      ),
      ["warning condition-always-holds 3:1"],
    ],
    ["LE 2^64-2 does not", condition('"index":0,"op":"SCMP_CMP_LE","value":18446744073709551614'), []],
  ],
} satisfies Explanation;
