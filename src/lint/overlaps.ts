/**
 * Rules with different actions that apply to the same call: which one counts here, and which one in other engines.
 */

import { commonArguments } from "../analysis/comparisons.ts";
import { formatCall } from "../analysis/format-call.ts";
import type { Diagnostic } from "../diagnostic.ts";
import { listed } from "../plural.ts";
import { selects } from "../policy/rule-verdict.ts";
import { formatVerdict, precedence, type Verdict } from "../policy/verdict.ts";
import type { Rule } from "../profile/profile.ts";
import { syscallId } from "../tables/syscalls.ts";
import { type LintInput, namePointer, nativeOf, rulePointer } from "./input.ts";
import { type Part, partsByName } from "./parts.ts";

/** Two rules that overlap, and the first call to which both apply. */
interface Meeting {
  readonly first: Part;
  readonly second: Part;
  readonly call: string;
  readonly names: string[];
}

/** Maximum number of pairs of rules that are compared; a note reports if there are more. */
const MAX_PAIRS = 50_000;

/** What was found in a profile. */
interface Found {
  readonly meetings: readonly Meeting[];
  /** The calls of too many rules. */
  readonly passedOver: readonly string[];
  /** The rules that overlap with different verdicts, by call. */
  readonly overlapping: ReadonlyMap<string, ReadonlySet<Rule>>;
}

const found = new WeakMap<LintInput, Found>();

/** Warns of rules that overlap with different verdicts on the target: each rule once for each verdict of earlier ones. */
export function* overlaps(input: LintInput): Iterable<Diagnostic> {
  const { meetings, passedOver } = foundIn(input);
  for (const meeting of meetings) {
    yield describe(input, meeting);
  }
  if (passedOver.length > 0) {
    yield cutShort(input, passedOver);
  }
}

/** Whether {@link overlaps} warns of one of these rules and another one for the call: that is to be corrected first. */
export function isOverlapping(input: LintInput, name: string, rules: readonly Rule[]): boolean {
  const overlapping = foundIn(input).overlapping.get(name);
  return overlapping !== undefined && rules.some((rule) => overlapping.has(rule));
}

function foundIn(input: LintInput): Found {
  const known = found.get(input) ?? find(input);
  found.set(input, known);
  return known;
}

function find(input: LintInput): Found {
  const meetings = new Map<string, Meeting>();
  const overlapping = new Map<string, Set<Rule>>();
  const passedOver: string[] = [];
  let pairs = 0;
  for (const [name, parts] of partsByName(input)) {
    if (parts.length > 1 && parts.some(({ verdict }) => verdict !== parts[0]?.verdict)) {
      pairs += (parts.length * (parts.length - 1)) / 2;
      if (pairs > MAX_PAIRS) {
        passedOver.push(name);
      } else {
        const met = meet(name, parts, input, meetings);
        if (met.size > 0) {
          overlapping.set(name, met);
        }
      }
    }
  }
  return { meetings: [...meetings.values()], passedOver, overlapping };
}

function cutShort({ profile }: LintInput, names: readonly string[]): Diagnostic {
  return {
    code: "not-examined",
    severity: "warning",
    message: `there are too many rules for ${listed(names)} to look for those that overlap`,
    pointer: namePointer(profile, names[0] ?? ""),
  };
}

/** Finds the rules of one call that overlap, and returns them. */
function meet(name: string, parts: readonly Part[], input: LintInput, into: Map<string, Meeting>): Set<Rule> {
  const arch = nativeOf(input);
  const met = new Set<Rule>();
  // Rules for other capabilities or kernels meet no call of this target.
  const selected = parts.filter(({ rule }) => selects(rule, input.target));
  for (const [i, second] of selected.entries()) {
    for (const first of selected.slice(0, i)) {
      // Earlier rules that agree are one finding.
      const key = `${first.verdict} ${second.rule.index}`;
      const known = into.get(key);
      // Names are visited one after the other, so it is enough to compare with the last one.
      if (first.verdict === second.verdict || known?.names[known.names.length - 1] === name) {
        continue;
      }
      const args = commonArguments(first, second, arch.bits);
      if (args !== undefined) {
        met.add(first.rule).add(second.rule);
      }
      if (args !== undefined && known !== undefined) {
        known.names.push(name);
      } else if (args !== undefined) {
        const id = syscallId(name);
        into.set(key, { first, second, call: id < 0 ? name : formatCall(id, args, arch), names: [name] });
      }
    }
  }
  return met;
}

function describe(input: LintInput, { first, second, call, names }: Meeting): Diagnostic {
  const arch = nativeOf(input);
  const { profile, policy } = input;
  const show = (verdict: Verdict): string => formatVerdict(verdict, arch);
  const strictest = precedence(second.verdict) < precedence(first.verdict) ? second : first;
  const more = names.length > 1 ? ` (and ${names.length - 1} more calls)` : "";
  return {
    code: "overlapping-rules",
    severity: "warning",
    message: `this rule gives ${show(second.verdict)} and an earlier one ${show(first.verdict)} for ${call}${more}: here the ${
      precedence(second.verdict) === precedence(first.verdict) ? "first" : "more restrictive one"
    } counts, ${show(strictest.verdict)}`,
    hint: `${whatToDo(first, second, names.length > 1)}: runtimes that use libseccomp ${elsewhere(first, second, policy.defaultVerdict, show)}`,
    pointer: rulePointer(profile, second.rule),
    related: [{ pointer: rulePointer(profile, first.rule), what: "the earlier rule" }],
  };
}

/** After which the rules no longer overlap. */
function whatToDo(first: Part, second: Part, isOfMany: boolean): string {
  const it = isOfMany ? "the calls" : "the call";
  const rules = [first, second].filter(({ conditions }) => conditions.length > 0).length;
  return rules === 2
    ? "write conditions that exclude each other"
    : rules === 1
      ? `remove ${it} from one of the two rules, or write conditions that exclude each other`
      : `remove ${it} from one of the two rules`;
}

/** What libseccomp and the runtimes that use it do: `src/engines/libseccomp.ts`. */
function elsewhere(
  first: Part,
  second: Part,
  defaultVerdict: Verdict,
  show: (verdict: Verdict) => string,
): string {
  const skipped = [first, second].find(({ verdict }) => verdict === defaultVerdict);
  if (skipped !== undefined) {
    const other = skipped === first ? second : first;
    return `ignore the rule with the default action, so the other one counts, ${show(other.verdict)}`;
  }
  const unconditional = [first, second].filter(({ conditions }) => conditions.length === 0);
  if (unconditional.length === 2) {
    return `take the first in the file, ${show(first.verdict)}`;
  }
  const [only] = unconditional;
  return only === undefined
    ? "refuse the two rules or promise no outcome"
    : `take the one without conditions, ${show(only.verdict)}`;
}
