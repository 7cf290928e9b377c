/**
 * denies-dynamic-loader: dynamically linked programs cannot start.
 */

import { allowing, names } from "../case-profiles.ts";
import { allow, ESSENTIALS, profileText } from "../example-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "The loader of dynamically linked programs needs these calls; without them only static programs start.",
  example: {
    profile: profileText("SCMP_ACT_ERRNO", [
      allow(ESSENTIALS.filter((name) => !["mmap", "mprotect"].includes(name))),
    ]),
  },
  cases: [
    [
      "what the dynamic loader calls is denied",
      allowing(names('\n"mmap"', "ERRNO")),
      ["warning denies-dynamic-loader 3:1 | mmap | static"],
    ],
  ],
} satisfies Explanation;
