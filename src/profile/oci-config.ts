/**
 * Finds the profile in an OCI config.json, and reports what is wrong if there is none.
 */

import type { Diagnostic } from "../diagnostic.ts";
import { isVariant, keyCase } from "./key-case.ts";
import type { SPEC } from "./kubernetes.ts";

/** The part of a config.json that concerns a profile. */
interface OciConfig {
  linux: { seccomp: unknown };
}

/** The JSON pointer of a profile in its document. */
type ProfileBase = "" | "/linux/seccomp" | typeof SPEC;

/** What was found in a document. */
export type Found =
  /** A value that may be a profile, and its JSON pointer. */
  | { readonly kind: "value"; readonly value: unknown; readonly base: ProfileBase }
  | { readonly kind: "mistake"; readonly diagnostic: Diagnostic };

/** Finds the profile in a document, which is a profile or an OCI config.json that holds one. */
export function findProfile(document: unknown): Found {
  const base = profileBase(document);
  if (base !== "" && "defaultAction" in (document as object)) {
    const diagnostic: Diagnostic = {
      code: "two-profiles",
      severity: "error",
      message: "the file holds two profiles: one at its top, and one at linux.seccomp",
      hint: "keep one of them",
      pointer: base,
    };
    return { kind: "mistake", diagnostic };
  }
  const diagnostic = configMistake(document, base);
  if (diagnostic !== undefined) {
    return { kind: "mistake", diagnostic };
  }
  return { kind: "value", value: base === "" ? document : (document as OciConfig).linux.seccomp, base };
}

/** The JSON pointer of the profile in the document. */
function profileBase(document: unknown): ProfileBase {
  const linux = (document as Partial<OciConfig> | null)?.linux;
  // The OCI's formats are defined by Go's encoding/json, for which null means absent.
  return typeof linux?.seccomp === "object" && linux.seccomp !== null ? "/linux/seccomp" : "";
}

/** What is wrong with a document that is, or seems to be, an OCI config.json; undefined for a profile. */
function configMistake(document: unknown, base: string): Diagnostic | undefined {
  if (typeof document !== "object" || document === null || (base === "" && "defaultAction" in document)) {
    return undefined;
  }
  const whole = document as Record<string, unknown>;
  const linux = memberNamed(whole, "linux");
  const inLinux = (typeof linux?.value === "object" && linux.value) || {};
  const seccomp = memberNamed(inLinux as Record<string, unknown>, "seccomp");
  if (linux?.key !== undefined && linux.key !== "linux" && (seccomp !== undefined || base !== "")) {
    return keyCase(linux.key, "linux", "");
  }
  if (seccomp !== undefined && seccomp.key !== "seccomp") {
    return keyCase(seccomp.key, "seccomp", "/linux");
  }
  if (base !== "" || (linux === undefined && !("ociVersion" in whole))) {
    return undefined;
  }
  return seccomp === undefined || seccomp.value === null
    ? {
        code: "missing-key",
        severity: "error",
        message: "the file is an OCI config.json without a profile at linux.seccomp",
        pointer: "",
      }
    : {
        code: "wrong-type",
        severity: "error",
        message: "'seccomp' must be an object",
        hint: "a config.json holds the profile itself, not its name",
        pointer: "/linux/seccomp",
      };
}

/** The member of that name; preferably one that only Go takes for it, by ignoring case. */
function memberNamed(
  object: Readonly<Record<string, unknown>>,
  name: string,
): { readonly key: string; readonly value: unknown } | undefined {
  const keys = Object.keys(object);
  const key = keys.find((one) => isVariant(one, name)) ?? keys.find((one) => one === name);
  return key === undefined ? undefined : { key, value: object[key] };
}
