/**
 * Writes a profile for another engine.
 */

import { convertProfile } from "../engines/convert/convert.ts";
import { ENGINE_CHOICE_NAMES, ENGINE_CHOICES } from "../engines/engines.ts";
import { readPolicy } from "../policy/read-policy.ts";
import { parseByLibrary } from "../profile/library-parser.ts";
import { type Diagnostic, located, TEXT } from "./diagnostic.ts";
import { checkOptions } from "./options.ts";
import type { MeaningOptions } from "./policy.ts";
import { type Profile, sourceOf } from "./profile.ts";
import { internalTarget, type Target } from "./target.ts";

/** A program that reads profiles: a container engine, a runtime (oci: any that reads a `config.json`), Kubernetes or Mesos. */
export type Engine =
  | "docker"
  | "podman"
  | "containerd"
  | "cri-o"
  | "kubernetes"
  | "oci"
  | "runc"
  | "crun"
  | "mesos";

/**
 * The names of all engines.
 *
 * @example
 * ```ts
 * import { engines } from "seccomp-exec";
 *
 * console.log(engines.join(" ")); //=> docker podman containerd cri-o kubernetes oci runc crun mesos
 * ```
 */
export const engines: readonly Engine[] = Object.freeze([...ENGINE_CHOICE_NAMES] satisfies Engine[]);

/** For whom a profile is written. */
export interface ConvertOptions extends Pick<MeaningOptions, "wideArguments"> {
  /** The engine that reads it. */
  readonly to: Engine;
  /**
   * The machine and the caller: the OCI's form has no `includes` and `excludes`, and Podman and Mesos have no `minKernel`, so these are
   * resolved.
   */
  readonly target: Target;
  /** Whether something more restrictive may be written, with a warning, where the engine cannot do the same. Absent: false. */
  readonly stricter?: boolean;
}

/** The result of {@link convert}. */
export interface Conversion {
  /** The profile as JSON, ending with a line feed; undefined if any diagnostic is an error. */
  readonly text: string | undefined;
  /** What cannot be carried over. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Writes a profile for another engine, so that it means the same there. The two are compared on every call that either of them
 * mentions. Rules that overlap are rewritten so that all engines agree on them.
 *
 * @throws RangeError if the target or the engine is not one
 * @throws TypeError if the profile does not come from {@link readProfile}
 *
 * @example
 * ```ts
 * import { convert, readProfile } from "seccomp-exec";
 *
 * const { profile } = readProfile(`{
 *   "defaultAction": "SCMP_ACT_ALLOW",
 *   "syscalls": [{ "name": "reboot", "action": "SCMP_ACT_ERRNO", "excludes": { "caps": ["CAP_SYS_BOOT"] } }]
 * }`);
 * if (profile !== undefined) {
 *   const { text = "" } = convert(profile, { to: "oci", target: { architecture: "x86_64", kernel: "6.12" } });
 *   console.log(JSON.parse(text).syscalls.length); //=> 1
 * }
 * ```
 */
export function convert(profile: Profile, options: ConvertOptions): Conversion {
  const kinds = { to: "string", target: "object", stricter: "boolean", wideArguments: "boolean" } as const;
  checkOptions("the options of convert", options, kinds, ["to", "target"]);
  const { to, stricter = false, wideArguments = false } = options;
  if (!engines.includes(to)) {
    throw new RangeError(`'${to}' is not an engine; known are ${engines.join(", ")}`);
  }
  const target = internalTarget(options.target);
  const { read, reading } = sourceOf(profile);
  const { policy, diagnostics } = readPolicy(read, target, { unknownSyscalls: "default", wideArguments });
  if (policy === undefined) {
    return { text: undefined, diagnostics: located(reading, diagnostics) };
  }
  const converted = convertProfile(read.profile, reading.value(TEXT), {
    to: ENGINE_CHOICES[to].form,
    target,
    kernelGiven: true,
    stricter,
    wideArguments,
    parse: parseByLibrary,
  });
  return {
    text: converted.text,
    diagnostics: located(reading, [...diagnostics, ...converted.diagnostics]),
  };
}
