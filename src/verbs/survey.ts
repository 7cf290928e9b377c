/**
 * The profiles of a directory, as a launch would find them.
 */

import { decodeBytes, encodeBytes } from "../bytes.ts";
import { type Diagnostic, InvalidInput, Refusal } from "../diagnostic.ts";
import type { ByteString, Host } from "../host.ts";
import { findPrepared } from "../launch/find-prepared.ts";
import { ExactReading } from "../load/exact-reading.ts";
import { isProfileName, type Lookup, loadProfile, PART } from "../load/load-profile.ts";
import { PREPARED_FOR } from "../load/prepared.ts";
import { launchMachine, type Machine, needsNoNewPrivs, processStatus } from "../load/target.ts";
import type { Policy } from "../policy/policy.ts";
import { readPolicy } from "../policy/read-policy.ts";
import type { ResolveOptions } from "../policy/resolve.ts";
import type { Target } from "../policy/target.ts";
import type { ReadResult } from "../profile/read-typed.ts";
import { isSeccompiler } from "../profile/seccompiler.ts";
import { readYaml } from "../profile/yaml.ts";
import { archOf } from "./target-options.ts";

/** A file of a profile directory. */
export interface SurveyedProfile {
  readonly name: string;
  /** The digest of its text; undefined if it cannot be read. */
  readonly sha256: string | undefined;
  readonly read: ReadResult | undefined;
  /** Why it is not a valid profile, or what a launch says of it. */
  readonly diagnostics: readonly Diagnostic[];
  /** Whether a launch by this process would use a prepared filter: undefined, or why not. */
  readonly unprepared: string | undefined;
}

/** Whose launch the profiles are read for; without one, whoever can change a file does not matter. */
export type Reader = Pick<Lookup, "asRoot" | "operator">;

const ANYONE: Reader = { asRoot: false, operator: undefined };

/**
 * Reads the profiles of a directory, by name: of a seccompiler file with several filters each as `FILE#NAME`.
 *
 * @throws Refusal if the directory cannot be read
 */
export function surveyDirectory(
  host: Host,
  directory: ByteString,
  reader = ANYONE,
): readonly SurveyedProfile[] {
  const names = host.listDirectory(directory);
  if (typeof names === "number") {
    throw new Refusal(`the directory ${decodeBytes(directory)} cannot be read: ${host.errorMessage(names)}`);
  }
  const one = surveyor(host, directory, reader);
  return names
    .filter(isProfileName)
    .sort()
    .flatMap((name) => {
      const profile = one(name);
      return profile.parts.length < 2
        ? [profile]
        : profile.parts.map((part) => one(name + PART + encodeBytes(part)));
    });
}

/** Reads profiles by their references, as a launch would that looks up names in the directory. */
export function surveyNamed(
  host: Host,
  references: readonly ByteString[],
  directory: ByteString | undefined,
  reader: Reader,
): readonly SurveyedProfile[] {
  return references.map(surveyor(host, directory, reader));
}

/** The profiles that are compiled in, which a launch uses if there is no directory. */
export function surveyBuiltins(host: Host): readonly SurveyedProfile[] {
  const one = surveyor(host, undefined, ANYONE);
  return Object.keys(host.builtinFilters)
    .sort()
    .map((name) => ({ ...one(`builtin:${name}`), name }));
}

/** Whether a launch takes it. */
export function isValid({ diagnostics }: SurveyedProfile): boolean {
  return !diagnostics.some(({ severity }) => severity === "error");
}

/** A profile with the names of the filters of its file, if that is seccompiler's. */
type Surveyed = SurveyedProfile & { readonly parts: readonly string[] };

function surveyor(
  host: Host,
  directory: ByteString | undefined,
  reader: Reader,
): (reference: ByteString) => Surveyed {
  const machine = ownMachine(host);
  return (reference) => surveyed(host, machine, reference, directory, reader);
}

function surveyed(
  host: Host,
  machine: Machine,
  reference: ByteString,
  directory: ByteString | undefined,
  reader: Reader,
): Surveyed {
  const name = decodeBytes(reference);
  let sha256: string | undefined;
  try {
    const profile = loadProfile(host, reference, directory, { ...reader, prepared: true });
    sha256 = host.sha256(profile.text);
    const reading = new ExactReading(host.jsonPlaces, readYaml);
    const read = reading.readProfile(profile);
    const value = reading.value(profile.label);
    const parts = isSeccompiler(value) ? Object.keys(value) : [];
    const target = { ...machine, arch: archOf(host, {}) };
    const { policy, diagnostics } = readPolicy(read, target, MEANING);
    const prepared = findPrepared(host, profile, machine, false);
    const unprepared = prepared.kind === "usable" ? undefined : prepared.why;
    return {
      name,
      sha256,
      read,
      diagnostics,
      unprepared: policy === undefined ? NOT_VALID : unprepared,
      // A name with a slash cannot follow the name of a file.
      parts: parts.some((part) => part.includes("/")) ? [] : parts,
    };
  } catch (error) {
    return {
      name,
      sha256,
      read: undefined,
      diagnostics: diagnosticsOf(error),
      unprepared: NOT_VALID,
      parts: [],
    };
  }
}

const NOT_VALID = "it is not valid";
const MEANING: ResolveOptions = { unknownSyscalls: PREPARED_FOR, listenerNamed: true };

/** The machine and the caller of a launch by this process. */
function ownMachine(host: Host): Machine {
  const status = processStatus(host);
  return launchMachine(host, {}, status, needsNoNewPrivs(status) || status.noNewPrivs, true);
}

function diagnosticsOf(error: unknown): readonly Diagnostic[] {
  if (error instanceof InvalidInput) {
    return error.diagnostics;
  }
  if (error instanceof Refusal) {
    const { message, hint } = error;
    return [{ code: "unreadable", severity: "error", message, ...(hint === undefined ? {} : { hint }) }];
  }
  throw error;
}

/** The policy of a surveyed profile; undefined if it is not valid. */
export function surveyedPolicy({ read }: SurveyedProfile, target: Target): Policy | undefined {
  return read === undefined ? undefined : readPolicy(read, target, MEANING).policy;
}
