/**
 * The weight of each finding.
 */

import type { Diagnostic, DiagnosticCode, Weight } from "../diagnostic.ts";

/** The codes of findings that are no mistakes. */
const OTHERS: Readonly<Record<Exclude<Weight, "mistake">, readonly DiagnosticCode[]>> = {
  "way-around": [
    "way-around-by-multiplexer",
    "way-around-by-sibling",
    "way-around-by-unseen-bits",
    "x32-left-open",
  ],
  danger: ["dangerous-allowance", "denies-nothing"],
  remark: [
    "errno-without-effect",
    "absent-name",
    "duplicate-name",
    "lacks-counterpart",
    "redundant-rule",
    "value-two-unused",
    "younger-than-kernel",
    "engine-note",
    "engine-unspecified",
  ],
};

/** What a finding is to the author of the profile. An error is a mistake whatever its code. */
export function weightOf({ code, severity, weight }: Diagnostic): Weight {
  if (severity === "error") {
    return "mistake";
  }
  const found = Object.entries(OTHERS).find(([, codes]) => codes.includes(code))?.[0] as Weight | undefined;
  return weight ?? found ?? "mistake";
}
