/**
 * unknown-flag: no flag of seccomp(2) has that name.
 */

import { denying, names, top } from "../case-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "seccomp(2) has no such flag, or a profile may not request it.",
  example: {
    profile: '{\n  "defaultAction": "SCMP_ACT_ERRNO",\n  "flags": ["SECCOMP_FILTER_FLAG_LOGS"]\n}\n',
  },
  cases: [
    ["absent flags", denying(names('"ptrace"', "ALLOW")), []],
    ["empty flags", top('"flags":[]'), []],
    ["flags of null", top('"flags":null'), []],
    [
      "known flags",
      top('"flags":["SECCOMP_FILTER_FLAG_LOG","SECCOMP_FILTER_FLAG_SPEC_ALLOW","SECCOMP_FILTER_FLAG_TSYNC"]'),
      [],
    ],
    ["an empty flag", top('"flags":[\n""]'), ["error unknown-flag 3:1 | SECCOMP_FILTER_FLAG_LOG"]],
    [
      "a misspelt flag",
      top('"flags":[\n"SECCOMP_FILTER_FLAG_LGO"]'),
      ["error unknown-flag 3:1 | 'SECCOMP_FILTER_FLAG_LGO' | 'SECCOMP_FILTER_FLAG_LOG'"],
    ],
  ],
} satisfies Explanation;
