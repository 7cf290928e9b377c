/**
 * name-and-names: a rule has both keys for names.
 */

import { denying } from "../case-profiles.ts";
import { profileText } from "../example-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "Docker's old format has `name`, the new one `names`; no engine accepts both.",
  example: {
    profile: profileText("SCMP_ACT_ERRNO", [
      '{ "name": "read", "names": ["write"], "action": "SCMP_ACT_ALLOW" }',
    ]),
  },
  cases: [
    ["name alone, as Docker wrote it once", denying('{"name":"ptrace","action":"SCMP_ACT_ALLOW"}'), []],
    ["name, and names is null", denying('{"name":"ptrace","names":null,"action":"SCMP_ACT_ALLOW"}'), []],
    [
      "name with names",
      denying('{"name":\n"ptrace","names":["getpid"],"action":"SCMP_ACT_ALLOW"}'),
      ["error name-and-names 3:1 | 'name' | 'names' | keep"],
    ],
  ],
} satisfies Explanation;
