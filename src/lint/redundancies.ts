/**
 * Redundant rules: others give the same verdicts.
 */

import { regionsOfRules } from "../analysis/rule-regions.ts";
import { type RuleList, rulesInWords } from "../analysis/rules-in-words.ts";
import { ANY_CALL, type Layout, type Words } from "../analysis/words.ts";
import { CutShort, Work } from "../analysis/work.ts";
import { type Diagnostic, MAX_DIAGNOSTICS } from "../diagnostic.ts";
import { addTo } from "../groups.ts";
import { listed } from "../plural.ts";
import { precedence } from "../policy/verdict.ts";
import { NO_SELECTOR, type Rule, type Selector } from "../profile/profile.ts";
import { syscallId, syscallSince } from "../tables/syscalls.ts";
import { contradictionIn } from "./contradictions.ts";
import { type LintInput, namePointer, nativeOf } from "./input.ts";
import { isOverlapping } from "./overlaps.ts";
import { type Part, partsByName } from "./parts.ts";
import { redundancyFindings, type Useless } from "./redundancy-findings.ts";
import { besideCovers } from "./together.ts";

/** Work limits: for the rules of one call, and for all calls. */
const MAX_STEPS_PER_CALL = 16_000;
const MAX_STEPS = 200_000;
/** More rules than can be reported are not looked for. */
const ENOUGH = MAX_DIAGNOSTICS + 2;

/** Notes rules, and names in rules, that change no verdict, but for those of which another finding tells. */
export function* redundancies(input: LintInput): Iterable<Diagnostic> {
  const { useless, passedOver } = uselessRules(input);
  const beside = besideCovers(input);
  const told = useless
    .filter(({ rule }) => !beside.has(rule))
    .map((one) => ({
      ...one,
      names: one.names.filter((name) => !isOverlapping(input, name, [one.rule, ...one.instead])),
    }))
    .filter(({ names }) => names.length > 0);
  yield* redundancyFindings(told, useless.length < ENOUGH, input);
  if (passedOver.length > 0) {
    yield cutShort(input, passedOver);
  }
}

/** The rules that change no verdict, for all of their names or some, and the calls that were too much work. */
export function uselessRules(input: LintInput): {
  readonly useless: readonly Useless[];
  readonly passedOver: readonly string[];
} {
  const useless = new Map<Rule, { rule: Rule; names: string[]; instead: Rule[] }>();
  const passedOver: string[] = [];
  const effort = new Work(MAX_STEPS);
  const asked = askedOf();
  const known = new Map<readonly Part[], Unneeded>();
  const isWanted = (rule: Rule): boolean => useless.has(rule) || useless.size < ENOUGH;
  for (const [name, parts] of partsByName(input)) {
    if (syscallId(name) < 0) {
      continue;
    }
    const found =
      known.get(parts) ??
      (isNeededAlone(parts, input) ? NOTHING_UNNEEDED : unneededFor(parts, asked, input, effort, isWanted));
    known.set(parts, found);
    if (found.kind === "tooMany") {
      passedOver.push(name);
      continue;
    }
    for (const { rule, instead } of found.rules) {
      const earlier = useless.get(rule);
      if (earlier !== undefined) {
        earlier.names.push(name);
        earlier.instead.push(...instead);
      } else if (isWanted(rule)) {
        useless.set(rule, { rule, names: [name], instead: [...instead] });
      }
    }
  }
  const youngest = namingTheYoungest(input);
  return { useless: [...useless.values()].filter(({ rule }) => rule !== youngest), passedOver };
}

function cutShort({ profile }: LintInput, names: readonly string[]): Diagnostic {
  return {
    code: "not-examined",
    severity: "warning",
    message: `there are too many conditions in the rules for ${listed(names)} to look for rules that add nothing`,
    pointer: namePointer(profile, names[0] ?? ""),
  };
}

/** The result for the rules of one call. */
type Unneeded =
  | { readonly kind: "examined"; readonly rules: readonly UnneededRule[] }
  /** There are more conditions than the work limit allows. */
  | { readonly kind: "tooMany" };

const NOTHING_UNNEEDED: Unneeded = { kind: "examined", rules: [] };

/** The usual case: there is one rule, always applies, and gives another verdict than the default action. */
function isNeededAlone(parts: readonly Part[], { policy }: LintInput): boolean {
  const [part, ...others] = parts;
  return (
    part !== undefined &&
    others.length === 0 &&
    part.conditions.length === 0 &&
    part.verdict !== policy.defaultVerdict
  );
}

/** A rule that is not needed for a call. */
interface UnneededRule {
  readonly rule: Rule;
  /** The rules that count wherever this one applies; none if it counts itself but changes no verdict. */
  readonly instead: readonly Rule[];
}

/** @param isWanted whether a finding about a rule would be reported */
function unneededFor(
  parts: readonly Part[],
  asked: Asked,
  input: LintInput,
  effort: Work,
  isWanted: (rule: Rule) => boolean,
): Unneeded {
  const work = new Work(Math.min(MAX_STEPS_PER_CALL, effort.left));
  try {
    const groups = groupsBySelector(parts, asked);
    // A rule can replace another only if the machine includes it whenever it includes the other.
    const all = groups.length > 1 ? parts.map(({ rule }) => asked(rule)) : [];
    const found = new Map<Rule, UnneededRule>();
    for (const group of groups) {
      const own = asked((group[0] as Part).rule);
      work.step(1 + (all.length >> 3));
      const together = group === parts ? parts : parts.filter((_, i) => alwaysWith(all[i], own));
      for (const one of unneededIn(group, new Together(together, parts, input, work), input, isWanted)) {
        found.set(one.rule, one);
        if (found.size >= ENOUGH) {
          return { kind: "examined", rules: [...found.values()] };
        }
      }
    }
    return { kind: "examined", rules: [...found.values()] };
  } catch (error) {
    if (error instanceof CutShort) {
      return { kind: "tooMany" };
    }
    throw error;
  } finally {
    effort.spend(work.steps);
  }
}

function* unneededIn(
  group: readonly Part[],
  together: Together,
  input: LintInput,
  isWanted: (rule: Rule) => boolean,
): Iterable<UnneededRule> {
  const needed = together.needed();
  // Of one rule with several conditions all parts are in the same group.
  const byRule = new Map<Rule, Part[]>();
  for (const part of group) {
    addTo(byRule, part.rule, [part]);
  }
  for (const [rule, own] of byRule) {
    if (!needed.has(rule) && isWanted(rule) && contradictionIn(rule, input) === undefined) {
      yield { rule, instead: together.countingFor(rule, own) };
    }
  }
}

/** Rules of one call that are included together, and which of them counts for which arguments. */
class Together {
  private readonly layout: Layout;
  /** With the index of the profile's rule instead of the verdict. */
  private readonly list: RuleList;
  private readonly rules = new Map<Marker, Part>();

  /**
   * @param parts those that are included wherever the examined ones are
   * @param all the parts of the call, on any machine
   */
  constructor(
    parts: readonly Part[],
    private readonly all: readonly Part[],
    private readonly input: LintInput,
    private readonly work: Work,
  ) {
    work.step(1 + (parts.length >> 3));
    this.layout = { bigEndian: false, bits: nativeOf(input).bits };
    const inOrder = [...parts].sort((a, b) => precedence(a.verdict) - precedence(b.verdict));
    this.list = rulesInWords(parts, this.layout).map((rule) => {
      const part = inOrder[rule.place] as Part;
      this.rules.set(markerOf(part.rule), part);
      return { ...rule, verdict: markerOf(part.rule) };
    });
  }

  /** The rules without which some call would get another verdict. Of several that agree the first one is needed. */
  needed(): ReadonlySet<Rule> {
    const needed = new Set<Rule>();
    this.regions(ANY_CALL, (words, part) => {
      if (part !== undefined && !needed.has(part.rule) && this.isNeeded(part, words)) {
        needed.add(part.rule);
      }
      return needed.size < this.rules.size;
    });
    return needed;
  }

  /**
   * The rules that count instead of one that is not needed; none if it counts itself for some calls.
   *
   * @param own the parts of that rule
   */
  countingFor(rule: Rule, own: readonly Part[]): readonly Rule[] {
    const counting = new Set<Rule>();
    this.regionsOf(own, ANY_CALL, (words) =>
      this.regions(words, (_, part) => {
        counting.add((part as Part).rule);
        return !counting.has(rule);
      }),
    );
    return counting.has(rule) ? [] : [...counting];
  }

  /** Whether a rule that counts for these calls changes the verdict of the default action, on this machine or another. */
  private isNeeded({ verdict }: Part, words: Words): boolean {
    if (verdict !== this.input.policy.defaultVerdict) {
      return true;
    }
    const restricted = this.all.filter((part) => precedence(part.verdict) > precedence(verdict));
    return !this.regionsOf(restricted, words, () => false);
  }

  /** Sets of calls for which the same rule counts, or none. */
  private regions(words: Words, visit: (words: Words, counting: Part | undefined) => boolean): boolean {
    return regionsOfRules(this.list, NO_RULE, words, this.work, (region, marker) =>
      visit(region, this.rules.get(marker)),
    );
  }

  /** Sets of calls to which at least one of these rules applies. */
  private regionsOf(parts: readonly Part[], words: Words, visit: (words: Words) => boolean): boolean {
    const same = parts.map(({ conditions }) => ({ conditions, verdict: ANY_RULE }));
    return regionsOfRules(rulesInWords(same, this.layout), NO_RULE, words, this.work, (region, marker) =>
      marker === NO_RULE ? true : visit(region),
    );
  }
}

/** Identifies a rule of the profile instead of a verdict: only which rule counts matters here. */
type Marker = number;

const NO_RULE: Marker = 0;
const ANY_RULE: Marker = 1;

function markerOf({ index }: Rule): Marker {
  return index + 1;
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

/** A rule's demands on the machine as comparable texts: "" for none. */
type Asked = (rule: Rule) => { readonly includes: string; readonly excludes: string };

/** Caches the texts of each rule. */
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
 * The only rule that names the youngest call of all, if there is one. That call decides which calls are younger than the profile,
 * so the rule is needed even if it changes no verdict.
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
