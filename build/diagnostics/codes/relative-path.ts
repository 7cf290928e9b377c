/**
 * relative-path: the operator's policy has a relative path.
 */

import type { Explanation } from "../explanation.ts";

export default {
  what: "The operator's policy names a profile or a directory by a relative path, which would start in the task's working directory. Use an absolute path.",
  shownBy: "src/task/operator.test.ts",
} satisfies Explanation;
