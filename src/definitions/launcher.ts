/**
 * Finds the launcher in the command of a task.
 */

import type { Start, Word } from "./model.ts";
import { shellTokens } from "./shell-words.ts";

/** A start of the launcher. */
export interface Launch {
  /** From the launcher on, as its argument vector. */
  readonly words: readonly Word[];
  /** The variables that the line sets for it. */
  readonly assignments: ReadonlyMap<string, string | undefined>;
}

/** The launcher in a command. */
export type Found =
  | { readonly kind: "absent" }
  | {
      readonly kind: "present";
      /** In the order of the line; at least one. */
      readonly launches: readonly Launch[];
      /** Why it is not certain that the launcher starts the whole task, and as it is written; undefined: it is. */
      readonly doubt: string | undefined;
      /** What else the line runs, without the launcher; undefined: nothing. */
      readonly also: string | undefined;
    };

const ABSENT: Found = { kind: "absent" };

/** Whether a word is the launcher: by its name, whatever its directory. */
export function isLauncher(word: string): boolean {
  return word.slice(word.lastIndexOf("/") + 1) === "seccomp-exec";
}

/** Looks for the launcher; the words of an image's entrypoint come first, if they are known. */
export function findLauncher(start: Start, entrypoint: readonly string[] | undefined): Found {
  switch (start.kind) {
    case "shell":
      return inLine(start.line);
    case "argv":
      return inWords(start.words);
    case "image": {
      if (entrypoint === undefined) {
        const found = inWords(start.words ?? []);
        return found.kind === "absent"
          ? found
          : { ...found, doubt: "if the image's entrypoint starts its arguments" };
      }
      const first = entrypoint.map((text) => ({ text, literal: true }));
      return inWords([...first, ...(start.words ?? [])]);
    }
  }
}

const SHELLS = ["sh", "bash", "dash", "ash", "ksh", "zsh"];

/** The line that a shell among the words runs: `sh -c LINE`, also `sh -ec LINE`. */
function lineOfShell(
  words: readonly Word[],
): { readonly line: string; readonly options: string } | undefined {
  const [shell, option, line] = words;
  const name = shell?.text.slice(shell.text.lastIndexOf("/") + 1) ?? "";
  return SHELLS.includes(name) && /^-[a-z]*c$/.test(option?.text ?? "") && line?.literal === true
    ? { line: line.text, options: option?.text ?? "" }
    : undefined;
}

function inWords(words: readonly Word[]): Found {
  const shell = lineOfShell(words);
  if (shell !== undefined) {
    const found = inLine(shell.line);
    // A login shell runs its profile first, and -n runs nothing.
    return found.kind === "absent" || /^-[eufx]*c$/.test(shell.options)
      ? found
      : { ...found, doubt: found.doubt ?? `but the shell is started with ${shell.options}` };
  }
  const first = words.findIndex(({ text, literal }) => literal && isLauncher(text));
  // A word like that after a program may be anything, but with the '--' it is the launcher.
  if (first < 0 || (first > 0 && !words.slice(first).some(({ text }) => text === "--"))) {
    return ABSENT;
  }
  return {
    kind: "present",
    launches: [{ words: words.slice(first), assignments: new Map() }],
    also: undefined,
    doubt: first === 0 ? undefined : `if ${words[0]?.text} starts its arguments`,
  };
}

/** A word of a line, with what is written for it. */
interface LineWord extends Word {
  readonly raw: string;
}

/** Operators after which nothing has to come, and which change nothing for what was before. */
const HARMLESS = [";", "\n"];

function inLine(line: string): Found {
  const tokens = shellTokens(line);
  if (tokens === undefined) {
    return ABSENT;
  }
  const commands: LineWord[][] = [[]];
  const operators: string[] = [];
  let rest = "";
  let from = 0;
  for (const token of tokens) {
    if (token.kind === "end") {
      commands.push([]);
      operators.push(token.operator);
    } else {
      commands[commands.length - 1]?.push({ ...token, raw: line.slice(token.start, token.end) });
      rest += line.slice(from, token.start);
      from = token.end;
    }
  }
  rest += line.slice(from);
  const all = commands.filter((words) => words.length > 0);
  const parsed = all.map(launcherOf);
  const launches = parsed.filter((found) => found !== undefined);
  if (launches.length === 0) {
    return ABSENT;
  }
  const other = all.find((_, i) => parsed[i] === undefined);
  // The shell runs a substitution, wherever it is.
  const inside =
    all.flat().some(({ text, literal }) => !literal && isSubstitution(text)) || isSubstitution(rest);
  const also =
    other?.map(({ text }) => text).join(" ") ?? (inside ? "the commands in its arguments" : undefined);
  const operator = operators.find((one) => !HARMLESS.includes(one));
  const doubt =
    also !== undefined
      ? `but its line has more: '${also}'`
      : launches.length > 1
        ? "but its line starts it more than once"
        : operator !== undefined
          ? `but its line has '${operator}'`
          : launches[0]?.doubt;
  return { kind: "present", launches, also, doubt };
}

function isSubstitution(text: string): boolean {
  return /\$\(|`|[<>]\(/.test(text);
}

/** Words of the shell before a command. */
const RESERVED = ["then", "do", "else", "elif", "if", "while", "until", "{", "!", "time", "command", "nohup"];

/** The launcher as the program of a simple command, perhaps after assignments, `exec` and `env`. */
function launcherOf(
  words: readonly LineWord[],
): (Launch & { readonly doubt: string | undefined }) | undefined {
  const assignments = new Map<string, string | undefined>();
  let doubt: string | undefined;
  /** The last of `exec` and `env`. */
  let by = "";
  for (const [i, { text, raw, literal }] of words.entries()) {
    // To the shell a word with quotes before its '=' is no assignment; env takes any.
    const assigned =
      by !== "exec" && /^[A-Za-z_]\w*=/.test(by === "env" ? text : raw)
        ? /^([A-Za-z_]\w*)=(.*)$/s.exec(text)
        : null;
    if (assigned !== null) {
      assignments.set(assigned[1] ?? "", literal ? assigned[2] : undefined);
    } else if (text === "exec" && by === "") {
      by = "exec";
    } else if ((text === "env" || text === "/usr/bin/env") && by !== "env") {
      by = "env";
    } else if (literal && isLauncher(text)) {
      return { words: words.slice(i), assignments, doubt };
    } else if (i === 0 && RESERVED.includes(text)) {
      doubt = `but '${text}' is before it`;
    } else if (by !== "" && text.startsWith("-")) {
      // An option of exec or env may take the next word.
      const next = words.findIndex((word, j) => j > i && word.literal && isLauncher(word.text));
      return next < 0
        ? undefined
        : { words: words.slice(next), assignments, doubt: `but ${by} has the option ${text}` };
    } else {
      return undefined;
    }
  }
  return undefined;
}
