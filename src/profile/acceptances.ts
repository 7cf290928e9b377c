/**
 * Acceptances: comments by which the author of a profile accepts findings, with the reason.
 *
 *     "comment": "seccomp-exec: accept CODE[, CODE...]: REASON"
 */

import { type CommentLine, commentLines } from "./comments.ts";
import { valueAt } from "./pointer.ts";

/** How every line begins that is meant for seccomp-exec. */
const PREFIX = "seccomp-exec:";

/** What a line says that begins with the prefix. */
export interface AcceptanceLine extends CommentLine {
  /** The findings at this JSON pointer and below are meant: of a rule, or of the whole profile. */
  readonly scope: string;
  /** The words where codes are expected; undefined: the line does not say `accept`. */
  readonly codes: readonly string[] | undefined;
  /** Empty if there is none. */
  readonly reason: string;
}

/**
 * The lines of a profile's comments that are meant for seccomp-exec.
 *
 * @param document the JSON value of the whole document
 * @param base the JSON pointer of the profile in it
 */
export function acceptanceLines(document: unknown, base: string): readonly AcceptanceLine[] {
  const profile = valueAt(document, base);
  const rules = valueAt(profile, "/syscalls");
  return [
    ...linesIn(profile, base),
    ...(Array.isArray(rules) ? rules.flatMap((rule, i) => linesIn(rule, `${base}/syscalls/${i}`)) : []),
  ];
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
    .filter(({ text }) => text.startsWith(PREFIX))
    .map((line) => ({ ...line, scope, ...read(line.text.slice(PREFIX.length)) }));
}

function read(words: string): Pick<AcceptanceLine, "codes" | "reason"> {
  const [, list, reason = ""] = /^\s*accept(?:\s+([^:]*))?(?::(.*))?$/.exec(words) ?? [words];
  return words.trim().startsWith("accept")
    ? { codes: (list ?? "").split(/[\s,]+/).filter((word) => word !== ""), reason: reason.trim() }
    : { codes: undefined, reason: "" };
}
