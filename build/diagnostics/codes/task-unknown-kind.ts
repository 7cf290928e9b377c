/**
 * task-unknown-kind: the file is no task definition.
 */

import type { Explanation } from "../explanation.ts";

export default {
  what: "The file is JSON or YAML, but nothing that this program knows as a task definition: a Marathon app, group or pod, a Metronome job, a Mesos task or task group, a Docker Compose file, a Kubernetes manifest. Templates must be rendered first.",
  example: {
    definition: "app.json",
    profile: `{ "image": "example/web" }
`,
  },
  shownBy: "test/cli/task.test.ts",
} satisfies Explanation;
