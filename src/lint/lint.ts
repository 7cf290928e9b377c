/**
 * What a valid profile may mean without its author meaning it; each warning stands in a list of its own kind.
 */

import type { Diagnostic } from "../diagnostic.ts";
import { contradictions } from "./contradictions.ts";
import { dangerousAllowances } from "./dangers.ts";
import { essentialCalls } from "./essentials.ts";
import type { LintInput } from "./input.ts";
import { absentNames, duplicateNames, youngerNames, youngerWords } from "./names.ts";
import { multiplexerWayAround, x32LeftOpen } from "./other-ways.ts";
import { overlaps } from "./overlaps.ts";
import { redundancies } from "./redundancies.ts";
import { threadKills } from "./threads.ts";

type Check = (input: LintInput) => readonly Diagnostic[];

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
  const found = checks.flatMap((check) => check(input));
  // Where everything is let through, there is no need to say it of each dangerous call.
  return found.some(({ code }) => code === "denies-nothing")
    ? found.filter(({ code }) => code !== "dangerous-allowance")
    : found;
}
