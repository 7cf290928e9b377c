/**
 * Diagnostics for JSON syntax errors, worded so that the author can fix them.
 */

import type { Diagnostic } from "../diagnostic.ts";
import { ERROR, type JsonPlaces, STUMBLES, type Stumble } from "../json-places.ts";
import type { LineTable } from "./line-table.ts";

/** A syntax error. */
export interface SyntaxMistake {
  readonly kind: Stumble;
  readonly offset: number;
  readonly length: number;
  /** For a closing bracket right after a comma: the offset of that comma. */
  readonly comma: number | undefined;
}

/** The syntax errors in the order in which they were found. */
export function mistakesIn({ errors }: JsonPlaces): SyntaxMistake[] {
  return Array.from({ length: errors.length / ERROR }, (_, i) => {
    const [kind, offset, length, comma] = errors.subarray(i * ERROR) as unknown as [
      number,
      number,
      number,
      number,
    ];
    return {
      kind: STUMBLES[kind] ?? "InvalidSymbol",
      offset,
      length,
      comma: comma === 0 ? undefined : comma - 1,
    };
  });
}

/** By the parser's error names. */
const SYNTAX_MESSAGES: Readonly<Partial<Record<Stumble, string>>> = {
  InvalidNumberFormat: "this is not a JSON number",
  PropertyNameExpected: "a key in double quotes is expected here",
  ValueExpected: "a value is expected here",
  ColonExpected: "a colon is expected here",
  CommaExpected: "a comma is expected here",
  CloseBraceExpected: "a closing brace is missing",
  CloseBracketExpected: "a closing bracket is missing",
  EndOfFileExpected: "something follows after the end of the JSON value",
  UnexpectedEndOfComment: "the comment is not closed, and JSON has no comments",
  UnexpectedEndOfString: "the string is not closed",
  UnexpectedEndOfNumber: "the number is not complete",
  InvalidUnicode: "the \\u escape is not complete",
  InvalidEscapeCharacter: "this escape is not valid in JSON",
  InvalidCharacter: "a control character is not allowed here",
};

/** Maximum number of syntax errors: after some, a parser is out of step and further errors do not help. */
const MAX_SYNTAX_ERRORS = 5;

/** The first syntax error of each line: the others mostly follow from it. */
export function firstOfEachLine(mistakes: readonly SyntaxMistake[], lines: LineTable): SyntaxMistake[] {
  const found: SyntaxMistake[] = [];
  let last = 0;
  for (const mistake of mistakes) {
    const { line } = lines.position(mistake.offset);
    if (line > last && found.length < MAX_SYNTAX_ERRORS) {
      found.push(mistake);
    }
    last = Math.max(last, line);
  }
  return found;
}

/** Removes duplicates: the parser reports some errors twice, as what it expected and as what it found. */
export function withoutEchoes(mistakes: readonly SyntaxMistake[]): SyntaxMistake[] {
  return mistakes.filter(({ offset }, i) => offset !== mistakes[i - 1]?.offset);
}

/** Whether the text keeps its meaning if the error is removed. */
export function isMendable(mistake: SyntaxMistake): boolean {
  return mistake.kind === "InvalidCommentToken" || trailingCommaOf(mistake) !== undefined;
}

function trailingCommaOf({ kind, comma }: SyntaxMistake): number | undefined {
  return kind === "PropertyNameExpected" || kind === "ValueExpected" ? comma : undefined;
}

/** The diagnostic for a syntax error. */
export function syntaxError(text: string, mistake: SyntaxMistake, lines: LineTable): Diagnostic {
  const trailing = trailingCommaOf(mistake);
  if (trailing !== undefined) {
    return {
      code: "json-trailing-comma",
      severity: "error",
      message: "JSON has no trailing commas",
      hint: "remove it",
      position: lines.positionOf({ offset: trailing, length: 1 }),
    };
  }
  const { kind, offset, length } = mistake;
  const comment = kind === "InvalidCommentToken" || text.charAt(offset) === "#";
  const hint = hintOf(kind, text, offset, comment);
  return {
    code: comment ? "json-comment" : "json-syntax",
    severity: "error",
    message: comment ? NO_COMMENTS : kind === "InvalidSymbol" ? strange(text, offset, length) : said(kind),
    ...(hint === undefined ? {} : { hint }),
    position: lines.positionOf({ offset, length }),
  };
}

const NO_COMMENTS = "JSON has no comments";

function said(kind: Stumble): string {
  return SYNTAX_MESSAGES[kind] ?? "this is not JSON";
}

/** Maximum number of characters that a message quotes of what is not JSON. */
const MAX_SYMBOL_LENGTH = 20;

function strange(text: string, offset: number, length: number): string {
  if (text.charAt(offset) === "\0") {
    return "a NUL byte is not allowed here";
  }
  return `'${text.slice(offset, offset + Math.min(length, MAX_SYMBOL_LENGTH))}' is not JSON`;
}

function hintOf(kind: Stumble, text: string, offset: number, comment: boolean): string | undefined {
  if (comment || kind === "UnexpectedEndOfComment") {
    return "remove it, or put the text into the key 'comment' of a rule";
  }
  // 0x10, 0b1, 010: the parser takes the zero for the number.
  if (text.charAt(offset - 1) === "0" && /\w/.test(text.charAt(offset))) {
    return "JSON has decimal numbers only, without a leading zero";
  }
  return text.charAt(offset) === "'" ? 'strings and keys need double quotes: "..."' : undefined;
}
