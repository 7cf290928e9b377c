/**
 * Acceptances: comments by which the author of a profile accepts findings, with the reason.
 *
 *     "comment": "seccomp-exec: accept CODE[, CODE...]: REASON"
 */

import { isCommentKey } from "./comment-key.ts";
import { type CommentLine, commentLines, linesOfComment } from "./comments.ts";
import { pointerTo } from "./pointer.ts";

/** How every line begins that is meant for seccomp-exec. */
const PREFIX = "seccomp-exec:";

/** Whether a line of a comment is meant for seccomp-exec. */
export function isForUs(line: string): boolean {
  return line.startsWith(PREFIX);
}

/** What a line says that begins with the prefix. */
export interface AcceptanceLine extends CommentLine {
  /** The findings at this JSON pointer and below are meant: of a rule, or of the whole profile. */
  readonly scope: string;
  /** The words where codes are expected; undefined: the line does not say `accept`. */
  readonly codes: readonly string[] | undefined;
  /** Empty if there is none that can be seen. */
  readonly reason: string;
}

/** The lines of the comments of a document that are meant for seccomp-exec. */
export interface Acceptances {
  /** Those of the profile, then those of its rules. */
  readonly lines: readonly AcceptanceLine[];
  /**
   * Lines that begin as those do and accept nothing where they are: in an object that is neither the profile nor one of its rules, or
   * after a character that does not end a line here.
   */
  readonly stray: readonly CommentLine[];
}

/**
 * Reads all comments of a document.
 *
 * @param document the JSON value of the whole document
 * @param base the JSON pointer of the profile in it
 */
export function acceptancesIn(document: unknown, base: string): Acceptances {
  const lines: AcceptanceLine[] = [];
  const stray: CommentLine[] = [];
  const rules = pointerTo(base, "syscalls");
  const look = (value: unknown, pointer: string, isRule: boolean): void => {
    if (typeof value !== "object" || value === null) {
      return;
    }
    if (Array.isArray(value)) {
      for (const [i, item] of value.entries()) {
        look(item, pointerTo(pointer, i), pointer === rules);
      }
      return;
    }
    const counts = pointer === base || isRule;
    const members = Object.entries(value);
    const comments = members.filter(([key]) => isCommentKey(key));
    for (const line of comments.flatMap(([key, comment]) =>
      linesOfComment(comment, pointerTo(pointer, key)),
    )) {
      if (counts && isForUs(line.text)) {
        lines.push(asAcceptance(line, pointer));
      }
      if (isStray(line.text, counts)) {
        stray.push(line);
      }
    }
    for (const [key, member] of members) {
      if (typeof member === "object" && (comments.length === 0 || !isCommentKey(key))) {
        look(member, pointerTo(pointer, key), false);
      }
    }
  };
  look(document, "", false);
  return { lines, stray };
}

/** What other programs take for the end of a line. */
const OTHER_BREAKS = /[\r\v\f\x85\u2028\u2029]/;

/** @param counts whether acceptances are read where the line is */
function isStray(line: string, counts: boolean): boolean {
  const [first = "", ...others] = line.split(OTHER_BREAKS);
  return (counts ? others : [first, ...others]).some((part) => part.trim().startsWith(PREFIX));
}

/** The texts of these lines of one object, to be kept in another file. */
export function acceptancesOf(object: unknown): readonly string[] {
  return linesIn(object, "").map(({ text }) => text);
}

/** A comment without these lines. */
export function withoutAcceptances(comment: string): string {
  return comment
    .split("\n")
    .filter((line) => !line.trim().startsWith(PREFIX))
    .join("\n");
}

function linesIn(object: unknown, scope: string): readonly AcceptanceLine[] {
  return commentLines(object, scope)
    .filter(({ text }) => isForUs(text))
    .map((line) => asAcceptance(line, scope));
}

function asAcceptance(line: CommentLine, scope: string): AcceptanceLine {
  return { ...line, scope, ...read(line.text.slice(PREFIX.length)) };
}

/** A letter, a number, a mark or a symbol, but none of those that are blank (Unicode's Hangul fillers and the empty Braille pattern). */
const VISIBLE = /(?![\u115f\u1160\u2800\u3164\uffa0])[\p{L}\p{N}\p{P}\p{S}]/u;

function read(words: string): Pick<AcceptanceLine, "codes" | "reason"> {
  const [, list, reason = ""] = /^\s*accept(?:\s+([^:]*))?(?::(.*))?$/s.exec(words) ?? [words];
  return words.trim().startsWith("accept")
    ? {
        codes: (list ?? "").split(/[\s,]+/).filter((word) => word !== ""),
        reason: VISIBLE.test(reason) ? reason.trim() : "",
      }
    : { codes: undefined, reason: "" };
}
