/**
 * errno-without-effect: a rule has an errno, but its action uses none.
 */

import { rule, STARTS_OR_DIES } from "../case-profiles.ts";
import { denyingExample } from "../example-profiles.ts";
import type { Case, Explanation } from "../explanation.ts";

export default {
  what: "Only SCMP_ACT_ERRNO and SCMP_ACT_TRACE use an errno; with other actions it is ignored. crun refuses such a profile.",
  example: denyingExample('{ "names": ["close"], "action": "SCMP_ACT_ALLOW", "errnoRet": 1 }'),
  cases: [
    ...["ALLOW", "LOG", "TRAP", "KILL_PROCESS"].map(
      (action): Case => [
        `errnoRet on ${action}, which has none`,
        rule(action, '"errnoRet":\n1'),
        [`note errno-without-effect 4:1 | SCMP_ACT_${action}`],
      ],
    ),
    [
      "errno by name on an action that has none",
      rule("ALLOW", '"errno":\n"EPERM"'),
      ["note errno-without-effect 4:1"],
    ],
    [
      "defaultErrnoRet on a default that has none",
      `{"defaultAction":"SCMP_ACT_KILL_PROCESS","defaultErrnoRet":\n1,"syscalls":[${STARTS_OR_DIES}]}`,
      ["warning denies-library-calls 1:18 | rseq", "note errno-without-effect 2:1"],
    ],
    ["errnoRet of null is none", rule("ALLOW", '"errnoRet":null'), []],
  ],
} satisfies Explanation;
