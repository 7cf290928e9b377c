/**
 * engine-unspecified: which rule counts under an engine is undefined.
 */

import { MEET, two } from "../case-profiles.ts";
import { denyingExample } from "../example-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "With `--for`: two rules with conditions and different actions can apply to one call, and libseccomp's sorting determines which of them counts. `convert` rewrites them so that they exclude each other.",
  example: {
    ...denyingExample(
      '{ "names": ["dup"], "action": "SCMP_ACT_ALLOW",\n      "args": [{ "index": 0, "value": 9, "op": "SCMP_CMP_LE" }] }',
      '{ "names": ["dup"], "action": "SCMP_ACT_KILL_PROCESS",\n      "args": [{ "index": 0, "value": 3, "op": "SCMP_CMP_GE" }] }',
    ),
    args: ["--for", "oci"],
  },
  cases: [
    [
      "conditions that exclude each other",
      two("0 LT 5", "0 GE 5"),
      ["note engine-note 1:1", "note engine-note 1:18"],
      { for: "oci" },
    ],
    [
      "conditions that overlap",
      two("0 LE 5", "0 GE 5"),
      [
        "note engine-note 1:1",
        "note engine-note 1:18",
        MEET,
        "error engine-unspecified 3:1 | ptrace | OCI runtime | the other rule at 2:1",
      ],
      { for: "oci" },
    ],
  ],
} satisfies Explanation;
