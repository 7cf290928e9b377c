/**
 * engine-note: an engine differs in a way that no profile can change.
 */

import { denying, forMesos, ptrace } from "../case-profiles.ts";
import { denyingExample } from "../example-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "With `--for`: the engine differs whatever the profile says, or in something other than a verdict.",
  example: { ...denyingExample(), args: ["--for", "oci"] },
  cases: [
    ["no finding about engines without --for", denying(ptrace("ALLOW")), []],
    [
      "an OCI runtime",
      denying(ptrace("ALLOW")),
      ["note engine-note 1:1 | OCI runtime", "note engine-note 1:18 | runc"],
      { for: "oci" },
    ],
    [
      "Mesos",
      forMesos(),
      ["note engine-note 1:45 | Mesos", "note engine-note 1:18 | Mesos"],
      { for: "mesos" },
    ],
  ],
} satisfies Explanation;
