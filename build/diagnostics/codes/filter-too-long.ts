/**
 * filter-too-long: the filter has more instructions than the kernel accepts.
 */

import { denying, manyValues } from "../case-profiles.ts";
import { ESSENTIALS, profileText } from "../example-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "The kernel accepts filters of at most 4096 instructions. Conditions on arguments need the most.",
  example: {
    profile: profileText("SCMP_ACT_ERRNO", [
      `{ "names": [${ESSENTIALS.map((name) => `"${name}"`).join(", ")}], "action": "SCMP_ACT_ALLOW" }`,
      Array.from(
        { length: 1000 },
        (_, i) =>
          `{ "names": ["ioctl"], "action": "SCMP_ACT_ALLOW", "args": [{ "index": 2, "value": ${3 * i * 2 ** 32 + 7 * i}, "op": "SCMP_CMP_EQ" }] }`,
      ).join(",\n    "),
    ]),
    shown: "(1000 rules for ioctl, each with a condition)",
  },
  cases: [
    [
      "a filter over 4096 instructions",
      denying(manyValues(1500)),
      [
        "error filter-too-long 1:1 | instructions | 4096",
        "warning not-examined 2:11 | ptrace",
        "warning condition-on-nothing 6:55 | argument 4",
        "warning condition-on-nothing 7:55 | argument 5",
      ],
    ],
  ],
} satisfies Explanation;
