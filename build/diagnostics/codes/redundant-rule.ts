/**
 * redundant-rule: a rule changes no verdict.
 */

import { denying, NO_START, names, ptrace, STARTS_ARM } from "../case-profiles.ts";
import { denyingExample } from "../example-profiles.ts";
import type { Explanation } from "../explanation.ts";

/** An allowance for callers with a capability. */
const forCap = (list: string, cap: string): string =>
  `{"names":[${list}],"action":"SCMP_ACT_ALLOW","includes":{"caps":["${cap}"]}}`;

/** A denial for callers without it. */
const withoutCap = (list: string, cap: string): string =>
  `{"names":[${list}],"action":"SCMP_ACT_ERRNO","excludes":{"caps":["${cap}"]}}`;

export default {
  what: "Without the rule, or without a name in it, every call would get the same verdict. Perhaps another action or other conditions were intended. An explicit denial that equals the default action is worth keeping, since it holds if the default changes; all of these are one remark. Where another rule allows the same without the condition or the capability, that other rule may be the mistake.",
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
      [
        ...NO_START,
        "note redundant-rule 2:1 | 2 rules give the default verdict | another one of them at 3:1",
      ],
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
    [
      "a rule with a condition beside one without",
      denying(`${names('"ptrace"', "ALLOW")},\n${ptrace("ALLOW", "0 EQ 5")}`),
      [
        "note redundant-rule 3:1 | this rule allows ptrace only with a condition, to no effect: another rule allows it anyway | take the name out of the other one | the rule that counts at 2:1",
      ],
    ],
    [
      "rules for capabilities beside one for everyone",
      denying(
        `${names('"ptrace","acct","chroot"', "ALLOW")},\n${forCap('"ptrace"', "CAP_SYS_PTRACE")},\n${forCap('"acct"', "CAP_SYS_PACCT")}`,
      ),
      [
        "note redundant-rule 3:1 | 2 rules allow ptrace, acct only with CAP_SYS_PTRACE or CAP_SYS_PACCT, to no effect: another rule allows them anyway | the rule that counts at 2:1 | too at 4:1",
      ],
    ],
    [
      "rules for and without a capability beside one for everyone: only the overlap is told",
      denying(
        `${names('"ptrace"', "ALLOW")},\n${forCap('"ptrace"', "CAP_SYS_PTRACE")},\n${withoutCap('"ptrace"', "CAP_SYS_PTRACE")}`,
      ),
      ["warning overlapping-rules 4:1 | ERRNO(EPERM) | the earlier rule at 2:1"],
    ],
    [
      "and who holds the capability is not told that others have the call too",
      denying(
        `${names('"ptrace"', "ALLOW")},\n${forCap('"ptrace"', "CAP_SYS_PTRACE")},\n${withoutCap('"ptrace"', "CAP_SYS_PTRACE")}`,
      ),
      ["note redundant-rule 3:1 | the rule changes nothing | remove it | the rule that counts at 2:1"],
      { caps: "CAP_SYS_PTRACE" },
    ],
    [
      "many demands are said once",
      denying(
        `${names('"ptrace","acct","chroot"', "ALLOW")},\n${forCap('"ptrace"', "CAP_SYS_PTRACE")},\n${forCap('"acct"', "CAP_SYS_PACCT")},\n${forCap('"chroot"', "CAP_SYS_CHROOT")}`,
      ),
      [
        "note redundant-rule 3:1 | 3 rules allow | only with CAP_SYS_PTRACE, CAP_SYS_PACCT or CAP_SYS_CHROOT, to no effect | out of the other one if these should be asked for",
      ],
    ],
    [
      "the other names of the rule remain",
      denying(
        `${names('"ptrace","acct"', "ALLOW")},\n${forCap('"ptrace",\n"acct"', "CAP_SYS_PTRACE")},\n${withoutCap('"ptrace"', "CAP_SYS_PTRACE")}`,
      ),
      [
        "note redundant-rule 4:1 | this rule allows acct only with CAP_SYS_PTRACE, to no effect | remove the name from it",
        "warning overlapping-rules 5:1",
      ],
    ],
    [
      "one name without effect",
      denying(`${names('"ptrace","acct"', "ALLOW")},\n${names('\n"acct","chroot"', "ALLOW")}`),
      ["note redundant-rule 4:1 | changes nothing for acct | remove this name from it"],
    ],
    [
      "a rule for everyone beside one for a capability",
      denying(`${forCap('"ptrace"', "CAP_SYS_PTRACE")},\n${names('"ptrace"', "ALLOW")}`),
      [],
    ],
  ],
} satisfies Explanation;
