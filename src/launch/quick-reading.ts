/**
 * Reads a profile without diagnostics, and gives up on any other.
 */

import { type ResolveOptions, type ResolveResult, resolve } from "../policy/resolve.ts";
import type { Target } from "../policy/target.ts";
import validateProfile from "../profile/generated/validate-profile.quick.js";
import { findProfile } from "../profile/oci-config.ts";
import { readTyped } from "../profile/read-typed.ts";
import { leaveIt } from "./leave-it.ts";
import type { Lap } from "./timing.ts";

/**
 * Reads the JSON value of a profile's text, and resolves it for a machine.
 *
 * @throws Error if the value has any diagnostic
 */
export function quickPolicy(
  value: unknown,
  target: Target,
  options: ResolveOptions,
  lap: Lap,
): ResolveResult {
  const found = findProfile(value);
  if (found.kind === "mistake" || !validateProfile(found.value)) {
    return leaveIt();
  }
  const { profile, diagnostics } = readTyped(found.value, found.base);
  lap("validation");
  return profile === undefined || diagnostics.length > 0 ? leaveIt() : resolve(profile, target, options);
}
