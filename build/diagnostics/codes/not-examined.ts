/**
 * not-examined: the profile is too large to look for every mistake.
 */

import { denying, manyValues } from "../case-profiles.ts";
import { ESSENTIALS, profileText } from "../example-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "These calls have too many rules or conditions to look for overlaps or for rules that add nothing; or there are so many findings that only the first thousand are listed. More problems may exist than are reported.",
  example: {
    profile: profileText("SCMP_ACT_ERRNO", [
      `{ "names": [${ESSENTIALS.map((name) => `"${name}"`).join(", ")}], "action": "SCMP_ACT_ALLOW" }`,
      Array.from(
        { length: 400 },
        (_, i) =>
          `{ "names": ["ioctl"], "action": "${i % 2 === 0 ? "SCMP_ACT_ALLOW" : "SCMP_ACT_KILL_PROCESS"}", "args": [{ "index": ${i % 2}, "value": ${i}, "op": "SCMP_CMP_EQ" }] }`,
      ).join(",\n    "),
    ]),
    shown: "(400 rules for ioctl with conditions on two arguments)",
  },
  cases: [
    [
      "a jump over more than 255 instructions",
      denying(manyValues(400)),
      [
        "warning not-examined 2:11 | ptrace",
        "warning condition-on-nothing 6:55 | argument 4",
        "warning condition-on-nothing 7:55 | argument 5",
      ],
    ],
  ],
} satisfies Explanation;
