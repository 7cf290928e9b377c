/**
 * json-empty: the file has no text.
 */

import type { Explanation } from "../explanation.ts";

export default {
  what: "The file is empty.",
  example: { profile: "\n" },
  cases: [
    ["an empty file", "", ["error json-empty 1:1"]],
    ["a file of spaces", " \n\n", ["error json-empty 1:1"]],
  ],
} satisfies Explanation;
