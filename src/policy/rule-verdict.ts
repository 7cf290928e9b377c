/**
 * The verdict of a single rule of a profile, and the machines on which the rule applies.
 */

import type { ActionName, Errno, Rule } from "../profile/profile.ts";
import { type Architecture, matchesArchName } from "../tables/architectures.ts";
import { EPERM, errnoNumber } from "../tables/errnos.ts";
import { SECCOMP_RET_ERRNO, SECCOMP_RET_TRACE } from "../tables/seccomp.ts";
import { holds, type Target } from "./target.ts";
import { ACTION_VALUES, type Verdict } from "./verdict.ts";

/** The verdict of an action with a number, which only ERRNO and TRACE use; EPERM by default. */
export function actionVerdict(action: ActionName, number: number | undefined): Verdict {
  const value = ACTION_VALUES[action];
  return value === SECCOMP_RET_ERRNO || value === SECCOMP_RET_TRACE
    ? (value | (number ?? EPERM)) >>> 0
    : value;
}

/** The verdict of an action with its errno on an architecture, in a profile without errors. */
export function verdictOf(action: ActionName, { number, name }: Errno, arch: Architecture): Verdict {
  return actionVerdict(action, name === undefined ? number : errnoNumber(name, arch));
}

/** Whether the target meets all conditions of `includes` and none of `excludes`. */
export function selects({ includes, excludes }: Rule, target: Target): boolean {
  return (
    isForArch({ includes, excludes }, target.arch) &&
    isForKernel({ includes, excludes }, target.kernel) &&
    includes.caps.every((name) => holds(target, name) === true) &&
    !excludes.caps.some((name) => holds(target, name) === true)
  );
}

/** The conditions on machine and caller under which a rule applies. */
type Selectors = Pick<Rule, "includes" | "excludes">;

/** Whether selectors let a rule apply on a kernel (major * 256 + minor). */
export function isForKernel({ includes, excludes }: Selectors, kernel: number): boolean {
  return (
    !(includes.minKernel !== undefined && kernel < includes.minKernel) &&
    !(excludes.minKernel !== undefined && kernel >= excludes.minKernel)
  );
}

/** Whether selectors let a rule apply on an architecture, with any kernel and capabilities. */
export function isForArch({ includes, excludes }: Selectors, arch: Architecture): boolean {
  const names = (word: string): boolean => matchesArchName(arch, word);
  return (includes.arches.length === 0 || includes.arches.some(names)) && !excludes.arches.some(names);
}
