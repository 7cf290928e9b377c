/**
 * Exact JSON: text to values with the place of each, numbers as they were written, and every mistake at once.
 */

import { type Node, type ParseError, parseTree } from "jsonc-parser";
import { type Diagnostic, Findings, type Position } from "../diagnostic.ts";
import { firstOfEachLine, isMendable, scanLexemes, syntaxError, withoutEchoes } from "./json-syntax.ts";
import { LineTable } from "./line-table.ts";
import { pointerTo, pointerTokens } from "./pointer.ts";

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
  const { document, problems } = readJsonTolerantly(text);
  return document === undefined || problems.length > 0 ? [...problems] : document;
}

/** What {@link readJsonTolerantly} found. */
export interface TolerantReading {
  /** Absent where too much is wrong for anything else to be said of the text. */
  readonly document: JsonDocument | undefined;
  /** Errors only; where there is one, the text is not JSON, whatever the document holds. */
  readonly problems: readonly Diagnostic[];
}

/**
 * Reads a text that may have comments, commas too many, keys twice or a byte order mark, so that whatever else is wrong
 * with it can be said at once.
 */
export function readJsonTolerantly(text: string): TolerantReading {
  const lines = new LineTable(text);
  const { fatal, trailingCommas } = scanLexemes(text, lines);
  if (fatal !== undefined) {
    return { document: undefined, problems: [fatal] };
  }
  const problems = byteOrderMark(text);
  const errors = new BoundedErrors();
  // A space in the place of the mark: everything stays where it is.
  const parsed = problems.length > 0 ? ` ${text.slice(1)}` : text;
  const root = parseBounded(parsed, errors);
  const broken = root === undefined || errors.some((error) => !isMendable(error, trailingCommas));
  for (const error of broken ? firstOfEachLine([...errors], lines) : withoutEchoes([...errors])) {
    problems.push(syntaxError(parsed, error, lines, trailingCommas));
  }
  if (broken) {
    return { document: undefined, problems };
  }
  const duplicates = new Findings();
  const exact = new Map<string, bigint>();
  const oddNumbers: Diagnostic[] = [];
  const value = build(root, "", { text, lines, exact, oddNumbers, duplicates });
  const document: JsonDocument = {
    value,
    exact,
    oddNumbers,
    locate: (pointer) => lines.positionOf(find(root, pointer)),
    locateKey: (pointer) => {
      const node = find(root, pointer);
      return lines.positionOf((node.parent?.type === "property" && node.parent.children?.[0]) || node);
    },
  };
  return { document, problems: [...problems, ...duplicates.list] };
}

/** More mistakes than these are not looked at. */
const MOST_ERRORS = 1000;

/** A list of mistakes that ends the parsing of a text when there are too many. */
class BoundedErrors extends Array<ParseError> {
  override push(...errors: ParseError[]): number {
    if (this.length >= MOST_ERRORS) {
      throw new TooManyErrors();
    }
    return super.push(...errors);
  }
}

class TooManyErrors extends Error {}

function parseBounded(text: string, errors: BoundedErrors): Node | undefined {
  try {
    return parseTree(text, errors, { disallowComments: true, allowTrailingComma: false });
  } catch (error) {
    if (error instanceof TooManyErrors) {
      return undefined;
    }
    throw error;
  }
}

function byteOrderMark(text: string): Diagnostic[] {
  if (!text.startsWith("\ufeff")) {
    return [];
  }
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

/** What {@link build} needs, and what it finds beside the value. */
interface Build {
  readonly text: string;
  readonly lines: LineTable;
  readonly exact: Map<string, bigint>;
  readonly oddNumbers: Diagnostic[];
  readonly duplicates: Findings;
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
      into.duplicates.add({
        code: "json-duplicate-key",
        severity: "error",
        message: `the key '${key.value}' stands twice in this object`,
        hint: "readers disagree about which of the two counts; remove one",
        pointer: at,
        position: into.lines.positionOf(key),
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
      position: into.lines.positionOf(node),
    });
  } else if (written.length > MOST_DIGITS) {
    into.oddNumbers.push({
      code: "json-number-too-long",
      severity: "error",
      message: `a number of ${written.length} digits is above everything that a profile can hold`,
      pointer,
      position: into.lines.positionOf(node),
    });
  } else if (!Number.isSafeInteger(node.value)) {
    into.exact.set(pointer, BigInt(written));
  }
  // Infinity is no integer, and so would be blamed for its type.
  return Math.min(Math.max(node.value, -Number.MAX_VALUE), Number.MAX_VALUE);
}

/** The members of objects with many, by their keys: whoever looks up one mostly looks up all. */
const memberIndexes = new WeakMap<Node, ReadonlyMap<unknown, Node | undefined>>();

function memberOf(node: Node, key: string): Node | undefined {
  let index = memberIndexes.get(node);
  if (index === undefined) {
    // The first of equal keys, as find() would give it.
    const entries = (node.children ?? []).map(
      ({ children = [] }) => [children[0]?.value, children[1]] as const,
    );
    index = new Map(entries.reverse());
    memberIndexes.set(node, index);
  }
  return index.get(key);
}

/** The node at a pointer, or the deepest one on the way to it. */
function find(root: Node, pointer: string): Node {
  let node = root;
  for (const token of pointerTokens(pointer)) {
    const child = node.type === "array" ? node.children?.[Number(token)] : memberOf(node, token);
    if (child === undefined) {
      break;
    }
    node = child;
  }
  return node;
}
