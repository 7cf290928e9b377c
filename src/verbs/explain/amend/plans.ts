/**
 * Small changes to the rules of a profile that may allow calls, or deny them; whether they do is judged elsewhere.
 */

import { allows } from "../../../lint/input.ts";
import { holdsFor } from "../../../policy/applying.ts";
import { narrowedRule } from "../../../policy/judged.ts";
import { ruleAlternatives } from "../../../policy/resolve.ts";
import { selects, verdictOf } from "../../../policy/rule-verdict.ts";
import type { Target } from "../../../policy/target.ts";
import { type Condition, NO_SELECTOR, type Profile, type Rule } from "../../../profile/profile.ts";
import { enosys } from "../../../tables/errnos.ts";
import { type Multiplexed, multiplexed } from "../../../tables/multiplexers.ts";
import { narrowArguments } from "../../../tables/narrow-arguments.ts";
import { syscallCount, syscallId, syscallName, syscallSince } from "../../../tables/syscalls.ts";
import type { NewRule, ProfileEdits } from "./profile-edits.ts";

/** The calls whose verdict is to change. */
export interface Wish {
  readonly want: "allow" | "deny";
  readonly name: string;
  /** The known arguments, by index; empty: all calls. */
  readonly known: ReadonlyMap<number, bigint>;
}

/** What a plan changes. */
export interface Plan {
  readonly removed: readonly Rule[];
  /** The rule that gets the name. */
  readonly extended: Rule | undefined;
  readonly added: readonly NewRule[];
}

/** Makes the changes of a plan. */
export function carryOut({ removed, extended, added }: Plan, name: string, edits: ProfileEdits): void {
  for (const rule of removed) {
    edits.removeName(rule, name);
  }
  if (extended !== undefined) {
    edits.addName(extended, name);
  }
  for (const rule of added) {
    edits.addRule(rule);
  }
}

/** Plans, the smaller ones first. */
export function plansFor(profile: Profile, target: Target, wide: boolean, wish: Wish): readonly Plan[] {
  const { want, name, known } = wish;
  const about = profile.rules.filter((rule) => rule.names.includes(name) && selects(rule, target));
  const against = about.filter((rule) => {
    const allowing = allows(verdictOf(rule.action, rule.errno, target.arch));
    return allowing !== (want === "allow") && mayApply(rule, target, wide, wish);
  });
  const narrowed = against.map((rule) => without(rule, target, wide, wish));
  const base = narrowed.every((one) => one !== undefined)
    ? { removed: against, extended: undefined, added: narrowed.flat() }
    : undefined;
  const byDefault = verdictOf(profile.defaultAction, profile.defaultErrno, target.arch);
  const after = profile.rules.filter((rule) => rule.names.includes(name)).at(-1);
  const explicit = explicitPlan(profile, target, wish, after);
  const plans: Plan[] = [];
  if (base !== undefined && against.length > 0) {
    plans.push(base);
  }
  if (against.length === 0 || (want === "deny" && known.size > 0 && base === undefined)) {
    plans.push(explicit);
  }
  if (base !== undefined && against.length > 0) {
    plans.push({ ...base, extended: explicit.extended, added: [...base.added, ...explicit.added] });
  }
  if (want === "deny" && known.size > 0 && !allows(byDefault) && base !== undefined) {
    plans.push(explicit);
  }
  return plans;
}

/**
 * The same plan, and rules by which calls that are younger than the profile still get ENOSYS when the profile names a younger one;
 * a multiplexer that makes such a call is not younger.
 *
 * @param from the youngest call before (major * 256 + minor), and `to` after
 */
export function keepingYounger(
  profile: Profile,
  target: Target,
  plan: Plan,
  { name, known }: Wish,
  from: number,
  to: number,
): Plan {
  const named = new Set(profile.rules.flatMap(({ names }) => names));
  const names: string[] = [];
  for (let id = 0; id < syscallCount(); id += 1) {
    const since = syscallSince(id);
    if (since > from && since <= to && syscallName(id) !== name && !named.has(syscallName(id))) {
      names.push(syscallName(id));
    }
  }
  const denial = { action: "SCMP_ACT_ERRNO", errnoRet: enosys(target.arch), after: undefined };
  const own = named.has(name)
    ? []
    : [...known].map(
        ([index, value]): NewRule => ({ ...denial, names: [name], conditions: [unlike(index, value)] }),
      );
  const through = names.flatMap((each): NewRule[] => {
    const made = multiplexed(each);
    return made === undefined || named.has(made.via)
      ? []
      : [{ names: [made.via], ...denialOf(profile, target), conditions: [callOf(made)], after: undefined }];
  });
  return {
    ...plan,
    added: [
      ...plan.added,
      ...own,
      ...through,
      ...(names.length === 0 ? [] : [{ ...denial, names, conditions: [] }]),
    ],
  };
}

/** Names the call in a rule, with its arguments. */
function explicitPlan(profile: Profile, target: Target, wish: Wish, after: Rule | undefined): Plan {
  const { want, name, known } = wish;
  const home = known.size === 0 ? homeFor(profile, target, want) : undefined;
  if (home !== undefined) {
    return { removed: [], extended: home, added: [] };
  }
  const conditions = [...known].map(([index, value]) => like(index, value));
  const rule: NewRule =
    want === "allow"
      ? { names: [name], action: "SCMP_ACT_ALLOW", conditions, after }
      : { names: [name], ...denialOf(profile, target), conditions, after };
  return { removed: [], extended: undefined, added: [rule] };
}

/** The action of a new rule that denies: the default, if it denies. */
function denialOf(profile: Profile, target: Target): Pick<NewRule, "action" | "errnoRet"> {
  const { defaultAction, defaultErrno } = profile;
  const verdict = verdictOf(defaultAction, defaultErrno, target.arch);
  if (allows(verdict)) {
    return { action: "SCMP_ACT_ERRNO" };
  }
  const errno = verdict & 0xffff;
  // A rule without a number gets EPERM.
  return defaultAction === "SCMP_ACT_ERRNO" && errno !== 1
    ? { action: defaultAction, errnoRet: errno }
    : { action: defaultAction };
}

/** The rule with most names that applies to all arguments, machines and callers, and does what is wanted; undefined if there is none. */
function homeFor(profile: Profile, target: Target, want: Wish["want"]): Rule | undefined {
  const { action, errnoRet } = want === "allow" ? { action: "SCMP_ACT_ALLOW" } : denialOf(profile, target);
  const plain = profile.rules.filter((rule) => {
    const { errno, conditions, includes, excludes, singleName } = rule;
    const number = verdictOf(rule.action, errno, target.arch) & 0xffff;
    return (
      rule.action === action &&
      (want === "allow" || number === (errnoRet ?? (action === "SCMP_ACT_ERRNO" ? 1 : number))) &&
      conditions.length === 0 &&
      includes === NO_SELECTOR &&
      excludes === NO_SELECTOR &&
      singleName !== true
    );
  });
  return plain.reduce<Rule | undefined>(
    (most, rule) => (most === undefined || rule.names.length > most.names.length ? rule : most),
    undefined,
  );
}

function partsOf(rule: Rule, target: Target, wide: boolean, name: string) {
  const narrow = wide ? 0 : narrowArguments(target.arch, syscallId(name));
  return ruleAlternatives(rule.conditions, 0).map((one) => narrowedRule(one, narrow));
}

/** Whether a rule may apply to calls with the known arguments. */
function mayApply(rule: Rule, target: Target, wide: boolean, { name, known }: Wish): boolean {
  return partsOf(rule, target, wide, name).some(({ conditions }) =>
    conditions.every((one) => {
      const value = known.get(one.index);
      return value === undefined || holdsFor(one, value);
    }),
  );
}

/** The rules that do what a rule does, but for calls with the known arguments; undefined if rules cannot say it. */
function without(rule: Rule, target: Target, wide: boolean, wish: Wish): readonly NewRule[] | undefined {
  const { name, known } = wish;
  if (known.size === 0) {
    return [];
  }
  const written = ruleAlternatives(rule.conditions, 0);
  const judged = partsOf(rule, target, wide, name);
  const found: NewRule[] = [];
  const several = written.length > 1;
  for (const [i, part] of judged.entries()) {
    // Conditions on one argument are rules of their own: each is written as one.
    const conditions = several ? [rule.conditions[i] as Condition] : rule.conditions;
    const isConcerned = part.conditions.every((one) => {
      const value = known.get(one.index);
      return value === undefined || holdsFor(one, value);
    });
    if (!isConcerned) {
      found.push({ names: [name], like: rule, conditions, after: rule });
      continue;
    }
    for (const [index, value] of known) {
      const own = part.conditions.find((one) => one.index === index);
      if (own === undefined) {
        found.push({
          names: [name],
          like: rule,
          conditions: [...conditions, unlike(index, value)],
          after: rule,
        });
      } else if (own.op !== "SCMP_CMP_EQ") {
        // A second condition on the argument would be another rule.
        return undefined;
      }
    }
  }
  return found;
}

/** The condition on the first argument of a multiplexer by which it makes a call. */
function callOf({ call, callMask }: Multiplexed): Condition {
  return { index: 0, op: "SCMP_CMP_MASKED_EQ", value: callMask, valueTwo: BigInt(call) };
}

function like(index: number, value: bigint): Condition {
  return { index, op: "SCMP_CMP_EQ", value, valueTwo: 0n };
}

function unlike(index: number, value: bigint): Condition {
  return { index, op: "SCMP_CMP_NE", value, valueTwo: 0n };
}
