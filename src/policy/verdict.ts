/**
 * Verdicts: what a filter returns for a call, as the kernel's own 32-bit return value (seccomp(2), "Return values").
 */

import type { ActionName } from "../profile/profile.ts";
import type { Architecture } from "../tables/architectures.ts";
import { errnoName } from "../tables/errnos.ts";
import {
  SECCOMP_RET_ACTION_FULL,
  SECCOMP_RET_ALLOW,
  SECCOMP_RET_DATA,
  SECCOMP_RET_ERRNO,
  SECCOMP_RET_KILL_PROCESS,
  SECCOMP_RET_KILL_THREAD,
  SECCOMP_RET_LOG,
  SECCOMP_RET_TRACE,
  SECCOMP_RET_TRAP,
  SECCOMP_RET_USER_NOTIF,
} from "../tables/seccomp.ts";

/** An action in the upper 16 bits, its data in the lower ones; unsigned. */
export type Verdict = number;

/** The action part of each action name. */
export const ACTION_VALUES: Readonly<Record<ActionName, Verdict>> = {
  SCMP_ACT_KILL: SECCOMP_RET_KILL_THREAD,
  SCMP_ACT_KILL_PROCESS: SECCOMP_RET_KILL_PROCESS,
  SCMP_ACT_KILL_THREAD: SECCOMP_RET_KILL_THREAD,
  SCMP_ACT_TRAP: SECCOMP_RET_TRAP,
  SCMP_ACT_ERRNO: SECCOMP_RET_ERRNO,
  SCMP_ACT_NOTIFY: SECCOMP_RET_USER_NOTIF,
  SCMP_ACT_TRACE: SECCOMP_RET_TRACE,
  SCMP_ACT_LOG: SECCOMP_RET_LOG,
  SCMP_ACT_ALLOW: SECCOMP_RET_ALLOW,
};

/** The action of a verdict, without its data. */
export function actionOf(verdict: Verdict): Verdict {
  return (verdict & SECCOMP_RET_ACTION_FULL) >>> 0;
}

/**
 * How restrictive a verdict is: the lower, the more. This is the kernel's own order: it compares the action
 * as a signed number (kernel/seccomp.c, seccomp_run_filters), so that KILL_PROCESS comes first.
 */
export function precedence(verdict: Verdict): number {
  return verdict & SECCOMP_RET_ACTION_FULL;
}

/** Whether the call is not made, without asking a tracer or a listener. */
export function denies(verdict: Verdict): boolean {
  return precedence(verdict) <= SECCOMP_RET_ERRNO;
}

/** Whether the call is not made; so also under TRACE, unless a tracer allows it (seccomp(2)). */
export function fails(verdict: Verdict): boolean {
  return denies(verdict) || actionOf(verdict) === SECCOMP_RET_TRACE;
}

/** The first of the most restrictive verdicts of a list that is not empty. */
export function strictest(verdicts: readonly Verdict[]): Verdict {
  return verdicts.reduce((best, verdict) => (precedence(verdict) < precedence(best) ? verdict : best));
}

/** A verdict in words: `ALLOW`, `ERRNO(EPERM)`, `TRACE(1)`, ... */
export function formatVerdict(verdict: Verdict, arch: Architecture): string {
  const data = verdict & SECCOMP_RET_DATA;
  switch (actionOf(verdict)) {
    case SECCOMP_RET_ERRNO:
      return `ERRNO(${errnoName(data, arch) ?? data})`;
    case SECCOMP_RET_TRACE:
      return `TRACE(${data})`;
    case SECCOMP_RET_ALLOW:
      return "ALLOW";
    case SECCOMP_RET_LOG:
      return "LOG";
    case SECCOMP_RET_TRAP:
      return "TRAP";
    case SECCOMP_RET_KILL_THREAD:
      return "KILL_THREAD";
    case SECCOMP_RET_USER_NOTIF:
      return "NOTIFY";
    default:
      // The kernel treats an unknown value as KILL_PROCESS (kernel/seccomp.c, __seccomp_filter).
      return "KILL_PROCESS";
  }
}
