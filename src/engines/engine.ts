/**
 * How another engine takes a profile: what it refuses, and which rules it hands to libseccomp.
 */

import type { Diagnostic } from "../diagnostic.ts";
import type { PolicyRule } from "../policy/policy.ts";
import { ruleAlternatives } from "../policy/resolve.ts";
import { actionVerdict } from "../policy/rule-verdict.ts";
import type { Target } from "../policy/target.ts";
import type { Verdict } from "../policy/verdict.ts";
import type { ActionName, Profile, Rule } from "../profile/profile.ts";
import type { Architecture } from "../tables/architectures.ts";

/** The forms of a profile that engines read, by the engine that each is named after. */
export const ENGINE_NAMES = ["docker", "podman", "oci", "mesos"] as const;
export type EngineName = (typeof ENGINE_NAMES)[number];

/** A rule as an engine hands it to libseccomp. */
export interface EngineRule {
  /** JSON pointer of the rule in its document. */
  readonly pointer: string;
  readonly action: ActionName;
  readonly names: readonly string[];
  readonly verdict: Verdict;
  /** What libseccomp is given for each of the names: one rule, or several where an argument is compared twice. */
  readonly added: readonly PolicyRule[];
}

/** A profile as an engine reads it on one machine. */
export interface EngineReading {
  /** The native one first. */
  readonly architectures: readonly Architecture[];
  readonly defaultVerdict: Verdict;
  readonly rules: readonly EngineRule[];
  /** Why the engine does not take the profile; errors. */
  readonly refusals: readonly Diagnostic[];
  /** What it reads otherwise than it is meant, whether or not that shows in a verdict on this machine. */
  readonly remarks: readonly Diagnostic[];
}

/** What libseccomp and those who call it do, as far as the engines differ in it. */
export interface LibseccompUse {
  /** Whether a rule whose action is the default one is passed over rather than refused. */
  readonly skipsDefault: boolean;
  /** Whether libseccomp knows a syscall of that name. */
  readonly knows: (name: string) => boolean;
  /** Whether a name that libseccomp does not know is passed over rather than refused. */
  readonly skipsUnknown: boolean;
  /** Whether it compares 64-bit arguments by size half by half, which is wrong: CVE-2019-9893, mended in 2.4.0. */
  readonly comparesHalves: boolean;
}

export interface Engine {
  /** Which form it reads. */
  readonly name: EngineName;
  /** As it is called in a sentence. */
  readonly title: string;
  readonly libseccomp: LibseccompUse;
  /** Whether it knows SCMP_ACT_KILL_PROCESS. */
  readonly killsProcess: boolean;
  /**
   * Reads a profile that is valid here.
   *
   * @param raw the JSON value of the whole document that the profile was read from
   */
  read(profile: Profile, raw: unknown, target: Target): EngineReading;
}

/** An error that keeps an engine from taking a profile. */
export function refusal(engine: string, what: string, pointer: string, hint?: string): Diagnostic {
  return {
    code: "engine-refuses",
    severity: "error",
    message: `${engine} does not take the profile: ${what}`,
    pointer,
    ...(hint === undefined ? {} : { hint }),
  };
}

/** The refusal of a machine that an engine does not know. */
export function doesNotRunOn(engine: string, { name }: Architecture, pointer: string): Diagnostic {
  return refusal(engine, `it does not run on ${name}`, pointer);
}

/** The refusal of a whole config.json by an engine that wants the profile by itself. */
export function doesNotLookInside(engine: string, base: string): Diagnostic {
  return refusal(
    engine,
    "it does not look into a config.json, and so would run every container unconfined",
    base,
    "give it the object at linux.seccomp as a file of its own",
  );
}

/** An engine that does not know `minKernel`. */
export function ignoredKernel(engine: string, pointer: string): Diagnostic {
  return remark("error", `${engine} ignores 'minKernel', so the rule applies on every kernel`, pointer);
}

/** Something that an engine reads otherwise. */
export function remark(
  severity: Diagnostic["severity"],
  message: string,
  pointer: string,
  hint?: string,
): Diagnostic {
  return {
    code: severity === "note" ? "engine-note" : "engine-differs",
    severity,
    message,
    pointer,
    ...(hint === undefined ? {} : { hint }),
  };
}

/** The members of a JSON object; none where the value is something else. */
export function members(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

/** The JSON value of a rule of the profile. */
export function rawRule(raw: unknown, base: string, index: number): Readonly<Record<string, unknown>> {
  const syscalls = members(rawProfile(raw, base))["syscalls"];
  return members(Array.isArray(syscalls) ? syscalls[index] : undefined);
}

/** The JSON value of the profile in its document. */
export function rawProfile(raw: unknown, base: string): Readonly<Record<string, unknown>> {
  return members(base === "" ? raw : members(members(raw)["linux"])["seccomp"]);
}

/** A rule that applies, as it is handed on name by name. */
export function engineRule(
  base: string,
  { index, action, names, conditions }: Rule,
  number: number | undefined,
): EngineRule {
  const verdict = actionVerdict(action, number);
  return {
    pointer: `${base}/syscalls/${index}`,
    action,
    names,
    verdict,
    added: ruleAlternatives(conditions, verdict),
  };
}
