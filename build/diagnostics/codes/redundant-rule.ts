/**
 * redundant-rule: a rule changes no verdict.
 */

import { denying, NO_START, names, ptrace, STARTS_ARM } from "../case-profiles.ts";
import { denyingExample } from "../example-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "Without the rule, or without a name in it, every call would get the same verdict. Perhaps another action or other conditions were intended.",
  example: denyingExample('{ "names": ["mount"], "action": "SCMP_ACT_ERRNO" }'),
  cases: [
    [
      "the same action twice is no overlap",
      denying(`${ptrace("ALLOW", "0 LT 5")},\n${ptrace("ALLOW", "0 LT 3")}`),
      ["note redundant-rule 3:1"],
    ],
    [
      "a rule equal to the default",
      denying(names('"ptrace"', "ERRNO")),
      ["note redundant-rule 2:1 | default"],
    ],
    [
      "equal by its errno",
      denying(names('"ptrace"', 'ERRNO","errnoRet":1,"comment":"')),
      ["note redundant-rule 2:1 | default"],
    ],
    ["another errno than the default's", denying(names('"ptrace"', 'ERRNO","errnoRet":2,"comment":"')), []],
    [
      "all rules equal to the default",
      `{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[\n${names('"read"', "ERRNO")},\n${names('"write"', "ERRNO")}]}`,
      [...NO_START, "note redundant-rule 2:1", "note redundant-rule 3:1"],
    ],
    [
      "32-bit: the high word is zero",
      denying(`${ptrace("ALLOW", "1 GE 5")},\n${ptrace("KILL_PROCESS", "0 GE 4294967296")}`, STARTS_ARM),
      ["note redundant-rule 3:1"],
      { arch: "arm" },
    ],
    [
      "of two rules that say the same, the later one can go",
      denying(`${names('"ptrace"', "KILL_PROCESS")},\n${names('"ptrace"', "KILL_PROCESS")}`),
      ["note redundant-rule 3:1 | the rule that counts at 2:1"],
    ],
  ],
} satisfies Explanation;
