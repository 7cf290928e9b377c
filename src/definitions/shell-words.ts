/**
 * The words of a shell's line (POSIX.1-2017, Shell Command Language, 2.2 and 2.3), as far as is needed to find a command in it.
 */

import type { Word } from "./model.ts";

/** A word, or an operator that ends a command. */
export type ShellToken =
  | ({ readonly kind: "word"; readonly start: number; readonly end: number } & Word)
  | { readonly kind: "end"; readonly operator: string };

const BLANK = " \t";
/** Operators that end a command; those of redirections do not. */
const ENDS = ";&|()\n";

/** Splits a line; undefined if a quote is left open. */
export function shellTokens(line: string): readonly ShellToken[] | undefined {
  const tokens: ShellToken[] = [];
  for (let i = 0; i < line.length; ) {
    const first = line.charAt(i);
    if (BLANK.includes(first) || line.startsWith("\\\n", i)) {
      i += first === "\\" ? 2 : 1;
    } else if (first === "#") {
      const end = line.indexOf("\n", i);
      i = end < 0 ? line.length : end;
    } else if (first === "<" || first === ">" || /^\d+[<>]/.test(line.slice(i))) {
      const next = afterRedirection(line, i);
      if (next === undefined) {
        return undefined;
      }
      i = next;
    } else if (ENDS.includes(first)) {
      const operator = /^(?:;;|&&|\|\||.)/s.exec(line.slice(i))?.[0] ?? first;
      tokens.push({ kind: "end", operator });
      i += operator.length;
    } else {
      const word = readWord(line, i);
      if (word === undefined) {
        return undefined;
      }
      tokens.push(word);
      i = word.end;
    }
  }
  return tokens;
}

/** The words of a line without operators; of any other line undefined. */
export function plainWords(line: string): readonly Word[] | undefined {
  const tokens = shellTokens(line);
  const words = tokens?.flatMap((token) => (token.kind === "word" ? [token] : []));
  return words === undefined || words.length !== tokens?.length ? undefined : words;
}

/** The offset after a redirection, with the word that it takes. */
function afterRedirection(line: string, start: number): number | undefined {
  const operator = /^\d*(?:<<-?|<&|<>|>>|>&|>\||&>|[<>])[ \t]*/.exec(line.slice(start))?.[0] ?? "";
  // A here-document goes on in other lines.
  return operator.includes("<<") ? undefined : readWord(line, start + operator.length)?.end;
}

function readWord(line: string, start: number): Extract<ShellToken, { kind: "word" }> | undefined {
  let text = "";
  // A tilde, a brace and a reserved word mean something only at the start.
  let literal = !/^[~{}!]/.test(line.slice(start));
  let i = start;
  while (i < line.length && !BLANK.includes(line.charAt(i)) && !`${ENDS}<>`.includes(line.charAt(i))) {
    const one = line.charAt(i);
    if (one === "'") {
      const end = line.indexOf("'", i + 1);
      if (end < 0) {
        return undefined;
      }
      text += line.slice(i + 1, end);
      i = end + 1;
    } else if (one === '"') {
      const quoted = readQuoted(line, i + 1);
      if (quoted === undefined) {
        return undefined;
      }
      text += quoted.text;
      literal &&= quoted.literal;
      i = quoted.end;
    } else if (one === "\\") {
      text += line.charAt(i + 1) === "\n" ? "" : line.charAt(i + 1);
      i += 2;
    } else if (one === "$" || one === "`") {
      const end = afterExpansion(line, i);
      if (end === undefined) {
        return undefined;
      }
      literal = false;
      text += line.slice(i, end);
      i = end;
    } else {
      literal &&= !"*?[".includes(one);
      text += one;
      i += 1;
    }
  }
  return { kind: "word", text, literal, start, end: i };
}

/** What stands in double quotes; `start` is after the first. */
function readQuoted(
  line: string,
  start: number,
): { text: string; literal: boolean; end: number } | undefined {
  let text = "";
  let literal = true;
  for (let i = start; i < line.length; ) {
    const one = line.charAt(i);
    if (one === '"') {
      return { text, literal, end: i + 1 };
    }
    if (one === "\\" && '$`"\\\n'.includes(line.charAt(i + 1))) {
      text += line.charAt(i + 1) === "\n" ? "" : line.charAt(i + 1);
      i += 2;
    } else if (one === "$" || one === "`") {
      const end = afterExpansion(line, i);
      if (end === undefined) {
        return undefined;
      }
      literal = false;
      text += line.slice(i, end);
      i = end;
    } else {
      text += one;
      i += 1;
    }
  }
  return undefined;
}

/** The offset after a variable or a substitution; undefined if it does not end. */
function afterExpansion(line: string, start: number): number | undefined {
  const open = line.charAt(start) === "`" ? "`" : line.charAt(start + 1);
  if (open === "`") {
    const end = line.indexOf("`", start + 1);
    return end < 0 ? undefined : end + 1;
  }
  if (open !== "(" && open !== "{") {
    return start + 1;
  }
  const close = open === "(" ? ")" : "}";
  let depth = 0;
  for (let i = start + 1; i < line.length; i += 1) {
    const one = line.charAt(i);
    if (one === "'" && open === "(") {
      const end = line.indexOf("'", i + 1);
      if (end < 0) {
        return undefined;
      }
      i = end;
    } else if (one === "\\") {
      i += 1;
    } else if (one === open) {
      depth += 1;
    } else if (one === close) {
      depth -= 1;
      if (depth === 0) {
        return i + 1;
      }
    }
  }
  return undefined;
}
