/**
 * duplicate-name: a rule has a name twice.
 */

import { denying, names } from "../case-profiles.ts";
import { denyingExample } from "../example-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "The same name stands twice in one rule; one of the two may be a slip for another.",
  example: denyingExample('{ "names": ["close", "fstat", "close"], "action": "SCMP_ACT_ALLOW" }'),
  cases: [
    [
      "a name twice in a rule",
      denying(names('"ptrace",\n"ptrace"', "ALLOW")),
      ["warning duplicate-name 3:1 | 'ptrace'"],
    ],
  ],
} satisfies Explanation;
