/**
 * not-carried-over: a conversion loses something.
 */

import type { Explanation } from "../explanation.ts";

export default {
  what: "Of `convert`: the engine cannot be told this. With `--stricter` something that is no less restrictive stands for it, where there is such a thing, and this is a warning.",
  shownBy: "test/cli/check.test.ts",
} satisfies Explanation;
