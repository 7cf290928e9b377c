/**
 * The comments of a profile and of its rules, line by line.
 */

import { pointerTo } from "./pointer.ts";

/** The keys that hold text for people: no engine reads them. */
const COMMENT_KEYS: readonly string[] = ["comment", "_comment", "$comment", "//"];

/** A line of a comment, without spaces around it. */
export interface CommentLine {
  readonly text: string;
  /** JSON pointer of the string that holds it. */
  readonly pointer: string;
}

/**
 * The lines of the comments of an object, which are strings or arrays of strings.
 *
 * @param pointer of the object
 */
export function commentLines(object: unknown, pointer: string): readonly CommentLine[] {
  if (typeof object !== "object" || object === null) {
    return [];
  }
  return Object.entries(object).flatMap(([key, value]: [string, unknown]) => {
    if (!COMMENT_KEYS.includes(key)) {
      return [];
    }
    const at = pointerTo(pointer, key);
    return Array.isArray(value)
      ? value.flatMap((one: unknown, i) => linesOf(one, pointerTo(at, String(i))))
      : linesOf(value, at);
  });
}

function linesOf(value: unknown, pointer: string): readonly CommentLine[] {
  return typeof value === "string" ? value.split("\n").map((line) => ({ text: line.trim(), pointer })) : [];
}
