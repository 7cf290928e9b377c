/**
 * acceptance: a comment that is meant to accept findings, and does not.
 */

import { denying, inYaml } from "../case-profiles.ts";
import { denyingExample } from "../example-profiles.ts";
import type { Explanation } from "../explanation.ts";

/** A rule that allows a dangerous call, with a comment of these words. */
function commented(words: string): string {
  return denying(
    `{"comment":\n${JSON.stringify(words)},"names":[\n"perf_event_open"],"action":"SCMP_ACT_ALLOW"}`,
  );
}

const DANGER = "warning dangerous-allowance 4:1 | perf_event_open";

export default {
  what: "A comment accepts nothing although it begins with `seccomp-exec:`. It has the form `seccomp-exec: accept CODE[, CODE...]: REASON`, with codes of this page, and the reason is not left out, at the beginning of a line in a comment of the profile or of one of its rules. [Accepting findings](#accepting-findings) says more.",
  example: denyingExample(
    '{ "comment": "seccomp-exec: accept dangerous-alowance: the task measures programs",\n      "names": ["perf_event_open"], "action": "SCMP_ACT_ALLOW" }',
  ),
  cases: [
    [
      "comments of YAML: above a rule, in it, at the end of a line, and of the whole profile",
      inYaml("  # seccomp-exec: accept denies-restart: of no rule\n  flags: []").replace(
        "  syscalls:\n",
        [
          "  syscalls:",
          "  # seccomp-exec: accept dangerous-allowance: it measures",
          "  - {action: SCMP_ACT_ALLOW, names: [perf_event_open]}",
          "  - action: SCMP_ACT_ALLOW # seccomp-exec: accept dangerous-allowance: it has keys",
          "    names: [keyctl]",
          "  - action: SCMP_ACT_ALLOW",
          "    names:",
          "    # seccomp-exec: accept dangerous-allowance: it is confined",
          "    - unshare",
          "  - action: SCMP_ACT_ALLOW",
          "    names: [umask] # seccomp-exec: accept dangerous-allowance",
          "",
        ].join("\n"),
      ),
      ["note unused-acceptance 4:3 | denies-restart", "warning acceptance 16:20 | without a reason"],
    ],
    [
      "an acceptance with its reason",
      commented("seccomp-exec: accept dangerous-allowance: it measures programs"),
      [],
    ],
    [
      "in a line of its own, with other codes",
      commented("perf\n seccomp-exec: accept dangerous-allowance, redundant-rule: it measures programs"),
      ["note unused-acceptance 3:1 | redundant-rule"],
    ],
    [
      "no reason",
      commented("seccomp-exec: accept dangerous-allowance"),
      ["warning acceptance 3:1 | without a reason", DANGER],
    ],
    [
      "an empty reason",
      commented("seccomp-exec: accept dangerous-allowance: "),
      ["warning acceptance 3:1 | without a reason", DANGER],
    ],
    [
      "a code that is misspelt",
      commented("seccomp-exec: accept dangerous-alowance: it measures programs"),
      ["warning acceptance 3:1 | 'dangerous-alowance' | did you mean 'dangerous-allowance'?", DANGER],
    ],
    [
      "the other codes of that line still hold",
      commented("seccomp-exec: accept danger, dangerous-allowance: it measures programs"),
      ["warning acceptance 3:1 | 'danger'"],
    ],
    [
      "no code",
      commented("seccomp-exec: accept: because"),
      ["warning acceptance 3:1 | accepts nothing", DANGER],
    ],
    [
      "another word",
      commented("seccomp-exec: allow perf"),
      ["warning acceptance 3:1 | accepts nothing", DANGER],
    ],
    [
      "neither a code nor a reason",
      commented("seccomp-exec: accept danger"),
      ["warning acceptance 3:1 | 'danger' | without a reason", DANGER],
    ],
    [
      "a reason that nobody sees",
      commented("seccomp-exec: accept dangerous-allowance: \u200b\u2060\u3164"),
      ["warning acceptance 3:1 | without a reason", DANGER],
    ],
    [
      "after what ends no line",
      commented("perf\u2028seccomp-exec: accept dangerous-allowance: it measures programs"),
      ["warning acceptance 3:1 | accepts nothing here", DANGER],
    ],
    [
      "after a carriage return and a line feed",
      commented("perf\r\nseccomp-exec: accept dangerous-allowance: it measures programs"),
      [],
    ],
    [
      "in a condition",
      denying(
        '{"names":["listen"],"action":"SCMP_ACT_ALLOW","args":[{"index":1,"op":"SCMP_CMP_EQ","value":1,"comment":\n"seccomp-exec: accept dangerous-allowance: no"}]}',
      ),
      ["warning acceptance 3:1 | accepts nothing here"],
    ],
    ["other comments", commented("for seccomp-exec: accept dangerous-allowance: no"), [DANGER]],
  ],
} satisfies Explanation;
