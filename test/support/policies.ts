/**
 * Profiles from files and objects, resolved for a test's machine.
 */

import { readFileSync } from "node:fs";
import type { Policy } from "../../src/policy/policy.ts";
import { resolve } from "../../src/policy/resolve.ts";
import { readJson } from "../../src/profile/json.ts";
import { parseByLibrary } from "../../src/profile/library-parser.ts";
import type { Profile } from "../../src/profile/profile.ts";
import { readProfile } from "../../src/profile/read.ts";
import {
  type Architecture,
  type ArchitectureName,
  architectureByName,
} from "../../src/tables/architectures.ts";

/** Linux 6.18 in the form of the tables. */
export const KERNEL = 6 * 256 + 18;

/** Every capability. */
export const ALL_CAPS: bigint = (1n << 41n) - 1n;

export function architecture(name: ArchitectureName): Architecture {
  const arch = architectureByName(name);
  if (arch === undefined) {
    throw new Error(name);
  }
  return arch;
}

export const X86_64: Architecture = architecture("x86_64");
export const X86: Architecture = architecture("x86");
export const X32: Architecture = architecture("x32");

/** Reads a profile that is expected to have no errors. */
export function profileOf(text: string): Profile {
  const document = readJson(text, parseByLibrary);
  if (Array.isArray(document)) {
    throw new Error(JSON.stringify(document));
  }
  const { profile, diagnostics } = readProfile(document.value, document.exact);
  if (profile === undefined) {
    throw new Error(JSON.stringify(diagnostics));
  }
  return profile;
}

/** Resolves a profile that is expected to have no errors. */
export function policyOf(
  profile: Profile,
  arch: Architecture,
  caps: bigint,
  unknownSyscalls: "enosys" | "default" = "enosys",
  kernel = KERNEL,
): Policy {
  const { policy, diagnostics } = resolve(profile, { arch, kernel, caps }, { unknownSyscalls });
  if (policy === undefined) {
    throw new Error(JSON.stringify(diagnostics));
  }
  return policy;
}

export function policyOfFile(file: string, arch: Architecture, caps: bigint): Policy {
  return policyOf(profileOf(readFileSync(file, "utf8")), arch, caps);
}
