/**
 * The meaning of a policy, written as plainly as it is documented: the reference for everything else.
 */

import { type Architecture, architectureOfCall, siblingOf } from "../tables/architectures.ts";
import { lastSyscallNumber, syscallIdOf, syscallSince } from "../tables/syscalls.ts";
import { applies, mostRestrictive } from "./applying.ts";
import { judgedRules } from "./judged.ts";
import { type Call, MAX_SYSCALL_NUMBER, type Policy, type PolicyRule, SKIPPED_CALL } from "./policy.ts";
import type { Verdict } from "./verdict.ts";

/** The verdict of a policy on a call. */
export function evaluate(policy: Policy, call: Call): Verdict {
  const decided = decidedBy(policy, call.arch, call.nr);
  return decided.kind === "verdict"
    ? decided.verdict
    : (mostRestrictive(decided.rules.filter((rule) => applies(rule, call.args))) ?? policy.defaultVerdict);
}

/** What decides all calls with one architecture and number. */
export type Decided =
  /** Rules, by the arguments: the most restrictive one that applies, or the default if none does. */
  | { readonly kind: "rules"; readonly rules: readonly PolicyRule[] }
  /** One verdict for all arguments. */
  | { readonly kind: "verdict"; readonly verdict: Verdict };

/** What decides the calls with that AUDIT_ARCH_* and number. */
export function decidedBy(policy: Policy, token: number, nr: number): Decided {
  if (nr === SKIPPED_CALL && isListed(policy, token)) {
    return always(policy.defaultVerdict);
  }
  const arch = architectureOfCall(policy.architectures, token, nr);
  if (arch === undefined) {
    return always(policy.foreignVerdict);
  }
  const number = arch.numberBit === 0 ? nr : (nr & ~arch.numberBit) >>> 0;
  return decidedOn(policy, arch, number, syscallIdOf(arch, number));
}

/**
 * What decides the calls of an architecture of the policy.
 *
 * @param number without {@link Architecture.numberBit}
 * @param id of the call with that number; -1 if there is none
 */
export function decidedOn(policy: Policy, arch: Architecture, number: number, id: number): Decided {
  const rules = id < 0 ? undefined : judgedRules(policy, arch, id);
  if (rules !== undefined) {
    return { kind: "rules", rules };
  }
  const verdict = isYounger(policy, arch, number, id) ? policy.youngerVerdict : policy.defaultVerdict;
  const mixedUp = policy.mixesX32 && id < 0 ? rulesOfSibling(policy, arch, number) : undefined;
  return mixedUp === undefined ? always(verdict) : { kind: "rules", rules: besideSibling(verdict, mixedUp) };
}

function always(verdict: Verdict): Decided {
  return { kind: "verdict", verdict };
}

/** Whether a call belongs to an architecture that the policy does not list, and so gets {@link Policy.foreignVerdict}. */
export function isForeign(policy: Policy, { arch, nr }: Call): boolean {
  const skipped = nr === SKIPPED_CALL && isListed(policy, arch);
  return !skipped && architectureOfCall(policy.architectures, arch, nr) === undefined;
}

function isListed({ architectures }: Policy, token: number): boolean {
  return architectures.some((arch) => arch.token === token);
}

/** The rules of the call that has the number on the architecture with the same token. */
function rulesOfSibling(
  policy: Policy,
  arch: Architecture,
  number: number,
): readonly PolicyRule[] | undefined {
  const sibling = siblingOf(arch);
  const id = sibling === undefined ? -1 : syscallIdOf(sibling, number);
  return sibling === undefined || id < 0 ? undefined : judgedRules(policy, sibling, id);
}

/**
 * The rules of a number that some kernels take for a call of the sibling: they can only forbid it. No program means that
 * call, and newer kernels do not have it.
 *
 * @param verdict the number's verdict otherwise
 */
export function besideSibling(verdict: Verdict, rules: readonly PolicyRule[]): readonly PolicyRule[] {
  return [{ conditions: [], verdict }, ...rules];
}

/** Whether the call appeared after the youngest one that the profile names. */
function isYounger(policy: Policy, arch: Architecture, number: number, id: number): boolean {
  if (policy.youngest === undefined) {
    return false;
  }
  return id < 0
    ? number > lastSyscallNumber(arch) && number <= MAX_SYSCALL_NUMBER
    : syscallSince(id) > policy.youngest;
}
