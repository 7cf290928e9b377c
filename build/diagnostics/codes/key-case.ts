/**
 * key-case: a key differs from a known one only in case.
 */

import { condition, rule, top } from "../case-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "Go's JSON reader, and so Docker and runc, ignores case in keys; Mesos does not, nor does seccomp-exec. So such a key would mean different things.",
  example: { profile: '{\n  "defaultAction": "SCMP_ACT_ALLOW",\n  "SysCalls": []\n}\n' },
  cases: [
    ["another case of a key: Go accepts it", top('"Flags":[]'), ["error key-case 2:1 | 'Flags' | 'flags'"]],
    [
      "another case of a key of a rule",
      rule("ALLOW", '"ARGS":[]'),
      ["error key-case 3:1 | 'ARGS' | write 'args'"],
    ],
    [
      "another case of a key of a condition",
      condition('"index":0,"op":"SCMP_CMP_EQ","value":1,\n"valuetwo":1'),
      ["error key-case 4:1 | 'valuetwo' | 'valueTwo'"],
    ],
    [
      "another case of a key of a filter",
      rule("ALLOW", '"includes":{\n"minkernel":"4.8"}'),
      ["error key-case 4:1 | 'minkernel' | 'minKernel'"],
    ],
    [
      "a config.json with keys that only Go accepts",
      `{"ociVersion":"1.0.2","linux":{\n"Seccomp":{"defaultAction":"SCMP_ACT_ALLOW"}}}`,
      ["error key-case 2:1 | 'seccomp'"],
    ],
    [
      "two linux objects to Go",
      `{"linux":{"seccomp":{"defaultAction":"SCMP_ACT_ALLOW"}},\n"Linux":{}}`,
      ["error key-case 2:1 | 'linux'"],
    ],
  ],
} satisfies Explanation;
