/**
 * task-setting-ignored: a setting about seccomp that nothing reads.
 */

import type { Explanation } from "../explanation.ts";

export default {
  what: "The definition asks for a profile, or for none, where the scheduler or the engine ignores it without a word. The task runs, but not as it says: Marathon drops `linuxInfo` under `type: DOCKER`, Kubernetes has not read its annotations since 1.27, `docker stack deploy` drops `security_opt`. It is an error if a profile is named, else a warning. Variables of the launcher, and its labels, are a warning where the launcher does not start the command.",
  example: {
    definition: "app.json",
    profile: `{
  "id": "/web",
  "cmd": "/server",
  "container": {
    "type": "DOCKER",
    "docker": { "image": "example/web" },
    "linuxInfo": { "seccomp": { "profileName": "strict.json" } }
  }
}
`,
  },
  shownBy: "test/cli/task.test.ts",
} satisfies Explanation;
