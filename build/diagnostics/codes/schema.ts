/**
 * schema: a value is not valid for a reason without words of its own.
 */

import type { Explanation } from "../explanation.ts";

export default {
  what: "A value is not valid for a reason that has no words of its own; please report it.",
  shownBy: "src/profile/schema-errors.test.ts",
} satisfies Explanation;
