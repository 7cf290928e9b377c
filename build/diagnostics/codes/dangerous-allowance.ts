/**
 * dangerous-allowance: the profile allows calls that have led out of sandboxes.
 */

import {
  allowing,
  CAN_CALL_PERF,
  denying,
  names,
  perfWhere,
  ptrace,
  withMachines,
  withX86,
} from "../case-profiles.ts";
import { denyingExample } from "../example-profiles.ts";
import type { Explanation } from "../explanation.ts";

const socket = (action: string, ...conditions: readonly string[]): string =>
  ptrace(action, ...conditions).replace('"ptrace"', '"socket"');

export default {
  what: `The profile allows calls that have often been used to escape from a sandbox: those that Docker's default profile denies, and that the kernel lets a caller with the capabilities of \`--caps\` (default: none) make. The task's operator must know whether the task needs them. If the default action allows them, one finding names them all, the worst first. [Decision 25](decisions/0025-weights.md) lists them.

Where everything else is denied, this rule, instead of one without conditions, lets \`socket\` make what most programs need (the families below 38, such as AF_UNIX, AF_INET, AF_INET6, AF_NETLINK and AF_PACKET), but not AF_ALG (38) and AF_VSOCK (40); families above 38 get a rule with SCMP_CMP_EQ each, if any:

\`\`\`json
{ "names": ["socket"], "action": "SCMP_ACT_ALLOW",
  "args": [{ "index": 0, "op": "SCMP_CMP_LT", "value": 38 }] }
\`\`\`

Where everything else is allowed, one rule denies one family:

\`\`\`json
{ "names": ["socket"], "action": "SCMP_ACT_ERRNO",
  "args": [{ "index": 0, "op": "SCMP_CMP_MASKED_EQ", "value": 4294967295, "valueTwo": 38 }] }
\`\`\`

On x86, \`socketcall\` makes sockets as well, and no filter sees its arguments.`,
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
      ["warning dangerous-allowance 2:11 | AF_ALG and AF_VSOCK | do not allow socketcall"],
    ],
    [
      "sockets of other families, without an open upper end",
      denying(names('"socket"', "ALLOW")),
      ["warning dangerous-allowance 2:11 | argument 0 LT 38, EQ 39, EQ 41 to EQ 45"],
    ],
    [
      "of those that the rule allows",
      denying(socket("ALLOW", "0 NE 16")),
      ["warning dangerous-allowance 2:11 | argument 0 LT 16, EQ 17 to EQ 37, EQ 39, EQ 41 to EQ 45"],
    ],
    [
      "one family only",
      denying(socket("ALLOW", "0 EQ 40")),
      ["warning dangerous-allowance 2:11 | remove the rule"],
    ],
    [
      "beside a rule that denies another family",
      denying(`${socket("ALLOW", "0 LE 40")},\n${socket("KILL_PROCESS", "0 EQ 16")}`),
      [
        "warning dangerous-allowance 2:11 | argument 0 LT 16, EQ 17 to EQ 37, EQ 39",
        "warning overlapping-rules 3:1",
      ],
    ],
    [
      "beside a rule that denies another family with some protocols",
      denying(`${socket("ALLOW", "0 LE 40")},\n${socket("KILL_PROCESS", "0 EQ 16", "2 EQ 9")}`),
      [
        "warning dangerous-allowance 2:11 | let no rule allow socket where argument 0 is 38 or 40",
        "warning overlapping-rules 3:1",
      ],
    ],
    [
      "what the default action lets through takes a rule that denies it, of 32 bits for every runtime",
      allowing(socket("LOG", "0 EQ 1")).replace('"socket",', ""),
      [
        "warning dangerous-allowance 1:18 | deny them with a rule each for socket: argument 0 MASKED_EQ, value 4294967295, valueTwo 38 and valueTwo 40",
      ],
    ],
    [
      "what is denied so",
      allowing(
        `${socket("ERRNO", "0 MASKED_EQ 4294967295 38")},\n${socket("ERRNO", "0 MASKED_EQ 4294967295 40")}`,
      ).replace('"socket",', ""),
      [],
    ],
    [
      "socketcall is told beside socket",
      withX86(names('"socket","socketcall"', "ALLOW")),
      ["warning dangerous-allowance 2:11 | EQ 41 to EQ 45; on x86 they stay open through socketcall"],
    ],
    [
      "on other machines of the list too",
      withMachines(names('"socket","socketcall"', "ALLOW")),
      [
        "warning dangerous-allowance 2:11 | ; on x86 (and on mips, s390x, s390 of other machines) they stay open through socketcall",
      ],
    ],
    [
      "of which programs use socketcall on s390x",
      withMachines(names('"socket"', "ALLOW")),
      [
        "warning dangerous-allowance 2:11 | ; on x86 (and on s390x, s390 of other machines) they stay open through socketcall under Docker",
      ],
    ],
    [
      "a family that is told alone",
      allowing(
        '{"names":["socket"],"action":"SCMP_ACT_ERRNO","args":[{"index":0,"op":"SCMP_CMP_MASKED_EQ","value":4294967295,"valueTwo":40}]}',
      ).replace('"socket","add_key"', '"add_key"'),
      [
        "warning dangerous-allowance 1:18 | AF_ALG | deny it with a rule for socket: argument 0 MASKED_EQ, value 4294967295, valueTwo 38",
      ],
    ],
    [
      "one call of several that are dangerous",
      denying(names('"keyctl"', "ALLOW")),
      ["warning dangerous-allowance 2:11 | keyctl can be called | deny it with ENOSYS"],
    ],
    [
      "socketcall follows socket where no rule names it",
      withX86(names('"socket"', "ALLOW")),
      [
        "warning dangerous-allowance 2:11 | EQ 41 to EQ 45; on x86 they stay open through socketcall under Docker and other users of libseccomp, though not under seccomp-exec: list x86 only if",
      ],
    ],
    [
      "a rule for a capability is there",
      denying(
        `${names('"perf_event_open"', "ALLOW")},\n{"names":["perf_event_open"],"action":"SCMP_ACT_ALLOW","includes":{"caps":["CAP_PERFMON"]}}`,
      ),
      [
        "warning dangerous-allowance 2:11 | take it out of this rule, and grant CAP_PERFMON",
        "note redundant-rule 3:1 | only with CAP_PERFMON",
      ],
    ],
    [
      "only profilers measure programs",
      denying(names('"perf_event_open"', "ALLOW")),
      ["warning dangerous-allowance 2:11 | take it out of the rule: only perf"],
    ],
  ],
} satisfies Explanation;
