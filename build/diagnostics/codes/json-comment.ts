/**
 * json-comment: JSON has no comments.
 */

import { top } from "../case-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "JSON has no comments, and no engine accepts a profile with one. A rule may have a key `comment`.",
  example: { profile: '{\n  // for the web servers\n  "defaultAction": "SCMP_ACT_ERRNO"\n}\n' },
  cases: [
    ["a comment of //", top('// why\n"flags":[]'), ["error json-comment 2:1 | comment"]],
    ["a comment of /* */", top('"flags":\n/* why */[]'), ["error json-comment 3:1 | comment"]],
  ],
} satisfies Explanation;
