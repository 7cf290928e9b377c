/**
 * How redundant rules are reported: those with one cause are one finding.
 */

import type { Diagnostic } from "../diagnostic.ts";
import { addTo } from "../groups.ts";
import { either, listed } from "../plural.ts";
import { verdictOf } from "../policy/rule-verdict.ts";
import { formatVerdict, precedence, type Verdict } from "../policy/verdict.ts";
import { formatKernelVersion } from "../profile/kernel-version.ts";
import { namePath, type Rule } from "../profile/profile.ts";
import { SECCOMP_RET_ALLOW } from "../tables/seccomp.ts";
import { syscallId } from "../tables/syscalls.ts";
import { type LintInput, rulePointer } from "./input.ts";
import { partsByName } from "./parts.ts";

/** A rule, the names for which it is not needed, and the rules that count instead, if any. */
export interface Useless {
  readonly rule: Rule;
  readonly names: readonly string[];
  readonly instead: readonly Rule[];
}

/**
 * Findings about rules that change no verdict.
 *
 * @param isAll whether there are no more than these
 */
export function* redundancyFindings(
  all: readonly Useless[],
  isAll: boolean,
  input: LintInput,
): Iterable<Diagnostic> {
  const repeating = new Set(all.filter((one) => isWhole(one) && repeatsDefault(one, input)));
  const [firstRepeating] = repeating;
  const defeaters = new Map(all.map((one) => [one, defeaterOf(one, input)]));
  const defeated = new Map<string, Useless[]>();
  for (const [one, key] of defeaters) {
    if (key !== undefined) {
      addTo(defeated, key, [one]);
    }
  }
  for (const [one, key] of defeaters) {
    const group = key === undefined ? [one] : (defeated.get(key) as Useless[]);
    if (repeating.has(one)) {
      if (one === firstRepeating) {
        yield repeatsDefaultFinding([...repeating], isAll, input);
      }
    } else if (key === undefined) {
      yield describe(one, input);
    } else if (one === group[0]) {
      yield defeatedFinding(group, input);
    }
  }
}

/** Whether the rule is for every name that it has. */
function isWhole({ rule, names }: Useless): boolean {
  return new Set(rule.names.filter((name) => syscallId(name) >= 0)).size === names.length;
}

function verdictOfRule({ action, errno }: Rule, { target }: LintInput): Verdict {
  return verdictOf(action, errno, target.arch);
}

function repeatsDefault({ rule, instead }: Useless, input: LintInput): boolean {
  return instead.length === 0 && verdictOfRule(rule, input) === input.policy.defaultVerdict;
}

/** Explicit denials are worth keeping: they hold if the default action is changed. */
function repeatsDefaultFinding(all: readonly Useless[], isAll: boolean, { profile }: LintInput): Diagnostic {
  const [first, ...others] = all.map(({ rule }) => rulePointer(profile, rule)) as [string, ...string[]];
  return {
    code: "redundant-rule",
    severity: "note",
    message:
      others.length === 0
        ? "the rule gives the default verdict: it matters only if that changes"
        : `${isAll ? "" : "at least "}${all.length} rules give the default verdict: they matter only if it changes`,
    pointer: first,
    ...relatedTo(others, "another one of them"),
  };
}

/** The rule that makes another one useless since it does not ask for what that one asks for; undefined if there is none. */
function defeaterOf(one: Useless, input: LintInput): string | undefined {
  const [other, ...more] = new Set(one.instead);
  return other !== undefined &&
    more.length === 0 &&
    verdictOfRule(other, input) === verdictOfRule(one.rule, input) &&
    asksMore(one.rule, other).length > 0 &&
    !one.names.some((name) => hasStricter(input, name, other))
    ? String(other.index)
    : undefined;
}

/** Whether the call has a rule, on whatever machine and for whatever caller, that counts instead of this one where both apply. */
function hasStricter(input: LintInput, name: string, other: Rule): boolean {
  const strictness = precedence(verdictOfRule(other, input));
  return (partsByName(input).get(name) ?? []).some(({ verdict }) => precedence(verdict) < strictness);
}

/** What a rule asks for, and another one does not: "CAP_BPF", "a condition". */
function asksMore({ conditions, includes }: Rule, other: Rule): readonly string[] {
  return [
    ...includes.caps.filter((cap) => !other.includes.caps.includes(cap)),
    ...(includes.minKernel !== undefined && other.includes.minKernel === undefined
      ? [`Linux ${formatKernelVersion(includes.minKernel)} or later`]
      : []),
    ...(conditions.length > 0 && other.conditions.length === 0 ? ["a condition"] : []),
  ];
}

function defeatedFinding(all: readonly Useless[], input: LintInput): Diagnostic {
  const { profile, target } = input;
  const group = [...all].sort((a, b) => a.rule.index - b.rule.index);
  const [first] = group as [Useless];
  const other = first.instead[0] as Rule;
  const demands = [...new Set(group.flatMap(({ rule }) => asksMore(rule, other)))];
  const asked = either(demands);
  const names = [...new Set(group.flatMap((one) => one.names))];
  const verdict = verdictOfRule(other, input);
  const shown = formatVerdict(verdict, target.arch);
  const [name, it] = names.length === 1 ? ["name", "it"] : ["names", "them"];
  const [rules, allow, give, remove] =
    group.length > 1
      ? [`${group.length} rules`, "allow", "give", `remove the ${name} from these rules`]
      : ["this rule", "allows", "gives", isWhole(first) ? "remove it" : `remove the ${name} from it`];
  const [does, instead] =
    verdict === SECCOMP_RET_ALLOW
      ? [`${allow} ${listed(names)}`, `allows ${it}`]
      : [`${give} ${shown} to ${listed(names)}`, `gives ${shown} to ${it}`];
  return {
    code: "redundant-rule",
    severity: "note",
    message: `${rules} ${does} only with ${asked}, to no effect: another rule ${instead} anyway`,
    hint: `${remove}, or take the ${name} out of the other one if ${demands.length > 2 ? "these" : asked} should be asked for`,
    pointer: pointerOf(first, input),
    related: [
      { pointer: rulePointer(profile, other), what: "the rule that counts" },
      ...group.slice(1, 3).map((one) => ({ pointer: pointerOf(one, input), what: "one without effect too" })),
    ],
  };
}

function describe(one: Useless, input: LintInput): Diagnostic {
  const whole = isWhole(one);
  const why = repeatsDefault(one, input) ? ": it gives the default verdict" : "";
  const others = [...new Set(one.instead)].map((other) => rulePointer(input.profile, other));
  return {
    code: "redundant-rule",
    severity: "note",
    message: whole ? "the rule changes nothing" : `the rule changes nothing for ${listed(one.names)}${why}`,
    hint: whole ? "remove it" : `remove ${one.names.length === 1 ? "this name" : "these names"} from it`,
    pointer: pointerOf(one, input),
    ...relatedTo(others, "the rule that counts"),
  };
}

function pointerOf(one: Useless, { profile }: LintInput): string {
  const { rule, names } = one;
  const at = rulePointer(profile, rule);
  return isWhole(one) || names.length > 1
    ? at
    : `${at}/${namePath(rule, rule.names.indexOf(names[0] ?? ""))}`;
}

function relatedTo(pointers: readonly string[], what: string): Pick<Diagnostic, "related"> {
  return pointers.length === 0 ? {} : { related: pointers.slice(0, 3).map((pointer) => ({ pointer, what })) };
}
