/** The few numbers by which a series of measurements is reported. */

export interface Summary {
  readonly count: number;
  readonly min: number;
  readonly lowerQuartile: number;
  readonly median: number;
  readonly upperQuartile: number;
}

/** The value below which `share` of the sorted values lie, interpolated between neighbours. */
function quantile(sorted: readonly number[], share: number): number {
  const position = (sorted.length - 1) * share;
  const below = sorted[Math.floor(position)] ?? Number.NaN;
  const above = sorted[Math.ceil(position)] ?? Number.NaN;
  return below + (above - below) * (position - Math.floor(position));
}

export function summarize(values: readonly number[]): Summary {
  const sorted = [...values].sort((a, b) => a - b);
  return {
    count: sorted.length,
    min: quantile(sorted, 0),
    lowerQuartile: quantile(sorted, 0.25),
    median: quantile(sorted, 0.5),
    upperQuartile: quantile(sorted, 0.75),
  };
}

/** A table for terminals: the first column is text, the others are aligned to the right. */
export function renderTable(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  }
  const line = (row: readonly string[]) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[i] ?? 0))).join("  ");
  const [head = [], ...body] = rows.map(line);
  const width = widths.reduce((sum, one) => sum + one + 2, -2);
  return [head, "-".repeat(width), ...body].map((one) => `${one}\n`).join("");
}

/** The same as Markdown; the columns after the first can be aligned to the left too. */
export function renderMarkdown(
  rows: readonly (readonly string[])[],
  others: "left" | "right" = "right",
): string {
  const [head = [], ...body] = rows;
  const line = (row: readonly string[]) => `| ${row.join(" | ")} |\n`;
  const rule = head.map((_, i) => (i === 0 || others === "left" ? "---" : "---:"));
  return [line(head), line(rule), ...body.map(line)].join("");
}
