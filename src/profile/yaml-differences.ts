/**
 * What readers of YAML take differently before they come to values: characters that end a line for some of them, characters
 * that some refuse, directives, and markers of documents.
 */

/** A difference; its offset is in UTF-16 units. */
export interface Difference {
  readonly message: string;
  readonly hint: string;
  readonly offset: number;
  readonly length: number;
}

/**
 * Every character that is not read alike. The reader of Kubernetes's tools (go.yaml.in/yaml/v2: readerc.go, "Check the range of
 * the value", and yamlprivateh.go, is_break) and PyYAML (reader.py, NON_PRINTABLE) refuse control characters and end a line at
 * U+0085, U+2028 and U+2029, as YAML 1.1 does ("Line Break Characters"); YAML 1.2 does not, and both end one at a carriage return
 * alone. They skip a byte order mark, or take it for a part of a word. A string from UTF-8 has no half of a surrogate pair.
 */
const UNLIKE = /\r(?!\n)|[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ufefe\uff00-\ufffd]/g;

/** A line that begins a document and has more on it, which kubectl drops, and what begins like one, at which kubectl cuts. */
const MARKER = /^---(?![ \t]*(?:[ \t]#.*)?\r?$).*/gm;

/** A line that may be a directive: YAML 1.1 and 1.2 have different ones, and a version changes what words mean. */
const DIRECTIVE = /^%.*/gm;

/** Maximum number of differences of one kind: an editor makes many at once. */
const MAX_OF_A_KIND = 5;

/** @returns in the order of their kinds, at most the first few of each */
export function differences(text: string): readonly Difference[] {
  return [
    ...found(text, UNLIKE, (character) => ({
      message: whatIs(character),
      hint: BREAKS.has(character)
        ? "end the line by a line feed instead"
        : "remove it, or write it as an escape in double quotes",
    })),
    ...found(text, MARKER, () => ({
      message: "a line begins with '---' and has more than that, which readers of YAML take differently",
      hint: "write '---' alone on its line, or nothing: the file holds one document",
    })),
    ...found(text, DIRECTIVE, () => ({
      message: "a line begins with '%': readers of YAML know different directives",
      hint: "remove it",
    })),
  ];
}

/** Those that end a line, for some or for all, and their names. */
const BREAKS: ReadonlyMap<string, string> = new Map([
  ["\r", "a carriage return without a line feed"],
  ["\x85", "the character U+0085 (next line)"],
  ["\u2028", "the character U+2028 (line separator)"],
  ["\u2029", "the character U+2029 (paragraph separator)"],
]);

function whatIs(character: string): string {
  const name = BREAKS.get(character);
  return name === undefined
    ? `readers of YAML refuse the character U+${hex(character)}, or leave it out`
    : `${name} ends a line for some readers of YAML, and with it a comment`;
}

function hex(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
}

function found(
  text: string,
  pattern: RegExp,
  describe: (found: string) => Pick<Difference, "message" | "hint">,
): readonly Difference[] {
  const all: Difference[] = [];
  for (const match of text.matchAll(pattern)) {
    if (all.length === MAX_OF_A_KIND) {
      break;
    }
    all.push({ ...describe(match[0]), offset: match.index, length: match[0].length });
  }
  return all;
}
