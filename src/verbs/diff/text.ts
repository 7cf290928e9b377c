/**
 * The differences of two profiles for people.
 */

import { addTo } from "../../groups.ts";
import { listLines } from "../wrap.ts";
import { type AllRows, type CutShortCalls, differ, EVERY_CALL, type Row } from "./rows.ts";

/**
 * The text of a comparison.
 *
 * @param where for which machine and callers they were compared
 * @param columns of the terminal, if there is one
 */
export function textOf(
  [first, second]: readonly [string, string],
  where: string,
  all: AllRows,
  columns: number | undefined,
): string {
  if (!differ(all)) {
    return `${first} and ${second} judge every call alike ${where}\n`;
  }
  const parts = [
    `- ${first}\n+ ${second}\n`,
    ofRows(all.rows, columns),
    ...all.withCapability.flatMap(({ name = "all capabilities that rules name", only, not }) => [
      under(`only with ${name}`, only, columns),
      under(`not with ${name}`, not, columns),
    ]),
    all.cutShort.length === 0 ? "" : ofCutShort(all.cutShort),
  ];
  return parts.filter((part) => part !== "").join("\n");
}

function under(title: string, rows: readonly Row[], columns: number | undefined): string {
  const narrower = columns === undefined ? undefined : columns - 2;
  return rows.length === 0 ? "" : `${title}\n${ofRows(rows, narrower).replace(/^(?=.)/gm, "  ")}`;
}

/** The rows by architecture; architectures with the same rows together. */
function ofRows(rows: readonly Row[], columns: number | undefined): string {
  const byArch = new Map<string | undefined, Row[]>();
  for (const row of rows) {
    addTo(byArch, row.architecture, [row]);
  }
  const byText = new Map<string, string[]>();
  for (const [arch, some] of byArch) {
    addTo(byText, ofArchitecture(some, columns), [arch ?? "every other architecture"]);
  }
  return [...byText].map(([text, names]) => `${names.join(", ")}\n${text}`).join("");
}

function ofArchitecture(rows: readonly Row[], columns: number | undefined): string {
  if (rows.some(({ calls }) => calls === EVERY_CALL)) {
    return ofUnlisted(rows);
  }
  const byVerdicts = new Map<string, Row[]>();
  for (const row of rows) {
    addTo(byVerdicts, row.verdicts.join(" -> "), [row]);
  }
  return [...byVerdicts]
    .map(([verdicts, some]) => {
      const always = some
        .filter(({ condition }) => condition === "")
        .map(({ calls }) => calls)
        .sort();
      const byArgument = some.filter(({ condition }) => condition !== "").map(ofCondition);
      return `  ${verdicts}\n${always.length === 0 ? "" : listLines(always, "    ", columns)}${byArgument.join("")}`;
    })
    .join("");
}

/** An architecture that one side lists and the other does not. */
function ofUnlisted(rows: readonly Row[]): string {
  const [ofFirst, ofSecond] = [0, 1].map((i) => [...new Set(rows.map(({ verdicts }) => verdicts[i]))]);
  return `  not listed in the ${ofFirst?.length === 1 ? "first" : "second"}: calls get ${ofFirst?.join(", ")} -> ${ofSecond?.join(", ")}\n`;
}

function ofCondition({ calls, condition, example, crafted }: Row): string {
  const shown = condition === undefined ? "for some arguments" : `if ${condition}`;
  const made = crafted ? "; no program makes such a call by accident" : "";
  return `    ${calls} ${shown}\n      for example ${example}${made}\n`;
}

function ofCutShort(calls: readonly CutShortCalls[]): string {
  const lines = calls.map(
    ({ architecture, calls: name, why }) =>
      `  ${architecture ?? "other architectures"} ${name}: the comparison was cut short ${why}\n`,
  );
  return `there may be more differences\n${[...new Set(lines)].join("")}`;
}
