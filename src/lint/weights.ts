/**
 * The weight of each finding.
 */

import type { Diagnostic, DiagnosticCode, Weight } from "../diagnostic.ts";

/** The weights, the heaviest first. */
export const WEIGHTS = ["mistake", "way-around", "danger", "remark"] as const satisfies readonly Weight[];

/** The codes whose warnings are no mistakes. */
const OTHERS: Readonly<Partial<Record<DiagnosticCode, Weight>>> = {
  "way-around-by-multiplexer": "way-around",
  "way-around-by-sibling": "way-around",
  "way-around-by-unseen-bits": "way-around",
  "dangerous-allowance": "danger",
  "denies-nothing": "danger",
};

/** What a finding is to the author of the profile. Errors are mistakes and notes are remarks, whatever their code. */
export function weightOf({ code, severity, weight }: Diagnostic): Weight {
  switch (severity) {
    case "error":
      return "mistake";
    case "note":
      return "remark";
    default:
      return weight ?? OTHERS[code] ?? "mistake";
  }
}
