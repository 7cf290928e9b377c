/**
 * Resolves a profile for a machine and a caller, and judges calls by its meaning.
 */

import { evaluate as evaluatePolicy } from "../policy/evaluate.ts";
import type { Policy as InternalPolicy } from "../policy/policy.ts";
import { FLAG_VALUES, resolve as resolveProfile } from "../policy/resolve.ts";
import type { FlagName } from "../profile/profile.ts";
import type { Architecture, ArchitectureName } from "../tables/architectures.ts";
import { type Call, publicVerdict, translated, type Verdict } from "./call.ts";
import { type Diagnostic, located } from "./diagnostic.ts";
import { checkOptions, MEANING } from "./options.ts";
import { type Profile, sourceOf } from "./profile.ts";
import { internalTarget, type Target } from "./target.ts";

/** What a profile means on one machine, for one caller. */
export interface Policy {
  /** The architectures whose calls its rules judge, the native one first. Calls of any other end the process. */
  readonly architectures: readonly [ArchitectureName, ...ArchitectureName[]];
  /** The verdict on a call to which no rule applies. */
  readonly defaultVerdict: Verdict;
  /** SECCOMP_FILTER_FLAG_* that the profile asks for. A kernel that does not know one refuses the filter. */
  readonly flags: readonly FlagName[];
  /** SECCOMP_FILTER_FLAG_* to use only if the kernel knows them: they make a task faster, not safer. */
  readonly optionalFlags: readonly FlagName[];
  /** Whether some calls get NOTIFY: then the filter needs a listener, see seccomp_unotify(2). */
  readonly notifies: boolean;
}

/** The meaning of conditions and of calls that are younger than the profile. */
export interface MeaningOptions {
  /**
   * The answer to a call that is newer than every call that the profile names, if the default action denies: ENOSYS, as from an older
   * kernel, or the default action like all others. Absent: "enosys".
   */
  readonly unknownSyscalls?: "enosys" | "default";
  /**
   * Whether conditions compare 64 bits of every argument, as engines with libseccomp do. Absent: false, so that 32 bits of a parameter
   * are compared if the kernel takes 32.
   */
  readonly wideArguments?: boolean;
}

/** The result of {@link resolve}. */
export interface Resolution {
  /** Undefined if any diagnostic is an error. */
  readonly policy: Policy | undefined;
  /** What is wrong with names: of syscalls, architectures, capabilities, errnos. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Resolves a profile for a machine and a caller: chooses the rules that apply there, and looks up the names.
 *
 * @throws RangeError if the target is not one
 * @throws TypeError if the profile does not come from {@link readProfile}
 *
 * @example
 * ```ts
 * import { builtinProfiles, readProfile, resolve } from "seccomp-exec";
 *
 * const { profile } = readProfile(builtinProfiles["default.json"]);
 * if (profile !== undefined) {
 *   const { policy } = resolve(profile, { architecture: "x86_64", kernel: "6.12" });
 *   console.log(policy?.architectures.join(" ")); //=> x86_64 x86 x32
 *   console.log(policy?.defaultVerdict); //=> ERRNO(EPERM)
 * }
 * ```
 */
export function resolve(profile: Profile, target: Target, options: MeaningOptions = {}): Resolution {
  checkOptions("the options of resolve", options, MEANING);
  const { unknownSyscalls = "enosys", wideArguments = false } = options;
  const { read, reading } = sourceOf(profile);
  const on = internalTarget(target);
  // The verdicts are the same whoever listens.
  const { policy, diagnostics } = resolveProfile(read.profile, on, {
    unknownSyscalls,
    wideArguments,
    listenerNamed: true,
  });
  return { policy: policy && publicPolicy(policy, on.arch), diagnostics: located(reading, diagnostics) };
}

/**
 * The verdict of a policy on a call: what the profile means. The compiler and {@link verify} are held against this function.
 *
 * @throws RangeError if there is no such call
 * @throws TypeError if the policy does not come from {@link resolve}
 *
 * @example
 * ```ts
 * import { builtinProfiles, evaluate, readProfile, resolve } from "seccomp-exec";
 *
 * const { profile } = readProfile(builtinProfiles["default.json"]);
 * const { policy } = profile ? resolve(profile, { architecture: "x86_64", kernel: "6.12" }) : {};
 * if (policy !== undefined) {
 *   console.log(evaluate(policy, { architecture: "x86_64", syscall: "read" })); //=> ALLOW
 *   console.log(evaluate(policy, { architecture: "x86_64", syscall: "personality", args: [0x20000] })); //=> ALLOW
 *   console.log(evaluate(policy, { architecture: "x86_64", syscall: "personality", args: [7n] })); //=> ERRNO(EPERM)
 *   console.log(evaluate(policy, { architecture: "aarch64", syscall: "read" })); //=> KILL_PROCESS
 * }
 * ```
 */
export function evaluate(policy: Policy, call: Call): Verdict {
  const { policy: internal, arch: native } = internalPolicy(policy);
  const { call: asked, arch } = translated(call);
  return publicVerdict(evaluatePolicy(internal, asked), arch ?? native);
}

/** A policy, and its native architecture. */
interface Resolved {
  readonly policy: InternalPolicy;
  readonly arch: Architecture;
}

const resolved = new WeakMap<object, Resolved>();

/**
 * Whether a value comes from {@link resolve}.
 *
 * @internal
 */
export function isPolicy(value: object): value is Policy {
  return resolved.has(value);
}

/**
 * @throws TypeError if the policy does not come from {@link resolve}
 *
 * @internal
 */
export function internalPolicy(policy: Policy): Resolved {
  const found = resolved.get(policy);
  if (found === undefined) {
    throw new TypeError("a policy must come from resolve, and cannot be copied");
  }
  return found;
}

function publicPolicy(policy: InternalPolicy, arch: Architecture): Policy {
  const shown: Policy = {
    architectures: policy.architectures.map(({ name }) => name) as [ArchitectureName, ...ArchitectureName[]],
    defaultVerdict: publicVerdict(policy.defaultVerdict, arch),
    flags: flagNames(policy.flags),
    optionalFlags: flagNames(policy.optionalFlags),
    notifies: policy.listener !== undefined,
  };
  resolved.set(shown, { policy, arch });
  return shown;
}

function flagNames(flags: number): readonly FlagName[] {
  const names = Object.keys(FLAG_VALUES) as readonly FlagName[];
  return names.filter((name) => (flags & FLAG_VALUES[name]) !== 0);
}
