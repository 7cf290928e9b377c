/**
 * Finds the launcher in the command of a task.
 */

import type { Start, Word } from "./model.ts";
import { shellTokens } from "./shell-words.ts";

/** The launcher in a command. */
export type Found =
  | { readonly kind: "absent" }
  | {
      readonly kind: "present";
      /** From the launcher on, as its argument vector. */
      readonly words: readonly Word[];
      /** The variables that the line sets for it. */
      readonly assignments: ReadonlyMap<string, string | undefined>;
      /** What else the line runs, without the launcher; undefined: nothing. */
      readonly also: string | undefined;
      /** The program that gets the launcher as its arguments, and is expected to start it; undefined: none. */
      readonly through: string | undefined;
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
        return found.kind === "absent" ? found : { ...found, through: "the image's entrypoint" };
      }
      const first = entrypoint.map((text) => ({ text, literal: true }));
      return inWords([...first, ...(start.words ?? [])]);
    }
  }
}

const SHELLS = ["sh", "bash", "dash", "ash", "ksh", "zsh"];

/** The line that a shell among the words runs: `sh -c LINE`, also `sh -ec LINE`. */
export function lineOfShell(words: readonly Word[]): string | undefined {
  const [shell, option, line] = words;
  const name = shell?.text.slice(shell.text.lastIndexOf("/") + 1) ?? "";
  return SHELLS.includes(name) && /^-[a-z]*c$/.test(option?.text ?? "") && line?.literal === true
    ? line.text
    : undefined;
}

function inWords(words: readonly Word[]): Found {
  const line = lineOfShell(words);
  if (line !== undefined) {
    return inLine(line);
  }
  const first = words.findIndex(({ text, literal }) => literal && isLauncher(text));
  // A word like that after a program may be anything, but with the '--' it is the launcher.
  if (first < 0 || (first > 0 && !words.slice(first).some(({ text }) => text === "--"))) {
    return ABSENT;
  }
  return {
    kind: "present",
    words: words.slice(first),
    assignments: new Map(),
    also: undefined,
    through: first === 0 ? undefined : words[0]?.text,
  };
}

function inLine(line: string): Found {
  const tokens = shellTokens(line);
  if (tokens === undefined) {
    return ABSENT;
  }
  const commands: Word[][] = [[]];
  for (const token of tokens) {
    if (token.kind === "end") {
      commands.push([]);
    } else {
      commands[commands.length - 1]?.push(token);
    }
  }
  const all = commands.filter((words) => words.length > 0);
  const parsed = all.map(launcherOf);
  const mine = parsed.findIndex((found) => found !== undefined);
  const found = parsed[mine];
  if (found === undefined) {
    return ABSENT;
  }
  const others = all.filter((_, i) => parsed[i] === undefined);
  // A substitution among the arguments is run by the shell.
  const inside = found.words.some(({ text, literal }) => !literal && /\$\(|`/.test(text));
  const also =
    others[0]?.map(({ text }) => text).join(" ") ?? (inside ? "the commands in its arguments" : undefined);
  return { kind: "present", ...found, also, through: undefined };
}

/** The launcher as the program of a simple command, perhaps after assignments, `exec` and `env`. */
function launcherOf(
  words: readonly Word[],
): { words: readonly Word[]; assignments: ReadonlyMap<string, string | undefined> } | undefined {
  const assignments = new Map<string, string | undefined>();
  for (const [i, { text, literal }] of words.entries()) {
    const assigned = /^([A-Za-z_]\w*)=(.*)$/s.exec(text);
    if (assigned !== null) {
      assignments.set(assigned[1] ?? "", literal ? assigned[2] : undefined);
    } else if (text !== "exec" && text !== "env" && text !== "/usr/bin/env") {
      return literal && isLauncher(text) ? { words: words.slice(i), assignments } : undefined;
    }
  }
  return undefined;
}
