/**
 * denies-exit: programs cannot end.
 */

import { allowing, names } from "../case-profiles.ts";
import { ESSENTIALS, profileText } from "../example-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "A program that cannot call exit_group cannot end: the C library retries forever, or crashes.",
  example: {
    profile: profileText("SCMP_ACT_ERRNO", [
      `{ "names": [${ESSENTIALS.filter((name) => name !== "exit_group")
        .map((name) => `"${name}"`)
        .join(", ")}],\n      "action": "SCMP_ACT_ALLOW" }`,
    ]),
  },
  cases: [
    [
      "exit_group is denied",
      allowing(names('\n"exit_group"', "ERRNO")),
      ["warning denies-exit 3:1 | exit_group"],
    ],
  ],
} satisfies Explanation;
