/**
 * What the checks of a valid profile look at, and what several of them ask.
 */

import { type ArgumentVectors, argumentVectors } from "../analysis/argument-vectors.ts";
import type { Engine } from "../engines/engine.ts";
import { evaluate } from "../policy/evaluate.ts";
import type { Policy, PolicyRule } from "../policy/policy.ts";
import type { Target } from "../policy/target.ts";
import { actionOf, type Verdict } from "../policy/verdict.ts";
import { namePath, type Profile, type Rule } from "../profile/profile.ts";
import type { Architecture } from "../tables/architectures.ts";
import { SECCOMP_RET_ALLOW, SECCOMP_RET_LOG } from "../tables/seccomp.ts";
import { seenNumber, syscallId } from "../tables/syscalls.ts";

export interface LintInput {
  readonly profile: Profile;
  /** What the profile means on {@link target}, every call being as old as the profile. */
  readonly policy: Policy;
  readonly target: Target;
  /** The engines that the profile is for as well. */
  readonly engines: readonly Engine[];
}

/** The native architecture. */
export function nativeOf({ policy }: LintInput): Architecture {
  return policy.architectures[0] as Architecture;
}

/** Whether a verdict lets the call through, logged or not. */
export function allows(verdict: Verdict): boolean {
  const action = actionOf(verdict);
  return action === SECCOMP_RET_ALLOW || action === SECCOMP_RET_LOG;
}

/** So much is looked at for one call: rules times ways in which their conditions can turn out. */
const MOST_WORK = 200_000;

/**
 * All verdicts that a call of that name can get on an architecture; none where it lacks the call. Where it has too many
 * rules to tell, all that these speak of.
 */
export function verdictsOn(policy: Policy, arch: Architecture, name: string): readonly Verdict[] {
  const key = `${arch.name} ${name}`;
  const known = verdicts.get(policy) ?? new Map<string, readonly Verdict[]>();
  verdicts.set(policy, known);
  const found = known.get(key) ?? findVerdicts(policy, arch, name);
  known.set(key, found);
  return found;
}

const verdicts = new WeakMap<Policy, Map<string, readonly Verdict[]>>();

function findVerdicts(policy: Policy, arch: Architecture, name: string): readonly Verdict[] {
  const id = syscallId(name);
  const nr = id < 0 ? -1 : seenNumber(arch, id);
  if (nr < 0) {
    return [];
  }
  const rules = policy.rules.of(id) ?? NO_RULES;
  if (rules.length > MOST_WORK || vectorsOf(rules, arch.bits).count * rules.length > MOST_WORK) {
    return [...new Set([policy.defaultVerdict].concat(rules.map(({ verdict }) => verdict)))];
  }
  const { vectors } = vectorsOf(rules, arch.bits);
  return [...new Set(vectors.map((args) => evaluate(policy, { arch: arch.token, nr, args })))];
}

const NO_RULES: readonly PolicyRule[] = [];

const vectors32 = new WeakMap<readonly PolicyRule[], ArgumentVectors>();
const vectors64 = new WeakMap<readonly PolicyRule[], ArgumentVectors>();

/** The {@link argumentVectors} of a list of rules, which several checks ask for. */
export function vectorsOf(rules: readonly PolicyRule[], bits: 32 | 64): ArgumentVectors {
  const known = bits === 32 ? vectors32 : vectors64;
  let found = known.get(rules);
  if (found === undefined) {
    found = argumentVectors(rules, bits);
    known.set(rules, found);
  }
  return found;
}

/** The verdict on a call of that name with these first arguments; undefined where the architecture lacks the call. */
export function verdictOn(
  policy: Policy,
  arch: Architecture,
  name: string,
  first: readonly bigint[],
): Verdict | undefined {
  const id = syscallId(name);
  const nr = id < 0 ? -1 : seenNumber(arch, id);
  const args = Array.from({ length: 6 }, (_, i) => first[i] ?? 0n);
  return nr < 0 ? undefined : evaluate(policy, { arch: arch.token, nr, args });
}

/** JSON pointer of a rule. */
export function rulePointer({ base }: Profile, { index }: Rule): string {
  return `${base}/syscalls/${index}`;
}

/** Where the reason for the verdict on a call stands: its place in the first rule that names it, or the default action. */
export function namePointer(profile: Profile, name: string, rules: readonly Rule[] = profile.rules): string {
  for (const rule of rules) {
    const at = rule.names.indexOf(name);
    if (at >= 0) {
      return `${rulePointer(profile, rule)}/${namePath(rule, at)}`;
    }
  }
  return `${profile.base}/defaultAction`;
}
