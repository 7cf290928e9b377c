/**
 * Shows messages and diagnostics to a person: one line for what is wrong, one for what to do about it.
 */

import { printable } from "../bytes.ts";
import type { Diagnostic, Position } from "../diagnostic.ts";
import { suggest } from "./suggest.ts";

/** The lines of one diagnostic, each ending in a line feed. */
export function renderDiagnostic(
  label: string,
  position: Position | undefined,
  diagnostic: Diagnostic,
): string {
  const place = position === undefined ? label : `${label}:${position.line}:${position.column}`;
  return renderMessage(diagnostic.severity, `${place}: ${diagnostic.message}`, hintOf(diagnostic));
}

/** The lines of a message that is not about a text. */
export function renderMessage(severity: Diagnostic["severity"], message: string, hint?: string): string {
  const first = `seccomp-exec: ${severity}: ${printable(message)}\n`;
  return hint === undefined ? first : `${first}seccomp-exec: hint: ${printable(hint)}\n`;
}

function hintOf({ misspelt, hint }: Diagnostic): string | undefined {
  const nearest = misspelt === undefined ? undefined : suggest(misspelt.word, misspelt.kind);
  return nearest === undefined ? hint : `did you mean '${nearest}'?`;
}
