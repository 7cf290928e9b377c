/**
 * A diagnostic as a line of text, as a launch prints it, without the launcher's name.
 */

import { printable } from "../src/bytes.ts";
import type { Diagnostic } from "../src/library/diagnostic.ts";

/** @param label what the text is called */
export function diagnosticText({ severity, message, hint, position }: Diagnostic, label: string): string {
  const where = position === undefined ? label : `${label}:${position.line}:${position.column}`;
  return printable(`${where}: ${severity}: ${message}${hint === undefined ? "" : ` (${hint})`}`);
}
