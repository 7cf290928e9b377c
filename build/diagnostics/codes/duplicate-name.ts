/**
 * duplicate-name: a rule has a name twice.
 */

import { denying, names } from "../case-profiles.ts";
import { denyingExample } from "../example-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "A rule contains the same name twice; one of the two may be a typing error for another name.",
  example: denyingExample('{ "names": ["close", "fstat", "close"], "action": "SCMP_ACT_ALLOW" }'),
  cases: [
    [
      "a name twice in a rule",
      denying(names('"ptrace",\n"ptrace"', "ALLOW")),
      ["note duplicate-name 3:1 | 'ptrace' occurs"],
    ],
    [
      "several names are one finding",
      denying(names('"ptrace","mount",\n"ptrace","mount","mount"', "ALLOW")),
      ["note duplicate-name 3:1 | 'ptrace', 'mount' each occur more than once"],
    ],
  ],
} satisfies Explanation;
