/**
 * Whether a policy lets a call through, whatever its arguments: what this library does under a filter, it must be allowed to do.
 */

import { decidedBy } from "../src/policy/evaluate.ts";
import type { Policy } from "../src/policy/policy.ts";
import { actionOf, type Verdict } from "../src/policy/verdict.ts";
import type { Architecture } from "../src/tables/architectures.ts";
import { SECCOMP_RET_ALLOW, SECCOMP_RET_LOG } from "../src/tables/seccomp.ts";
import { syscallId, syscallNumber } from "../src/tables/syscalls.ts";

/** @param name of a call of the native architecture */
export function isAlwaysAllowed(policy: Policy, name: string): boolean {
  const native = policy.architectures[0] as Architecture;
  const decided = decidedBy(policy, native.token, syscallNumber(native, syscallId(name)));
  if (decided.kind === "verdict") {
    return allows(decided.verdict);
  }
  const always = decided.rules.some(({ conditions }) => conditions.length === 0);
  return decided.rules.every(({ verdict }) => allows(verdict)) && (always || allows(policy.defaultVerdict));
}

function allows(verdict: Verdict): boolean {
  const action = actionOf(verdict);
  return action === SECCOMP_RET_ALLOW || action === SECCOMP_RET_LOG;
}
