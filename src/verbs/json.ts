/**
 * What the verbs print for programs: docs/json.md documents it, and `schema/` holds it.
 *
 * A report is one object, a stream has one on each line. Each begins with the version of its shape, and has all its members: what does
 * not apply is null. What a verb refuses to do is said on standard error, and standard output stays empty.
 */

import type { Diagnostic, Position } from "../diagnostic.ts";
import { weightOf } from "../lint/weights.ts";
import type { Located } from "./render.ts";
import { hintOf } from "./suggest.ts";

/** The version of all shapes: it changes when a member changes its meaning or goes, not when one is added. */
const VERSION = 1;

/** A report. Members that are undefined become null. */
export function jsonReport(members: object): string {
  return `${JSON.stringify({ version: VERSION, ...members }, nullForAbsent, 2)}\n`;
}

/** An object of a stream, on a line. */
export function jsonLine(members: object): string {
  return `${JSON.stringify({ version: VERSION, ...members }, nullForAbsent)}\n`;
}

function nullForAbsent(_: string, value: unknown): unknown {
  return value === undefined ? null : value;
}

/** A finding with its place in a profile or a definition. */
export function findingMember({ diagnostic, position, related }: Located): object {
  const { proof } = diagnostic;
  return {
    ...diagnosticMember(diagnostic, position),
    proof: proof && {
      through: proof.through,
      denied: proof.denied,
      command: proof.command,
      wideArguments: proof.wideArguments === true,
    },
    related: related.map(({ what, pointer, position: at }) => ({
      what,
      line: at?.line,
      column: at?.column,
      pointer,
    })),
  };
}

/** What is wrong, and where. */
export function diagnosticMember(diagnostic: Diagnostic, position: Position | undefined): object {
  return {
    code: diagnostic.code,
    severity: diagnostic.severity,
    weight: weightOf(diagnostic),
    message: diagnostic.message,
    hint: hintOf(diagnostic),
    line: position?.line,
    column: position?.column,
    length: position?.length,
    pointer: diagnostic.pointer,
  };
}
