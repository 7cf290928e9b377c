/**
 * Which place of a profile decided a call that was denied.
 */

import { type LintInput, rulePointer } from "../lint/input.ts";
import { decidingPlace } from "../lint/places.ts";
import { type Call, SKIPPED_CALL } from "../policy/policy.ts";
import { selects, verdictOf } from "../policy/rule-verdict.ts";
import type { Verdict } from "../policy/verdict.ts";
import type { Rule } from "../profile/profile.ts";
import { type Architecture, architectureOfCall, siblingOf } from "../tables/architectures.ts";
import { hidingCalls } from "../tables/hidden-arguments.ts";
import { multiplexers } from "../tables/multiplexers.ts";
import { idOfSeen, multiplexedId, syscallIdOf, syscallName } from "../tables/syscalls.ts";

/** What decided, and where it is written. */
export interface Deciding {
  /** In words: "defaultAction", "a rule", ... */
  readonly what: string;
  /** JSON pointer in the profile. */
  readonly pointer: string;
  /** Whether another call with the same architecture and number may be decided elsewhere. */
  readonly byArguments: boolean;
}

/**
 * What decided a call: a place whose action is the verdict.
 *
 * @param verdict that of the profile on the call
 */
export function decidingOf(input: LintInput, call: Call, verdict: Verdict): Deciding {
  const { profile, installed } = input;
  const { base } = profile;
  const byDefault = { what: "defaultAction", pointer: `${base}/defaultAction`, byArguments: false };
  const arch = architectureOfCall(installed.architectures, call.arch, call.nr);
  if (call.nr === SKIPPED_CALL && installed.architectures.some(({ token }) => token === call.arch)) {
    return byDefault;
  }
  if (arch === undefined) {
    const key = (["archMap", "architectures"] as const).find((name) => profile[name] !== undefined);
    const pointer = key === undefined ? base : `${base}/${key}`;
    return { what: "not among the architectures", pointer, byArguments: false };
  }
  const names = namesOf(arch, call);
  const rules = profile.rules.filter((rule) => names.some((name) => rule.names.includes(name)));
  const byArguments =
    names.some((name) => multiplexers.some((each) => each.name === name)) ||
    rules.some(({ conditions }) => conditions.length > 0);
  const [name] = names;
  if (name !== undefined) {
    const { pointer } = decidingPlace(input, { name, arch, args: call.args });
    const rule = ruleAt(input, pointer);
    if (rule !== undefined && verdictOfRule(input, rule) === verdict) {
      return { what: `rule for ${name}`, pointer, byArguments };
    }
  }
  // A rule for a call that was made by another number: its conditions cannot be seen there.
  const hidden = ruleFor(input, names.slice(1), verdict);
  if (hidden !== undefined) {
    return { ...hidden, byArguments };
  }
  if (verdict === installed.defaultVerdict) {
    const unmatched = rules.some((rule) => name !== undefined && rule.names.includes(name));
    const what = unmatched ? `defaultAction, since no rule for ${name} applies` : "defaultAction";
    return { ...byDefault, what, byArguments };
  }
  if (installed.youngest !== undefined && verdict === installed.youngerVerdict) {
    return { ...byDefault, what: "newer than all calls that the profile names", byArguments };
  }
  // Conditions on arguments that are in memory: there the strictest rule decides.
  return { ...(ruleFor(input, names, verdict) ?? { what: "the profile", pointer: base }), byArguments };
}

/** The name of a call first, then those of calls that it makes or is taken for. */
function namesOf(arch: Architecture, call: Call): readonly string[] {
  const id = idOfSeen(arch, call.nr);
  if (id >= 0) {
    const inRegisters = hidingCalls(arch).find((each) => each.id === id)?.inRegisters ?? -1;
    const made = multiplexedId(id, call.args[0] ?? 0n) ?? -1;
    return [syscallName(id), ...[made, inRegisters].filter((other) => other >= 0).map(syscallName)];
  }
  // Some kernels take an unknown number for a call of the architecture with the same token.
  const sibling = siblingOf(arch);
  const number = arch.numberBit === 0 ? call.nr : (call.nr & ~arch.numberBit) >>> 0;
  const other = sibling === undefined ? -1 : syscallIdOf(sibling, number);
  return other < 0 ? [] : [syscallName(other)];
}

/** The first rule for one of these calls that has the verdict. */
function ruleFor(
  input: LintInput,
  names: readonly string[],
  verdict: Verdict,
): Omit<Deciding, "byArguments"> | undefined {
  const { profile, target } = input;
  for (const name of names) {
    const rule = profile.rules.find(
      (each) => each.names.includes(name) && selects(each, target) && verdictOfRule(input, each) === verdict,
    );
    if (rule !== undefined) {
      return { what: `rule for ${name}`, pointer: rulePointer(profile, rule) };
    }
  }
  return undefined;
}

function verdictOfRule({ target }: LintInput, { action, errno }: Rule): Verdict {
  return verdictOf(action, errno, target.arch);
}

/** The rule that a place is in. */
function ruleAt({ profile }: LintInput, pointer: string): Rule | undefined {
  return profile.rules.find((rule) => {
    const own = rulePointer(profile, rule);
    return pointer === own || pointer.startsWith(`${own}/`);
  });
}
