/**
 * What is wrong with a text that should be JSON: what a parser stumbles over, said so that its author can mend it.
 */

import { createScanner, type ParseError, printParseErrorCode } from "jsonc-parser";
import type { Diagnostic, Position } from "../diagnostic.ts";
import type { LineTable } from "./line-table.ts";

/** Deeper nesting than this is refused; no format of the field needs more than 10. */
const DEEPEST = 100;

/** What one pass over the tokens finds. */
export interface Lexemes {
  /** What the parser must never see: an empty text, and nesting that would exhaust its stack. */
  readonly fatal: Diagnostic | undefined;
  /** For each closing bracket that comes right after a comma, the offset of that comma. */
  readonly trailingCommas: ReadonlyMap<number, number>;
}

/** Looks for what the parser must not see, and for commas that it does not tell apart. */
export function scanLexemes(text: string, lines: LineTable): Lexemes {
  const trailingCommas = new Map<number, number>();
  const fatal = (code: "json-empty" | "json-too-deep", message: string, position: Position): Lexemes => ({
    fatal: { code, severity: "error", message, position },
    trailingCommas,
  });
  if (/^\ufeff?[ \t\r\n]*$/.test(text)) {
    return fatal("json-empty", "the file is empty", { line: 1, column: 1 });
  }
  const scanner = createScanner(text, false);
  let depth = 0;
  let comma: number | undefined;
  while (scanner.getPosition() < text.length) {
    scanner.scan();
    const at = scanner.getTokenOffset();
    // Only a bracket's own token begins with a bracket.
    const first = text.charAt(at);
    const closes = first === "}" || first === "]";
    depth += first === "{" || first === "[" ? 1 : closes ? -1 : 0;
    if (depth > DEEPEST) {
      return fatal("json-too-deep", `nested deeper than ${DEEPEST} levels`, lines.position(at));
    }
    if (closes && comma !== undefined) {
      trailingCommas.set(at, comma);
    }
    if (!" \t\r\n/".includes(first)) {
      comma = first === "," ? at : undefined;
    }
  }
  return { fatal: undefined, trailingCommas };
}

/** By the names that the parser gives its errors. */
const SYNTAX_MESSAGES: Readonly<Record<string, string>> = {
  InvalidNumberFormat: "this is not a JSON number",
  PropertyNameExpected: "a key in double quotes is expected here",
  ValueExpected: "a value is expected here",
  ColonExpected: "a colon is expected here",
  CommaExpected: "a comma is expected here",
  CloseBraceExpected: "a closing brace is missing",
  CloseBracketExpected: "a closing bracket is missing",
  EndOfFileExpected: "something follows after the end of the JSON value",
  UnexpectedEndOfComment: "the comment does not end, and JSON has none",
  UnexpectedEndOfString: "the string is not closed",
  UnexpectedEndOfNumber: "the number is not complete",
  InvalidUnicode: "the \\u escape is not complete",
  InvalidEscapeCharacter: "JSON does not know this escape",
  InvalidCharacter: "a control character is not allowed here",
};

/** After some mistakes a parser has lost the thread, and what it says is no help. */
const MOST_SYNTAX_ERRORS = 5;

/** Of what the parser stumbles over in a text that is no JSON, the first in each line: the others mostly follow from it. */
export function firstOfEachLine(errors: readonly ParseError[], lines: LineTable): ParseError[] {
  const found: ParseError[] = [];
  let last = 0;
  for (const error of errors) {
    const { line } = lines.position(error.offset);
    if (line > last && found.length < MOST_SYNTAX_ERRORS) {
      found.push(error);
    }
    last = Math.max(last, line);
  }
  return found;
}

/** Some mistakes are told twice, as what should stand there and as what should not. */
export function withoutEchoes(errors: readonly ParseError[]): ParseError[] {
  return errors.filter(({ offset }, i) => offset !== errors[i - 1]?.offset);
}

/** Whether the text means the same without what is wrong. */
export function isMendable(
  { error, offset }: ParseError,
  trailingCommas: ReadonlyMap<number, number>,
): boolean {
  return (
    printParseErrorCode(error) === "InvalidCommentToken" || isTrailingComma(error, offset, trailingCommas)
  );
}

function isTrailingComma(
  error: number,
  offset: number,
  trailingCommas: ReadonlyMap<number, number>,
): boolean {
  const name = printParseErrorCode(error);
  return trailingCommas.has(offset) && (name === "PropertyNameExpected" || name === "ValueExpected");
}

/** What the parser has stumbled over, in words, with what to do about it. */
export function syntaxError(
  text: string,
  { error, offset, length }: ParseError,
  lines: LineTable,
  trailingCommas: ReadonlyMap<number, number>,
): Diagnostic {
  const comma = trailingCommas.get(offset);
  if (comma !== undefined && isTrailingComma(error, offset, trailingCommas)) {
    return {
      code: "json-trailing-comma",
      severity: "error",
      message: "a comma must not stand before what closes the list",
      hint: "remove it",
      position: lines.positionOf({ offset: comma, length: 1 }),
    };
  }
  const name = printParseErrorCode(error);
  const comment = name === "InvalidCommentToken" || text.charAt(offset) === "#";
  const hint = hintOf(name, text, offset, comment);
  return {
    code: comment ? "json-comment" : "json-syntax",
    severity: "error",
    message: comment ? NO_COMMENTS : name === "InvalidSymbol" ? strange(text, offset, length) : said(name),
    ...(hint === undefined ? {} : { hint }),
    position: lines.positionOf({ offset, length }),
  };
}

const NO_COMMENTS = "JSON has no comments";

function said(name: string): string {
  return SYNTAX_MESSAGES[name] ?? "this is not JSON";
}

/** So much is shown of what is no JSON. */
const MOST_OF_A_SYMBOL = 20;

function strange(text: string, offset: number, length: number): string {
  if (text.charAt(offset) === "\0") {
    return "a NUL byte is not allowed here";
  }
  return `'${text.slice(offset, offset + Math.min(length, MOST_OF_A_SYMBOL))}' is not JSON`;
}

function hintOf(name: string, text: string, offset: number, comment: boolean): string | undefined {
  if (comment || name === "UnexpectedEndOfComment") {
    return "remove it, or put the text into the key 'comment' of a rule";
  }
  // 0x10, 0b1, 010: the parser takes the zero for the number.
  if (text.charAt(offset - 1) === "0" && /\w/.test(text.charAt(offset))) {
    return "JSON has decimal numbers only, without a leading zero";
  }
  return text.charAt(offset) === "'" ? 'strings and keys stand in double quotes: "..."' : undefined;
}
