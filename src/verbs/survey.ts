/**
 * The profiles of a directory, as a launch would find them.
 */

import { decodeBytes } from "../bytes.ts";
import { type Diagnostic, InvalidInput, Refusal } from "../diagnostic.ts";
import type { ByteString, Host } from "../host.ts";
import { findPrepared } from "../launch/find-prepared.ts";
import { ExactReading } from "../load/exact-reading.ts";
import { loadProfile } from "../load/load-profile.ts";
import { PREPARED_FOR } from "../load/prepared.ts";
import { launchMachine, type Machine, needsNoNewPrivs, processStatus } from "../load/target.ts";
import type { Policy } from "../policy/policy.ts";
import { readPolicy } from "../policy/read-policy.ts";
import type { ResolveOptions } from "../policy/resolve.ts";
import type { Target } from "../policy/target.ts";
import type { ReadResult } from "../profile/read-typed.ts";
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

/**
 * Reads the profiles of a directory, by name.
 *
 * @throws Refusal if the directory cannot be read
 */
export function surveyDirectory(host: Host, directory: ByteString): readonly SurveyedProfile[] {
  const names = host.listDirectory(directory);
  if (typeof names === "number") {
    throw new Refusal(`the directory ${decodeBytes(directory)} cannot be read: ${host.errorMessage(names)}`);
  }
  const machine = ownMachine(host);
  return profilesAmong(names).map((name) => surveyed(host, machine, name, directory));
}

/** The names of profiles among those of a directory, in order. */
export function profilesAmong(names: readonly ByteString[]): readonly ByteString[] {
  return names.filter((name) => /\.(?:json|ya?ml)$/.test(name)).sort();
}

/** The profiles that are compiled in, which a launch uses if there is no directory. */
export function surveyBuiltins(host: Host): readonly SurveyedProfile[] {
  const machine = ownMachine(host);
  return Object.keys(host.builtinFilters)
    .sort()
    .map((name) => ({ ...surveyed(host, machine, `builtin:${name}`, undefined), name }));
}

/** Whether a launch takes it. */
export function isValid({ diagnostics }: SurveyedProfile): boolean {
  return !diagnostics.some(({ severity }) => severity === "error");
}

function surveyed(
  host: Host,
  machine: Machine,
  reference: ByteString,
  directory: ByteString | undefined,
): SurveyedProfile {
  const name = decodeBytes(reference);
  let sha256: string | undefined;
  try {
    const how = { asRoot: false, operator: undefined, prepared: true };
    const profile = loadProfile(host, reference, directory, how);
    sha256 = host.sha256(profile.text);
    const read = new ExactReading(host.jsonPlaces, readYaml).readProfile(profile);
    const target = { ...machine, arch: archOf(host, {}) };
    const { policy, diagnostics } = readPolicy(read, target, MEANING);
    const prepared = findPrepared(host, profile, machine, false);
    const unprepared = prepared.kind === "usable" ? undefined : prepared.why;
    return { name, sha256, read, diagnostics, unprepared: policy === undefined ? NOT_VALID : unprepared };
  } catch (error) {
    return { name, sha256, read: undefined, diagnostics: diagnosticsOf(error), unprepared: NOT_VALID };
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
    return [{ code: "unreadable", severity: "error", message: error.message }];
  }
  throw error;
}

/** The policy of a surveyed profile; undefined if it is not valid. */
export function surveyedPolicy({ read }: SurveyedProfile, target: Target): Policy | undefined {
  return read === undefined ? undefined : readPolicy(read, target, MEANING).policy;
}
