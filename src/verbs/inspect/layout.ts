/**
 * Tables of a text: a name at the left, and what is said of it beside it, in lines of a terminal.
 */

/** Colours a text; the identity if there are none. */
export type Paint = (text: string) => string;

/** A line of a table, or several if it is long. */
export interface Line {
  readonly name: string;
  readonly text: string;
  readonly paint?: Paint | undefined;
}

/**
 * The lines of a table with its names in one column.
 *
 * @param width of the terminal, in columns
 * @param indent of all lines
 */
export function table(lines: readonly Line[], width: number, indent = "  "): string {
  const longest = Math.max(0, ...lines.map(({ name }) => name.length));
  const margin = indent.length + longest + GAP;
  return lines
    .map(({ name, text, paint = plain }) => {
      const [first = "", ...more] = wrapped(text, width - margin);
      const head = `${indent}${paint(name)}${" ".repeat(longest - name.length + GAP)}`;
      return [`${head}${first}`.trimEnd(), ...more.map((line) => `${" ".repeat(margin)}${line}`)].join("\n");
    })
    .map((line) => `${line}\n`)
    .join("");
}

/** The columns between a name and its text. */
const GAP = 2;

function plain(text: string): string {
  return text;
}

/** Maximum number of lines of names in a short table. */
const LINES = 2;

/** As many names as have place in two lines, and how many more there are. */
export function few(names: readonly string[], room: number): string {
  const most = LINES * room - 16;
  let length = 0;
  const shown = names.findIndex((name) => {
    length += name.length + 2;
    return length > most;
  });
  return shown < 0 || shown >= names.length - 1
    ? names.join(", ")
    : `${names.slice(0, Math.max(1, shown)).join(", ")} and ${names.length - Math.max(1, shown)} more`;
}

/** A text in lines, broken at spaces, and after `|` where a word is too long. */
export function wrapped(text: string, room: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ").flatMap((one) => (one.length > room ? parts(one, room) : [one]))) {
    const joined = line === "" || line.endsWith("|") ? `${line}${word}` : `${line} ${word}`;
    if (line !== "" && joined.length > room) {
      lines.push(line);
      line = word;
    } else {
      line = joined;
    }
  }
  return [...lines, line];
}

/** The flags of a long mask in parts. */
function parts(word: string, room: number): readonly string[] {
  const found: string[] = [];
  let part = "";
  for (const flag of word.split(/(?<=\|)/)) {
    if (part !== "" && part.length + flag.length > room) {
      found.push(part);
      part = "";
    }
    part += flag;
  }
  return [...found, part];
}
