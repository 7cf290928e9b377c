/**
 * inexact-number: a number above 2^53 was rounded when it was read.
 */

import type { Explanation } from "../explanation.ts";

export default {
  what: "A number above 2^53 was read by a reader that rounds such numbers. No verb and no launch does that.",
  shownBy: "src/profile/read.test.ts",
} satisfies Explanation;
