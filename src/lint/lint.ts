/**
 * What may be unintended in a valid profile; each kind of finding has a list of its own.
 */

import { type Diagnostic, type DiagnosticCode, MAX_DIAGNOSTICS } from "../diagnostic.ts";
import { contradictions } from "./contradictions.ts";
import { missingCounterparts } from "./counterparts.ts";
import { dangerousAllowances } from "./dangers.ts";
import { essentialCalls } from "./essentials.ts";
import { flagMasks } from "./flag-masks.ts";
import { impossibleValues } from "./impossible-values.ts";
import { type LintInput, nativeOf } from "./input.ts";
import { absentNames, duplicateNames, youngerNames, youngerWords } from "./names.ts";
import { multiplexerWayAround, x32LeftOpen } from "./other-ways.ts";
import { overlaps } from "./overlaps.ts";
import { emptyParameters } from "./parameters.ts";
import { redundancies } from "./redundancies.ts";
import { siblingWaysAround } from "./siblings.ts";
import { programsStart } from "./starts.ts";
import { threadKills } from "./threads.ts";
import { coveringRules } from "./together.ts";
import { unrecordedCalls } from "./unrecorded/unrecorded.ts";
import { unseenBits } from "./unseen-bits.ts";

/** Yields its findings one by one, since there may be very many. */
type Check = (input: LintInput) => Iterable<Diagnostic>;

/** Checks of rules, alone and against each other. */
const OF_RULES: readonly Check[] = [
  contradictions,
  impossibleValues,
  flagMasks,
  emptyParameters,
  overlaps,
  coveringRules,
  redundancies,
  duplicateNames,
  absentNames,
  youngerNames,
  youngerWords,
  threadKills,
];

/** Checks that need the whole profile. */
const OF_ALL: readonly Check[] = [
  multiplexerWayAround,
  siblingWaysAround,
  unseenBits,
  missingCounterparts,
  x32LeftOpen,
  essentialCalls,
  unrecordedCalls,
  dangerousAllowances,
];

/** What goes wrong in programs that have started. */
const LATER: readonly DiagnosticCode[] = [
  "denies-clocks",
  "denies-library-calls",
  "denies-restart",
  "denies-sigreturn",
  "prevents-fallback",
];

/** What says nothing worth reading beside a finding: the dangers if everything is let through, what goes wrong later if nothing starts. */
const ADD_NOTHING: Readonly<Partial<Record<DiagnosticCode, readonly DiagnosticCode[]>>> = {
  "denies-nothing": ["dangerous-allowance"],
  "denies-execve": LATER,
};

/**
 * Looks through a profile.
 *
 * @param whole whether the profile is complete, or its rules with mistakes were left out
 */
export function lint(input: LintInput, whole: boolean): readonly Diagnostic[] {
  const checks = whole ? [...OF_RULES, ...OF_ALL] : OF_RULES;
  const found = checks.flatMap((check) => firstOf(check(input)));
  const nothingNew = new Set(found.flatMap(({ code }) => ADD_NOTHING[code] ?? []));
  if (whole && !programsStart(input.installed, nativeOf(input))) {
    LATER.forEach((code) => {
      nothingNew.add(code);
    });
  }
  const atFault = rulesAtFault(found);
  const told = found.filter(
    (finding) => !nothingNew.has(finding.code) && !isRedundantByFault(finding, atFault),
  );
  return input.policy.wideArguments ? told.map(withWideArguments) : told;
}

/** The pointers of rules that are to be removed or changed anyway. */
interface RulesAtFault {
  /** A condition compares an address. */
  readonly byCondition: ReadonlySet<string>;
  /** It denies execve. */
  readonly byExecve: ReadonlySet<string>;
}

function rulesAtFault(found: readonly Diagnostic[]): RulesAtFault {
  const rules = (code: DiagnosticCode, below: RegExp): ReadonlySet<string> =>
    new Set(
      found.flatMap((one) => (one.code === code && below.test(one.pointer ?? "") ? [ruleOf(one)] : [])),
    );
  return {
    byCondition: rules("condition-on-pointer", /\/syscalls\/\d+\/args\//),
    byExecve: rules("denies-execve", /\/syscalls\/\d+\//),
  };
}

/** The pointer to the rule that a finding is about. */
function ruleOf({ pointer = "" }: Diagnostic): string {
  return /^.*\/syscalls\/\d+/.exec(pointer)?.[0] ?? "";
}

/** Whether a rule that adds nothing need not be told, since it has to be removed or changed anyway. */
function isRedundantByFault(
  { code, pointer = "", hint }: Diagnostic,
  { byCondition, byExecve }: RulesAtFault,
): boolean {
  return (
    code === "redundant-rule" && (byCondition.has(pointer) || (hint === undefined && byExecve.has(pointer)))
  );
}

/** A proof holds for the meaning that the profile was checked with. */
function withWideArguments(finding: Diagnostic): Diagnostic {
  return finding.proof === undefined
    ? finding
    : { ...finding, proof: { ...finding.proof, wideArguments: true } };
}

/** The findings of one check up to the limit; a note at the end says if there are more. */
function firstOf(findings: Iterable<Diagnostic>): Diagnostic[] {
  const kept: Diagnostic[] = [];
  for (const finding of findings) {
    if (kept.length === MAX_DIAGNOSTICS) {
      const { code, severity } = finding;
      kept.push({
        code: "not-examined",
        severity,
        message: `more than ${MAX_DIAGNOSTICS} findings like the last one listed (${code}) are not listed`,
        hint: "fix those that are listed, then check again",
        ...(finding.pointer === undefined ? {} : { pointer: finding.pointer }),
      });
      break;
    }
    kept.push(finding);
  }
  return kept;
}
