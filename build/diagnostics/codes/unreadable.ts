/**
 * unreadable: the file cannot be read.
 */

import type { Explanation } from "../explanation.ts";

export default {
  what: "The file does not exist, cannot be read, is not a regular file, or is larger than 4 MiB. A name without a slash is looked up in the profile directory; use `./NAME` for a file in the working directory.",
  example: { profile: "", shown: "", args: ["./missing.json"] },
  shownBy: "test/check/command-line.test.ts",
} satisfies Explanation;
