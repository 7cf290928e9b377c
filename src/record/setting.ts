/**
 * What a recording is made with: the machine, the options, and the profiles that it is measured by. It is known before the run.
 */

import { allows, verdictsOn } from "../lint/input.ts";
import type { Policy } from "../policy/policy.ts";
import { resolve } from "../policy/resolve.ts";
import type { Target } from "../policy/target.ts";
import type { Verdict } from "../policy/verdict.ts";
import type { Profile } from "../profile/profile.ts";
import { type Architecture, architectures } from "../tables/architectures.ts";
import { enosys } from "../tables/errnos.ts";
import { architecturesRunBy } from "../tables/run-by.ts";
import { SECCOMP_RET_ERRNO } from "../tables/seccomp.ts";
import { syscallId, syscallNames } from "../tables/syscalls.ts";
import type { Counting } from "./counted.ts";
import { HOT_CALLS, type HotCalls, type Made, NEVER_REPORTED } from "./hot.ts";
import { has } from "./start.ts";

/** What the command line asks for. */
export interface RecordOptions {
  /** Whether the values of some arguments are recorded. */
  readonly args: boolean;
  /** Whether hot calls are reported too. */
  readonly exact: boolean;
  /** The profile to which what is seen is added. */
  readonly old: Profile | undefined;
  /** The profile beyond which nothing is allowed. */
  readonly base: Profile | undefined;
  /** What the command is given at its start: descriptors of these kinds. */
  readonly given: readonly Made[];
}

/** A setting, with the profiles resolved. */
export interface Setting {
  readonly target: Target;
  /** The architectures whose programs the machine can run, the native one first. */
  readonly among: readonly Architecture[];
  readonly options: RecordOptions;
  /** As if it listed all architectures, since those that it lacks can be added. */
  readonly old: Policy | undefined;
  readonly base: Policy | undefined;
  readonly counting: Counting;
  /** The calls that get ENOSYS, under the recording as under the profile, so that the command does without them in both. */
  readonly answered: readonly string[];
}

/** The setting of a recording on a machine. */
export function settingOf(target: Target, options: RecordOptions): Setting {
  const { args, old: oldProfile, base: baseProfile } = options;
  const old =
    oldProfile === undefined
      ? undefined
      : resolveLiterally(
          { ...oldProfile, archMap: undefined, architectures: architectures.map(({ scmp }) => scmp) },
          target,
        );
  const base = baseProfile === undefined ? undefined : resolveLiterally(baseProfile, target);
  // Nothing that a recording observes exactly is to behave otherwise than without it.
  const hidesFlags = args || !options.exact;
  const policies = [old, base].flatMap((policy) => policy ?? []);
  // Only these can be among the calls for which a policy says ENOSYS.
  const candidates = policies.length === 0 ? [HIDES_FLAGS] : syscallNames();
  const answered = candidates.filter(
    (name) =>
      has(target.arch, name) &&
      ((hidesFlags && name === HIDES_FLAGS && (old === undefined || !isOpen(old, [target.arch], name))) ||
        policies.some((policy) => isAnswered(policy, target.arch, name))),
  );
  return {
    target,
    among: architecturesRunBy(target.arch),
    options,
    old,
    base,
    counting: { args, policies },
    answered,
  };
}

/** Its flags are in memory; on ENOSYS libraries call clone, whose flags can be recorded. */
const HIDES_FLAGS = "clone3";

/** The policy of a profile without errors, in which calls younger than the profile are like others. */
export function resolveLiterally(profile: Profile, target: Target): Policy {
  const { policy, diagnostics } = resolve(profile, target, { unknownSyscalls: "default" });
  if (policy === undefined) {
    throw new Error(diagnostics[0]?.message);
  }
  return policy;
}

/** Whether a policy lets a call through with any arguments, on all of these architectures that have it. */
export function isOpen(policy: Policy, among: readonly Architecture[], name: string): boolean {
  return among.every((arch) => verdictsOn(policy, arch, name).every(allows));
}

/** Whether rules of a policy give a call ENOSYS whatever its arguments are. */
function isAnswered(policy: Policy, arch: Architecture, name: string): boolean {
  const verdicts = policy.rules.of(syscallId(name)) === undefined ? [] : verdictsOn(policy, arch, name);
  return verdicts.length > 0 && verdicts.every((verdict) => verdict === enosysVerdict(arch));
}

/** ERRNO(ENOSYS) on an architecture. */
export function enosysVerdict(arch: Architecture): Verdict {
  return (SECCOMP_RET_ERRNO | enosys(arch)) >>> 0;
}

/** Whether OLD has rules for a call that do not let all of it through: its author's decision, which only a need overrules. */
export function isRestrictedByOld({ old }: Setting, among: readonly Architecture[], name: string): boolean {
  return old?.rules.of(syscallId(name)) !== undefined && !isOpen(old, among, name);
}

/** The groups of hot calls, each with the names that are not reported. */
export function unreported(setting: Setting): readonly HotCalls[] {
  const { base, among, options, answered } = setting;
  return HOT_CALLS.map((group) => ({
    ...group,
    names: group.names.filter(
      (name) =>
        (!options.exact || NEVER_REPORTED.includes(name)) &&
        !answered.includes(name) &&
        (base === undefined || isOpen(base, listedBy(base, among), name)) &&
        !isRestrictedByOld(setting, among, name),
    ),
  }));
}

/** Those architectures that a policy lists: what is made on others is refused anyway. */
export function listedBy(
  { architectures: listed }: Policy,
  among: readonly Architecture[],
): readonly Architecture[] {
  return among.filter((arch) => listed.includes(arch));
}
