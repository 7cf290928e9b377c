/**
 * A finding about a profile, as a program gets it.
 */

import { printable } from "../src/bytes.ts";
import type { Diagnostic, DiagnosticCode, Misspelt, Position, Severity } from "../src/diagnostic.ts";
import { suggest } from "../src/verbs/suggest.ts";

/** Something about a profile that its author should know. docs/diagnostics.md explains each code. */
export interface Finding {
  readonly code: DiagnosticCode;
  /** `error`: the profile is refused; `warning`: it may be intended; `note`: it only informs. */
  readonly severity: Severity;
  /** One sentence without a full stop. */
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string;
  /** Where in the text, from 1; columns in UTF-16 units. Absent if it has no place. */
  readonly line?: number;
  readonly column?: number;
}

/** Knows the text of the profile, and the position of each value in it. */
export interface FindingPlaces {
  position(label: string, diagnostic: Diagnostic): Position | undefined;
}

/** @param places absent: nothing was read */
export function findingOf(diagnostic: Diagnostic, label: string, places: FindingPlaces | undefined): Finding {
  const { code, severity, message } = diagnostic;
  const { line, column } = places?.position(label, diagnostic) ?? diagnostic.position ?? {};
  const hint = hintOf(diagnostic);
  return {
    code,
    severity,
    message,
    ...(hint === undefined ? {} : { hint }),
    ...(line === undefined || column === undefined ? {} : { line, column }),
  };
}

/** The finding as a launch prints it, without the launcher's name. */
export function findingText({ severity, message, hint, line, column }: Finding, label: string): string {
  const where = line === undefined ? label : `${label}:${line}:${column}`;
  return printable(`${where}: ${severity}: ${message}`) + (hint === undefined ? "" : printable(` (${hint})`));
}

/** What to do about it: the hint, or the word that was probably meant. */
export function hintOf({
  misspelt,
  hint,
}: {
  readonly misspelt?: Misspelt | undefined;
  readonly hint?: string | undefined;
}): string | undefined {
  const nearest = misspelt === undefined ? undefined : suggest(misspelt);
  return nearest === undefined ? hint : `did you mean '${nearest}'?`;
}
