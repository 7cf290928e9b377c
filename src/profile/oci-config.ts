/**
 * A profile inside of an OCI config.json: where it stands, and what is wrong where none does.
 */

import type { Diagnostic } from "../diagnostic.ts";
import { isVariant, keyCase } from "./key-case.ts";

/** As much of a config.json as concerns a profile. */
interface OciConfig {
  linux: { seccomp: unknown };
}

/** What a document holds. */
type Found =
  /** A value that may be a profile, and the JSON pointer at which it stands. */
  | { readonly kind: "value"; readonly value: unknown; readonly base: "" | "/linux/seccomp" }
  | { readonly kind: "mistake"; readonly diagnostic: Diagnostic };

/** Finds the profile in a document, which is one or is an OCI config.json with one in it. */
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

/** Where in the document the profile stands. */
function profileBase(document: unknown): "" | "/linux/seccomp" {
  const linux = (document as Partial<OciConfig> | null)?.linux;
  // In Go's JSON, in which the OCI's formats are defined, null is the same as absent.
  return typeof linux?.seccomp === "object" && linux.seccomp !== null ? "/linux/seccomp" : "";
}

/** What is wrong with a document that is, or seems to be, an OCI config.json; undefined where it is a profile. */
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
        message: "'seccomp' has to be an object",
        hint: "a config.json holds the profile itself, not its name",
        pointer: "/linux/seccomp",
      };
}

/** The member of that name, or rather one that only Go would take for it. */
function memberNamed(
  object: Readonly<Record<string, unknown>>,
  name: string,
): { readonly key: string; readonly value: unknown } | undefined {
  const keys = Object.keys(object);
  const key = keys.find((one) => isVariant(one, name)) ?? keys.find((one) => one === name);
  return key === undefined ? undefined : { key, value: object[key] };
}
