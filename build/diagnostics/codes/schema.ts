/**
 * schema: a value is not valid for a reason without a message of its own.
 */

import type { Explanation } from "../explanation.ts";

export default {
  what: "A value is not valid for a reason that has no message of its own; please report it.",
  shownBy: "src/profile/schema-errors.test.ts",
} satisfies Explanation;
