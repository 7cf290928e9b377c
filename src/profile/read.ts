/**
 * Reads a JSON value as a profile: checks it by the schema, then by rules that the schema cannot express.
 */

import { MAX_DIAGNOSTICS } from "../diagnostic.ts";
import validateProfile from "./generated/validate-profile.js";
import type { ExactNumbers } from "./json.ts";
import { findInSeccompProfile, isSeccompProfile, SPEC } from "./kubernetes.ts";
import { type Found, findProfile } from "./oci-config.ts";
import { type ReadResult, readTyped } from "./read-typed.ts";
import { repair, schemaDiagnostics, withoutBlamed } from "./schema-errors.ts";

/**
 * Reads a profile in any of the formats.
 *
 * @param document the JSON value: a profile, an OCI config.json with one at `linux.seccomp`, or a SeccompProfile with one at
 *   `spec`
 * @param exact integers that are rounded in `document`, by JSON pointer; if absent, an integer that may have been
 *   rounded is an error
 */
export function readProfile(document: unknown, exact?: ExactNumbers): ReadResult {
  const found = find(document);
  if (found.kind === "mistake") {
    return { profile: undefined, draft: undefined, diagnostics: [found.diagnostic] };
  }
  const { value, base } = found;
  if (validateProfile(value)) {
    return readTyped(value, base, exact);
  }
  const mistakes = schemaDiagnostics(validateProfile.errors ?? [], value, base, exact);
  const repaired = mistakes.length > MAX_DIAGNOSTICS ? undefined : repair(value, validateProfile);
  if (repaired === undefined) {
    return { profile: undefined, draft: undefined, diagnostics: mistakes };
  }
  const { draft, diagnostics } = readTyped(repaired, base, exact);
  return { profile: undefined, draft, diagnostics: [...mistakes, ...withoutBlamed(diagnostics, mistakes)] };
}

function find(document: unknown): Found {
  if (!isSeccompProfile(document)) {
    return findProfile(document);
  }
  const found = findInSeccompProfile(document);
  return "value" in found
    ? { kind: "value", value: found.value, base: SPEC }
    : { kind: "mistake", diagnostic: found };
}
