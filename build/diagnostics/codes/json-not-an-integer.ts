/**
 * json-not-an-integer: a number is written with a fraction or an exponent.
 */

import { indexOf, rule, value } from "../case-profiles.ts";
import { profileText } from "../example-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "Numbers in a profile are written with digits only: engines read `1e3`, `1.0` or `-0` differently, or not at all.",
  example: {
    profile: profileText("SCMP_ACT_ALLOW", [
      '{ "names": ["read"], "action": "SCMP_ACT_ERRNO", "args": [{ "index": 0, "value": 1e3, "op": "SCMP_CMP_EQ" }] }',
    ]),
  },
  cases: [
    [
      "1e3: Go, in which the engines are written, accepts only digits",
      value("1e3"),
      ["error json-not-an-integer 3:1 | 1e3 | digits"],
    ],
    ["1.0", value("1.0"), ["error json-not-an-integer 3:1 | 1.0 | digits"]],
    ["-0", value("-0"), ["error json-not-an-integer 3:1 | -0"]],
    ["1.5", value("1.5"), ["error json-not-an-integer 3:1 | '1.5' | digits"]],
    ["index 1.0", indexOf("1.0"), ["error json-not-an-integer 3:1 | 1.0"]],
    ["errno 1.0", rule("ERRNO", '"errnoRet":\n1.0'), ["error json-not-an-integer 4:1 | 1.0"]],
    ["an exponent above 2^53", value("1e19"), ["error json-not-an-integer 3:1 | 1e19"]],
    ["a fraction above 2^53", value("18446744073709551615.0"), ["error json-not-an-integer 3:1"]],
  ],
} satisfies Explanation;
