/**
 * What becomes of the verdicts of several profiles on one call.
 */

import { denies, precedence, type Verdict } from "../policy/verdict.ts";
import { EPERM } from "../tables/errnos.ts";
import { SECCOMP_RET_ERRNO } from "../tables/seccomp.ts";

/** The union, the intersection, or what the first profile lets through and the others do not. */
export type Operation = "union" | "intersection" | "rest";

/**
 * The verdict on a call of two profiles' verdicts. Of two that are equally restrictive, the first.
 *
 * @param denial the verdict of a rest on what both let through
 */
export function joined(operation: Operation, first: Verdict, second: Verdict, denial: Verdict): Verdict {
  switch (operation) {
    case "union":
      return precedence(second) > precedence(first) ? second : first;
    case "intersection":
      return precedence(second) < precedence(first) ? second : first;
    case "rest":
      return denies(first) || denies(second) ? first : denial;
  }
}

/** How the rest denies what all let through: as the first profile denies a call without a rule, or with EPERM. */
export function denialOf(defaultVerdict: Verdict): Verdict {
  return denies(defaultVerdict) ? defaultVerdict : (SECCOMP_RET_ERRNO | EPERM) >>> 0;
}
