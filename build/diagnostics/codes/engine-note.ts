/**
 * engine-note: an engine differs in a way that no profile can change.
 */

import { denying, forMesos, ptrace } from "../case-profiles.ts";
import { denyingExample } from "../example-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "With `--for`, and from `convert`: the engine differs whatever the profile says, or in something other than a verdict, or only on calls that a program has to craft: with bits set that the kernel ignores, for example. If the engine lets such a call through and the profile denies it, that is a way around the profile, and a warning.",
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
    [
      "a condition that no crafted call can tell: ptrace takes a long",
      denying(
        `{ "names": ["ptrace"], "action": "SCMP_ACT_ALLOW", "args": [{ "index": 0, "op": "SCMP_CMP_NE", "value": 5 }] }`,
      ),
      ["note engine-note 1:1", "note engine-note 1:18"],
      { for: "oci" },
    ],
    [
      "a crafted call that the engine lets through",
      denying(
        `{ "names": ["kill"], "action": "SCMP_ACT_ALLOW", "args": [{ "index": 1, "op": "SCMP_CMP_NE", "value": 9 }] }`,
      ),
      [
        "note engine-note 1:1",
        "note engine-note 1:18",
        "warning engine-note 2:1 | lets the crafted call kill(0, 0x100000009) through",
      ],
      { for: "oci" },
    ],
  ],
} satisfies Explanation;
