/**
 * always-apply-together: rules with conditions of which one applies to every call.
 */

import { allowing, denying, names, ptrace } from "../case-profiles.ts";
import { denyingExample } from "../example-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "Each of these rules for one call has conditions, but whatever the arguments are, one of them applies, and one is enough. The typical case is a rule for each value that is meant to be left out: what is not 4 or not 6 is every number. Rules for the ranges that remain leave out both.",
  example: denyingExample(
    '{ "names": ["socket"], "action": "SCMP_ACT_ALLOW",\n      "args": [{ "index": 0, "value": 38, "op": "SCMP_CMP_NE" }] }',
    '{ "names": ["socket"], "action": "SCMP_ACT_ALLOW",\n      "args": [{ "index": 0, "value": 40, "op": "SCMP_CMP_NE" }] }',
  ),
  cases: [
    [
      "each rule leaves out another value",
      denying(`${ptrace("ALLOW", "0 NE 4")},\n${ptrace("ALLOW", "0 NE 6")}`),
      [
        "warning always-apply-together 3:11 | arguments of ptrace are, one of 2 rules | LT 4, EQ 5, GT 6 | these rules at 2:1",
      ],
    ],
    [
      "of three values, beside a rule that then changes nothing",
      denying(
        [
          ptrace("ALLOW", "0 NE 0"),
          ptrace("ALLOW", "0 NE 9"),
          ptrace("ALLOW", "0 NE 5"),
          ptrace("ALLOW", "1 EQ 9"),
        ].join(",\n"),
      ),
      [
        "warning always-apply-together 4:11 | one of 3 rules | EQ for each of 1 to 4, EQ for each of 6 to 8, GT 9",
      ],
    ],
    [
      "ranges that meet",
      denying(`${ptrace("ALLOW", "0 LE 40")},\n${ptrace("ALLOW", "0 GT 38")}`),
      ["warning always-apply-together 3:11 | without any"],
    ],
    ["ranges that do not meet", denying(`${ptrace("ALLOW", "0 LT 40")},\n${ptrace("ALLOW", "0 GT 40")}`), []],
    [
      "a bit set in one and clear in the other",
      denying(`${ptrace("ALLOW", "0 MASKED_EQ 64 64")},\n${ptrace("ALLOW", "0 MASKED_EQ 64 0")}`),
      ["warning always-apply-together 3:11 | correct"],
    ],
    [
      "two bits of which a combination is left out",
      denying(`${ptrace("ALLOW", "0 MASKED_EQ 64 64")},\n${ptrace("ALLOW", "0 MASKED_EQ 32 0")}`),
      [],
    ],
    [
      "two arguments: what is left out of one is in the other",
      denying(
        [ptrace("ALLOW", "0 EQ 1"), ptrace("ALLOW", "0 NE 1", "1 EQ 2"), ptrace("ALLOW", "1 NE 2")].join(
          ",\n",
        ),
      ),
      ["warning always-apply-together 4:11 | one of 3 rules | these rules at 2:1 | these rules at 3:1"],
    ],
    [
      "what is meant to be allowed is denied",
      allowing(`${ptrace("KILL_PROCESS", "0 NE 4")},\n${ptrace("KILL_PROCESS", "0 NE 6")}`),
      ["warning always-apply-together 3:11 | ptrace are | gives KILL_PROCESS"],
    ],
    [
      "different verdicts are a decision",
      denying(`${ptrace("ALLOW", "0 EQ 4")},\n${ptrace("LOG", "0 NE 4")}`),
      [],
    ],
    [
      "rules for different architectures do not meet",
      denying(
        `${ptrace("ALLOW", "0 NE 4")},\n${ptrace("ALLOW", "0 NE 6").replace(/}$/, ',"includes":{"arches":["arm64"]}}')}`,
      ),
      [],
    ],
    [
      "beside a rule without conditions they change nothing anyway",
      denying([names('"ptrace"', "ALLOW"), ptrace("ALLOW", "0 NE 4"), ptrace("ALLOW", "0 NE 6")].join(",\n")),
      ["note redundant-rule 3:1 | 2 rules allow ptrace only with a condition, to no effect | too at 4:1"],
    ],
  ],
} satisfies Explanation;
