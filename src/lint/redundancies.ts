/**
 * Rules that can be left out, because others say all that they say.
 */

import { type Diagnostic, MOST_TOLD } from "../diagnostic.ts";
import { addTo } from "../groups.ts";
import { applies } from "../policy/evaluate.ts";
import { verdictOf } from "../policy/rule-verdict.ts";
import { rank, type Verdict } from "../policy/verdict.ts";
import { NO_SELECTOR, namePath, type Rule, type Selector } from "../profile/profile.ts";
import { syscallId, syscallSince } from "../tables/syscalls.ts";
import { listed } from "../words.ts";
import { contradictionIn } from "./contradictions.ts";
import { type LintInput, namePointer, nativeOf, rulePointer, vectorsOf } from "./input.ts";
import { type Part, partsByName } from "./parts.ts";

/** So much is looked at for one call (rules times ways in which their conditions can turn out), and for all together. */
const MOST_FOR_ONE = 200_000;
const MOST_FOR_ALL = 1_000_000;
/** The same for all together, times the ways in which the rules of a call ask for machines. */
const MOST_IN_GROUPS = 1_000_000;
/** No more rules than are going to be told of, and two to spare. */
const ENOUGH = MOST_TOLD + 2;

/** Warns of rules, and of names in rules, without which every call would get the same verdict. */
export function* redundancies(input: LintInput): Iterable<Diagnostic> {
  const useless = new Map<Rule, Useless>();
  const passedOver: string[] = [];
  const asked = askedOf();
  let work = 0;
  let workInGroups = 0;
  for (const [name, parts] of partsByName(input)) {
    if (syscallId(name) < 0) {
      continue;
    }
    if (parts.length > MOST_FOR_ONE) {
      passedOver.push(name);
      continue;
    }
    const found = vectorsOf(parts, nativeOf(input).bits);
    const here = found.count * parts.length;
    work += here;
    const groups = here > MOST_FOR_ONE ? [] : groupsBySelector(parts, asked);
    workInGroups += groups.length > 1 ? groups.length * here : 0;
    if (!found.complete || workInGroups > MOST_IN_GROUPS || here > MOST_FOR_ONE || work > MOST_FOR_ALL) {
      passedOver.push(name);
      continue;
    }
    for (const { rule, instead } of uselessFor(parts, groups, asked, found.vectors, input)) {
      const known = useless.get(rule);
      if (known === undefined && useless.size < ENOUGH) {
        useless.set(rule, { rule, names: [name], instead: [instead] });
      } else if (known !== undefined) {
        known.names.push(name);
        known.instead.push(instead);
      }
    }
  }
  const youngest = namingTheYoungest(input);
  for (const one of useless.values()) {
    if (one.rule !== youngest) {
      yield describe(input, one);
    }
  }
  if (passedOver.length > 0) {
    yield cutShort(input, passedOver);
  }
}

/** A rule, names of it for which it is not needed, and for each a rule that says the same. */
interface Useless {
  readonly rule: Rule;
  readonly names: string[];
  readonly instead: (Rule | undefined)[];
}

function cutShort({ profile }: LintInput, names: readonly string[]): Diagnostic {
  return {
    code: "not-examined",
    severity: "warning",
    message: `there are too many conditions in the rules for ${listed(names)} to look for rules that add nothing`,
    pointer: namePointer(profile, names[0] ?? ""),
  };
}

/** The rules of which nothing is needed for a call, and for each one a rule that says the same. */
function uselessFor(
  parts: readonly Part[],
  groups: readonly (readonly Part[])[],
  asked: Asked,
  vectors: readonly (readonly bigint[])[],
  input: LintInput,
): Iterable<{ readonly rule: Rule; readonly instead: Rule | undefined }> {
  const found = new Map<Rule, { readonly rule: Rule; readonly instead: Rule | undefined }>();
  // Rules that ask different things of the machine cannot stand for each other.
  const all = groups.length > 1 ? parts.map(({ rule }) => asked(rule)) : [];
  for (const group of groups) {
    const own = asked((group[0] as Part).rule);
    const together = group === parts ? parts : parts.filter((_, i) => alwaysWith(all[i], own));
    const needed = new Set<Rule>();
    const instead = new Map<Rule, Rule>();
    for (const args of vectors) {
      const here: Part[] = [];
      let strictest: Part | undefined;
      for (const part of together) {
        if (applies(part, args)) {
          here.push(part);
          strictest =
            strictest === undefined || rank(part.verdict) < rank(strictest.verdict) ? part : strictest;
        }
      }
      if (strictest === undefined) {
        continue;
      }
      // Of several that say the same the first in the file is the one that is needed.
      if (strictest.verdict !== input.policy.defaultVerdict || restrictsAnother(strictest, parts, args)) {
        needed.add(strictest.rule);
      }
      for (const { rule } of here) {
        instead.set(rule, strictest.rule);
      }
    }
    for (const { rule } of group) {
      // One of them may be the rule that names the youngest call.
      if (found.size < ENOUGH && !needed.has(rule) && contradictionIn(rule) === undefined) {
        const other = instead.get(rule);
        found.set(rule, { rule, instead: other === rule ? undefined : other });
      }
    }
  }
  return found.values();
}

/** Whether a rule that allows more applies as well, on this machine or another. */
function restrictsAnother({ verdict }: Part, parts: readonly Part[], args: readonly bigint[]): boolean {
  return parts.some((part) => rank(part.verdict) > rank(verdict) && applies(part, args));
}

function groupsBySelector(parts: readonly Part[], asked: Asked): readonly (readonly Part[])[] {
  if (parts.every(({ rule }) => rule.includes === NO_SELECTOR && rule.excludes === NO_SELECTOR)) {
    return [parts];
  }
  const groups = new Map<string, Part[]>();
  for (const part of parts) {
    const { includes, excludes } = asked(part.rule);
    addTo(groups, `${includes} ${excludes}`, [part]);
  }
  return [...groups.values()];
}

/** What a rule asks of the machine, as texts that can be compared: "" for nothing. */
type Asked = (rule: Rule) => { readonly includes: string; readonly excludes: string };

/** Remembers what it has said of a rule. */
function askedOf(): Asked {
  const known = new Map<Rule, ReturnType<Asked>>();
  return (rule) => {
    let found = known.get(rule);
    if (found === undefined) {
      found = { includes: textOf(rule.includes), excludes: textOf(rule.excludes) };
      known.set(rule, found);
    }
    return found;
  };
}

function textOf(selector: Selector): string {
  const { caps, arches, minKernel } = selector;
  return caps.length === 0 && arches.length === 0 && minKernel === undefined
    ? ""
    : JSON.stringify([caps, arches, minKernel]);
}

/** Whether a rule is included wherever another one is. */
function alwaysWith(a: ReturnType<Asked> | undefined, b: ReturnType<Asked>): boolean {
  const includes = a?.includes ?? "";
  const excludes = a?.excludes ?? "";
  return (includes === "" || includes === b.includes) && (excludes === "" || excludes === b.excludes);
}

/**
 * The only rule that names the youngest call of all, if there is one: that call decides which ones are younger than the
 * profile, so naming it is not for nothing.
 */
function namingTheYoungest({ profile }: LintInput): Rule | undefined {
  let [youngest, naming] = [0, undefined as Rule | undefined];
  for (const rule of profile.rules) {
    const since = youngestOf(rule);
    naming = since > youngest ? rule : since === youngest ? undefined : naming;
    youngest = Math.max(youngest, since);
  }
  return naming;
}

function youngestOf({ names }: Rule): number {
  return names.reduce((youngest, name) => {
    const id = syscallId(name);
    return id < 0 ? youngest : Math.max(youngest, syscallSince(id));
  }, 0);
}

function describe({ profile, target, policy }: LintInput, { rule, names, instead }: Useless): Diagnostic {
  const whole = new Set(rule.names.filter((name) => syscallId(name) >= 0)).size === names.length;
  const others = [...new Set(instead)].filter((other) => other !== undefined);
  const verdict: Verdict = verdictOf(rule.action, rule.errno, target.arch);
  const why = verdict === policy.defaultVerdict && others.length === 0 ? ": that is the default" : "";
  const at = rulePointer(profile, rule);
  return {
    code: "redundant-rule",
    severity: "warning",
    message: whole ? `the rule changes nothing${why}` : `the rule says nothing new of ${listed(names)}${why}`,
    hint: whole ? "remove it" : "remove these names from it",
    pointer: whole || names.length > 1 ? at : `${at}/${namePath(rule, rule.names.indexOf(names[0] ?? ""))}`,
    ...(others.length === 0
      ? {}
      : {
          related: others
            .slice(0, 3)
            .map((other) => ({ pointer: rulePointer(profile, other), what: "the rule that counts" })),
        }),
  };
}
