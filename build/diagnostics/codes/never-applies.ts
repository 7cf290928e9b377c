/**
 * never-applies: no call meets a rule's conditions.
 */

import { denying, ptrace, rule } from "../case-profiles.ts";
import { denyingExample } from "../example-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "No call on any machine meets the rule's conditions.",
  example: denyingExample(
    '{ "names": ["close"], "action": "SCMP_ACT_ALLOW",\n      "args": [{ "index": 0, "value": 0, "op": "SCMP_CMP_LT" }] }',
  ),
  cases: [
    [
      "minKernel that no kernel meets",
      rule("ALLOW", '"includes":{"minKernel":"5.0"},"excludes":{"minKernel":"4.0"}'),
      ["warning never-applies 2:1"],
    ],
    ["LT 0 holds never", denying(ptrace("ALLOW", "0 LT 0")), ["warning never-applies 2:1"]],
    [
      "GT 2^64-1 holds never",
      denying(ptrace("ALLOW", "0 GT 18446744073709551615")),
      ["warning never-applies 2:1"],
    ],
    [
      "an architecture in includes and excludes",
      rule("ALLOW", '"includes":{"arches":["amd64"]},"excludes":{"arches":["amd64"]}'),
      ["warning never-applies 2:1"],
    ],
    [
      "a capability in includes and excludes",
      rule("ALLOW", '"includes":{"caps":["CAP_BPF"]},"excludes":{"caps":["CAP_BPF"]}'),
      ["warning never-applies 2:1 | CAP_BPF"],
    ],
  ],
} satisfies Explanation;
