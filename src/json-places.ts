/**
 * Where the values of a JSON text stand, and where the text is no JSON: what a parser makes of it, as lists of numbers.
 */

/** Numbers in {@link JsonPlaces.nodes} for each node. */
export const NODE = 3;
/** Numbers in {@link JsonPlaces.errors} for each error. */
export const ERROR = 4;

/** Offsets and lengths are UTF-16 units. */
export interface JsonPlaces {
  /**
   * For each value and each key, in the order of the text: where it begins, where it ends, and which node follows on it and
   * all that is in it. The value of a member stands behind its key. There are none where too much is wrong with the text.
   */
  readonly nodes: Uint32Array;
  /** The nodes that are numbers, but for integers of so few digits that a JavaScript number is exact for sure. */
  readonly numbers: Uint32Array;
  /** The nodes that are keys, and stand in their object already. */
  readonly again: Uint32Array;
  /**
   * What the parser stumbles over: a number of {@link STUMBLES}, offset, length, and where that is a closing bracket right
   * behind a comma, 1 more than the offset of that comma, else 0.
   */
  readonly errors: Uint32Array;
  /** Where each line begins. */
  readonly lines: Uint32Array;
  /** The first bracket that nests too deep; -1 where none does. */
  readonly tooDeep: number;
}

/**
 * Finds them. The executable has a native one, `jsonPlaces` of its host; `src/profile/library-parser.ts` gives the same results.
 *
 * @param deepest so deep may brackets be nested
 * @param mostErrors so many errors are listed; what follows on them is not read
 */
export type JsonParser = (text: string, deepest: number, mostErrors: number) => JsonPlaces;

/** What a parser may stumble over: ParseErrorCode of jsonc-parser 3.3.1. */
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
