/**
 * Wraps the tasks of a definition: the same text, but that the launcher starts their commands.
 */

import { printable } from "../bytes.ts";
import { addTo } from "../groups.ts";
import type { JsonParser } from "../json-places.ts";
import { listed } from "../plural.ts";
import { pointerTo } from "../profile/pointer.ts";
import { addLauncher, Changes, type Hindrance } from "./edits.ts";
import { findLauncher } from "./launcher.ts";
import type { Edit, Start, Task, Word } from "./model.ts";
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
  const started = new Set<Start>();
  const owners = new Map<Value, string>();
  const add = (name: string, place: Place, start: Start): void => {
    const hindrance = addLauncher(text, start.edit, request.words, request.entrypoint, changes);
    if (hindrance === undefined) {
      wrapped.push(name);
      started.add(start);
      for (const value of changes.values()) {
        owners.set(value, owners.get(value) ?? name);
      }
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
      add(task.name, task.place, task.start);
    }
    for (const { what, start, place } of request.checks ? task.beside : []) {
      if (findLauncher(start, undefined).kind === "absent") {
        add(`${task.name}: ${what}`, place, start);
      }
    }
  }
  if (hindrances.length > 0) {
    return { text: undefined, wrapped: [], hindrances };
  }
  const changed = changes.applied(text);
  const shared = [...usesOf(roots, owners)].filter(([, uses]) => uses.length > 1);
  const odd = shared.filter(([, uses]) => !uses.every(isOfTask));
  const whole = { name: "the file", place: { start: 0, end: 1 } };
  const again = changed === undefined || odd.length > 0 ? undefined : readAgain(changed, parse);
  if (
    again !== undefined &&
    isAsMeant(roots, again, changes, request) &&
    startsAsMeant(tasks, again.tasks, started, changes, request)
  ) {
    return { text: changed, wrapped, hindrances };
  }
  const why = (odd.length > 0 ? odd : shared).map(([value, uses]) => ({
    why: `it is written once for ${listed(uses.map(printable), MAX_USES)}, and these would not mean the same but for the launcher`,
    hint: "write the commands without anchors, aliases and merge keys, or put the launcher in by hand",
    name: owners.get(value) ?? whole.name,
    place: value,
  }));
  return { text: undefined, wrapped: [], hindrances: why.length > 0 ? why : [{ ...NOT_SAME, ...whole }] };
}

/** How many places a message names. */
const MAX_USES = 4;

/** The places where values are used, by their paths as JSON pointers: an anchor's value is used by each alias and merge key too. */
function usesOf(
  roots: readonly Value[],
  wanted: ReadonlyMap<Value, unknown>,
): ReadonlyMap<Value, readonly string[]> {
  const uses = new Map<Value, string[]>();
  const known = new Map<Value, boolean>();
  const inside = (value: Value): readonly (readonly [string, Value])[] =>
    value.kind === "map"
      ? value.members.map((member) => [member.key, member.value] as const)
      : value.kind === "list"
        ? value.items.map((item, i) => [String(i), item] as const)
        : [];
  // Aliases share values, so each is looked into once.
  const holds = (value: Value): boolean => {
    const before = known.get(value);
    const now = before ?? (wanted.has(value) || inside(value).some(([, child]) => holds(child)));
    known.set(value, now);
    return now;
  };
  const visit = (value: Value, path: string): void => {
    if (wanted.has(value)) {
      addTo(uses, value, [path]);
    }
    for (const [key, child] of inside(value)) {
      if (holds(child) && !(path === "" && EXTENSION.test(key))) {
        visit(child, pointerTo(path, key));
      }
    }
  };
  for (const root of roots) {
    visit(root, "");
  }
  return uses;
}

/** Where a shared value certainly is a task, or a command whose meaning {@link startsAsMeant} compares. */
const OF_TASKS = [
  /^\/services\/[^/]*(?:\/(?:entrypoint|command|healthcheck\/test(?:\/1)?|(?:post_start|pre_stop)\/\d+\/command))?$/,
  /\/(?:containers|initContainers|ephemeralContainers)\/\d+(?:\/(?:command|args))?$/,
  /\/exec\/command$/,
];

function isOfTask(path: string): boolean {
  return OF_TASKS.some((pattern) => pattern.test(path));
}

/** Whether each command starts what it must: the launcher and all that it started before, or exactly the same as before. */
function startsAsMeant(
  before: readonly Task[],
  now: readonly Task[],
  started: ReadonlySet<Start>,
  changes: Changes,
  request: WrapRequest,
): boolean {
  const all = (tasks: readonly Task[]): readonly Start[] =>
    tasks.flatMap(({ start, beside }) => [start, ...beside.map((one) => one.start)]);
  const [old, young] = [all(before), all(now)];
  return (
    old.length === young.length &&
    old.every((start, i) => {
      const same = young[i];
      if (same === undefined) {
        return false;
      }
      return started.has(start) ? isStarted(start, same, changes, request) : isSameStart(start, same);
    })
  );
}

function isStarted(before: Start, now: Start, changes: Changes, request: WrapRequest): boolean {
  const { edit } = before;
  if (before.kind === "shell" || now.kind === "shell") {
    const line = edit.kind === "line" ? changes.scalars.get(edit.scalar) : undefined;
    return now.kind === "shell" && (line === undefined || now.line === line);
  }
  if (edit.kind === "file") {
    // The launcher, its options, and perhaps the name of the command come between: Comparison has seen them.
    return hasEnd(now.words ?? [], (before.words ?? []).slice(1));
  }
  const words = [...request.words, ...(request.entrypoint ?? []).filter(() => isMember(edit, changes))];
  return isSameWords([...words.map((text) => ({ text, literal: true })), ...(before.words ?? [])], now.words);
}

function isMember(edit: Edit, changes: Changes): boolean {
  return edit.kind === "member" && changes.members.has(edit.map);
}

function isSameStart(before: Start, now: Start): boolean {
  if (before.kind === "shell" || now.kind === "shell") {
    return before.kind === "shell" && now.kind === "shell" && before.line === now.line;
  }
  return before.kind === now.kind && isSameWords(before.words ?? [], now.words);
}

function hasEnd(words: readonly Word[], end: readonly Word[]): boolean {
  return words.length >= end.length && isSameWords(end, words.slice(words.length - end.length));
}

function isSameWords(before: readonly Word[], now: readonly Word[] = []): boolean {
  return (
    before.length === now.length &&
    before.every(({ text, literal }, i) => now[i]?.text === text && now[i]?.literal === literal)
  );
}

const OF_ONE: Hindrance = {
  why: "--entrypoint is that of one image, and several tasks need theirs",
  hint: "wrap them one after the other, with --only TASK",
};

const NOT_SAME: Hindrance = {
  why: "the changed text would not mean the same but for the commands",
  hint: "write the commands without anchors and aliases, or put the launcher in by hand",
};

/** A changed text, read again. */
interface Again {
  readonly roots: readonly Value[];
  readonly tasks: readonly Task[];
}

/** Undefined if it can no longer be read. */
function readAgain(changed: string, parse: JsonParser): Again | undefined {
  const { roots, problems } = readText(changed, parse);
  const definition = problems.length > 0 ? undefined : definitionOf(roots);
  return definition && { roots, tasks: definition.tasks };
}

/** Whether a changed text is what it must be. */
function isAsMeant(roots: readonly Value[], again: Again, changes: Changes, request: WrapRequest): boolean {
  const comparison = new Comparison(changes);
  return (
    again.roots.length === roots.length &&
    roots.every((root, i) => comparison.isSame(root, again.roots[i], "")) &&
    again.tasks
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
