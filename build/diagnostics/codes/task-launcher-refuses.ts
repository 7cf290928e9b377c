/**
 * task-launcher-refuses: the launcher will refuse the task.
 */

import type { Explanation } from "../explanation.ts";

export default {
  what: "The launcher will end with 125 and not start the task: its options, its variables or the policy of the operator are against it.",
  example: {
    definition: "app.json",
    profile: `{
  "id": "/web",
  "cmd": "exec seccomp-exec -- /server",
  "env": { "SECCOMP_EXEC_PROFLE": "strict.json" }
}
`,
  },
  shownBy: "test/cli/task.test.ts",
} satisfies Explanation;
