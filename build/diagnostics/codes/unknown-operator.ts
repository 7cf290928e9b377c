/**
 * unknown-operator: no comparison has that name.
 */

import { condition, denying } from "../case-profiles.ts";
import { profileText } from "../example-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "The comparison is none of SCMP_CMP_EQ, NE, LT, LE, GT, GE and MASKED_EQ.",
  example: {
    profile: profileText("SCMP_ACT_ALLOW", [
      '{ "names": ["read"], "action": "SCMP_ACT_ERRNO", "args": [{ "index": 0, "value": 1, "op": "==" }] }',
    ]),
  },
  cases: [
    [
      "a misspelt operator",
      condition('"index":0,"value":1,"op":\n"SCMP_CMP_MASKEDEQ"'),
      ["error unknown-operator 4:1 | 'SCMP_CMP_MASKEDEQ' | 'SCMP_CMP_MASKED_EQ'"],
    ],
    [
      "an operator as C has it",
      condition('"index":0,"value":1,"op":\n"=="'),
      ["error unknown-operator 4:1 | '==' | SCMP_CMP_EQ"],
    ],
    [
      "two letters that changed places",
      denying(
        '{"names":["ptrace"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":1,"op":\n"SCMP_CMP_QE"}]}',
      ),
      ["error unknown-operator 3:1 | 'SCMP_CMP_EQ'"],
    ],
  ],
} satisfies Explanation;
