/**
 * What one rule of a profile says, and where it counts, for those who look at rules by themselves.
 */

import type { ActionName, Errno, Rule } from "../profile/profile.ts";
import { type Architecture, matchesArchName } from "../tables/architectures.ts";
import { EPERM, errnoNumber } from "../tables/errnos.ts";
import { SECCOMP_RET_ERRNO, SECCOMP_RET_TRACE } from "../tables/seccomp.ts";
import { holds, type Target } from "./target.ts";
import { ACTION_VALUES, type Verdict } from "./verdict.ts";

/** What an action answers with a number that only ERRNO and TRACE use; EPERM where there is none. */
export function actionVerdict(action: ActionName, number: number | undefined): Verdict {
  const value = ACTION_VALUES[action];
  return value === SECCOMP_RET_ERRNO || value === SECCOMP_RET_TRACE
    ? (value | (number ?? EPERM)) >>> 0
    : value;
}

/** What an action with its errno says on an architecture, in a profile without errors. */
export function verdictOf(action: ActionName, { number, name }: Errno, arch: Architecture): Verdict {
  return actionVerdict(action, name === undefined ? number : errnoNumber(name, arch));
}

/** Whether the target is all that `includes` asks for and nothing that `excludes` speaks of. */
export function selects({ includes, excludes }: Rule, target: Target): boolean {
  return (
    isForArch({ includes, excludes }, target.arch) &&
    isForKernel({ includes, excludes }, target.kernel) &&
    includes.caps.every((name) => holds(target, name) === true) &&
    !excludes.caps.some((name) => holds(target, name) === true)
  );
}

/** On which machines a rule counts. */
type Selectors = Pick<Rule, "includes" | "excludes">;

/** Whether selectors let a rule apply on a kernel (major * 256 + minor). */
export function isForKernel({ includes, excludes }: Selectors, kernel: number): boolean {
  return (
    !(includes.minKernel !== undefined && kernel < includes.minKernel) &&
    !(excludes.minKernel !== undefined && kernel >= excludes.minKernel)
  );
}

/** Whether selectors let a rule apply on an architecture, whatever kernel and capabilities there are. */
export function isForArch({ includes, excludes }: Selectors, arch: Architecture): boolean {
  const names = (word: string): boolean => matchesArchName(arch, word);
  return (includes.arches.length === 0 || includes.arches.some(names)) && !excludes.arches.some(names);
}
