/**
 * value-range: a value has more than 64 bits.
 */

import { condition, value } from "../case-profiles.ts";
import { profileText } from "../example-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "An argument of a call has 64 bits, so values are numbers from 0 to 2^64-1.",
  example: {
    profile: profileText("SCMP_ACT_ALLOW", [
      '{ "names": ["read"], "action": "SCMP_ACT_ERRNO", "args": [\n        { "index": 0, "value": 18446744073709551616, "op": "SCMP_CMP_EQ" } ] }',
    ]),
  },
  cases: [
    ["2^53+1", value("9007199254740993"), []],
    ["2^63-1", value("9223372036854775807"), []],
    ["2^63", value("9223372036854775808"), []],
    ["2^64-1", value("18446744073709551615"), []],
    ["2^64", value("18446744073709551616"), ["error value-range 3:1 | 18446744073709551616 | 2^64-1"]],
    [
      "2^64 as valueTwo",
      condition('"index":0,"op":"SCMP_CMP_MASKED_EQ","value":1,"valueTwo":\n18446744073709551616'),
      ["error value-range 4:1 | 18446744073709551616"],
    ],
    ["an int of -1 as 0xffffffff", value("4294967295"), []],
    ["an int of -1 as 64 bits", value("18446744073709551615"), []],
  ],
} satisfies Explanation;
