/**
 * json-too-deep: the text is nested too deeply.
 */

import { top } from "../case-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "No format needs more than ten levels; nesting deeper than 100 is refused.",
  example: { profile: `${"[".repeat(200)}${"]".repeat(200)}\n`, shown: "[[[[[[[[[[ ... ]]]]]]]]]]" },
  cases: [
    ["101 levels", top(`"x":[\n${"[".repeat(200)}${"]".repeat(200)}]`), ["error json-too-deep 3:99 | 100"]],
  ],
} satisfies Explanation;
