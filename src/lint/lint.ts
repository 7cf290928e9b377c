/**
 * What a valid profile may mean without its author meaning it; each warning stands in a list of its own kind.
 */

import { type Diagnostic, MAX_DIAGNOSTICS } from "../diagnostic.ts";
import { contradictions } from "./contradictions.ts";
import { dangerousAllowances } from "./dangers.ts";
import { essentialCalls } from "./essentials.ts";
import type { LintInput } from "./input.ts";
import { absentNames, duplicateNames, youngerNames, youngerWords } from "./names.ts";
import { multiplexerWayAround, x32LeftOpen } from "./other-ways.ts";
import { overlaps } from "./overlaps.ts";
import { redundancies } from "./redundancies.ts";
import { threadKills } from "./threads.ts";

/** Makes its findings one by one, where there may be very many. */
type Check = (input: LintInput) => Iterable<Diagnostic>;

/** What is looked for in rules by themselves and between them. */
const OF_RULES: readonly Check[] = [
  contradictions,
  overlaps,
  redundancies,
  duplicateNames,
  absentNames,
  youngerNames,
  youngerWords,
  threadKills,
];

/** What only the whole of a profile can tell. */
const OF_ALL: readonly Check[] = [multiplexerWayAround, x32LeftOpen, essentialCalls, dangerousAllowances];

/**
 * Looks through a profile.
 *
 * @param whole whether all of it is there; what has mistakes is left out otherwise
 */
export function lint(input: LintInput, whole: boolean): readonly Diagnostic[] {
  const checks = whole ? [...OF_RULES, ...OF_ALL] : OF_RULES;
  const found = checks.flatMap((check) => firstOf(check(input)));
  // Where everything is let through, there is no need to say it of each dangerous call.
  return found.some(({ code }) => code === "denies-nothing")
    ? found.filter(({ code }) => code !== "dangerous-allowance")
    : found;
}

/** As many findings of one check as are of use to anybody; where there are more, the last one says so. */
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
