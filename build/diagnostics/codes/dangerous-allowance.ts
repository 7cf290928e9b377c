/**
 * dangerous-allowance: the profile allows calls that have led out of sandboxes.
 */

import { CAN_CALL_PERF, names, perfWhere, withX86 } from "../case-profiles.ts";
import { denyingExample } from "../example-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "The profile allows calls that have often been used to escape from a sandbox: those that Docker's default profile denies, and that the kernel lets a caller with the capabilities of `--caps` (default: none) make. The task's operator must know whether the task needs them. If the default action allows them, one finding names them all, the worst first. [Decision 25](decisions/0025-weights.md) lists them.",
  example: denyingExample('{ "names": ["perf_event_open"], "action": "SCMP_ACT_ALLOW" }'),
  cases: [
    [
      "a rule for this architecture, by Go's name",
      perfWhere('"includes":{"arches":["amd64"]}'),
      [CAN_CALL_PERF],
    ],
    ["by libseccomp's name", perfWhere('"includes":{"arches":["x86_64"]}'), [CAN_CALL_PERF]],
    ["a rule for another architecture", perfWhere('"includes":{"arches":["arm64"]}'), []],
    ["a rule not for this architecture", perfWhere('"excludes":{"arches":["amd64"]}'), []],
    ["a rule for a capability that is not held", perfWhere('"includes":{"caps":["CAP_BPF"]}'), []],
    [
      "a rule for a capability that is held",
      perfWhere('"includes":{"caps":["CAP_BPF"]}'),
      [CAN_CALL_PERF],
      { caps: "CAP_BPF" },
    ],
    [
      "a rule without a capability that is held",
      perfWhere('"excludes":{"caps":["CAP_BPF"]}'),
      [],
      { caps: "all" },
    ],
    [
      "all of the capabilities must be held",
      perfWhere('"includes":{"caps":["CAP_BPF","CAP_SYSLOG"]}'),
      [],
      { caps: "CAP_BPF" },
    ],
    [
      "AF_ALG is also reachable through socketcall",
      withX86(names('"socketcall"', "ALLOW")),
      ["warning dangerous-allowance 2:11 | AF_ALG and AF_VSOCK"],
    ],
  ],
} satisfies Explanation;
