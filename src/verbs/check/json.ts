/**
 * The findings of `check` as JSON.
 */

import { weightOf } from "../../lint/weights.ts";
import { hintOf, type Located } from "../render.ts";
import type { Report } from "./report.ts";

/**
 * One object per profile; accepted findings follow the others. A position is left out if there is none.
 *
 * @param others the number of files of directories that are no profiles; undefined: no directory was named
 */
export function reportsJson(reports: readonly Report[], others: number | undefined): string {
  const profiles = reports.map(({ label, checkedFor, findings, accepted, isValid }) => ({
    profile: label,
    valid: isValid,
    architecture: checkedFor?.target,
    diagnostics: findings.map((located) => member(located)),
    accepted:
      accepted.length === 0 ? undefined : accepted.map(({ located, reason }) => member(located, reason)),
  }));
  return `${JSON.stringify({ valid: reports.every(({ isValid }) => isValid), profiles, others }, null, 2)}\n`;
}

function member({ diagnostic, position, related }: Located, accepted?: string): object {
  return {
    code: diagnostic.code,
    severity: diagnostic.severity,
    weight: weightOf(diagnostic),
    accepted,
    message: diagnostic.message,
    hint: hintOf(diagnostic),
    proof: diagnostic.proof,
    line: position?.line,
    column: position?.column,
    length: position?.length,
    pointer: diagnostic.pointer,
    related:
      related.length === 0
        ? undefined
        : related.map(({ what, pointer, position: at }) => ({
            what,
            line: at?.line,
            column: at?.column,
            pointer,
          })),
  };
}
