/**
 * Breaks lines that are longer than the terminal is wide: at spaces, and never within a command line.
 *
 * Who makes a text marks where it is treated otherwise: {@link unbroken}, {@link flowing}, {@link whole}. The marks are noncharacters of Unicode,
 * which are for use inside of a program, and are never printed.
 */

import { eastAsianWidth } from "get-east-asian-width";

/** At the start of a line: it stays as it is. */
const UNBROKEN = "\ufdd0";
/** At the end of a line: the paragraph continues on the next one. */
const CONTINUED = "\ufdd1";
/** A space at which no line is broken. */
const GLUE = "\ufdd2";
const MARKS = /[\ufdd0-\ufdd2]/g;

/** Lines that are copied, or whose columns matter: code with what is marked in it, command lines, patches. */
export function unbroken(lines: string): string {
  return lines.replaceAll(/^(?=[^\n])/gm, UNBROKEN);
}

/** A name that is copied, which may hold spaces. */
export function whole(name: string): string {
  return name.replaceAll(" ", GLUE);
}

/** The width from which on a line that another follows in the same paragraph is taken to continue there. */
const FULL = 80;

/** Prose in lines of its own: where it has to be broken, its paragraphs are filled again. Indented lines stay apart. */
export function flowing(prose: string): string {
  return prose.replaceAll(/^(\S.*)\n(?=\S)/gm, (line, text: string) =>
    widthOf(text) < FULL ? line : `${text}${CONTINUED}\n`,
  );
}

/** A text without the marks. */
export function unmarked(text: string): string {
  return text.search(MARKS) < 0 ? text : text.replaceAll(MARKS, (mark) => (mark === GLUE ? " " : ""));
}

/** Fewer columns are not worth a wrap: most words would not fit. */
const NARROWEST = 20;

/** The text with lines of at most that many columns, as far as its words allow, and without the marks. */
export function wrapped(text: string, columns: number): string {
  // What draws a line anew has measured it.
  if (columns < NARROWEST || text.includes("\r")) {
    return unmarked(text);
  }
  const lines = text.split("\n");
  if (lines.every((line) => isShown(line, columns))) {
    return unmarked(text);
  }
  return joined(lines)
    .map((line) => (isShown(line, columns) ? unmarked(line) : brokenLine(line, columns)))
    .join("\n");
}

function isShown(line: string, columns: number): boolean {
  return line.startsWith(UNBROKEN) || line.includes("\t") || widthOf(line) <= columns;
}

function joined(lines: readonly string[]): readonly string[] {
  const all: string[] = [];
  let paragraph = "";
  for (const line of lines) {
    if (line.endsWith(CONTINUED)) {
      paragraph += `${line.slice(0, -CONTINUED.length)} `;
    } else {
      all.push(paragraph + line);
      paragraph = "";
    }
  }
  return paragraph === "" ? all : [...all, paragraph.trimEnd()];
}

/** The part of a line in which its last column may begin; text is not squeezed in behind it. */
const LAST_COLUMN = 0.6;
/** How much further than its first line the others of a paragraph begin. */
const HANGING = 2;

function brokenLine(line: string, columns: number): string {
  const plain = withoutColours(line);
  const hanging = " ".repeat(hangingIndent(plain, columns));
  const done: string[] = [];
  // What is on the current line, with what separates it from the next word.
  let current = "";
  let width = 0;
  for (const { space, word } of wordsOf(line.trimEnd())) {
    const more = space.length + widthOf(word);
    const isFirst = current.trim() === "";
    if (isFirst || width + more <= columns || width + space.length <= hanging.length) {
      current += space + word;
      width += more;
    } else {
      done.push(current);
      current = hanging + word;
      width = hanging.length + widthOf(word);
    }
  }
  return unmarked([...done, current].join("\n"));
}

/** The column under which a line continues: that of its last column of text, else somewhat further than it began. */
function hangingIndent(plain: string, columns: number): number {
  const indent = plain.length - plain.trimStart().length;
  let hanging =
    indent === 0 && !plain.startsWith("seccomp-exec: ") && !PLACE.test(plain) ? 0 : indent + HANGING;
  for (const { index, 0: gap } of plain.matchAll(/(?<=\S) {2,}(?=\S)/g)) {
    const column = widthOf(plain.slice(0, index)) + gap.length;
    if (column <= columns * LAST_COLUMN) {
      hanging = column;
    }
  }
  return hanging;
}

/** How a line about a place begins: FILE:LINE:COLUMN: or FILE: and a summary. Paragraphs of prose do not. */
const PLACE = /^\S+: /;

/**
 * A command line as it stands in prose: the program, a verb, and what follows of options with their values, placeholders, quoted words
 * and paths; after `--` all up to a semicolon.
 */
const COMMAND =
  /(?<![^\s(])seccomp-exec(?: [a-z][a-z-]*)?(?: (?:-- [^;]*|-\S+(?: [a-z]\S*)?|'[^']*'|[^a-z\s]\S*|\S*[./:=]\S+))*/g;

/** The words of a line, each with the space before it; a command line is one word. */
function wordsOf(line: string): readonly { readonly space: string; readonly word: string }[] {
  const spaced = line.replaceAll(COMMAND, whole);
  return [...spaced.matchAll(/( *)([^ ]+)/g)].map(([, space = "", word = ""]) => ({ space, word }));
}

/** The columns of a line where no terminal has fewer. */
const WIDTH = 100;

/** Words separated by commas, in lines of at most 100 columns, or of the terminal's. */
export function listLines(words: readonly string[], indent: string, columns: number | undefined): string {
  const most = Math.min(WIDTH, columns ?? WIDTH);
  const lines: string[] = [];
  let line = "";
  for (const [i, word] of words.entries()) {
    const next = i + 1 < words.length ? `${word},` : word;
    if (line !== "" && indent.length + line.length + 1 + next.length > most) {
      lines.push(line);
      line = next;
    } else {
      line = line === "" ? next : `${line} ${next}`;
    }
  }
  return [...lines, line].map((one) => `${indent}${one}\n`).join("");
}

/** The escape sequences by which this program colours text: SGR of ECMA-48. */
const COLOURS = /\x1b\[[\d;]*m/g;

function withoutColours(text: string): string {
  return text.includes("\x1b") ? text.replaceAll(COLOURS, "") : text;
}

/** The number of columns that a text takes on a terminal. */
export function widthOf(text: string): number {
  const plain = unmarked(withoutColours(text));
  if (/^[ -~]*$/.test(plain)) {
    return plain.length;
  }
  let width = 0;
  for (const character of plain) {
    width += /\p{Mark}/u.test(character) ? 0 : eastAsianWidth(character.codePointAt(0) ?? 0);
  }
  return width;
}
