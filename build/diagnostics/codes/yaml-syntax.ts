/**
 * yaml-syntax: the text is not YAML.
 */

import { inYaml } from "../case-profiles.ts";
import type { Explanation } from "../explanation.ts";

const HEAD = "apiVersion: security-profiles-operator.x-k8s.io/v1beta1\nkind: SeccompProfile\n";

export default {
  what: "A SeccompProfile that does not begin as JSON is read as YAML 1.2, and the text breaks its rules. Tabs do not indent.",
  example: { profile: `${HEAD}spec:\n\tdefaultAction: SCMP_ACT_ERRNO\n` },
  cases: [
    ["a tab", `${HEAD}spec:\n\tdefaultAction: SCMP_ACT_ERRNO\n`, ["error yaml-syntax 4:1 | not YAML | Tabs"]],
    [
      "a bracket that is not closed",
      `${HEAD}spec:\n  defaultAction: SCMP_ACT_ERRNO\n  syscalls: [\n`,
      ["error yaml-syntax 6:1 | not YAML"],
    ],
    ["YAML", inYaml("  flags: []"), []],
  ],
} satisfies Explanation;
