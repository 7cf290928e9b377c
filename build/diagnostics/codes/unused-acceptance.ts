/**
 * unused-acceptance: a comment accepts a finding that is not there.
 */

import { denying } from "../case-profiles.ts";
import { denyingExample } from "../example-profiles.ts";
import type { Explanation } from "../explanation.ts";

const ACCEPT = '"comment":\n"seccomp-exec: accept dangerous-allowance: for perf"';

export default {
  what: "A comment accepts findings of a code that is not reported where it stands, for the machine and the caller that are checked. Nothing is wrong; the comment may be out of date. Rules for other machines or callers may have such comments. One of two comments that accept the same is not needed. Errors cannot be accepted.",
  example: denyingExample(
    '{ "comment": "seccomp-exec: accept dangerous-allowance: no longer true",\n      "names": ["umask"], "action": "SCMP_ACT_ALLOW" }',
  ),
  cases: [
    [
      "the rule has no such finding",
      denying(`{${ACCEPT},"names":["listen"],"action":"SCMP_ACT_ALLOW"}`),
      ["note unused-acceptance 3:1 | dangerous-allowance"],
    ],
    [
      "another rule has it",
      denying(
        `{${ACCEPT},"names":["listen"],"action":"SCMP_ACT_ALLOW"},{"names":[\n"perf_event_open"],"action":"SCMP_ACT_ALLOW"}`,
      ),
      ["note unused-acceptance 3:1 | dangerous-allowance", "warning dangerous-allowance 4:1"],
    ],
    [
      "one of the whole profile is for every rule",
      denying('{"names":["perf_event_open"],"action":"SCMP_ACT_ALLOW"}').replace("{", `{${ACCEPT},`),
      [],
    ],
    [
      "the rule is for other callers",
      denying(`{${ACCEPT},"names":["bpf"],"action":"SCMP_ACT_ALLOW","includes":{"caps":["CAP_BPF"]}}`),
      [],
    ],
    [
      "accepted twice, in two lines",
      denying(
        '{"comment":\n"seccomp-exec: accept dangerous-allowance: for perf\\nseccomp-exec: accept dangerous-allowance: for perf","names":["perf_event_open"],"action":"SCMP_ACT_ALLOW"}',
      ),
      ["note unused-acceptance 3:1 | accepted twice"],
    ],
    [
      "accepted twice, by the rule and by the profile",
      denying(`{${ACCEPT},"names":["perf_event_open"],"action":"SCMP_ACT_ALLOW"}`).replace(
        "{",
        '{"comment":"seccomp-exec: accept dangerous-allowance: all are",',
      ),
      ["note unused-acceptance 1:12 | accepted twice"],
    ],
    [
      "an error",
      denying(
        '{"comment":\n"seccomp-exec: accept unknown-syscall: no","names":[\n"ptrcae"],"action":"SCMP_ACT_KILL_PROCESS"}',
      ),
      ["note unused-acceptance 3:1 | cannot be accepted", "error unknown-syscall 4:1"],
    ],
  ],
} satisfies Explanation;
