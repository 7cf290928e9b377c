/**
 * out-of-range: a number is outside the range of its key.
 */

import { indexOf, value } from "../case-profiles.ts";
import { profileText } from "../example-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "The number is too small or too large for its key: `index` goes from 0 to 5, no number is negative.",
  example: {
    profile: profileText("SCMP_ACT_ALLOW", [
      '{ "names": ["read"], "action": "SCMP_ACT_ERRNO", "args": [{ "index": 6, "value": 0, "op": "SCMP_CMP_EQ" }] }',
    ]),
  },
  cases: [
    ["-1", value("-1"), ["error out-of-range 3:1 | 'value' | -1"]],
    ["index 5", indexOf("5"), ["warning condition-on-nothing 2:55"]],
    ["index 6", indexOf("6"), ["error out-of-range 3:1 | 'index' | 5 | 6"]],
    ["index -1", indexOf("-1"), ["error out-of-range 3:1 | 'index' | -1"]],
    [
      "a number is reported as it is written",
      value("-9223372036854775808"),
      ["error out-of-range 3:1 | -9223372036854775808"],
    ],
    ["-1 for an int", value("-1"), ["error out-of-range 3:1 | 18446744073709551615 | 4294967295"]],
  ],
} satisfies Explanation;
