/**
 * Calls that a profile denies whatever their arguments are: what becomes of such a call, and which part of the profile denies it.
 */

import type { Policy } from "../policy/policy.ts";
import { actionOf, denies, fails, strictest, type Verdict } from "../policy/verdict.ts";
import type { Architecture } from "../tables/architectures.ts";
import { errnoName } from "../tables/errnos.ts";
import {
  SECCOMP_RET_DATA,
  SECCOMP_RET_ERRNO,
  SECCOMP_RET_TRACE,
  SECCOMP_RET_TRAP,
} from "../tables/seccomp.ts";
import { type LintInput, namePointer, nativeOf, verdictOn, verdictsOn } from "./input.ts";
import { partsByName } from "./parts.ts";

/** The strictest verdict on a call that fails for all arguments; undefined if it can be made, or the architecture lacks it. */
export function denialOf(policy: Policy, arch: Architecture, name: string): Verdict | undefined {
  const verdicts = verdictsOn(policy, arch, name);
  return verdicts.length > 0 && verdicts.every(fails) ? strictest(verdicts) : undefined;
}

/** Whether the architecture has the call and the policy lets it through for some arguments. */
export function canBeMade(policy: Policy, arch: Architecture, name: string): boolean {
  return verdictsOn(policy, arch, name).some((verdict) => !fails(verdict));
}

/** Whether a verdict on a call that fails ends the program, or one of its threads. */
export function kills(verdict: Verdict): boolean {
  return denies(verdict) && actionOf(verdict) !== SECCOMP_RET_ERRNO;
}

/** Whether somebody is told of the call and may answer it: a handler of SIGSYS, a tracer. */
export function isObserved(verdict: Verdict): boolean {
  return [SECCOMP_RET_TRAP, SECCOMP_RET_TRACE].includes(actionOf(verdict));
}

/** The errno that a program sees where {@link kills} is false: "EPERM". Without a tracer TRACE gives ENOSYS (seccomp(2)). */
export function errnoSeen(verdict: Verdict, arch: Architecture): string {
  const number = verdict & SECCOMP_RET_DATA;
  return actionOf(verdict) === SECCOMP_RET_ERRNO ? (errnoName(number, arch) ?? `errno ${number}`) : "ENOSYS";
}

/** The pointer to the denial of a call without arguments: in its rule, or the default action. */
export function denyingPointer(input: LintInput, name: string): string {
  const verdict = verdictOn(input.policy, nativeOf(input), name, []);
  const saying = (partsByName(input).get(name) ?? []).filter((part) => part.verdict === verdict);
  return namePointer(
    input.profile,
    name,
    saying.map(({ rule }) => rule),
  );
}
