/**
 * Rules with different actions that apply to the same call: what counts here, and what other engines make of it.
 */

import { argumentVectors } from "../analysis/argument-vectors.ts";
import { formatCall } from "../analysis/format-call.ts";
import type { Diagnostic } from "../diagnostic.ts";
import { applies } from "../policy/evaluate.ts";
import { formatVerdict, rank, type Verdict } from "../policy/verdict.ts";
import type { Profile, Rule, Selector } from "../profile/profile.ts";
import type { Architecture } from "../tables/architectures.ts";
import { syscallId, syscallNumber } from "../tables/syscalls.ts";
import { type LintInput, nativeOf, rulePointer } from "./input.ts";
import { type Part, partsByName } from "./parts.ts";

/** Two rules that meet, and the first call on which they do. */
interface Meeting {
  readonly first: Part;
  readonly second: Part;
  readonly call: string;
  readonly names: string[];
}

/** Warns of each pair of rules that meet with different verdicts. */
export function overlaps(input: LintInput): Diagnostic[] {
  const { profile, policy } = input;
  const meetings = new Map<string, Meeting>();
  for (const [name, parts] of partsByName(input)) {
    if (new Set(parts.map(({ verdict }) => verdict)).size > 1) {
      meet(name, parts, nativeOf(input), meetings);
    }
  }
  return [...meetings.values()].map((meeting) =>
    describe(profile, meeting, policy.defaultVerdict, nativeOf(input)),
  );
}

function meet(name: string, parts: readonly Part[], arch: Architecture, into: Map<string, Meeting>): void {
  const { vectors } = argumentVectors(parts, arch.bits);
  const seen = new Set<string>();
  for (const args of vectors) {
    const here = parts.filter((part) => applies(part, args));
    for (const [i, second] of here.entries()) {
      const first = here
        .slice(0, i)
        .find(({ verdict, rule }) => verdict !== second.verdict && canBothApply(rule, second.rule));
      const key = `${first?.rule.index} ${second.rule.index}`;
      if (first === undefined || seen.has(key)) {
        continue;
      }
      seen.add(key);
      const known = into.get(key);
      if (known === undefined) {
        into.set(key, { first, second, call: callOf(name, args, arch), names: [name] });
      } else {
        known.names.push(name);
      }
    }
  }
}

function callOf(name: string, args: readonly bigint[], arch: Architecture): string {
  const id = syscallId(name);
  return id < 0 ? name : formatCall({ arch: arch.token, nr: syscallNumber(arch, id) >>> 0, args }, id);
}

/** Whether there is a machine on which both are included. */
function canBothApply(a: Rule, b: Rule): boolean {
  return !excludesOther(a.includes, b.excludes) && !excludesOther(b.includes, a.excludes);
}

function excludesOther(includes: Selector, excludes: Selector): boolean {
  return (
    includes.caps.some((name) => excludes.caps.includes(name)) ||
    (includes.minKernel !== undefined &&
      excludes.minKernel !== undefined &&
      includes.minKernel >= excludes.minKernel)
  );
}

function describe(
  profile: Profile,
  { first, second, call, names }: Meeting,
  defaultVerdict: Verdict,
  arch: Architecture,
): Diagnostic {
  const show = (verdict: Verdict): string => formatVerdict(verdict, arch);
  const strictest = rank(second.verdict) < rank(first.verdict) ? second : first;
  const more = names.length > 1 ? ` (and ${names.length - 1} more calls)` : "";
  return {
    code: "overlapping-rules",
    severity: "warning",
    message: `this rule says ${show(second.verdict)} and an earlier one ${show(first.verdict)} of ${call}${more}: here the ${
      rank(second.verdict) === rank(first.verdict) ? "first" : "more restrictive one"
    } counts, ${show(strictest.verdict)}`,
    hint: `runtimes that use libseccomp ${elsewhere(first, second, defaultVerdict, show)}`,
    pointer: rulePointer(profile, second.rule),
    related: [{ pointer: rulePointer(profile, first.rule), what: "the earlier rule" }],
  };
}

/** What libseccomp and those who call it do: README of `src/engines`, and the sources that are named there. */
function elsewhere(
  first: Part,
  second: Part,
  defaultVerdict: Verdict,
  show: (verdict: Verdict) => string,
): string {
  const skipped = [first, second].find(({ verdict }) => verdict === defaultVerdict);
  if (skipped !== undefined) {
    const other = skipped === first ? second : first;
    return `pass over the rule with the default action, so that the other one counts, ${show(other.verdict)}`;
  }
  const unconditional = [first, second].filter(({ conditions }) => conditions.length === 0);
  if (unconditional.length === 2) {
    return `take the first in the file, ${show(first.verdict)}`;
  }
  const [only] = unconditional;
  return only === undefined
    ? "refuse the two or leave it open which one counts: write conditions that exclude each other"
    : `take the one without conditions, ${show(only.verdict)}`;
}
