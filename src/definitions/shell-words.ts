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
  const isEnd = (offset: number): boolean =>
    offset >= line.length || `${BLANK}${ENDS}<>`.includes(line.charAt(offset));
  const word = collect(line, start, isEnd, false);
  // A tilde, a brace and a reserved word mean something only at the start.
  return (
    word && { kind: "word", ...word, literal: word.literal && !/^[~{}!]/.test(line.slice(start)), start }
  );
}

/** A part of a word: its text without quotes, and whether that is what the shell makes of it. */
interface Piece {
  readonly text: string;
  readonly literal: boolean;
  /** The offset behind it. */
  readonly end: number;
}

/** All pieces from an offset to the end. */
function collect(
  line: string,
  start: number,
  isEnd: (offset: number) => boolean,
  inQuotes: boolean,
): Piece | undefined {
  let text = "";
  let literal = true;
  let end = start;
  while (!isEnd(end)) {
    const piece = end < line.length ? readPiece(line, end, inQuotes) : undefined;
    if (piece === undefined) {
      return undefined;
    }
    text += piece.text;
    literal &&= piece.literal;
    end = piece.end;
  }
  return { text, literal, end };
}

/** What stands at an offset: a character, an expansion, or what is quoted. */
function readPiece(line: string, at: number, inQuotes: boolean): Piece | undefined {
  const [one, next] = [line.charAt(at), line.charAt(at + 1)];
  if (one === "$" || one === "`") {
    const end = afterExpansion(line, at);
    return end === undefined ? undefined : { text: line.slice(at, end), literal: false, end };
  }
  if (one === "\\" && (!inQuotes || '$`"\\\n'.includes(next))) {
    return { text: next === "\n" ? "" : next, literal: true, end: at + 2 };
  }
  if (one === "'" && !inQuotes) {
    const end = line.indexOf("'", at + 1);
    return end < 0 ? undefined : { text: line.slice(at + 1, end), literal: true, end: end + 1 };
  }
  if (one === '"' && !inQuotes) {
    const quoted = collect(line, at + 1, (offset) => line.charAt(offset) === '"', true);
    return quoted && { ...quoted, end: quoted.end + 1 };
  }
  return { text: one, literal: inQuotes || !"*?[".includes(one), end: at + 1 };
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
