/**
 * The input of the checks of a valid profile, and the questions that several of them ask.
 */

import { ANY, divide } from "../analysis/domain.ts";
import { ordinaryCalls } from "../analysis/ordinary.ts";
import { alwaysVerdict, callsOf, layoutOf, regions, sectionAt } from "../analysis/regions.ts";
import { regionsOfRules } from "../analysis/rule-regions.ts";
import { rulesInWords } from "../analysis/rules-in-words.ts";
import { argumentsOf, lowWordOf, sampleOf, type Words } from "../analysis/words.ts";
import { CutShort, Work } from "../analysis/work.ts";
import type { Engine } from "../engines/engine.ts";
import { mostRestrictive } from "../policy/applying.ts";
import { decidedOn, evaluate } from "../policy/evaluate.ts";
import type { Policy, PolicyRule } from "../policy/policy.ts";
import type { Target } from "../policy/target.ts";
import { actionOf, denies, type Verdict } from "../policy/verdict.ts";
import { namePath, type Profile, type Rule } from "../profile/profile.ts";
import type { Architecture } from "../tables/architectures.ts";
import { SECCOMP_RET_ALLOW, SECCOMP_RET_LOG } from "../tables/seccomp.ts";
import { seenNumber, syscallId, syscallNumber } from "../tables/syscalls.ts";

export interface LintInput {
  readonly profile: Profile;
  /** The policy of the profile on {@link target}, with every call known to the profile. */
  readonly policy: Policy;
  /** The policy that a launch installs: calls younger than the profile get ENOSYS. */
  readonly installed: Policy;
  readonly target: Target;
  /** The other engines that the profile is checked for. */
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

/** Work limits: for the rules of one call, and for all calls. */
const MAX_STEPS_PER_CALL = 60_000;
const MAX_STEPS = 500_000;

/**
 * All verdicts that a call of that name can get on an architecture of the policy; none if the architecture lacks the call. If its
 * rules exceed the work limit, all verdicts that they contain.
 */
export function verdictsOn(policy: Policy, arch: Architecture, name: string): readonly Verdict[] {
  const found = foundFor(policy);
  const ofArch = found.calls.get(arch) ?? new Map<string, readonly Verdict[]>();
  found.calls.set(arch, ofArch);
  let verdicts = ofArch.get(name);
  if (verdicts === undefined) {
    verdicts = findVerdictsOn(policy, arch, name, found);
    ofArch.set(name, verdicts);
  }
  return verdicts;
}

function findVerdictsOn(policy: Policy, arch: Architecture, name: string, found: Found): readonly Verdict[] {
  const id = syscallId(name);
  const number = id < 0 ? -1 : syscallNumber(arch, id);
  if (number < 0) {
    return NO_VERDICTS;
  }
  if (!policy.architectures.includes(arch)) {
    return [policy.foreignVerdict];
  }
  const decided = decidedOn(policy, arch, number, id);
  if (decided.kind === "verdict") {
    return [decided.verdict];
  }
  const { rules } = decided;
  const known =
    found.verdicts[arch.bits].get(rules) ?? findVerdicts(policy, arch, number, rules, found.effort);
  found.verdicts[arch.bits].set(rules, known);
  return known;
}

const NO_VERDICTS: readonly Verdict[] = [];

/** The verdicts found so far for a policy: the checks ask for the same calls again and again. */
interface Found {
  readonly effort: Work;
  /** By architecture and name. */
  readonly calls: Map<Architecture, Map<string, readonly Verdict[]>>;
  /** By the width of arguments and the list of rules. */
  readonly verdicts: Readonly<Record<32 | 64, Map<readonly PolicyRule[], readonly Verdict[]>>>;
}

const foundOf = new WeakMap<Policy, Found>();

function foundFor(policy: Policy): Found {
  let found = foundOf.get(policy);
  if (found === undefined) {
    found = { effort: new Work(MAX_STEPS), calls: new Map(), verdicts: { 32: new Map(), 64: new Map() } };
    foundOf.set(policy, found);
  }
  return found;
}

function findVerdicts(
  policy: Policy,
  arch: Architecture,
  number: number,
  rules: readonly PolicyRule[],
  effort: Work,
): readonly Verdict[] {
  if (rules.every(({ conditions }) => conditions.length === 0)) {
    return [mostRestrictive(rules) ?? policy.defaultVerdict];
  }
  const section = sectionAt(policy, arch.token, number + arch.numberBit);
  const possible = new Set([section.otherwise, ...section.rules.map(({ verdict }) => verdict)]);
  const found = new Set<Verdict>();
  const work = new Work(Math.min(MAX_STEPS_PER_CALL, effort.left));
  try {
    regions(section, ANY_BYTE_ORDER, work, ({ verdict }) => {
      found.add(verdict);
      return found.size < possible.size;
    });
    return [...found];
  } catch (error) {
    if (error instanceof CutShort) {
      return [...possible];
    }
    throw error;
  } finally {
    effort.spend(work.steps);
  }
}

/** The number of a call of that name, as in seccomp_data.nr; -1 if the architecture lacks it. */
function numberOn(arch: Architecture, name: string): number {
  const id = syscallId(name);
  return id < 0 ? -1 : seenNumber(arch, id);
}

/** Arguments with which a call is denied; undefined if the architecture lacks it, or none are found. */
export function deniedArguments(
  policy: Policy,
  arch: Architecture,
  name: string,
): readonly bigint[] | undefined {
  const nr = numberOn(arch, name);
  if (nr < 0) {
    return undefined;
  }
  const section = sectionAt(policy, arch.token, nr);
  let found: readonly bigint[] | undefined;
  try {
    regions(section, ANY_BYTE_ORDER, new Work(MAX_STEPS_PER_CALL), ({ words, verdict }) => {
      if (denies(verdict)) {
        found = argumentsOf(sampleOf(words), layoutOf(section, ANY_BYTE_ORDER));
      }
      return found === undefined;
    });
  } catch (error) {
    if (!(error instanceof CutShort)) {
      throw error;
    }
  }
  return found?.map((arg) => BigInt.asUintN(arch.bits, arg));
}

/** The byte order does not matter: nothing is read from memory. */
const ANY_BYTE_ORDER = false;

/** The verdict on a call of that name with these first arguments; undefined if the architecture lacks the call. */
export function verdictOn(
  policy: Policy,
  arch: Architecture,
  name: string,
  first: readonly bigint[],
): Verdict | undefined {
  const nr = numberOn(arch, name);
  const args = Array.from({ length: 6 }, (_, i) => first[i] ?? 0n);
  return nr < 0 ? undefined : evaluate(policy, { arch: arch.token, nr, args });
}

/** Whether the architecture has the call and these first arguments let it through. */
export function letsThrough(
  policy: Policy,
  arch: Architecture,
  name: string,
  first: readonly bigint[],
): boolean {
  const verdict = verdictOn(policy, arch, name, first);
  return verdict !== undefined && allows(verdict);
}

/** Calls of which the lower half of an argument has a value under a mask. */
export interface Given {
  readonly index: number;
  readonly mask: number;
  readonly value: number;
}

/**
 * Arguments of an ordinary call of that name that is let through, among those with a given argument; undefined if none of them is, or
 * the architecture lacks the call. If that is too intricate to decide, those of a call that may be let through.
 */
export function openArguments(
  policy: Policy,
  arch: Architecture,
  name: string,
  { index, mask, value }: Given,
): readonly bigint[] | undefined {
  const nr = numberOn(arch, name);
  if (nr < 0) {
    return undefined;
  }
  const section = sectionAt(policy, arch.token, nr);
  const plain = Array.from({ length: 6 }, (_, i) => (i === index ? BigInt(value) : 0n));
  const always = alwaysVerdict(section);
  if (always !== undefined) {
    return allows(always) ? plain : undefined;
  }
  const layout = layoutOf(section, ANY_BYTE_ORDER);
  const [low, any] = [lowWordOf(index, layout), callsOf(section, layout)];
  const work = new Work(MAX_STEPS_PER_CALL);
  let found: readonly bigint[] | undefined;
  try {
    const rules = rulesInWords(section.rules, layout);
    for (const ordinary of ordinaryCalls(arch, syscallId(name), layout)) {
      const { holds } = divide(ordinary[low] as Words[number], { mask, op: "eq", value }, work);
      if (holds !== undefined && found === undefined) {
        const calls = ordinary.map((domain, word) =>
          word === low ? holds : domain !== ANY ? domain : (any[word] as Words[number]),
        );
        regionsOfRules(rules, section.otherwise, calls, work, (words, verdict) => {
          if (allows(verdict)) {
            found = argumentsOf(sampleOf(words), layout);
          }
          return found === undefined;
        });
      }
    }
  } catch (error) {
    if (error instanceof CutShort) {
      return plain;
    }
    throw error;
  }
  return found;
}

/** JSON pointer of a rule. */
export function rulePointer({ base }: Profile, { index }: Rule): string {
  return `${base}/syscalls/${index}`;
}

/** The pointer to the reason for the verdict on a call: its name in the first rule that has it, or the default action. */
export function namePointer(profile: Profile, name: string, rules: readonly Rule[] = profile.rules): string {
  for (const rule of rules) {
    const at = rule.names.indexOf(name);
    if (at >= 0) {
      return `${rulePointer(profile, rule)}/${namePath(rule, at)}`;
    }
  }
  return `${profile.base}/defaultAction`;
}
