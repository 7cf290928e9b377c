/**
 * Exact JSON: text to values with the place of each, numbers as they were written, and every mistake at once.
 */

import { createScanner, type Node, type ParseError, parseTree, printParseErrorCode } from "jsonc-parser";
import type { Diagnostic, Position } from "../diagnostic.ts";
import { pointerTo, pointerTokens } from "./pointer.ts";

/** Deeper nesting than this is refused; no format of the field needs more than 10. */
const DEEPEST = 100;

/** A JSON text that has been read. */
export interface JsonDocument {
  /**
   * As JSON.parse gives it: a number outside of ±2^53 is rounded here, and exact in {@link exact}. One that is too
   * large for that is the largest there is rather than Infinity.
   */
  readonly value: unknown;
  /** The integers that a JavaScript number cannot hold, by JSON pointer. */
  readonly exact: ReadonlyMap<string, bigint>;
  /** An error for each number that is not written as an integer; the value has it rounded, or as JSON.parse has it. */
  readonly oddNumbers: readonly Diagnostic[];
  /** Where the value (or, for a member that is missing, the object that lacks it) stands. */
  locate(pointer: string): Position;
  /** Where the key of that member stands. */
  locateKey(pointer: string): Position;
}

/** Reads a JSON text (RFC 8259). Returns the document, or at least one diagnostic of severity error. */
export function readJson(text: string): JsonDocument | Diagnostic[] {
  const lines = new LineTable(text);
  const syntax = checkLexemes(text, lines);
  if (syntax.length > 0) {
    return syntax;
  }
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { disallowComments: true, allowTrailingComma: false });
  if (errors.length > 0 || root === undefined) {
    return errors
      .filter(isNotAftermath)
      .slice(0, MOST_SYNTAX_ERRORS)
      .map((error) => syntaxError(text, error, lines));
  }
  const problems: Diagnostic[] = [];
  const exact = new Map<string, bigint>();
  const oddNumbers: Diagnostic[] = [];
  const value = build(root, "", { text, lines, exact, oddNumbers, problems });
  if (problems.length > 0) {
    return problems;
  }
  return {
    value,
    exact,
    oddNumbers,
    locate: (pointer) => lines.position(find(root, pointer).offset),
    locateKey: (pointer) => {
      const node = find(root, pointer);
      const property = node.parent?.type === "property" ? node.parent : node;
      return lines.position(property.offset);
    },
  };
}

/** Finds the line and column of an offset. */
class LineTable {
  private readonly starts: number[] = [0];

  constructor(text: string) {
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) {
      this.starts.push(at + 1);
    }
  }

  position(offset: number): Position {
    let low = 0;
    let high = this.starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.starts[middle] ?? 0) <= offset) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return { line: low + 1, column: offset - (this.starts[low] ?? 0) + 1 };
  }
}

/** What the parser must never see: an empty text, a byte order mark, and nesting that would exhaust its stack. */
function checkLexemes(text: string, lines: LineTable): Diagnostic[] {
  if (text.startsWith("\ufeff")) {
    return [
      {
        code: "json-byte-order-mark",
        severity: "error",
        message: "the file begins with a byte order mark",
        hint: "save it as UTF-8 without one",
        position: { line: 1, column: 1 },
      },
    ];
  }
  if (/^[ \t\r\n]*$/.test(text)) {
    return [
      {
        code: "json-empty",
        severity: "error",
        message: "the file is empty",
        position: { line: 1, column: 1 },
      },
    ];
  }
  const scanner = createScanner(text, false);
  let depth = 0;
  while (scanner.getPosition() < text.length) {
    scanner.scan();
    // Only a bracket's own token begins with a bracket.
    const first = text.charAt(scanner.getTokenOffset());
    depth += first === "{" || first === "[" ? 1 : first === "}" || first === "]" ? -1 : 0;
    if (depth > DEEPEST) {
      return [
        {
          code: "json-too-deep",
          severity: "error",
          message: `nested deeper than ${DEEPEST} levels`,
          position: lines.position(scanner.getTokenOffset()),
        },
      ];
    }
  }
  return [];
}

/** By the names that the parser gives its errors. */
const SYNTAX_MESSAGES: Readonly<Record<string, string>> = {
  InvalidSymbol: "this is not JSON",
  InvalidNumberFormat: "this is not a JSON number",
  PropertyNameExpected: "a key in double quotes is expected here",
  ValueExpected: "a value is expected here",
  ColonExpected: "a colon is expected here",
  CommaExpected: "a comma is expected here",
  CloseBraceExpected: "a closing brace is missing",
  CloseBracketExpected: "a closing bracket is missing",
  EndOfFileExpected: "something follows after the end of the JSON value",
  InvalidCommentToken: "JSON has no comments",
  UnexpectedEndOfComment: "JSON has no comments",
  UnexpectedEndOfString: "the string is not closed",
  UnexpectedEndOfNumber: "the number is not complete",
  InvalidUnicode: "the \\u escape is not complete",
  InvalidEscapeCharacter: "JSON does not know this escape",
  InvalidCharacter: "a control character is not allowed here",
};

/** After some mistakes a parser has lost the thread, and what it says is no help. */
const MOST_SYNTAX_ERRORS = 5;

/** Whether an error is not of the same kind as the one before it: a parser stumbles over each word of what is no JSON. */
function isNotAftermath({ error, offset }: ParseError, i: number, errors: readonly ParseError[]): boolean {
  const before = errors[i - 1];
  return before?.error !== error && before?.offset !== offset;
}

function syntaxError(text: string, error: ParseError, lines: LineTable): Diagnostic {
  const name = printParseErrorCode(error.error);
  const before = text.slice(0, error.offset).trimEnd();
  const trailingComma =
    (name === "PropertyNameExpected" || name === "ValueExpected") &&
    /[}\]]/.test(text.charAt(error.offset)) &&
    before.endsWith(",");
  return {
    code: "json-syntax",
    severity: "error",
    message: trailingComma
      ? "a comma must not stand before what closes the list"
      : (SYNTAX_MESSAGES[name] ?? "this is not JSON"),
    position: lines.position(error.offset),
  };
}

/** What {@link build} needs, and what it finds beside the value. */
interface Build {
  readonly text: string;
  readonly lines: LineTable;
  readonly exact: Map<string, bigint>;
  readonly oddNumbers: Diagnostic[];
  readonly problems: Diagnostic[];
}

/** Turns parser nodes into values; the recursion is bounded by {@link DEEPEST}. */
function build(node: Node, pointer: string, into: Build): unknown {
  switch (node.type) {
    case "array":
      return (node.children ?? []).map((child, index) => build(child, pointerTo(pointer, index), into));
    case "object":
      return buildObject(node, pointer, into);
    case "number":
      return buildNumber(node, pointer, into);
    default:
      return node.value;
  }
}

function buildObject(node: Node, pointer: string, into: Build): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (const property of node.children ?? []) {
    const [key, child] = property.children ?? [];
    if (key === undefined || child === undefined) {
      continue;
    }
    const at = pointerTo(pointer, key.value);
    if (Object.hasOwn(object, key.value)) {
      into.problems.push({
        code: "json-duplicate-key",
        severity: "error",
        message: `the key '${key.value}' stands twice in this object`,
        hint: "readers disagree about which of the two counts; remove one",
        pointer: at,
        position: into.lines.position(key.offset),
      });
    }
    // defineProperty, since assigning to "__proto__" would set the prototype.
    Object.defineProperty(object, key.value, {
      value: build(child, at, into),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return object;
}

/** Numbers with more digits are not looked at; 2^64-1 has 20. */
const MOST_DIGITS = 1000;

function buildNumber(node: Node, pointer: string, into: Build): number {
  const written = into.text.slice(node.offset, node.offset + node.length);
  if (!/^(?:0|-?[1-9]\d*)$/.test(written)) {
    into.oddNumbers.push({
      code: "json-not-an-integer",
      severity: "error",
      message: `'${written}' is not written as an integer`,
      hint: "write it with digits only: the engines that read profiles take nothing else",
      pointer,
      position: into.lines.position(node.offset),
    });
  } else if (written.length > MOST_DIGITS) {
    into.oddNumbers.push({
      code: "json-number-too-long",
      severity: "error",
      message: `a number of ${written.length} digits is above everything that a profile can hold`,
      pointer,
      position: into.lines.position(node.offset),
    });
  } else if (!Number.isSafeInteger(node.value)) {
    into.exact.set(pointer, BigInt(written));
  }
  // Infinity is no integer, and so would be blamed for its type.
  return Math.min(Math.max(node.value, -Number.MAX_VALUE), Number.MAX_VALUE);
}

/** The node at a pointer, or the deepest one on the way to it. */
function find(root: Node, pointer: string): Node {
  let node = root;
  for (const token of pointerTokens(pointer)) {
    const child =
      node.type === "array"
        ? node.children?.[Number(token)]
        : node.children?.find((property) => property.children?.[0]?.value === token)?.children?.[1];
    if (child === undefined) {
      break;
    }
    node = child;
  }
  return node;
}
