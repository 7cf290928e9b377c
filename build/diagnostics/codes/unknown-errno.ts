/**
 * unknown-errno: no errno has that name.
 */

import { rule, top } from "../case-profiles.ts";
import { profileText } from "../example-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "No errno has that name on the target's architecture, see errno(3).",
  example: {
    profile: profileText("SCMP_ACT_ALLOW", [
      '{ "names": ["mkdir"], "action": "SCMP_ACT_ERRNO", "errno": "EPERMISSION" }',
    ]),
  },
  cases: [
    ["errno by name", rule("ERRNO", '"errno":"ENOSYS"'), []],
    ["a misspelt errno", rule("ERRNO", '"errno":\n"EPREM"'), ["error unknown-errno 4:1 | 'EPREM' | 'EPERM'"]],
    [
      "a misspelt default errno",
      top('"defaultErrno":\n"ENOSSY"'),
      ["error unknown-errno 3:1 | 'ENOSSY' | 'ENOSYS'"],
    ],
    ["an errno in small letters", rule("ERRNO", '"errno":"eperm"'), ["error unknown-errno 3:9 | 'EPERM'"]],
  ],
} satisfies Explanation;
