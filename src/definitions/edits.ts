/**
 * Changes to the text of a definition that leave everything else as it is: where what is put in, and what must come of it.
 */

import type { Edit } from "./model.ts";
import { plainWords, shellTokens } from "./shell-words.ts";
import { type ListValue, type MapValue, memberOf, type Scalar, type Value } from "./value.ts";

/** Texts to put in, and what the values must be then. */
export class Changes {
  private readonly edits = new Map<
    string,
    { readonly start: number; readonly end: number; readonly text: string }
  >();
  readonly scalars = new Map<Value, string>();
  readonly lists = new Map<Value, readonly Insertion[]>();
  readonly members = new Map<Value, { readonly key: string; readonly words: readonly string[] }>();

  /** The values that are changed. */
  values(): readonly Value[] {
    return [...this.scalars.keys(), ...this.lists.keys(), ...this.members.keys()];
  }

  /** Replaces a part of the text; the same twice is once, as with values that aliases share. */
  replace(start: number, end: number, text: string): void {
    this.edits.set(`${start} ${end} ${text}`, { start, end, text });
  }

  /** The text with all of them; undefined if two are at the same place. */
  applied(text: string): string | undefined {
    const edits = [...this.edits.values()].sort((a, b) => a.start - b.start || a.end - b.end);
    let changed = "";
    let done = 0;
    for (const [i, edit] of edits.entries()) {
      if (edit.start < done || edits[i + 1]?.start === edit.start) {
        return undefined;
      }
      changed += text.slice(done, edit.start) + edit.text;
      done = edit.end;
    }
    return changed + text.slice(done);
  }
}

/** Words that come before an item of a list. */
export interface Insertion {
  readonly before: number;
  readonly words: readonly string[];
}

/** Why a command cannot be changed, and what to do. */
export interface Hindrance {
  readonly why: string;
  readonly hint: string;
}

/**
 * Puts the launcher in front of a command.
 *
 * @param words the launcher, its options and `--`
 * @param entrypoint of the image, if it is known
 * @returns undefined if it is done
 */
export function addLauncher(
  text: string,
  edit: Edit,
  words: readonly string[],
  entrypoint: readonly string[] | undefined,
  changes: Changes,
): Hindrance | undefined {
  switch (edit.kind) {
    case "line":
      return changeLine(text, edit.scalar, words, changes);
    case "split":
      return changeSplit(text, edit.scalar, words, changes);
    case "list":
      return insert(text, edit.list, [{ before: edit.skip ?? 0, words }], changes);
    case "file":
      return changeFile(text, edit, words, changes);
    case "member":
      return addMember(text, edit, words, entrypoint, changes);
    case "none":
      return entrypoint?.length === 0 && edit.words !== undefined
        ? addLauncher(text, edit.words, words, entrypoint, changes)
        : edit;
  }
}

const ODD_TEXT: Hindrance = {
  why: "its command is written in a way that cannot be changed safely",
  hint: "write it in one piece, without anchors and aliases, and try again",
};

/** A word for a shell. */
export function quoted(word: string): string {
  return /^[\w./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/**
 * The line of a shell that starts the same through the launcher. A line that only starts one program by `exec` gets the launcher in
 * front of it; any other line is run by a shell behind the launcher, so that no shell stays in front of it without the filter, and
 * the one behind ends as the one before did.
 */
export function changedLine(line: string, words: readonly string[]): string {
  const launcher = words.map(quoted).join(" ");
  const at = programAt(line);
  if (at === undefined) {
    return behindShell(line, launcher);
  }
  return `${line.slice(0, at)}${launcher} ${line.slice(at)}`;
}

function behindShell(line: string, launcher: string): string {
  return `exec ${launcher} /bin/sh -c '${line.replaceAll("'", "'\\''")}'`;
}

/** Where the only program of a line is named, if the line starts it by `exec`. */
function programAt(line: string): number | undefined {
  const tokens = shellTokens(line);
  if (plainWords(line) === undefined || tokens === undefined) {
    return undefined;
  }
  const words = tokens.flatMap((token) => (token.kind === "word" ? [token] : []));
  const first = words.find(({ text }) => !/^[A-Za-z_]\w*=/.test(text));
  if (first?.text !== "exec" || !first.literal) {
    return undefined;
  }
  const program = words[words.indexOf(first) + 1];
  const certain = program?.literal === true && !program.text.startsWith("-");
  // Words that the shell makes of nothing would shift the others.
  return certain && !/^[A-Za-z_]\w*=/.test(program.text) ? program.start : undefined;
}

function changeLine(
  text: string,
  scalar: Scalar,
  words: readonly string[],
  changes: Changes,
): Hindrance | undefined {
  const source = text.slice(scalar.start, scalar.end);
  if (scalar.style !== "literal" && scalar.style !== "folded") {
    const line = changedLine(scalar.text, words);
    changes.replace(scalar.start, scalar.end, encoded(line, scalar));
    changes.scalars.set(scalar, line);
    return undefined;
  }
  // The lines of a block stay as they are, but for the quotes.
  const { body, first } = blockIn(source);
  const last = source.replace(/(?:\r?\n[ \t]*)+$/, "").length;
  if (body === 0 || first >= last || /^\s/.test(scalar.text)) {
    return ODD_TEXT;
  }
  const launcher = words.map(quoted).join(" ");
  const inner = source.slice(first, last).replaceAll("'", "'\\''");
  changes.replace(scalar.start + first, scalar.start + last, `exec ${launcher} /bin/sh -c '${inner}'`);
  const line = scalar.text.replace(/\n+$/, "");
  changes.scalars.set(scalar, `${behindShell(line, launcher)}${scalar.text.slice(line.length)}`);
  return undefined;
}

/** Where the lines of a block scalar begin, after its header, and where its text does. */
function blockIn(source: string): { readonly body: number; readonly first: number } {
  const body = source.indexOf("\n") + 1;
  return { body, first: body + (/^\s*/.exec(source.slice(body))?.[0].length ?? 0) };
}

/** A text as a scalar in the style of another. */
function encoded(value: string, { style }: Scalar): string {
  const isPlain = style !== "double" && !/[^\x20-\x7e\u00a0-\ud7ff\ue000-\ufefe]/.test(value);
  return isPlain ? `'${value.replaceAll("'", "''")}'` : JSON.stringify(value);
}

function changeSplit(
  text: string,
  scalar: Scalar,
  words: readonly string[],
  changes: Changes,
): Hindrance | undefined {
  const source = text.slice(scalar.start, scalar.end);
  const isBlock = scalar.style === "literal" || scalar.style === "folded";
  const first = isBlock ? blockIn(source).first : scalar.style === "plain" ? 0 : 1;
  if (words.some((word) => quoted(word) !== word) || (isBlock && /^\s/.test(scalar.text))) {
    return ODD_TEXT;
  }
  const prefix = `${words.join(" ")} `;
  changes.replace(scalar.start + first, scalar.start + first, prefix);
  changes.scalars.set(scalar, `${prefix}${scalar.text}`);
  return undefined;
}

function insert(
  text: string,
  list: ListValue,
  insertions: readonly Insertion[],
  changes: Changes,
): Hindrance | undefined {
  for (const { before, words } of insertions) {
    const item = list.items[before];
    const written = words.map((word) => JSON.stringify(word));
    if (item === undefined && !list.flow) {
      return ODD_TEXT;
    }
    if (item === undefined) {
      const end = list.items.at(-1)?.end ?? list.start + 1;
      changes.replace(end, end, `${list.items.length > 0 ? ", " : ""}${written.join(", ")}`);
    } else if (list.flow) {
      changes.replace(item.start, item.start, `${written.join(", ")}, `);
    } else {
      const lead = text.slice(text.lastIndexOf("\n", item.start - 1) + 1, item.start);
      if (!/^[ ]*-[ ]+$/.test(lead)) {
        return ODD_TEXT;
      }
      const lines = words.map((word) => `${blockWord(word)}${newline(text)}${lead}`);
      changes.replace(item.start, item.start, lines.join(""));
    }
  }
  changes.lists.set(list, insertions);
  return undefined;
}

/** A word as an item of a block: plain where it certainly is a string. */
function blockWord(word: string): string {
  return /^(?:\/[\w./-]*|--\w[\w-]*|[a-z][\w-]*[./-][\w./-]*)$/.test(word) ? word : JSON.stringify(word);
}

function newline(text: string): string {
  return text.includes("\r\n") ? "\r\n" : "\n";
}

/** Mesos: the launcher is the file, and gets the file as the command, by the name that it had. */
function changeFile(
  text: string,
  { file, list }: Extract<Edit, { kind: "file" }>,
  words: readonly string[],
  changes: Changes,
): Hindrance | undefined {
  const [launcher = "", ...options] = words;
  changes.replace(file.start, file.end, JSON.stringify(launcher));
  changes.scalars.set(file, launcher);
  const own = launcher.slice(launcher.lastIndexOf("/") + 1);
  const [name] = list?.items ?? [];
  if (list === undefined || name?.kind !== "scalar") {
    return {
      why: "its command has no arguments",
      hint: "write the name of the command as the first of 'arguments'",
    };
  }
  if (name.text === file.text) {
    return insert(text, list, [{ before: 0, words: [own, ...options] }], changes);
  }
  return insert(
    text,
    list,
    [
      { before: 0, words: [own, ...options.slice(0, -1), "--argv0"] },
      { before: 1, words: ["--", file.text] },
    ],
    changes,
  );
}

function addMember(
  text: string,
  edit: Extract<Edit, { kind: "member" }>,
  words: readonly string[],
  entrypoint: readonly string[] | undefined,
  changes: Changes,
): Hindrance | undefined {
  const { key, map } = edit;
  if (entrypoint === undefined) {
    return {
      why: "the entrypoint of its image starts it, which this definition does not name",
      hint: `give it by --entrypoint, as in the image (docker image inspect shows it), or write '${key}'`,
    };
  }
  if (entrypoint.length === 0) {
    return edit.words === undefined
      ? {
          why: "it has no command, and its image no entrypoint",
          hint: `give the image's CMD by --entrypoint`,
        }
      : addLauncher(text, edit.words, words, entrypoint, changes);
  }
  const all = [...words, ...entrypoint.map(edit.literally)];
  const list = `[${all.map((word) => JSON.stringify(word)).join(", ")}]`;
  const place = memberPlace(text, map);
  if (place === undefined) {
    return ODD_TEXT;
  }
  const written = map.flow ? `"${key}": ${list}` : `${key}: ${list}`;
  changes.replace(place.at, place.at, place.before ? `${written}${place.glue}` : `${place.glue}${written}`);
  changes.members.set(map, { key, words: all });
  return undefined;
}

interface MemberPlace {
  readonly at: number;
  /** Whether the new member comes first. */
  readonly before: boolean;
  readonly glue: string;
}

/** Where a new member goes: after the image, or else before the first one. */
function memberPlace(text: string, map: MapValue): MemberPlace | undefined {
  const own = map.members.filter(({ merged }) => !merged);
  const image = own.find((member) => member === memberOf(map, "image") && member.value.kind === "scalar");
  const first = own[0];
  if (first === undefined) {
    return undefined;
  }
  if (map.flow) {
    return image === undefined
      ? { at: first.keyStart, before: true, glue: ", " }
      : { at: image.value.end, before: false, glue: ", " };
  }
  const lead = text.slice(text.lastIndexOf("\n", first.keyStart - 1) + 1, first.keyStart);
  const glue = `${newline(text)}${" ".repeat(lead.length)}`;
  if (!/^[ -]*$/.test(lead)) {
    return undefined;
  }
  if (image === undefined) {
    return { at: first.keyStart, before: true, glue };
  }
  const end = text.slice(image.value.end).search(/\r?\n|$/);
  return { at: image.value.end + end, before: false, glue };
}
