/**
 * Sorts findings into those that the author of the profile has accepted, and the others.
 */

import { DIAGNOSTIC_CODES, type Diagnostic } from "../diagnostic.ts";
import { type AcceptanceLine, acceptancesIn } from "../profile/acceptances.ts";

/** A finding that a comment accepts. */
export interface Accepted {
  readonly diagnostic: Diagnostic;
  readonly reason: string;
}

/** The findings of a profile, and what is wrong with its acceptances among them. */
export interface Sorted {
  readonly open: readonly Diagnostic[];
  readonly accepted: readonly Accepted[];
}

/** How an acceptance is written. */
const FORM = "seccomp-exec: accept CODE[, CODE...]: REASON";

/**
 * @param document the JSON value of the whole document
 * @param base the JSON pointer of the profile in it
 * @param mayBeUnused whether an acceptance in this scope that accepts nothing says nothing: the rule is for other machines, or
 *   not all checks were made
 */
export function sortAccepted(
  document: unknown,
  base: string,
  diagnostics: readonly Diagnostic[],
  mayBeUnused: (scope: string) => boolean,
): Sorted {
  const { lines, stray: strayLines } = acceptancesIn(document, base);
  const stray = strayLines.map(({ pointer }) => ineffective(pointer));
  if (lines.length === 0) {
    return { open: [...diagnostics, ...stray], accepted: [] };
  }
  const scopesOf = scopes(base);
  const accepting = new Map<string, AcceptanceLine>();
  const used = new Map<AcceptanceLine, Set<string>>();
  for (const line of lines) {
    for (const code of line.reason === "" ? [] : (line.codes ?? [])) {
      const key = keyOf(line.scope, code);
      accepting.set(key, accepting.get(key) ?? line);
    }
    used.set(line, new Set());
  }
  const open: Diagnostic[] = [];
  const accepted: Accepted[] = [];
  /** What is found in each scope, errors apart. */
  const errors = new Set<string>();
  const others = new Set<string>();
  for (const diagnostic of diagnostics) {
    const keys = scopesOf(diagnostic).map((scope) => keyOf(scope, diagnostic.code));
    const isError = diagnostic.severity === "error";
    for (const key of keys) {
      (isError ? errors : others).add(key);
    }
    const line = isError ? undefined : keys.flatMap((key) => accepting.get(key) ?? [])[0];
    if (line === undefined) {
      open.push(diagnostic);
    } else {
      used.get(line)?.add(diagnostic.code);
      accepted.push({ diagnostic, reason: line.reason });
    }
  }
  for (const line of lines) {
    const mistakes = mistakesOf(line);
    open.push(...mistakes);
    const unused = mistakes.length > 0 ? [] : (line.codes ?? []).filter((code) => !used.get(line)?.has(code));
    for (const code of new Set(unused)) {
      const key = keyOf(line.scope, code);
      if (errors.has(key)) {
        open.push(useless(line, `errors such as ${code} cannot be accepted`, "correct them"));
      } else if (others.has(key)) {
        open.push(useless(line, `${code} is accepted twice`, "remove this one, or the other one"));
      } else if (!mayBeUnused(line.scope)) {
        const message = `${code} is accepted and is not found here, for this machine and caller`;
        open.push(useless(line, message, "remove it, unless it is for another machine or caller"));
      }
    }
  }
  return { open: [...open, ...stray], accepted };
}

/** The scopes that a finding is in: its rule's, if it has one, and the profile's. */
function scopes(base: string): (diagnostic: Diagnostic) => readonly string[] {
  const rules = `${base}/syscalls/`;
  return ({ pointer }) => {
    const index = pointer?.startsWith(rules) === true ? /^\d+/.exec(pointer.slice(rules.length)) : null;
    return index === null ? [base] : [`${rules}${index[0]}`, base];
  };
}

function keyOf(scope: string, code: string): string {
  return `${code} ${scope}`;
}

function ineffective(pointer: string): Diagnostic {
  return {
    code: "acceptance",
    severity: "warning",
    message: "a line of a comment that begins with 'seccomp-exec:' accepts nothing here",
    hint: "write it at the beginning of a line in a comment of the profile, or of one of its rules",
    pointer,
  };
}

function mistakesOf({ codes, reason, pointer }: AcceptanceLine): readonly Diagnostic[] {
  const mistake = (message: string, more: Partial<Diagnostic> = { hint: `write ${FORM}` }): Diagnostic => ({
    code: "acceptance",
    severity: "warning",
    message,
    pointer,
    ...more,
  });
  if (codes === undefined || codes.length === 0) {
    return [mistake("a line of a comment begins with 'seccomp-exec:' and accepts nothing")];
  }
  const unknown = codes.filter((code) => !(DIAGNOSTIC_CODES as readonly string[]).includes(code));
  if (unknown.length === 0 && reason === "") {
    return [mistake(`${codes.join(", ")}: accepted without a reason, and so not at all`)];
  }
  const also = reason === "" ? ", and without a reason" : "";
  return unknown.map((word) =>
    mistake(`'${word}' is accepted, which is the code of no finding${also}`, {
      hint: "docs/diagnostics.md lists the codes",
      misspelt: { word, kind: "code", among: DIAGNOSTIC_CODES },
    }),
  );
}

function useless({ pointer }: AcceptanceLine, message: string, hint: string): Diagnostic {
  return { code: "unused-acceptance", severity: "note", message, hint, pointer };
}
