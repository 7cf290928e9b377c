/**
 * Whether the filter of a policy is short enough for the kernel.
 */

import { compileWithin, SHORTEN, tooLong } from "../bpf/compile.ts";
import type { Diagnostic } from "../diagnostic.ts";
import type { Policy } from "../policy/policy.ts";
import type { Profile } from "../profile/profile.ts";

/** An error if the filter is longer than the kernel accepts. */
export function checkLength(policy: Policy, { base }: Profile): Diagnostic[] {
  const compiled = compileWithin(policy);
  if (compiled.kind === "filter") {
    return [];
  }
  const message = tooLong(compiled, "the profile");
  return [{ code: "filter-too-long", severity: "error", message, hint: SHORTEN, pointer: base }];
}
