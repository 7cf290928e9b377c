/**
 * dangerous-allowance: the profile allows calls that have led out of sandboxes.
 */

import { bpfWhere, CAN_CALL_BPF, names, withX86 } from "../case-profiles.ts";
import { denyingExample } from "../example-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "The profile allows calls that have often been used to escape from a sandbox, on a target with the capabilities of `--caps` (default: none). The task's operator must know whether the task needs them.",
  example: denyingExample('{ "names": ["userfaultfd"], "action": "SCMP_ACT_ALLOW" }'),
  cases: [
    [
      "a rule for this architecture, by Go's name",
      bpfWhere('"includes":{"arches":["amd64"]}'),
      [CAN_CALL_BPF],
    ],
    ["by libseccomp's name", bpfWhere('"includes":{"arches":["x86_64"]}'), [CAN_CALL_BPF]],
    ["a rule for another architecture", bpfWhere('"includes":{"arches":["arm64"]}'), []],
    ["a rule not for this architecture", bpfWhere('"excludes":{"arches":["amd64"]}'), []],
    ["a rule for a capability that is not held", bpfWhere('"includes":{"caps":["CAP_BPF"]}'), []],
    [
      "a rule for a capability that is held",
      bpfWhere('"includes":{"caps":["CAP_BPF"]}'),
      [CAN_CALL_BPF],
      { caps: "CAP_BPF" },
    ],
    [
      "a rule without a capability that is held",
      bpfWhere('"excludes":{"caps":["CAP_BPF"]}'),
      [],
      { caps: "all" },
    ],
    [
      "all of the capabilities must be held",
      bpfWhere('"includes":{"caps":["CAP_BPF","CAP_SYSLOG"]}'),
      [],
      { caps: "CAP_BPF" },
    ],
    [
      "AF_ALG is also reachable through socketcall",
      withX86(names('"socketcall"', "ALLOW")),
      ["warning dangerous-allowance 2:11 | AF_ALG", "warning dangerous-allowance 2:11 | AF_VSOCK"],
    ],
  ],
} satisfies Explanation;
