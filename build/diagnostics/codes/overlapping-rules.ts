/**
 * overlapping-rules: two rules with different actions apply to one call.
 */

import { denying, MEET, names, ptrace, STARTS_ANYWHERE, two } from "../case-profiles.ts";
import { denyingExample } from "../example-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "Two rules with different actions apply to one call. Here the more restrictive one counts, whatever their order (of two errnos the first). Runtimes that use libseccomp ignore a rule with the default action; otherwise an unconditional rule hides one with conditions, the first of two unconditional ones counts, and for two with conditions the result is undefined.",
  example: denyingExample(
    '{ "names": ["personality"], "action": "SCMP_ACT_ALLOW" }',
    '{ "names": ["personality"], "action": "SCMP_ACT_ERRNO",\n      "args": [{ "index": 0, "value": 262144, "op": "SCMP_CMP_EQ" }] }',
  ),
  cases: [
    ["2^53 and 2^53+1 are two values", two("0 EQ 9007199254740992", "0 EQ 9007199254740993"), []],
    ["2^53+1 and 2^53+1 are one", two("0 EQ 9007199254740993", "0 EQ 9007199254740993"), [MEET]],
    ["2^63-1 and 2^63 are two values", two("0 LE 9223372036854775807", "0 GE 9223372036854775808"), []],
    ["2^64-2 and 2^64-1", two("0 EQ 18446744073709551614", "0 EQ 18446744073709551615"), []],
    [
      "different actions on one call",
      denying(`${ptrace("ALLOW")},\n${ptrace("KILL_PROCESS")}`),
      ["warning overlapping-rules 3:1 | KILL_PROCESS | ALLOW | the first | the earlier rule at 2:1"],
    ],
    [
      "a rule without conditions beside one with",
      two("0 EQ 5", "0 GE 0").replace(
        '"args":[{"index":0,"op":"SCMP_CMP_GE","value":0,"valueTwo":0}]',
        '"args":null',
      ),
      ["warning overlapping-rules 3:1 | KILL_PROCESS | without conditions"],
    ],
    [
      "a narrower rule after a wider one, which libseccomp loses",
      two("0 GT 0", "0 EQ 5"),
      [`${MEET} | ptrace(PTRACE_POKEDATA)`],
    ],
    ["a wider rule after a narrower one", two("0 EQ 5", "0 LE 5"), [MEET]],
    ["conditions on two arguments", two("0 EQ 5", "1 EQ 6"), [`${MEET} | ptrace(PTRACE_POKEDATA, 6)`]],
    ["conditions that exclude each other", two("0 LT 5", "0 GE 5"), []],
    ["conditions that overlap in one value", two("0 LE 5", "0 GE 5"), [MEET]],
    [
      "two errnos: the first counts",
      denying(
        `${names('"ptrace"', 'ERRNO","errnoRet":2,"comment":"')},\n${names('"ptrace"', 'ERRNO","errnoRet":3,"comment":"')}`,
      ),
      ["warning overlapping-rules 3:1 | ERRNO(ENOENT) | ERRNO(ESRCH) | first"],
    ],
    [
      "rules for different architectures do not overlap",
      denying(
        `${ptrace("ALLOW").replace("}", ',"includes":{"arches":["arm64"]}}')},\n${ptrace("KILL_PROCESS")}`,
      ),
      [],
    ],
    [
      "a denial equal to the default beside a broader allowance",
      denying(`${names('"ptrace"', "ALLOW")},\n${ptrace("ERRNO", "0 EQ 5")}`),
      ["warning overlapping-rules 3:1 | ERRNO(EPERM) | ALLOW | ignore the rule | the earlier rule at 2:1"],
    ],
    [
      "two earlier rules with one verdict are one finding",
      denying(
        `${ptrace("ALLOW", "0 EQ 5")},\n${ptrace("ALLOW", "0 EQ 6")},\n${ptrace("KILL_PROCESS", "0 LE 6")}`,
      ),
      ["warning overlapping-rules 4:1 | at 2:1"],
    ],
    [
      "rules that meet only with a capability",
      denying(
        `${ptrace("ALLOW").replace("}", ',"includes":{"caps":["CAP_PERFMON"]}}')},\n${ptrace("KILL_PROCESS")}`,
      ),
      ["note redundant-rule 2:1"],
    ],
    [
      "if it is held",
      denying(
        `${ptrace("ALLOW").replace("}", ',"includes":{"caps":["CAP_PERFMON"]}}')},\n${ptrace("KILL_PROCESS")}`,
      ),
      ["warning overlapping-rules 3:1"],
      { caps: "CAP_PERFMON" },
    ],
    ["below and from 2^32 on", two("0 LT 4294967296", "0 GE 4294967296"), []],
    ["up to and from 2^32 on", two("0 LE 4294967296", "0 GE 4294967296"), [`${MEET} | 0x100000000`]],
    ["values that differ in the high word only", two("0 EQ 1", "0 EQ 4294967297"), []],
    [
      "a mask in the high word only",
      two("0 LT 4294967296", "0 MASKED_EQ 18446744069414584320 4294967296"),
      [],
    ],
    ["a mask of one bit, set and clear", two("0 MASKED_EQ 1 1", "0 MASKED_EQ 1 0"), []],
    ["the two are two values", two("0 EQ 4294967295", "0 EQ 18446744073709551615"), []],
    [
      "big-endian: the words keep their order",
      denying(
        two("0 LT 4294967296", "0 GE 4294967296").split("\n").slice(1).join("\n").slice(0, -2),
        STARTS_ANYWHERE,
      ),
      [],
      { arch: "s390x" },
    ],
    [
      "64-bit: the high word counts",
      two("1 GE 5", "0 GE 4294967296"),
      [MEET, "warning way-around-by-unseen-bits 2:11 | 'pid' (long)"],
    ],
  ],
} satisfies Explanation;
