/**
 * repeated-argument: a rule compares an argument more than once.
 */

import { denying, ptrace } from "../case-profiles.ts";
import { denyingExample } from "../example-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "A rule compares one argument more than once. Every OCI runtime then treats each of its conditions as a separate rule, so that any one of them is enough; Mesos refuses the rule.",
  example: denyingExample(
    '{ "names": ["close"], "action": "SCMP_ACT_ALLOW", "args": [\n        { "index": 0, "value": 3, "op": "SCMP_CMP_GE" },\n        { "index": 0, "value": 9, "op": "SCMP_CMP_LE" } ] }',
  ),
  cases: [
    [
      "an argument twice",
      denying(ptrace("ALLOW", "0 EQ 1", "0 GT 2").replace(',{"index', ',\n{"index')),
      ["warning repeated-argument 3:1 | argument 0 | OCI"],
    ],
    ["values of one argument are a choice", denying(ptrace("ALLOW", "0 EQ 1", "0 EQ 2")), []],
    [
      "but not beside another argument",
      denying(ptrace("ALLOW", "0 EQ 1", "0 EQ 2", "1 EQ 2")),
      ["warning repeated-argument 2:109 | any one of its conditions"],
    ],
    ["two arguments", denying(ptrace("ALLOW", "0 EQ 1", "1 EQ 2")), []],
    [
      "a range that is none",
      denying(ptrace("ALLOW", "0 GE 1", "0 LE 2")),
      [
        "warning condition-always-holds 2:54 | one of the conditions",
        "warning repeated-argument 2:109 | range",
      ],
    ],
  ],
} satisfies Explanation;
