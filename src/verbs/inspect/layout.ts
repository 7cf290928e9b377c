/**
 * Tables of a text: a name at the left, and what is said of it beside it. Lines may be long; `wrap.ts` breaks them.
 */

/** Colours a text. */
export type Paint = (text: string) => string;

/** A line of a table. */
export interface Line {
  readonly name: string;
  readonly text: string;
  /** Colours the name. */
  readonly paint?: Paint | undefined;
}

/** The lines of a table with its names in one column. */
export function table(lines: readonly Line[]): string {
  const longest = Math.max(0, ...lines.map(({ name }) => name.length));
  return lines
    .map(({ name, text, paint }) => {
      const padding = " ".repeat(longest - name.length + GAP);
      return `  ${paint === undefined ? name : paint(name)}${padding}${text}`.trimEnd();
    })
    .map((line) => `${line}\n`)
    .join("");
}

/** The columns between a name and its text. */
const GAP = 2;

/** Maximum number of lines of names in a short table. */
const LINES = 2;

/** So many more names take no more place than their number is worth. */
const FEW_MORE = 3;

/** As many names as have place in two lines of that many columns, and how many more there are. */
export function few(names: readonly string[], columns: number): string {
  const most = LINES * columns - " and 999 more".length;
  let length = 0;
  const fitting = names.findIndex((name) => {
    length += name.length + ", ".length;
    return length > most;
  });
  const shown = Math.max(1, fitting);
  return fitting < 0 || names.length - shown <= FEW_MORE
    ? names.join(", ")
    : `${names.slice(0, shown).join(", ")} and ${names.length - shown} more`;
}
