/**
 * The positions of the values in a JSON text, and its syntax errors, as lists of numbers.
 */

/** Numbers in {@link JsonPlaces.nodes} for each node. */
export const NODE = 3;
/** Numbers in {@link JsonPlaces.errors} for each error. */
export const ERROR = 4;

/** Offsets and lengths are UTF-16 units. */
export interface JsonPlaces {
  /**
   * For each value and each key, in the order of the text: where it begins, where it ends, and which node follows it and
   * its contents. The value of a member follows its key. Empty if the text has too many errors.
   */
  readonly nodes: Uint32Array;
  /** The nodes that are numbers, except integers short enough to be exact as JavaScript numbers. */
  readonly numbers: Uint32Array;
  /** The nodes that are duplicate keys of their object. */
  readonly again: Uint32Array;
  /**
   * The syntax errors: an index into {@link STUMBLES}, offset, length, and, for a closing bracket right after a comma,
   * the offset of that comma plus 1, else 0.
   */
  readonly errors: Uint32Array;
  /** Where each line begins. */
  readonly lines: Uint32Array;
  /** The first bracket that nests too deep; -1 if none does. */
  readonly tooDeep: number;
}

/**
 * Makes {@link JsonPlaces}. The executable uses its host's native `jsonPlaces`; `src/profile/library-parser.ts` gives the
 * same results.
 *
 * @param maxDepth maximum nesting of brackets
 * @param maxErrors maximum number of errors; parsing stops there
 */
export type JsonParser = (text: string, maxDepth: number, maxErrors: number) => JsonPlaces;

/** The kinds of syntax error: ParseErrorCode of jsonc-parser 3.3.1. */
export const STUMBLES = [
  undefined,
  "InvalidSymbol",
  "InvalidNumberFormat",
  "PropertyNameExpected",
  "ValueExpected",
  "ColonExpected",
  "CommaExpected",
  "CloseBraceExpected",
  "CloseBracketExpected",
  "EndOfFileExpected",
  "InvalidCommentToken",
  "UnexpectedEndOfComment",
  "UnexpectedEndOfString",
  "UnexpectedEndOfNumber",
  "InvalidUnicode",
  "InvalidEscapeCharacter",
  "InvalidCharacter",
] as const;
export type Stumble = Exclude<(typeof STUMBLES)[number], undefined>;
