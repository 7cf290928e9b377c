/**
 * Sorts findings into those that the author of the profile has accepted, and the others.
 */

import { DIAGNOSTIC_CODES, type Diagnostic } from "../diagnostic.ts";
import { type AcceptanceLine, acceptanceLines } from "../profile/acceptances.ts";

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
  const lines = acceptanceLines(document, base);
  if (lines.length === 0) {
    return { open: diagnostics, accepted: [] };
  }
  const open: Diagnostic[] = [];
  const accepted: Accepted[] = [];
  const used = new Set<string>();
  const key = (line: AcceptanceLine, code: string): string => `${line.pointer} ${line.text} ${code}`;
  for (const diagnostic of diagnostics) {
    const line = lines.find((one) => accepts(one, diagnostic));
    if (line === undefined) {
      open.push(diagnostic);
    } else {
      used.add(key(line, diagnostic.code));
      accepted.push({ diagnostic, reason: line.reason });
    }
  }
  for (const line of lines) {
    const mistakes = mistakesOf(line);
    open.push(...mistakes);
    const unused = mistakes.length > 0 ? [] : (line.codes ?? []).filter((code) => !used.has(key(line, code)));
    for (const code of unused) {
      if (diagnostics.some((one) => one.code === code && isWithin(one, line.scope))) {
        open.push(useless(line, `errors such as ${code} cannot be accepted`, "correct them"));
      } else if (!mayBeUnused(line.scope)) {
        const message = `${code} is accepted and is not found here, for this machine and caller`;
        open.push(useless(line, message, "remove it, unless it is for another machine or caller"));
      }
    }
  }
  return { open, accepted };
}

function accepts({ scope, codes, reason }: AcceptanceLine, diagnostic: Diagnostic): boolean {
  return (
    diagnostic.severity !== "error" &&
    reason !== "" &&
    codes?.includes(diagnostic.code) === true &&
    isWithin(diagnostic, scope)
  );
}

function isWithin({ pointer }: Diagnostic, scope: string): boolean {
  const isOfRule = /\/syscalls\/\d+$/.test(scope);
  return !isOfRule || pointer === scope || pointer?.startsWith(`${scope}/`) === true;
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
  return [
    ...unknown.map((word) =>
      mistake(`'${word}' is accepted, which is the code of no finding`, {
        hint: "docs/diagnostics.md lists the codes",
        misspelt: { word, kind: "code", among: DIAGNOSTIC_CODES },
      }),
    ),
    ...(reason === "" ? [mistake(`${codes.join(", ")}: accepted without a reason, and so not at all`)] : []),
  ];
}

function useless({ pointer }: AcceptanceLine, message: string, hint: string): Diagnostic {
  return { code: "unused-acceptance", severity: "note", message, hint, pointer };
}
