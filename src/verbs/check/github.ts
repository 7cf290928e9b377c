/**
 * The findings of `check` as commands of GitHub's workflows, which show them at the lines of a change.
 *
 * GitHub's documentation, "Workflow commands for GitHub Actions"; what is escaped, and how: packages/core/src/command.ts of
 * github.com/actions/toolkit.
 */

import { hintOf, type Located } from "../render.ts";
import type { Report } from "./report.ts";
import { endOf, pathOf } from "./sarif.ts";

const COMMANDS = { error: "error", warning: "warning", note: "notice" } as const;

/** One line for each finding that is not accepted. */
export function reportsGithub(reports: readonly Report[]): string {
  return reports.flatMap(({ findings }) => findings.map((one) => `${annotation(one)}\n`)).join("");
}

function annotation(located: Located): string {
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
  const text = hint === undefined ? diagnostic.message : `${diagnostic.message}\nhint: ${hint}`;
  return `::${COMMANDS[diagnostic.severity]} ${properties.join(",")}::${escaped(text)}`;
}

function escaped(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapedProperty(text: string): string {
  return escaped(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
