/**
 * The findings of `check` as JSON.
 */

import { findingMember, jsonReport } from "../json.ts";
import type { Report } from "./report.ts";

/**
 * One object per profile; accepted findings are apart from the others.
 *
 * @param others the number of files of directories that are no profiles; undefined: no directory was named
 */
export function reportsJson(reports: readonly Report[], others: number | undefined): string {
  const profiles = reports.map(({ label, checkedFor, findings, accepted, isValid }) => ({
    profile: label,
    valid: isValid,
    architecture: checkedFor?.target,
    diagnostics: findings.map(findingMember),
    accepted: accepted.map(({ located, reason }) => ({ reason, ...findingMember(located) })),
  }));
  return jsonReport({ valid: reports.every(({ isValid }) => isValid), profiles, others });
}
