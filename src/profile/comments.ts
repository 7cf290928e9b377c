/**
 * The comments of a profile and of its rules, line by line.
 */

import { isCommentKey } from "./comment-key.ts";
import { pointerTo } from "./pointer.ts";

/** A line of a comment, without spaces around it. */
export interface CommentLine {
  readonly text: string;
  /** JSON pointer of the string that holds it. */
  readonly pointer: string;
}

/**
 * A comment of YAML is read as a member of the rule or the profile that it is about, by this key: `#` and its line. (A key of JSON
 * that begins so is a comment too.)
 *
 * @param line from 1
 */
export function yamlCommentKey(line: number): string {
  return `#${line}`;
}

export function isYamlComment(key: string): boolean {
  return /^#\d+$/.test(key);
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
  return Object.entries(object).flatMap(([key, value]: [string, unknown]) =>
    isCommentKey(key) ? linesOfComment(value, pointerTo(pointer, key)) : [],
  );
}

/** The lines of a comment: of a string, or of each string of an array. */
export function linesOfComment(comment: unknown, pointer: string): readonly CommentLine[] {
  return Array.isArray(comment)
    ? comment.flatMap((one: unknown, i) => linesOf(one, pointerTo(pointer, i)))
    : linesOf(comment, pointer);
}

function linesOf(value: unknown, pointer: string): readonly CommentLine[] {
  return typeof value === "string" ? value.split("\n").map((line) => ({ text: line.trim(), pointer })) : [];
}
