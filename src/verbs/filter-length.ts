/**
 * Whether the filter of a policy is short enough for the kernel.
 */

import { compile } from "../bpf/compile.ts";
import { programLength } from "../bpf/instruction.ts";
import type { Diagnostic } from "../diagnostic.ts";
import type { Policy } from "../policy/policy.ts";
import type { Profile } from "../profile/profile.ts";
import { BPF_MAXINSNS } from "../tables/seccomp.ts";

/** An error where the filter is longer than the kernel takes. */
export function checkLength(policy: Policy, { base }: Profile): Diagnostic[] {
  const length = programLength(compile(policy));
  if (length <= BPF_MAXINSNS) {
    return [];
  }
  return [
    {
      code: "filter-too-long",
      severity: "error",
      message: `the profile needs a filter of ${length} instructions; the kernel takes at most ${BPF_MAXINSNS}`,
      hint: "use fewer conditions on arguments",
      pointer: base,
    },
  ];
}
