/**
 * task-refused: the scheduler refuses the definition.
 */

import type { Explanation } from "../explanation.ts";

export default {
  what: "The scheduler refuses the definition, with these words if it has words of its own.",
  example: {
    definition: "app.json",
    profile: `{
  "id": "/web",
  "cmd": "/server",
  "container": { "type": "MESOS", "linuxInfo": { "seccomp": { "unconfined": false } } }
}
`,
  },
  shownBy: "test/cli/task.test.ts",
} satisfies Explanation;
