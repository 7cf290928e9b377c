/**
 * What `task` says of a file: its tasks and their filters, and the findings, as text and as JSON.
 */

import { printable } from "../../bytes.ts";
import type { Filter, Verdict } from "../../definitions/judge.ts";
import type { Task } from "../../definitions/model.ts";
import type { Position } from "../../diagnostic.ts";
import { counted } from "../../plural.ts";
import { findingMember, jsonReport } from "../json.ts";
import { type Located, renderFinding, type Style } from "../render.ts";

/** A task with its verdict and its place. */
export interface JudgedTask {
  readonly task: Task;
  readonly verdict: Verdict;
  readonly position: Position;
}

export interface TaskReport {
  readonly label: string;
  /** Undefined if the file cannot be read. */
  readonly kind: string | undefined;
  readonly tasks: readonly JudgedTask[];
  /** In the order of the text. */
  readonly findings: readonly Located[];
}

export function isValid({ findings }: TaskReport): boolean {
  return findings.every(({ diagnostic }) => diagnostic.severity !== "error");
}

export function reportText({ label, kind, tasks, findings }: TaskReport, style: Style): string {
  const said = findings.map((finding) => renderFinding(finding, style));
  const count = (severity: string, word: string): string => {
    const number = findings.filter(({ diagnostic }) => diagnostic.severity === severity).length;
    return number === 0 ? "" : counted(number, word);
  };
  const sum = [count("error", "error"), count("warning", "warning"), count("note", "note")];
  const verdict = sum.filter((part) => part !== "").join(", ") || "ok";
  const what = kind === undefined ? "" : `${kind}: `;
  const none = kind !== undefined && tasks.length === 0 ? "  nothing that is started\n" : "";
  return `${said.join("")}${printable(label)}: ${what}${verdict}\n${table(tasks)}${none}`;
}

const STATES: Readonly<Record<Verdict["confined"], string>> = {
  yes: "confined",
  no: "unconfined",
  depends: "depends",
  refused: "refused",
};

function table(tasks: readonly JudgedTask[]): string {
  const rows = tasks.map(({ task, verdict }) => [
    printable(task.name),
    STATES[verdict.confined],
    verdict.filters.map(profileWord).join(" + ") || "-",
    printable(verdict.why),
  ]);
  const widths = [0, 1, 2].map((i) => Math.max(0, ...rows.map((row) => row[i]?.length ?? 0)));
  return rows
    .map((row) => `  ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join("  ")}`.trimEnd())
    .map((line) => `${line}\n`)
    .join("");
}

/** A profile; with a question mark if something decides whether it applies. */
function profileWord({ profile, only }: Filter): string {
  return printable(only === undefined ? profile : `${profile}?`);
}

export function reportsJson(reports: readonly TaskReport[]): string {
  const files = reports.map((report) => ({
    file: report.label,
    kind: report.kind,
    valid: isValid(report),
    tasks: report.tasks.map(({ task, verdict, position }) => ({
      name: task.name,
      line: position.line,
      column: position.column,
      confined: verdict.confined,
      why: verdict.why,
      launcher: verdict.launcher,
      filters: verdict.filters.map(filterMember),
    })),
    diagnostics: report.findings.map(findingMember),
  }));
  return jsonReport({ valid: reports.every(isValid), files });
}

function filterMember({ by, profile, source, existence, only }: Filter): object {
  return {
    by,
    profile,
    source,
    only,
    exists: existence === undefined || existence.kind === "unknown" ? undefined : existence.kind === "there",
    place: existence?.kind === "there" ? existence.label : undefined,
  };
}
