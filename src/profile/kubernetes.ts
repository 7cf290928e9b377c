/**
 * Finds the profile in a SeccompProfile object of Kubernetes's Security Profiles Operator: it is the OCI's, at `spec`.
 *
 * kubernetes-sigs/security-profiles-operator, api/seccompprofile and api/profilebase ('state' in newer versions, 'disabled' in older
 * ones): the operator writes `spec` as JSON to each node, where the
 * container runtime reads it.
 */

import type { Diagnostic } from "../diagnostic.ts";

/** The JSON pointer of the profile in such an object. */
export const SPEC = "/spec";

/** A value of a JSON object. */
type Members = Readonly<Record<string, unknown>>;

/** Whether a value is such an object, valid or not. */
export function isSeccompProfile(value: unknown): value is Members {
  return isObject(value) && value["kind"] === "SeccompProfile";
}

/** The profile in such an object, without the keys that are the operator's own; or why there is none. */
export function findInSeccompProfile(object: Members): { readonly value: unknown } | Diagnostic {
  if ("defaultAction" in object) {
    return {
      code: "two-profiles",
      severity: "error",
      message: "'defaultAction' is at the top of the SeccompProfile, where the operator does not read it",
      hint: "a profile is at 'spec': move it there",
      pointer: "/defaultAction",
    };
  }
  const { spec } = object;
  if (spec === undefined || spec === null) {
    const message = "the SeccompProfile has no 'spec', which is the profile";
    return { code: "missing-key", severity: "error", message, pointer: "" };
  }
  if (!isObject(spec)) {
    return { code: "wrong-type", severity: "error", message: "'spec' must be an object", pointer: SPEC };
  }
  const { baseProfileName, disabled, state, ...value } = spec;
  if (baseProfileName !== undefined && baseProfileName !== null && baseProfileName !== "") {
    return {
      code: "needs-operator",
      severity: "error",
      message: `'baseProfileName' makes the operator add the rules of ${shown(baseProfileName)}, which are not in this file`,
      hint: "take the profile that the operator has written to a node, under /var/lib/kubelet/seccomp/operator",
      pointer: `${SPEC}/baseProfileName`,
    };
  }
  if (disabled !== undefined && disabled !== null && typeof disabled !== "boolean") {
    const message = "'disabled' must be true or false";
    return { code: "wrong-type", severity: "error", message, pointer: `${SPEC}/disabled` };
  }
  if (disabled === true) {
    return {
      code: "needs-operator",
      severity: "error",
      message: "'disabled' makes the operator leave the profile out",
      hint: "remove it to use the profile",
      pointer: `${SPEC}/disabled`,
    };
  }
  if (state !== undefined && state !== null && state !== "Enabled" && state !== "Disabled") {
    const message = "'state' must be Enabled or Disabled";
    return { code: "wrong-type", severity: "error", message, pointer: `${SPEC}/state` };
  }
  if (state === "Disabled") {
    return {
      code: "needs-operator",
      severity: "error",
      message: "'state: Disabled' makes the operator leave the profile out",
      hint: "remove it to use the profile",
      pointer: `${SPEC}/state`,
    };
  }
  return { value };
}

function shown(name: unknown): string {
  return typeof name === "string" ? `'${name}'` : "another profile";
}

function isObject(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
