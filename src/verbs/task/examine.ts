/**
 * Reads a file of task definitions and judges its tasks.
 */

import { ignoredVariables } from "../../definitions/ignored-variables.ts";
import { judge } from "../../definitions/judge.ts";
import type { Finding } from "../../definitions/model.ts";
import { readDefinition } from "../../definitions/read.ts";
import { type Diagnostic, Refusal } from "../../diagnostic.ts";
import type { ByteString } from "../../host.ts";
import type { LineTable } from "../../profile/line-table.ts";
import { byPosition } from "../check/report.ts";
import type { Located } from "../render.ts";
import { labelOf, readText } from "../stream.ts";
import { oracleFor, type Surroundings } from "./oracle.ts";
import type { TaskReport } from "./report.ts";

/** The report of a file; that it cannot be read is one of its findings. */
export function examineFile(around: Surroundings, file: ByteString): TaskReport {
  const label = labelOf(file);
  let text: string;
  try {
    text = readText(around.host, file);
  } catch (error) {
    if (error instanceof Refusal) {
      const message = error.message.replace(`${label} `, "this file ");
      const finding = { code: "unreadable", severity: "error", message } as const;
      return { label, kind: undefined, tasks: [], findings: [located(label, finding)] };
    }
    throw error;
  }
  return examineText(around, file, text);
}

export function examineText(around: Surroundings, file: ByteString, text: string): TaskReport {
  const label = labelOf(file);
  const { definition, problems, lines } = readDefinition(text, around.host.jsonPlaces);
  if (definition === undefined) {
    const findings = problems.map((problem) => located(label, problem, lines));
    return { label, kind: undefined, tasks: [], findings };
  }
  const oracle = oracleFor(around, file);
  const judged = definition.tasks.map((one) => ({
    task: one,
    verdict: judge(one, oracle),
    position: lines.position(one.place.start),
  }));
  const findings = [
    ...definition.findings,
    ...judged.flatMap(({ verdict }) => verdict.findings),
    ...ignoredVariables(judged, around.entrypoint !== undefined),
  ];
  return {
    label,
    kind: definition.kind,
    tasks: judged,
    findings: findings.map((finding) => located(label, diagnosticOf(finding, lines), lines)).sort(byPosition),
  };
}

function diagnosticOf({ place, ...rest }: Finding, lines: LineTable): Diagnostic {
  return { ...rest, position: lines.positionOf({ offset: place.start, length: place.end - place.start }) };
}

function located(label: string, diagnostic: Diagnostic, lines?: LineTable): Located {
  const { position } = diagnostic;
  const line = () => (position === undefined ? undefined : lines?.line(position.line));
  return { label, diagnostic, position, line, related: [] };
}
