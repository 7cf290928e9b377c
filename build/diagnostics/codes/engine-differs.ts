/**
 * engine-differs: an engine gives another verdict than the profile means.
 */

import { denying, ptrace } from "../case-profiles.ts";
import { denyingExample } from "../example-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "With `--for`: the engine gives these calls another verdict than the profile means, or ignores part of the profile. The arguments in brackets are an example; arguments that are left out are 0.",
  example: {
    ...denyingExample(
      '{ "names": ["personality"], "action": "SCMP_ACT_ALLOW" }',
      '{ "names": ["personality"], "action": "SCMP_ACT_KILL_PROCESS",\n      "args": [{ "index": 0, "value": 8, "op": "SCMP_CMP_EQ" }] }',
    ),
    args: ["--for", "docker"],
  },
  cases: [
    [
      "rules that Docker reads as intended",
      denying(ptrace("ALLOW", "0 EQ 5")),
      ["note engine-note 1:1", "note engine-note 1:18"],
      { for: "docker" },
    ],
    [
      "a rule without conditions hides one with",
      denying(`${ptrace("ALLOW")},\n${ptrace("KILL_PROCESS", "0 EQ 5")}`),
      [
        "note engine-note 1:1",
        "note engine-note 1:18",
        "warning overlapping-rules 3:1",
        "error engine-differs 3:1 | Docker answers ALLOW | ptrace(5) | KILL_PROCESS",
      ],
      { for: "docker" },
    ],
  ],
} satisfies Explanation;
