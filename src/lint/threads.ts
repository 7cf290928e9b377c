/**
 * Actions that end one thread of a program and leave the others.
 */

import type { Diagnostic } from "../diagnostic.ts";
import { counted } from "../plural.ts";
import { ACTION_VALUES } from "../policy/verdict.ts";
import type { ActionName } from "../profile/profile.ts";
import { SECCOMP_RET_KILL_THREAD } from "../tables/seccomp.ts";
import { type LintInput, rulePointer } from "./input.ts";

/** Warns once of actions that kill a thread, at the first of them. */
export function threadKills({ profile, engines }: LintInput): Diagnostic[] {
  const places = [
    { action: profile.defaultAction, pointer: `${profile.base}/defaultAction` },
    ...profile.rules.map((rule) => ({
      action: rule.action,
      pointer: `${rulePointer(profile, rule)}/action`,
    })),
  ].filter(({ action }) => killsThread(action));
  const [first] = places;
  if (first === undefined) {
    return [];
  }
  const more = places.length === 1 ? "" : `, here and in ${counted(places.length - 1, "other place")},`;
  const without = engines.find(({ killsProcess }) => !killsProcess);
  return [
    {
      code: "kills-thread-only",
      severity: "warning",
      message: `${first.action}${more} ends only the calling thread: the other threads of the program go on, and it may hang or end with status 0`,
      hint:
        without === undefined
          ? "write SCMP_ACT_KILL_PROCESS, which ends the whole program"
          : `${without.title} has no SCMP_ACT_KILL_PROCESS: SCMP_ACT_TRAP ends a program that does not handle SIGSYS, and SCMP_ACT_ERRNO makes the call fail`,
      pointer: first.pointer,
    },
  ];
}

function killsThread(action: ActionName): boolean {
  return ACTION_VALUES[action] === SECCOMP_RET_KILL_THREAD;
}
