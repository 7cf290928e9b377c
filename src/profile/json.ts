/**
 * Exact JSON: text to values with their positions, exact numbers, and all mistakes at once.
 */

import { type Diagnostic, Findings, MAX_DIAGNOSTICS, type Position } from "../diagnostic.ts";
import type { JsonParser, JsonPlaces } from "../json-places.ts";
import { firstOfEachLine, isMendable, mistakesIn, syntaxError, withoutEchoes } from "./json-syntax.ts";
import { JsonTree } from "./json-tree.ts";
import { LineTable } from "./line-table.ts";
import { pointerTokens } from "./pointer.ts";

/** A text that has been read as a JSON value: JSON, or YAML (yaml.ts). */
export interface JsonDocument {
  /**
   * As JSON.parse gives it: a number outside ±2^53 is rounded here, and exact in {@link exact}. A number beyond the range of
   * a double becomes the largest double, not Infinity.
   */
  readonly value: unknown;
  /** The integers that a JavaScript number cannot represent. */
  readonly exact: ExactNumbers;
  /**
   * An error for each number at or below that JSON pointer that is not written as an integer, up to a limit; in the value it
   * is rounded, or as JSON.parse gives it.
   */
  oddNumbers(base: string): readonly Diagnostic[];
  /** Whether there is such a number at that JSON pointer. */
  isOdd(pointer: string): boolean;
  /** The position of the value or, for a missing member, of the object that lacks it. */
  locate(pointer: string): Position;
  /** The position of the key of that member. */
  locateKey(pointer: string): Position;
}

/** Integers that a JavaScript number cannot represent. */
export interface ExactNumbers {
  /** @param path the keys and indexes that lead to it */
  get(path: readonly (string | number)[]): bigint | undefined;
}

/** The result of {@link readJson}. */
export type JsonReading =
  | { readonly kind: "document"; readonly document: JsonDocument }
  /** The text is not JSON: at least one diagnostic of severity error. */
  | { readonly kind: "mistakes"; readonly mistakes: readonly Diagnostic[] };

/** Reads a JSON text (RFC 8259). */
export function readJson(text: string, parse: JsonParser): JsonReading {
  const { document, problems } = readJsonTolerantly(text, parse);
  return document === undefined || problems.length > 0
    ? { kind: "mistakes", mistakes: problems }
    : { kind: "document", document };
}

/** The result of {@link readJsonTolerantly}. */
export interface TolerantReading {
  /** Absent if the text has an error after which nothing more can be reported. */
  readonly document: JsonDocument | undefined;
  /** Errors only; if there is any, the text is not JSON, even if there is a document. */
  readonly problems: readonly Diagnostic[];
  readonly lines: LineTable;
}

/** Maximum nesting; no profile format needs more than 10. */
export const MAX_DEPTH = 100;

/** Maximum number of mistakes examined. */
const MAX_ERRORS = 1000;

/**
 * Reads a text that may have comments, trailing commas, duplicate keys or a byte order mark, so that all its other
 * mistakes can be reported at once.
 */
export function readJsonTolerantly(text: string, parse: JsonParser): TolerantReading {
  const problems = byteOrderMark(text);
  // A space instead of the mark keeps all offsets.
  const parsed = problems.length > 0 ? ` ${text.slice(1)}` : text;
  const places = parse(parsed, MAX_DEPTH, MAX_ERRORS);
  const lines = new LineTable(text, places.lines);
  const fatal = fatalMistake(parsed, places, lines);
  if (fatal !== undefined) {
    return { document: undefined, problems: [fatal], lines };
  }
  const mistakes = mistakesIn(places);
  const document =
    places.nodes.length > 0 && mistakes.every(isMendable)
      ? documentOf(parsed, places, mistakes.length === 0, lines)
      : undefined;
  for (const mistake of document === undefined ? firstOfEachLine(mistakes, lines) : withoutEchoes(mistakes)) {
    problems.push(syntaxError(parsed, mistake, lines));
  }
  return {
    document,
    problems: document === undefined ? problems : [...problems, ...document.duplicates],
    lines,
  };
}

/** A mistake after which nothing more can be reported. */
function fatalMistake(text: string, { tooDeep: at }: JsonPlaces, lines: LineTable): Diagnostic | undefined {
  if (/^[ \t\r\n]*$/.test(text)) {
    return {
      code: "json-empty",
      severity: "error",
      message: "the file is empty",
      position: { line: 1, column: 1 },
    };
  }
  return at < 0 ? undefined : tooDeep(lines.position(at));
}

/** The error for a text that nests deeper than {@link MAX_DEPTH}. */
export function tooDeep(position: Position): Diagnostic {
  return {
    code: "json-too-deep",
    severity: "error",
    message: `nested deeper than ${MAX_DEPTH} levels`,
    position,
  };
}

/** The error for a byte order mark, if the text has one. */
export function byteOrderMark(text: string): Diagnostic[] {
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

/** @param isJson whether the text has no mistakes */
function documentOf(
  text: string,
  places: JsonPlaces,
  isJson: boolean,
  lines: LineTable,
): JsonDocument & { readonly duplicates: readonly Diagnostic[] } {
  const tree = new JsonTree(text, places);
  const value = withoutInfinity(isJson ? JSON.parse(text) : tree.value(), tree, places.numbers);
  return {
    value,
    exact: { get: (path) => exactNumber(tree, path) },
    oddNumbers: (base) => oddNumbers(tree, base, places.numbers, lines),
    isOdd: (pointer) => {
      const written = numberAt(tree, pointerTokens(pointer));
      return written !== undefined && oddity(written) !== undefined;
    },
    locate: (pointer) => lines.positionOf(tree.place(tree.find(pointer).node)),
    locateKey: (pointer) => {
      const { key, node } = tree.find(pointer);
      return lines.positionOf(tree.place(key ?? node));
    },
    duplicates: duplicateKeys(tree, places.again, lines),
  };
}

function duplicateKeys(tree: JsonTree, again: ArrayLike<number>, lines: LineTable): readonly Diagnostic[] {
  const found = new Findings();
  for (let i = 0; i < again.length && i <= MAX_DIAGNOSTICS; i += 1) {
    const key = again[i] as number;
    const word = tree.text(key);
    found.add({
      code: "json-duplicate-key",
      severity: "error",
      message: `duplicate key '${word}' in this object`,
      hint: "parsers disagree about which of the two counts; remove one",
      pointer: tree.pointer(key),
      position: lines.positionOf(tree.place(key)),
    });
  }
  return found.list;
}

/** Maximum number of digits; 2^64-1 has 20. */
const MAX_DIGITS = 1000;

const INTEGER = /^(?:0|-?[1-9]\d*)$/;

function exactNumber(tree: JsonTree, path: readonly (string | number)[]): bigint | undefined {
  const written = numberAt(tree, path);
  return written === undefined || oddity(written) !== undefined || Number.isSafeInteger(Number(written))
    ? undefined
    : BigInt(written);
}

/** A number as written; undefined if there is none. */
function numberAt(tree: JsonTree, path: readonly (string | number)[]): string | undefined {
  const node = tree.valueAt(path);
  const written = node === undefined ? "" : tree.written(node);
  return /^[-\d]/.test(written) ? written : undefined;
}

/** Why a profile cannot hold a number. */
export function oddity(written: string): Pick<Diagnostic, "code" | "message" | "hint"> | undefined {
  if (!INTEGER.test(written)) {
    return {
      code: "json-not-an-integer",
      message: `'${written}' is not written as an integer`,
      hint: "write it with digits only: engines accept nothing else",
    };
  }
  if (written.length > MAX_DIGITS) {
    return {
      code: "json-number-too-long",
      message: `a number of ${written.length} digits is too large for a profile`,
    };
  }
  return undefined;
}

function oddNumbers(
  tree: JsonTree,
  base: string,
  numbers: ArrayLike<number>,
  lines: LineTable,
): readonly Diagnostic[] {
  const found = new Findings();
  const [first, last] = tree.within(base);
  let count = 0;
  for (let i = 0; i < numbers.length && count <= MAX_DIAGNOSTICS; i += 1) {
    const node = numbers[i] as number;
    const odd = node < first || node >= last ? undefined : oddity(tree.written(node));
    if (odd !== undefined) {
      count += 1;
      found.add({
        severity: "error",
        ...odd,
        pointer: tree.pointer(node),
        position: lines.positionOf(tree.place(node)),
      });
    }
  }
  return found.list;
}

/** The shortest number beyond the range of a double is 1e309. */
const MIN_INFINITE_LENGTH = 5;

/** The value, with the largest double instead of Infinity. */
function withoutInfinity(value: unknown, tree: JsonTree, numbers: ArrayLike<number>): unknown {
  let finite = value;
  // Infinity is no integer, and so would be blamed for its type.
  for (let i = 0; i < numbers.length; i += 1) {
    const node = numbers[i] as number;
    const { length } = tree.place(node);
    if (length >= MIN_INFINITE_LENGTH) {
      const number = Number(tree.written(node));
      if (!Number.isFinite(number)) {
        finite = withNumber(finite, tree.path(node), Math.sign(number) * Number.MAX_VALUE);
      }
    }
  }
  return finite;
}

/** Sets a number at a path in a value, in place unless the path is empty. */
function withNumber(value: unknown, path: readonly (string | number)[], number: number): unknown {
  if (path.length === 0) {
    return number;
  }
  let at = value as Record<string | number, unknown>;
  for (const token of path.slice(0, -1)) {
    at = at[token] as Record<string | number, unknown>;
  }
  const last = path[path.length - 1] as string | number;
  // A duplicate key may have replaced it. An assignment to "__proto__" would set the prototype.
  if (at !== undefined && Number.isFinite(at[last]) === false) {
    Object.defineProperty(at, last, { value: number, enumerable: true, configurable: true, writable: true });
  }
  return value;
}
