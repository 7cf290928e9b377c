/**
 * value-two-unused: valueTwo has no effect.
 */

import { MEET, two } from "../case-profiles.ts";
import { denyingExample } from "../example-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "Only SCMP_CMP_MASKED_EQ uses `valueTwo`, and only the bits in the mask `value`. Anything else in it has no effect, which is hardly intended.",
  example: denyingExample(
    '{ "names": ["close"], "action": "SCMP_ACT_ALLOW",\n      "args": [{ "index": 0, "value": 3, "valueTwo": 4, "op": "SCMP_CMP_GE" }] }',
  ),
  cases: [
    [
      "bits of valueTwo outside the mask are ignored",
      two("0 MASKED_EQ 15 16", "0 EQ 0"),
      ["note value-two-unused 2:114 | mask", MEET],
    ],
  ],
} satisfies Explanation;
