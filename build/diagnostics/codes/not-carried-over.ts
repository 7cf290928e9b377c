/**
 * not-carried-over: a conversion loses something.
 */

import type { Explanation } from "../explanation.ts";

export default {
  what: "From `convert`: the engine's format cannot express this. With `--stricter` it is replaced by something at least as restrictive, if possible, and this is a warning.",
  shownBy: "test/cli/check.test.ts",
} satisfies Explanation;
