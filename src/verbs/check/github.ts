/**
 * The findings of `check` as commands of GitHub's workflows, which show them at the lines of a change.
 *
 * GitHub's documentation, "Workflow commands for GitHub Actions"; what is escaped, and how: packages/core/src/command.ts of
 * github.com/actions/toolkit.
 */

import { printable } from "../../bytes.ts";
import { counted } from "../../plural.ts";
import { type Located, simulateLine } from "../render.ts";
import { hintOf } from "../suggest.ts";
import { type Report, rankOf } from "./report.ts";
import { endOf, pathOf } from "./sarif.ts";
import { fails } from "./selection.ts";

const COMMANDS = { error: "error", warning: "warning", note: "notice" } as const;

/** GitHub shows so many annotations of each kind for a step; the log of the step has all lines. */
const SHOWN = 10;

/**
 * One line for each finding that is not accepted, those first that matter most, since GitHub does not show many; and the sum, if
 * something fails. What fails the run is an error.
 */
export function reportsGithub(reports: readonly Report[], strict: boolean): string {
  const all = reports
    .flatMap((report) =>
      report.findings.map((located) => ({
        report,
        located,
        command: fails(located.diagnostic, strict) ? "error" : COMMANDS[located.diagnostic.severity],
      })),
    )
    .sort((a, b) => rankOf(a.located) - rankOf(b.located));
  const lines = all.map(
    ({ report, located, command }) => `${annotation(located, command, report.simulate)}\n`,
  );
  const failing = reports.filter(({ isValid }) => !isValid).length;
  if (failing === 0) {
    return lines.join("");
  }
  const errors = all.filter(({ command }) => command === "error").length;
  const hidden = errors > SHOWN ? `; GitHub shows ${SHOWN} of them at their lines` : "";
  return `${lines.join("")}${counted(reports.length, "profile")}: ${failing} failed, ${counted(errors, "finding")} that must be fixed or accepted${hidden}\n`;
}

function annotation(located: Located, command: string, simulate: readonly string[]): string {
  const { label, position, diagnostic } = located;
  const hint = hintOf(diagnostic);
  const end = endOf(located);
  const properties = [
    ["file", pathOf(label)],
    ...(position === undefined
      ? []
      : [
          ["line", position.line],
          ["col", position.column],
          ...(end === undefined ? [] : [["endColumn", end]]),
        ]),
    ["title", diagnostic.code],
  ].map(([name, value]) => `${name}=${escapedProperty(String(value))}`);
  const { message, proof } = diagnostic;
  const text = [
    message,
    ...(proof === undefined ? [] : [`proof: ${simulateLine(proof, label, simulate)}`]),
    ...(hint === undefined ? [] : [`hint: ${hint}`]),
  ].join("\n");
  return `::${command} ${properties.join(",")}::${escaped(text)}`;
}

/** Printable, since what is written to a terminal may have the sequences of colours. */
function escaped(text: string): string {
  return printable(text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A"));
}

function escapedProperty(text: string): string {
  return escaped(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
