/**
 * Rules of one call of which always one applies: each has conditions, but together they restrict nothing.
 */

import { oneAlwaysApplies } from "../analysis/comparisons.ts";
import type { Diagnostic } from "../diagnostic.ts";
import { addTo } from "../groups.ts";
import { listed } from "../plural.ts";
import { selects } from "../policy/rule-verdict.ts";
import { formatVerdict, precedence, type Verdict } from "../policy/verdict.ts";
import { namePath, type Rule } from "../profile/profile.ts";
import { syscallId } from "../tables/syscalls.ts";
import { type LintInput, nativeOf, rulePointer } from "./input.ts";
import { type Part, partsByName } from "./parts.ts";

/** Rules that leave no call out, and the calls for which they do. */
interface Cover {
  readonly parts: readonly Part[];
  /** All rules of the call with the same verdict: those that are not among the parts change nothing. */
  readonly group: readonly Part[];
  readonly names: string[];
}

const NONE: ReadonlySet<Rule> = new Set();

const found = new WeakMap<LintInput, readonly Cover[]>();

/** Warns of each group of rules with one verdict that together apply to a call whatever its arguments. */
export function* coveringRules(input: LintInput): Iterable<Diagnostic> {
  for (const cover of coversOf(input)) {
    yield describe(input, cover);
  }
}

/** The rules that change nothing beside others of which always one applies: these are to be corrected first. */
export function besideCovers(input: LintInput): ReadonlySet<Rule> {
  const known = coversOf(input);
  return known.length === 0 ? NONE : new Set(known.flatMap(({ group }) => rulesOf(group)));
}

function coversOf(input: LintInput): readonly Cover[] {
  const known = found.get(input) ?? findCovers(input);
  found.set(input, known);
  return known;
}

function findCovers(input: LintInput): readonly Cover[] {
  const covers = new Map<string, Cover | undefined>();
  for (const [name, parts] of partsByName(input)) {
    if (parts.length < 2 || syscallId(name) < 0) {
      continue;
    }
    for (const group of groupsByVerdict(parts.filter(({ rule }) => selects(rule, input.target)))) {
      const key = group.map(({ rule }) => rule.index).join(" ");
      const known = covers.get(key);
      if (known !== undefined) {
        known.names.push(name);
      } else if (!covers.has(key)) {
        const cover = leastCover(group, input);
        covers.set(key, cover && { parts: cover, group, names: [name] });
      }
    }
  }
  return [...covers.values()].filter((cover) => cover !== undefined);
}

/**
 * The parts with conditions, by verdict. Where a rule without conditions counts instead of them, they change nothing, which is
 * reported elsewhere.
 */
function groupsByVerdict(parts: readonly Part[]): readonly (readonly Part[])[] {
  const always = parts.filter(({ conditions }) => conditions.length === 0);
  const strictest = Math.min(...always.map(({ verdict }) => precedence(verdict)));
  const groups = new Map<Verdict, Part[]>();
  for (const part of parts) {
    if (part.conditions.length > 0 && precedence(part.verdict) < strictest) {
      addTo(groups, part.verdict, [part]);
    }
  }
  return [...groups.values()].filter((group) => rulesOf(group).length > 1);
}

/** From this number of rules on, all are named, whether each of them is needed or not. */
const MANY = 16;

/** As few of the parts as always apply together; undefined if not even all of them do, or one rule does by itself. */
function leastCover(parts: readonly Part[], input: LintInput): readonly Part[] | undefined {
  const { bits } = nativeOf(input);
  if (!oneAlwaysApplies(parts, bits)) {
    return undefined;
  }
  let left = parts;
  for (const rule of rulesOf(parts).length < MANY ? rulesOf(parts).reverse() : []) {
    const others = left.filter((part) => part.rule !== rule);
    left = oneAlwaysApplies(others, bits) ? others : left;
  }
  if (rulesOf(left).length < 2) {
    return undefined;
  }
  // Of rules that each leave out one value of an argument two are enough, but all are meant alike.
  const [first] = left as [Part];
  return left.every((part) => leavesOutLike(first, part))
    ? parts.filter((part) => leavesOutLike(first, part))
    : left;
}

/** Whether both leave out one value each, of the same argument. */
function leavesOutLike(a: Part, b: Part): boolean {
  const [of, like] = [a.conditions[0], b.conditions[0]];
  return (
    a.conditions.length === 1 &&
    b.conditions.length === 1 &&
    of?.op === "SCMP_CMP_NE" &&
    like?.op === "SCMP_CMP_NE" &&
    of.index === like.index
  );
}

function rulesOf(parts: readonly Part[]): Rule[] {
  return [...new Set(parts.map(({ rule }) => rule))];
}

function describe(input: LintInput, { parts, names }: Cover): Diagnostic {
  const { profile } = input;
  const rules = rulesOf(parts);
  const last = rules[rules.length - 1] as Rule;
  const verdict = formatVerdict((parts[0] as Part).verdict, nativeOf(input));
  const pointer = `${rulePointer(profile, last)}/${namePath(last, last.names.indexOf(names[0] ?? ""))}`;
  return {
    code: "always-apply-together",
    severity: "warning",
    message: `whatever the arguments of ${listed(names)} are, one of ${rules.length} rules applies and gives ${verdict}: what the conditions of one leave out, another takes in`,
    hint: `one rule that applies is enough; ${correction(parts)}`,
    pointer,
    related: rules
      .slice(0, -1)
      .slice(0, 3)
      .map((rule) => ({ pointer: rulePointer(profile, rule), what: "another of these rules" })),
  };
}

/** What to write instead: the values that are left if each rule is meant to leave out one. */
function correction(parts: readonly Part[]): string {
  const excluded = excludedBy(parts);
  return excluded === undefined
    ? "correct the conditions or, if every call is meant, write one rule without any"
    : `to leave out ${excluded.map(String).join(" and ")}, write a rule for each range that remains: ${between(excluded).join(", ")}`;
}

/** The values that the parts leave out, ascending, if each leaves out one value of the same argument. */
function excludedBy(parts: readonly Part[]): readonly bigint[] | undefined {
  const values = parts.flatMap(({ conditions }) => conditions.map(({ value }) => value));
  return parts.every((part) => leavesOutLike(parts[0] as Part, part))
    ? [...new Set(values)].sort((a, b) => (a < b ? -1 : 1))
    : undefined;
}

/** The ranges before, between and after ascending values. A rule has no room for a range with two ends. */
function between(values: readonly bigint[]): readonly string[] {
  const ranges = values[0] === 0n ? [] : [`LT ${values[0]}`];
  values.slice(1).forEach((value, i) => {
    const low = (values[i] as bigint) + 1n;
    if (value === low + 1n) {
      ranges.push(`EQ ${low}`);
    } else if (value > low) {
      ranges.push(`EQ for each of ${low} to ${value - 1n}`);
    }
  });
  return [...ranges, `GT ${values[values.length - 1]}`];
}
