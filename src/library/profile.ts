/**
 * Reads the text of a profile.
 */

import { InvalidInput } from "../diagnostic.ts";
import { ExactReading } from "../load/exact-reading.ts";
import { formatKernelVersion } from "../profile/kernel-version.ts";
import { parseByLibrary } from "../profile/library-parser.ts";
import {
  type ActionName,
  type Errno,
  type FlagName,
  type Profile as InternalProfile,
  type Selector as InternalSelector,
  type OperatorName,
  selectorsOf,
} from "../profile/profile.ts";
import type { ReadResult } from "../profile/read-typed.ts";
import { readYaml } from "../profile/yaml.ts";
import { type Diagnostic, located, type Position, TEXT } from "./diagnostic.ts";
import { checkOptions, checkText } from "./options.ts";

/** A valid profile: what its text says, not resolved for a machine. */
export interface Profile {
  /** The verdict on a call to which no rule applies. */
  readonly defaultAction: ActionName;
  /** In the order of the text. */
  readonly rules: readonly Rule[];
  /** The architectures that it lists in `archMap` or `architectures`, by their names there: SCMP_ARCH_X86_64. */
  readonly architectures: readonly string[];
  /** The names of the capabilities on which rules depend, each once: without them all callers are judged alike. */
  readonly capabilities: readonly string[];
  /** SECCOMP_FILTER_FLAG_*, see seccomp(2); absent: the profile has no list of flags, which differs from an empty one. */
  readonly flags?: readonly FlagName[];
  /** The Unix socket of the seccomp agent that decides about SCMP_ACT_NOTIFY. */
  readonly listenerPath?: string;
}

/** A rule of a profile, as it is written. */
export interface Rule {
  /** JSON pointer (RFC 6901) of the rule in its document. */
  readonly pointer: string;
  /** Where it is in the text. */
  readonly position?: Position;
  /** The names of syscalls; some may exist on other architectures only, or nowhere. */
  readonly names: readonly string[];
  /** What happens to a call to which the rule applies. */
  readonly action: ActionName;
  /** What ERRNO returns, as a number or by name as Podman writes it, or what TRACE passes to the tracer; absent: EPERM. */
  readonly errno?: number | string;
  /** All must hold. If two compare the same argument, one is enough, as every OCI runtime has it. */
  readonly conditions: readonly Condition[];
  /** The rule applies only if all of these hold. */
  readonly includes: Selector;
  /** The rule does not apply if any of these holds. */
  readonly excludes: Selector;
}

/** A comparison of an argument, as an unsigned number. */
export interface Condition {
  /** Which argument, 0 to 5. */
  readonly index: number;
  /** How it is compared. SCMP_CMP_MASKED_EQ: `(argument & value) == (valueTwo & value)`. */
  readonly op: OperatorName;
  /** 0 to 2^64-1. */
  readonly value: bigint;
  /** 0 to 2^64-1; only SCMP_CMP_MASKED_EQ uses it. */
  readonly valueTwo: bigint;
}

/** The conditions of a rule on the machine and the caller. */
export interface Selector {
  /** Names of capabilities. */
  readonly caps: readonly string[];
  /** Names of architectures: Go's or libseccomp's. */
  readonly arches: readonly string[];
  /** The first kernel, "X.Y". */
  readonly minKernel?: string;
}

/** Which profile of a text is read. */
export interface ReadOptions {
  /** The name of the filter that is meant, of several in a file of seccompiler (Firecracker). */
  readonly filter?: string;
}

/** What was read. */
export interface Reading {
  /** Undefined if any diagnostic is an error. */
  readonly profile: Profile | undefined;
  /** What is wrong with the text: its syntax, its keys, the types and sizes of its values. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Reads the text of a profile: JSON in the form of Docker (old and new), the OCI runtime-spec (alone or a whole `config.json`), Podman,
 * Mesos or seccompiler; JSON or YAML in that of the Kubernetes operator's SeccompProfile. Numbers are exact up to 2^64-1. Every
 * mistake is reported, not only the first one.
 *
 * It does not look at names of syscalls, which depend on the machine: {@link resolve} does. {@link check} does both, and warns of
 * what may be unintended.
 *
 * @param text the decoded text; a text that is larger than 4 MiB is refused by the launcher, and not here
 *
 * @example
 * ```ts
 * import { readProfile } from "seccomp-exec";
 *
 * const { profile, diagnostics } = readProfile(`{
 *   "defaultAction": "SCMP_ACT_ERRNO",
 *   "syscalls": [{ "names": ["read"], "action": "SCMP_ACT_ALOW" }]
 * }`);
 * console.log(profile); //=> undefined
 * for (const { code, message, hint, position, pointer } of diagnostics) {
 *   console.log(code, position?.line, position?.column, position?.length, pointer); //=> unknown-action 3 47 15 /syscalls/0/action
 *   console.log(message); //=> unknown action 'SCMP_ACT_ALOW'
 *   console.log(hint); //=> did you mean 'SCMP_ACT_ALLOW'?
 * }
 * ```
 */
export function readProfile(text: string, options: ReadOptions = {}): Reading {
  checkText(text);
  checkOptions("the options of readProfile", options, { filter: "string" });
  const source = readSource(text, options);
  return { profile: publicProfile(source), diagnostics: located(source.reading, source.diagnostics) };
}

/**
 * What was read of a text.
 *
 * @internal
 */
export interface Source {
  readonly text: string;
  readonly reading: ExactReading;
  /** Undefined if the text cannot be a profile at all. */
  readonly read: ReadResult | undefined;
  readonly diagnostics: ReadResult["diagnostics"];
}

/**
 * The source of a valid profile.
 *
 * @internal
 */
export interface ValidSource extends Source {
  readonly read: ReadResult & { readonly profile: InternalProfile };
}

/**
 * Reads a text.
 *
 * @internal
 */
export function readSource(text: string, { filter }: ReadOptions): Source {
  const reading = new ExactReading(parseByLibrary, readYaml);
  try {
    const read = reading.readProfile({
      text,
      label: TEXT,
      ...(filter === undefined ? {} : { part: filter }),
    });
    return { text, reading, read, diagnostics: read.diagnostics };
  } catch (error) {
    if (error instanceof InvalidInput) {
      return { text, reading, read: undefined, diagnostics: error.diagnostics };
    }
    throw error;
  }
}

/** What each profile was read from: a profile that is passed back means what was read, whatever has been done to the object. */
const sources = new WeakMap<Profile, ValidSource>();

/**
 * The source of a profile.
 *
 * @throws TypeError if {@link readProfile} has not returned the profile
 * @internal
 */
export function sourceOf(profile: Profile): ValidSource {
  const source = sources.get(profile);
  if (source === undefined) {
    throw new TypeError("a profile must come from readProfile: pass its text on, not a copy of the object");
  }
  return source;
}

function publicProfile(source: Source): Profile | undefined {
  const profile = source.read?.profile;
  if (profile === undefined) {
    return undefined;
  }
  const { defaultAction, archMap = [], architectures = [], flags, listenerPath } = profile;
  const listed = archMap.flatMap(({ architecture, subArchitectures }) => [architecture, ...subArchitectures]);
  const shown: Profile = {
    defaultAction,
    rules: rulesOf(profile, source.reading),
    architectures: [...new Set([...listed, ...architectures])],
    capabilities: [...new Set(selectorsOf(profile).flatMap(({ caps }) => caps))],
    ...(flags === undefined ? {} : { flags }),
    ...(listenerPath === undefined ? {} : { listenerPath }),
  };
  sources.set(shown, source as ValidSource);
  return shown;
}

function rulesOf({ base, rules }: InternalProfile, reading: ExactReading): readonly Rule[] {
  return rules.map(({ index, names, action, errno, conditions, includes, excludes }) => {
    const pointer = `${base}/syscalls/${index}`;
    const position = reading.locate(TEXT, pointer);
    const value = errnoOf(errno);
    return {
      pointer: reading.pointer(TEXT, pointer),
      ...(position === undefined ? {} : { position }),
      names,
      action,
      ...(value === undefined ? {} : { errno: value }),
      conditions: conditions.map(({ index: argument, op, value: to, valueTwo }) => ({
        index: argument,
        op,
        value: to,
        valueTwo,
      })),
      includes: selectorOf(includes),
      excludes: selectorOf(excludes),
    };
  });
}

function errnoOf({ number, name }: Errno): number | string | undefined {
  return number ?? name;
}

function selectorOf({ caps, arches, minKernel }: InternalSelector): Selector {
  return {
    caps,
    arches,
    ...(minKernel === undefined ? {} : { minKernel: formatKernelVersion(minKernel) }),
  };
}
