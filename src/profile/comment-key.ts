/**
 * Keys that hold text for people: no engine reads them, and they say nothing about calls.
 */

import { PROFILE_VOCABULARY } from "./raw-profile.ts";

/** Words for text about a profile or a rule, in small letters. A number may follow, since JSON has no two keys of one name. */
const WORDS =
  "comment comments description note notes remark remarks reason rationale title doc documentation author authors maintainer license version".split(
    " ",
  );
const WORD_SET: ReadonlySet<string> = new Set(WORDS);

/** What people begin a comment in JSON with: `_comment`, `$schema`, `//`, `#`, and `x-` of Compose and OpenAPI. */
const MARKS = ["__", "_", "$", "//", "#", "x-"];

/**
 * Whether a key is a comment. `__proto__` is none: it changes the object that some readers make. (Launches run this, in an engine
 * without regular expressions.)
 */
export function isCommentKey(key: string): boolean {
  const word = key.toLowerCase();
  if (WORD_SET.has(withoutNumber(word))) {
    return true;
  }
  const mark = key === "__proto__" ? undefined : MARKS.find((one) => word.startsWith(one));
  return mark !== undefined && !meantKeys().includes(singular(word.slice(mark.length).trim()));
}

/** What must not follow a mark, in small letters and without the s of the plural: `_args` may be meant to have an effect. */
function meantKeys(): readonly string[] {
  return PROFILE_VOCABULARY.filter((key) => key !== "comment" && key !== "$schema").map(singular);
}

function singular(word: string): string {
  const small = word.toLowerCase();
  return small.endsWith("s") ? small.slice(0, -1) : small;
}

/** `comment_2` and `comment2` as `comment`. */
function withoutNumber(word: string): string {
  let end = word.length;
  while (end > 0 && "0123456789_- ".includes(word.charAt(end - 1))) {
    end -= 1;
  }
  return word.slice(0, end);
}

/** The same as a regular expression, in the dialect of JSON Schema, which has no flags. */
export function commentPattern(): string {
  const anyCase = (text: string): string =>
    [...text].map((one) => (/[a-z]/.test(one) ? `[${one.toUpperCase()}${one}]` : escaped(one))).join("");
  const oneOf = (all: readonly string[]): string => `(?:${all.map(anyCase).join("|")})`;
  const mark = oneOf(MARKS).replace("|_|", "|_(?!_)|");
  return `^(?:${oneOf(WORDS)}[0-9_ -]*|(?!__proto__$)${mark}(?!\\s*${oneOf(meantKeys())}[sS]?\\s*$)[^]*)$`;
}

function escaped(character: string): string {
  return /\w|[-/#]/.test(character) ? character : `\\${character}`;
}

/** The text of the first comment of an object; undefined if it has none. */
export function commentIn(object: Readonly<Record<string, unknown>>): string | undefined {
  for (const [key, value] of Object.entries(object)) {
    const text = isCommentKey(key) && key !== "$schema" ? textOf(value) : "";
    if (text !== "") {
      return text;
    }
  }
  return undefined;
}

/** A text, or the lines of one. */
function textOf(value: unknown): string {
  const lines = Array.isArray(value) ? value : [value];
  return lines.every((line) => typeof line === "string") ? lines.join("\n").trim() : "";
}
