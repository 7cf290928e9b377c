/**
 * task-profile-missing: the profile that a task names is not there.
 */

import type { Explanation } from "../explanation.ts";

export default {
  what: "The task will not start, because its profile is not where it is looked up, or is not valid. Without `--profile-dir` the profile is looked up on this machine, if the directory exists here.",
  example: {
    definition: "app.json",
    profile: `{ "id": "/web", "cmd": "exec seccomp-exec --profile builtin:web.json -- /server" }
`,
  },
  shownBy: "test/cli/task.test.ts",
} satisfies Explanation;
