/**
 * Merges profiles into one.
 */

import { Refusal } from "../diagnostic.ts";
import { isYamlProfile } from "../load/recognise.ts";
import { type MergeInput, mergeProfiles } from "../merge/merge.ts";
import type { Operation } from "../merge/operation.ts";
import { parseByLibrary } from "../profile/library-parser.ts";
import { TEXT } from "./diagnostic.ts";
import { checkOptions, MEANING } from "./options.ts";
import type { MeaningOptions } from "./policy.ts";
import { type Profile, sourceOf } from "./profile.ts";
import { internalTarget, type Target } from "./target.ts";

/** How profiles are merged. */
export interface MergeOptions extends MeaningOptions {
  /**
   * What becomes of a call: `union`: the least restrictive of the profiles' verdicts. `intersect`: the most restrictive, as of several
   * filters in the kernel. `subtract`: the first profile's verdict where all others deny the call, else its denial. Of equally
   * restrictive verdicts the first counts.
   */
  readonly operation: "union" | "intersect" | "subtract";
  /** The machine and the caller for whom every call is compared. */
  readonly target: Target;
  /**
   * Whether the result must be right for that target only. Absent: false, so that it is right for every architecture, kernel and
   * capability that the rules tell apart.
   */
  readonly targetOnly?: boolean;
  /** Whether each profile is read as if it listed the architectures of the result. Absent: false. */
  readonly sameArchitectures?: boolean;
  /** The names of the profiles in messages, in their order. Absent: "profile 1", "profile 2", and so on. */
  readonly labels?: readonly string[];
}

/** The result of {@link merge}: a profile, or why there is none. */
export type Merging = MergedProfile | RefusedMerge;

/** Profiles that were merged. */
export interface MergedProfile {
  /** The profile: the text of the first with names added and removed, and further rules at the end. */
  readonly text: string;
  /**
   * The capabilities of which not every combination was compared, since a call depends on more than six of them. Often none: the result is
   * then proven for all callers.
   */
  readonly partly: readonly string[];
  /** There is none. */
  readonly refusal?: undefined;
}

/** Profiles that no single profile can stand for exactly. */
export interface RefusedMerge {
  /** There is none. */
  readonly text?: undefined;
  /** What stands in the way: a sentence without a full stop. */
  readonly refusal: string;
  /** What to do about it. */
  readonly hint?: string;
}

/**
 * Merges profiles: their union, their intersection, or what the first lets through and the others do not, as one profile that is proven
 * to be exactly that.
 *
 * @throws RangeError if there are fewer than two profiles, or the target is not one
 * @throws TypeError if a profile does not come from {@link readProfile}
 *
 * @example
 * ```ts
 * import { evaluate, merge, type Profile, readProfile, resolve, type Target } from "seccomp-exec";
 *
 * const target: Target = { architecture: "x86_64", kernel: "6.12" };
 *
 * function profileOf(text: string): Profile {
 *   const { profile } = readProfile(text);
 *   if (profile === undefined) {
 *     throw new Error("the profile is not valid");
 *   }
 *   return profile;
 * }
 *
 * function allowing(...names: string[]): Profile {
 *   const rule = { names, action: "SCMP_ACT_ALLOW" };
 *   return profileOf(JSON.stringify({ defaultAction: "SCMP_ACT_ERRNO", syscalls: [rule] }));
 * }
 *
 * const profiles = [allowing("read", "write"), allowing("read", "close")];
 * for (const operation of ["union", "intersect", "subtract"] as const) {
 *   const merged = merge(profiles, { operation, target });
 *   if (merged.text !== undefined) {
 *     const { policy } = resolve(profileOf(merged.text), target);
 *     const allowed = ["read", "write", "close"].filter(
 *       (syscall) => policy && evaluate(policy, { architecture: "x86_64", syscall }) === "ALLOW",
 *     );
 *     console.log(`${operation}: ${allowed.join(" ")}`);
 *   }
 * }
 * //=> union: read write close
 * //=> intersect: read
 * //=> subtract: write
 * ```
 */
export function merge(profiles: readonly Profile[], options: MergeOptions): Merging {
  checkOptions("the options of merge", options, KINDS, ["operation", "target"]);
  if (!Array.isArray(profiles)) {
    throw new TypeError("profiles must be a list");
  }
  const {
    operation,
    targetOnly = false,
    sameArchitectures = false,
    wideArguments = false,
    unknownSyscalls = "enosys",
    labels = [],
  } = options;
  const target = internalTarget(options.target);
  const [first, ...others] = profiles.map((profile, i) => inputOf(profile, labels[i] ?? `profile ${i + 1}`));
  if (first === undefined || others.length === 0) {
    throw new RangeError("there must be at least two profiles");
  }
  try {
    const { text, partly } = mergeProfiles([first, ...others], {
      operation: OPERATIONS[operation],
      target,
      given: { arch: targetOnly, caps: targetOnly, kernel: targetOnly },
      wideArguments,
      unknownSyscalls,
      sameArchitectures,
      parse: parseByLibrary,
    });
    return { text, partly };
  } catch (error) {
    if (error instanceof Refusal) {
      return {
        refusal: error.message,
        ...(error.hint === undefined ? {} : { hint: inWords(error.hint) }),
      };
    }
    throw error;
  }
}

const OPERATIONS = {
  union: "union",
  intersect: "intersection",
  subtract: "rest",
} as const satisfies Record<MergeOptions["operation"], Operation>;

const KINDS = {
  operation: Object.keys(OPERATIONS),
  target: "object",
  targetOnly: "boolean",
  sameArchitectures: "boolean",
  labels: "strings",
  ...MEANING,
} as const;

/** A hint of the verb with this library's options. */
function inWords(hint: string): string {
  return hint
    .replace("--same-architectures", "{ sameArchitectures: true }")
    .replace("name it: --arch", "compare on the target alone: { targetOnly: true }");
}

function inputOf(profile: Profile, label: string): MergeInput {
  const { read, reading, text } = sourceOf(profile);
  const isEdited = !isYamlProfile(text) && read.profile.form === undefined;
  return { label, profile: read.profile, raw: reading.value(TEXT), text: isEdited ? text : undefined };
}
