/**
 * Wraps the tasks of a definition: the same text, but that the launcher starts their commands.
 */

import type { JsonParser } from "../json-places.ts";
import { addLauncher, Changes, type Hindrance } from "./edits.ts";
import { findLauncher } from "./launcher.ts";
import type { Edit, Task } from "./model.ts";
import { definitionOf } from "./read.ts";
import { readText } from "./text/read-text.ts";
import type { ListValue, MapValue, Place, Value } from "./value.ts";

export interface WrapRequest {
  /** The launcher, its options and `--`. */
  readonly words: readonly string[];
  readonly entrypoint: readonly string[] | undefined;
  /** Whether health checks and hooks get the launcher too. */
  readonly checks: boolean;
  /** The only task that is wrapped, by its name; undefined: all. */
  readonly only: string | undefined;
  /** Whether a task has the launcher already. */
  readonly isWrapped: (task: Task) => boolean;
}

export interface Wrapped {
  /** Undefined if there is a hindrance. */
  readonly text: string | undefined;
  /** The names of the tasks that got the launcher. */
  readonly wrapped: readonly string[];
  readonly hindrances: readonly (Hindrance & { readonly name: string; readonly place: Place })[];
}

/**
 * @param text a definition that can be read
 */
export function wrap(text: string, parse: JsonParser, request: WrapRequest): Wrapped {
  const { roots } = readText(text, parse);
  const { tasks } = definitionOf(roots) ?? { tasks: [] };
  const changes = new Changes();
  const wrapped: string[] = [];
  const hindrances: (Hindrance & { name: string; place: Place })[] = [];
  const add = (name: string, place: Place, edit: Edit): void => {
    const hindrance = addLauncher(text, edit, request.words, request.entrypoint, changes);
    if (hindrance === undefined) {
      wrapped.push(name);
    } else {
      hindrances.push({ why: hindrance.why, hint: hindrance.hint, name, place });
    }
  };
  const meant = tasks.filter(({ name }) => request.only === undefined || name === request.only);
  const byImage = meant.filter((task) => task.start.kind === "image" && !request.isWrapped(task));
  if (request.entrypoint !== undefined && byImage.length > 1) {
    return {
      text: undefined,
      wrapped: [],
      hindrances: byImage.map(({ name, place }) => ({ ...OF_ONE, name, place })),
    };
  }
  for (const task of meant) {
    if (!request.isWrapped(task)) {
      add(task.name, task.place, task.start.edit);
    }
    for (const { what, start, place } of request.checks ? task.beside : []) {
      if (findLauncher(start, undefined).kind === "absent") {
        add(`${task.name}: ${what}`, place, start.edit);
      }
    }
  }
  if (hindrances.length > 0) {
    return { text: undefined, wrapped: [], hindrances };
  }
  const changed = changes.applied(text);
  const whole = { name: "the file", place: { start: 0, end: 1 } };
  return changed === undefined || !isAsMeant(roots, changed, parse, changes, request)
    ? { text: undefined, wrapped: [], hindrances: [{ ...NOT_SAME, ...whole }] }
    : { text: changed, wrapped, hindrances };
}

const OF_ONE: Hindrance = {
  why: "--entrypoint is that of one image, and several tasks need theirs",
  hint: "wrap them one after the other, with --only TASK",
};

const NOT_SAME: Hindrance = {
  why: "the changed text would not mean the same but for the commands",
  hint: "write the commands without anchors and aliases, or put the launcher in by hand",
};

/** Reads the changed text, and compares it with what it must be. */
function isAsMeant(
  roots: readonly Value[],
  changed: string,
  parse: JsonParser,
  changes: Changes,
  request: WrapRequest,
): boolean {
  const again = readText(changed, parse);
  const definition = definitionOf(again.roots);
  const comparison = new Comparison(changes);
  return (
    again.problems.length === 0 &&
    definition !== undefined &&
    again.roots.length === roots.length &&
    roots.every((root, i) => comparison.isSame(root, again.roots[i], "")) &&
    definition.tasks
      .filter(({ name }) => request.only === undefined || name === request.only)
      .every(request.isWrapped)
  );
}

/** The keys of commands in all formats. */
const COMMANDS = ["cmd", "command", "args", "entrypoint", "test"];

/** The keys of a CommandInfo of Mesos and of a command of a pod of Marathon. */
const OF_COMMAND = ["value", "shell", "argv", "arguments"];

/** Compose has no meaning for the keys at the top that begin with this: anchors are defined there. */
const EXTENSION = /^x-/;

function standingUnder(parent: string, key: string): string {
  const isCommand =
    (parent === "command" && OF_COMMAND.includes(key)) || (parent === "" && EXTENSION.test(key));
  return isCommand ? "command" : key;
}

/** Compares two texts' values: equal but for the changes. */
class Comparison {
  /** What each value became; aliases lead to the same values again. */
  private readonly seen = new Map<Value, Value>();

  constructor(private readonly changes: Changes) {}

  /** @param key under which the value stands; an item of a list stands under the key of the list */
  isSame(before: Value, now: Value | undefined, key: string): boolean {
    if (now === undefined || before.kind !== now.kind) {
      return false;
    }
    const { scalars, lists } = this.changes;
    // By an alias, a changed command may also be something else.
    if ((scalars.has(before) || lists.has(before)) && !COMMANDS.includes(key)) {
      return false;
    }
    if (this.seen.get(before) === now) {
      return true;
    }
    this.seen.set(before, now);
    switch (before.kind) {
      case "scalar": {
        const text = scalars.get(before);
        const same = now as typeof before;
        return text === undefined
          ? before.text === same.text && before.type === same.type
          : same.text === text && same.type === "string";
      }
      case "list":
        return this.isSameList(before, now as ListValue, key);
      case "map":
        return this.isSameMap(before, now as MapValue, key);
    }
  }

  private isSameList(before: ListValue, now: ListValue, key: string): boolean {
    const insertions = this.changes.lists.get(before) ?? [];
    let at = 0;
    const isInserted = (i: number): boolean =>
      insertions
        .filter((insertion) => insertion.before === i)
        .every(({ words }) => words.every((word) => isWord(now.items[at++], word)));
    const isKept = before.items.every((item, i) => isInserted(i) && this.isSame(item, now.items[at++], key));
    return isKept && isInserted(before.items.length) && at === now.items.length;
  }

  private isSameMap(before: MapValue, now: MapValue, parent: string): boolean {
    const added = this.changes.members.get(before);
    const rest = now.members.filter(({ key }) => key !== added?.key);
    const list = now.members.find(({ key }) => key === added?.key)?.value;
    const isAdded =
      added === undefined ||
      (list?.kind === "list" &&
        list.items.length === added.words.length &&
        added.words.every((word, i) => isWord(list.items[i], word)));
    return (
      isAdded &&
      rest.length === before.members.length &&
      before.members.every(
        ({ key, value }, i) =>
          rest[i]?.key === key && this.isSame(value, rest[i]?.value, standingUnder(parent, key)),
      )
    );
  }
}

function isWord(value: Value | undefined, word: string): boolean {
  return value?.kind === "scalar" && value.type === "string" && value.text === word;
}
