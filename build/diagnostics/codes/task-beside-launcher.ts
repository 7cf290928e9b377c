/**
 * task-beside-launcher: a command of a task that the launcher does not start.
 */

import type { Explanation } from "../explanation.ts";

export default {
  what: "The launcher confines what it starts. Health checks, probes and hooks are started beside it by the scheduler, and so are the other commands of a shell's line: they run without its filter. Put the launcher in front of them as well; `seccomp-exec task --wrap` does.",
  example: {
    definition: "app.json",
    profile: `{
  "id": "/web",
  "cmd": "exec seccomp-exec -- /server",
  "healthChecks": [{ "protocol": "COMMAND", "command": { "value": "curl -f localhost" } }]
}
`,
  },
  shownBy: "test/cli/task.test.ts",
} satisfies Explanation;
