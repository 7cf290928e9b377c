/**
 * What a valid profile may mean without its author meaning it; each warning stands in a list of its own kind.
 */

import type { Diagnostic } from "../diagnostic.ts";
import { dangerousAllowances } from "./dangers.ts";
import { essentialCalls } from "./essentials.ts";
import type { LintInput } from "./input.ts";
import { absentNames, duplicateNames, youngerNames } from "./names.ts";
import { multiplexerWayAround, x32LeftOpen } from "./other-ways.ts";
import { overlaps } from "./overlaps.ts";
import { redundancies } from "./redundancies.ts";

const CHECKS: readonly ((input: LintInput) => readonly Diagnostic[])[] = [
  overlaps,
  redundancies,
  duplicateNames,
  absentNames,
  youngerNames,
  multiplexerWayAround,
  x32LeftOpen,
  essentialCalls,
  dangerousAllowances,
];

/** Looks through a profile that has no errors. */
export function lint(input: LintInput): readonly Diagnostic[] {
  return CHECKS.flatMap((check) => check(input));
}
