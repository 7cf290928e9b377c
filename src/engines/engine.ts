/**
 * How another engine reads a profile: what it rejects, and which rules it passes to libseccomp.
 */

import type { Diagnostic } from "../diagnostic.ts";
import { counted } from "../plural.ts";
import type { PolicyRule } from "../policy/policy.ts";
import { ruleAlternatives } from "../policy/resolve.ts";
import { actionVerdict } from "../policy/rule-verdict.ts";
import type { Target } from "../policy/target.ts";
import type { Verdict } from "../policy/verdict.ts";
import { SPEC } from "../profile/kubernetes.ts";
import { pointerTokens } from "../profile/pointer.ts";
import type { ActionName, Profile, Rule } from "../profile/profile.ts";
import type { Architecture } from "../tables/architectures.ts";

/** The forms of a profile that engines read, each named after one engine. */
export const ENGINE_NAMES = ["docker", "podman", "oci", "mesos"] as const;
export type EngineName = (typeof ENGINE_NAMES)[number];

/** A rule as an engine passes it to libseccomp. */
export interface EngineRule {
  /** JSON pointer of the rule in its document. */
  readonly pointer: string;
  readonly action: ActionName;
  readonly names: readonly string[];
  readonly verdict: Verdict;
  /** The rules that libseccomp gets for each name: one, or several if an argument is compared twice. */
  readonly added: readonly PolicyRule[];
}

/** A profile as an engine reads it on one machine. */
export interface EngineReading {
  /** The native one first. */
  readonly architectures: readonly Architecture[];
  readonly defaultVerdict: Verdict;
  readonly rules: readonly EngineRule[];
  /** Why the engine rejects the profile: errors. */
  readonly refusals: readonly Diagnostic[];
  /** What it reads differently, whether or not that shows in a verdict on this machine. */
  readonly remarks: readonly Diagnostic[];
  /** Those of {@link remarks} that explain why it judges some calls otherwise. */
  readonly misread?: readonly Misread[];
}

/** A part of the rules that an engine reads differently. */
export interface Misread {
  readonly remark: Diagnostic;
  /** The rules, by their indexes in the profile. */
  readonly rules: readonly number[];
}

/** How an engine uses libseccomp, as far as engines differ. */
export interface LibseccompUse {
  /** Whether a rule with the default action is ignored instead of refused. */
  readonly skipsDefault: boolean;
  /** Whether libseccomp knows a syscall of that name. */
  readonly knows: (name: string) => boolean;
  /** Whether a name that libseccomp does not know is ignored instead of refused. */
  readonly skipsUnknown: boolean;
  /** Whether it compares the halves of 64-bit arguments separately, which is wrong: CVE-2019-9893, fixed in 2.4.0. */
  readonly comparesHalves: boolean;
  /**
   * Whether a rule replaces earlier ones with its conditions and more, whatever their actions, as before 2.4.0 (2.2, db.c,
   * _db_tree_sub_prune: "new is shorter"); false: it is refused.
   */
  readonly replacesLonger: boolean;
}

export interface Engine {
  /** The form that it reads. */
  readonly name: EngineName;
  /** Its name in a sentence. */
  readonly title: string;
  readonly libseccomp: LibseccompUse;
  /** Whether it is the runtime of a Kubernetes cluster. */
  readonly inClusters?: boolean;
  /** Whether it knows SCMP_ACT_KILL_PROCESS. */
  readonly killsProcess: boolean;
  /**
   * Reads a profile that is valid here.
   *
   * @param raw the JSON value of the whole document that the profile was read from
   */
  read(profile: Profile, raw: unknown, target: Target): EngineReading;
}

/** An error because of which an engine rejects a profile. */
export function refusal(engine: string, what: string, pointer: string, hint?: string): Diagnostic {
  return {
    code: "engine-refuses",
    severity: "error",
    message: `${engine} does not take the profile: ${what}`,
    pointer,
    ...(hint === undefined ? {} : { hint }),
  };
}

/** The error for a machine on which an engine does not run. */
export function doesNotRunOn(engine: string, { name }: Architecture, pointer: string): Diagnostic {
  return refusal(engine, `it does not run on ${name}`, pointer);
}

/** The error for a profile inside of another object, from an engine that reads the profile alone. */
export function doesNotLookInside(engine: string, base: string): Diagnostic {
  if (base === SPEC) {
    return refusal(
      engine,
      "it does not look into a Kubernetes object",
      base,
      "seccomp-exec convert writes its 'spec' as a file; in a cluster the operator does that",
    );
  }
  return refusal(
    engine,
    "it does not look into a config.json, so every container would run unconfined",
    base,
    "put the object at linux.seccomp into a file of its own",
  );
}

/** The error for `minKernel`, from an engine that does not know it. */
export function ignoredKernels(engine: string, { base, rules }: Profile): Misread[] {
  const keys = ["includes", "excludes"] as const;
  const those = rules.filter((rule) => keys.some((key) => rule[key].minKernel !== undefined));
  const [first] = those;
  if (first === undefined) {
    return [];
  }
  const key = first.includes.minKernel === undefined ? "excludes" : "includes";
  const more = those.length === 1 ? "" : ` (here and in ${counted(those.length - 1, "other rule")})`;
  return [
    {
      remark: remark(
        "error",
        `${engine} ignores 'minKernel'${more}, so the rule applies on every kernel`,
        `${base}/syscalls/${first.index}/${key}/minKernel`,
      ),
      rules: those.map(({ index }) => index),
    },
  ];
}

/** Something that an engine reads differently. */
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

/** The members of a JSON object; none if the value is something else. */
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
  return members(pointerTokens(base).reduce((value, key) => members(value)[key], raw));
}

/** A rule that applies, as it is passed to libseccomp name by name. */
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
