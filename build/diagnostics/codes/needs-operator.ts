/**
 * needs-operator: a SeccompProfile says something that only the Security Profiles Operator can carry out.
 */

import { inYaml } from "../case-profiles.ts";
import type { Explanation } from "../explanation.ts";

const HEAD = "apiVersion: security-profiles-operator.x-k8s.io/v1beta1\nkind: SeccompProfile\nspec:\n";

export default {
  what: "The operator adds the rules of the profile that `baseProfileName` names, from its cluster or a registry; without them the file means something else. The operator writes the whole profile to each node, under `/var/lib/kubelet/seccomp/operator`: use that. A profile with `state: Disabled`, or `disabled` in older versions, is one that it leaves out.",
  example: { profile: `${HEAD}  defaultAction: SCMP_ACT_ERRNO\n  baseProfileName: runc-v1.2.0\n` },
  cases: [
    [
      "a base profile",
      `${HEAD}  defaultAction: SCMP_ACT_LOG\n  baseProfileName: runc-v1.2.0\n`,
      ["error needs-operator 5:20 | 'runc-v1.2.0' | kubelet"],
    ],
    ["no base profile", inYaml('  baseProfileName: ""'), []],
    [
      "disabled",
      `${HEAD}  defaultAction: SCMP_ACT_LOG\n  disabled: true\n`,
      ["error needs-operator 5:13 | 'disabled'"],
    ],
    ["not disabled", inYaml("  disabled: false"), []],
    [
      "disabled, as newer versions write it",
      `${HEAD}  defaultAction: SCMP_ACT_LOG\n  state: Disabled\n`,
      ["error needs-operator 5:10 | 'state: Disabled'"],
    ],
    ["enabled", inYaml("  state: Enabled"), []],
  ],
} satisfies Explanation;
