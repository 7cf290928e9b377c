/**
 * The format of profiles, written a second time from section 4 of the design: the keys and words, the meaning of a text, and the
 * differences between two texts.
 */

import { isCommentKey } from "../../../src/profile/comment-key.ts";
import {
  ACTIONS,
  type ActionName,
  type Errno,
  FLAGS,
  type FlagName,
  OPERATORS,
  type OperatorName,
  type Profile,
  type Selector,
} from "../../../src/profile/profile.ts";
import { type Architecture, architectures } from "../../../src/tables/architectures.ts";
import { capabilityCount, capabilityName } from "../../../src/tables/capabilities.ts";
import { errnoNames } from "../../../src/tables/errnos.ts";
import { syscallNames } from "../../../src/tables/syscalls.ts";
import { canonical, type Member, memberOf, type Tree } from "./json-tree.ts";

/** What may stand at a place of a document. */
export type Place = { readonly nullable?: boolean } & (
  | { readonly kind: "word"; readonly words: ReadonlySet<string> }
  | { readonly kind: "version" }
  | { readonly kind: "integer"; readonly largest: bigint }
  /** Any string, without a meaning. */
  | { readonly kind: "text" }
  /** Anything, outside the profile. */
  | { readonly kind: "anything" }
  | { readonly kind: "list"; readonly of: Place }
  | RecordPlace
);

export interface RecordPlace {
  readonly kind: "record";
  readonly nullable?: boolean;
  readonly members: Readonly<Record<string, Place>>;
  readonly required: readonly string[];
  /** Whether other keys are permitted and ignored. */
  readonly open?: boolean;
}

function word(words: readonly (string | undefined)[]): Place {
  return { kind: "word", words: new Set(words.filter((one) => one !== undefined)) };
}

function listOf(of: Place): Place {
  return { kind: "list", of, nullable: true };
}

const SYSCALL = word(syscallNames());
const ACTION = word(ACTIONS);
const ERRNO: Place = { ...word(errnoNames()), nullable: true };
const SCMP_ARCH = word(architectures.map(({ scmp }) => scmp));
const ARCH = word(architectures.flatMap(({ name, go }) => [name, go]));
const CAPABILITY = word(Array.from({ length: capabilityCount }, (_, bit) => capabilityName(bit)));
const TEXT: Place = { kind: "text", nullable: true };
const ANYTHING: Place = { kind: "anything" };
const ERRNO_NUMBER: Place = { kind: "integer", largest: 65535n, nullable: true };
const ARGUMENT: Place = { kind: "integer", largest: 2n ** 64n - 1n };

const SELECTOR: Place = {
  kind: "record",
  nullable: true,
  members: { caps: listOf(CAPABILITY), arches: listOf(ARCH), minKernel: { kind: "version", nullable: true } },
  required: [],
};

const CONDITION: Place = {
  kind: "record",
  members: {
    index: { kind: "integer", largest: 5n },
    op: word(OPERATORS),
    value: ARGUMENT,
    valueTwo: { ...ARGUMENT, nullable: true },
  },
  required: ["index", "op", "value"],
};

const RULE: Place = {
  kind: "record",
  members: {
    name: { ...SYSCALL, nullable: true },
    names: listOf(SYSCALL),
    action: ACTION,
    errnoRet: ERRNO_NUMBER,
    errno: ERRNO,
    args: listOf(CONDITION),
    comment: TEXT,
    includes: SELECTOR,
    excludes: SELECTOR,
  },
  required: ["action"],
};

const ARCH_MAP_ENTRY: Place = {
  kind: "record",
  members: { architecture: SCMP_ARCH, subArchitectures: listOf(SCMP_ARCH) },
  required: ["architecture"],
};

export const PROFILE: RecordPlace = {
  kind: "record",
  members: {
    defaultAction: ACTION,
    defaultErrnoRet: ERRNO_NUMBER,
    defaultErrno: ERRNO,
    archMap: listOf(ARCH_MAP_ENTRY),
    architectures: listOf(SCMP_ARCH),
    flags: listOf(word(FLAGS)),
    listenerPath: TEXT,
    listenerMetadata: TEXT,
    syscalls: listOf(RULE),
    // No format restricts these.
    comment: ANYTHING,
    $schema: ANYTHING,
  },
  required: ["defaultAction"],
};

/** The OCI's config.json. */
const CONFIG: RecordPlace = {
  kind: "record",
  open: true,
  members: {
    linux: { kind: "record", open: true, members: { seccomp: PROFILE }, required: ["seccomp"] },
  },
  required: ["linux"],
};

/** Words that can be mistaken for each other, and all words. */
export const VOCABULARIES: readonly (readonly string[])[] = [
  ...[ACTION, SYSCALL, SCMP_ARCH, ARCH, CAPABILITY, ERRNO, word(OPERATORS), word(FLAGS)].map(wordsOf),
];
export const WORDS: readonly string[] = VOCABULARIES.flat();

export function isSyscall(name: string): boolean {
  return wordsOf(SYSCALL).includes(name);
}

/** Every key. */
export const KEYS: readonly string[] = [PROFILE, RULE, CONDITION, SELECTOR, ARCH_MAP_ENTRY].flatMap(
  (place) => (place.kind === "record" ? Object.keys(place.members) : []),
);

function wordsOf(place: Place): readonly string[] {
  return place.kind === "word" ? [...place.words] : [];
}

/** The position of a value: keys and indexes from the root. */
export type Path = readonly (string | number)[];

/** The place of a whole document; `isConfig`: the profile is at linux.seccomp. */
export function placeOf(isConfig: boolean): RecordPlace {
  return isConfig ? CONFIG : PROFILE;
}

/** The profile within a document. */
export function profileWithin(tree: Tree, isConfig: boolean): Tree | undefined {
  return isConfig ? memberOf(memberOf(tree, "linux"), "seccomp") : tree;
}

/** The most restrictive first, as design.md, section 4, has it. */
const ORDER: readonly (readonly string[])[] = [
  ["SCMP_ACT_KILL_PROCESS"],
  ["SCMP_ACT_KILL_THREAD", "SCMP_ACT_KILL"],
  ["SCMP_ACT_TRAP"],
  ["SCMP_ACT_ERRNO"],
  ["SCMP_ACT_NOTIFY"],
  ["SCMP_ACT_TRACE"],
  ["SCMP_ACT_LOG"],
  ["SCMP_ACT_ALLOW"],
];

/** The rank of an action by how much it lets through. */
export function permissiveness(action: Tree | undefined): number {
  return ORDER.findIndex((same) => action?.type === "string" && same.includes(action.value));
}

// What is wrong with a text

const PLAIN_INTEGER = /^(?:0|[1-9][0-9]*)$/;

/** The paths of everything in a value that no format knows, or that is not written as all formats require. */
export function flaws(tree: Tree, place: Place, path: Path = []): Path[] {
  if (place.kind === "anything" || (tree.type === "null" && place.nullable === true)) {
    return [];
  }
  if (place.kind === "list") {
    return tree.type === "array"
      ? tree.items.flatMap((item, i) => flaws(item, place.of, [...path, i]))
      : [path];
  }
  if (place.kind === "record") {
    return tree.type === "object" ? flawsOfMembers(tree.members, place, path) : [path];
  }
  return isFlawlessLeaf(tree, place) ? [] : [path];
}

function flawsOfMembers(members: readonly Member[], place: RecordPlace, path: Path): Path[] {
  const keys = members.map(({ key }) => key);
  const missing = place.required.filter((key) => !keys.includes(key));
  return [
    ...missing.map((key) => [...path, key]),
    ...members.flatMap(({ key, value }, i) => {
      const at = [...path, key];
      const known = Object.hasOwn(place.members, key) ? place.members[key] : undefined;
      if (keys.indexOf(key) < i) {
        return [at];
      }
      return known === undefined
        ? place.open === true || isCommentKey(key)
          ? []
          : [at]
        : flaws(value, known, at);
    }),
  ];
}

function isFlawlessLeaf(tree: Tree, place: Place): boolean {
  switch (place.kind) {
    case "word":
      return tree.type === "string" && place.words.has(tree.value);
    case "version":
      return tree.type === "string" && versionOf(tree.value) !== undefined;
    case "integer":
      return (
        tree.type === "number" &&
        PLAIN_INTEGER.test(tree.written) &&
        tree.written.length <= 20 &&
        BigInt(tree.written) <= place.largest
      );
    default:
      return tree.type === "string";
  }
}

/** Two numbers of a byte each from "X.Y", and not 0.0. */
function versionOf(text: string): number | undefined {
  const parts = /^([0-9]{1,3})\.([0-9]{1,3})$/.exec(text)?.slice(1).map(Number);
  const [major = 0, minor = 0] = parts ?? [];
  return major > 255 || minor > 255 || major + minor === 0 ? undefined : major * 256 + minor;
}

/**
 * Whether a path within a profile leads into an entry of archMap that this machine does not use: it uses the first one of its own
 * architecture. The words in the others are not checked.
 */
export function isOfOtherMachine(profile: Tree, [top, index, key]: Path, native: Architecture): boolean {
  const own = itemsOf(memberOf(profile, "archMap")).findIndex(
    (entry) => textOf(memberOf(entry, "architecture")) === native.scmp,
  );
  return top === "archMap" && key === "subArchitectures" && index !== own;
}

/** The contradictions in a profile without {@link flaws}. */
export function contradictions(
  { archMap, architectures: listed, ...profile }: Profile,
  tree: Tree,
): string[] {
  const found: string[] = [];
  if (archMap !== undefined && listed !== undefined) {
    found.push("archMap and architectures");
  }
  found.push(...contradictionsOfErrno(profile.defaultAction, profile.defaultErrno));
  for (const [i, rule] of profile.rules.entries()) {
    const written = itemsOf(memberOf(tree, "syscalls"))[i];
    const indexes = rule.conditions.map(({ index }) => index);
    if (rule.names.length === 0) {
      found.push("no names");
    }
    if (memberOf(written, "name") !== undefined && memberOf(written, "names")?.type === "array") {
      found.push("name and names");
    }
    if (new Set(indexes).size < indexes.length) {
      found.push("an argument twice");
    }
    found.push(...contradictionsOfErrno(rule.action, rule.errno));
  }
  return found;
}

function contradictionsOfErrno(action: ActionName, { number, name }: Errno): string[] {
  if (number === undefined && name === undefined) {
    return [];
  }
  if (action !== "SCMP_ACT_ERRNO" && action !== "SCMP_ACT_TRACE") {
    return ["an errno without effect"];
  }
  return action === "SCMP_ACT_ERRNO" && (number ?? 0) > 4095 ? ["an errno above 4095"] : [];
}

// The meaning of a text

function itemsOf(tree: Tree | undefined): readonly Tree[] {
  return tree?.type === "array" ? tree.items : [];
}

function textOf(tree: Tree | undefined): string | undefined {
  return tree?.type === "string" ? tree.value : undefined;
}

function textsOf(tree: Tree | undefined): string[] {
  return itemsOf(tree).map((item) => textOf(item) ?? "");
}

function integerOf(tree: Tree | undefined): bigint | undefined {
  return tree?.type === "number" ? BigInt(tree.written) : undefined;
}

function smallOf(tree: Tree | undefined): number | undefined {
  const value = integerOf(tree);
  return value === undefined ? undefined : Number(value);
}

/** The profile that a tree without {@link flaws} describes. */
export function profileOfTree(tree: Tree, isConfig: boolean): Profile {
  const profile = profileWithin(tree, isConfig);
  const at = (key: string): Tree | undefined => memberOf(profile, key);
  const listed = <T>(key: string, read: (list: Tree) => T): T | undefined => {
    const list = at(key);
    return list === undefined || list.type === "null" ? undefined : read(list);
  };
  return {
    base: isConfig ? "/linux/seccomp" : "",
    defaultAction: textOf(at("defaultAction")) as ActionName,
    defaultErrno: { number: smallOf(at("defaultErrnoRet")), name: textOf(at("defaultErrno")) },
    archMap: listed("archMap", (list) =>
      itemsOf(list).map((entry) => ({
        architecture: textOf(memberOf(entry, "architecture")) ?? "",
        subArchitectures: textsOf(memberOf(entry, "subArchitectures")),
      })),
    ),
    architectures: listed("architectures", textsOf),
    flags: listed("flags", textsOf) as FlagName[] | undefined,
    listenerPath: textOf(at("listenerPath")) || undefined,
    listenerMetadata: textOf(at("listenerMetadata")) || undefined,
    rules: itemsOf(at("syscalls")).map((rule, index) => ({
      index,
      names: namesOf(rule),
      ...(textOf(memberOf(rule, "name")) === undefined ? {} : { singleName: true as const }),
      action: textOf(memberOf(rule, "action")) as ActionName,
      errno: { number: smallOf(memberOf(rule, "errnoRet")), name: textOf(memberOf(rule, "errno")) },
      conditions: itemsOf(memberOf(rule, "args")).map((condition) => ({
        index: smallOf(memberOf(condition, "index")) ?? -1,
        op: textOf(memberOf(condition, "op")) as OperatorName,
        value: integerOf(memberOf(condition, "value")) ?? -1n,
        valueTwo: integerOf(memberOf(condition, "valueTwo")) ?? 0n,
      })),
      includes: selectorOf(memberOf(rule, "includes")),
      excludes: selectorOf(memberOf(rule, "excludes")),
    })),
  };
}

/** The syscalls of a rule in either form. */
export function namesOf(rule: Tree | undefined): string[] {
  const name = textOf(memberOf(rule, "name"));
  return name === undefined ? textsOf(memberOf(rule, "names")) : [name];
}

function selectorOf(tree: Tree | undefined): Selector {
  const version = textOf(memberOf(tree, "minKernel"));
  return {
    caps: textsOf(memberOf(tree, "caps")),
    arches: textsOf(memberOf(tree, "arches")),
    minKernel: version === undefined ? undefined : versionOf(version),
  };
}

// The differences between two texts

/**
 * A difference that could be intended: a known word instead of another of its vocabulary, an integer instead of another, both in
 * range and written plainly, and an element or member that was added or removed as a whole, with nothing unknown in it. `text` is
 * a comment and the like.
 */
export type Excuse = "word" | "integer" | "removed" | "added" | "text";

export interface Edit {
  readonly kind: Excuse | "unexplained";
  /** The position before and after; if it exists in one of the texts only, up to what both have. */
  readonly from: Path;
  readonly to: Path;
}

/** The edits between two texts, of which the first has no flaws. */
export function editsBetween(from: Tree, to: Tree, place: Place): Edit[] {
  return compare(from, to, place, { from: [], to: [] });
}

interface At {
  readonly from: Path;
  readonly to: Path;
}

function below({ from, to }: At, fromKey: string | number, toKey = fromKey): At {
  return { from: [...from, fromKey], to: [...to, toKey] };
}

function compare(from: Tree, to: Tree, place: Place, at: At): Edit[] {
  if (place.kind === "anything" || canonical(from) === canonical(to)) {
    return [];
  }
  if (place.kind === "list" && from.type === "array" && to.type === "array") {
    return compareLists(from.items, to.items, place.of, at);
  }
  if (place.kind === "record" && from.type === "object" && to.type === "object") {
    return compareMembers(from.members, to.members, place, at);
  }
  return [{ kind: flaws(to, place).length > 0 ? "unexplained" : excuseOf(place, to), ...at }];
}

function excuseOf(place: Place, to: Tree): Excuse {
  if (to.type === "null") {
    return "removed";
  }
  switch (place.kind) {
    case "word":
    case "version":
      return "word";
    case "integer":
      return "integer";
    case "text":
      return "text";
    default:
      // A list or a record instead of null.
      return "added";
  }
}

function compareMembers(from: readonly Member[], to: readonly Member[], place: RecordPlace, at: At): Edit[] {
  const keys = new Set([...from, ...to].map(({ key }) => key));
  return [...keys].flatMap((key) => {
    const [before, ...more] = from.filter((member) => member.key === key);
    const [after, ...again] = to.filter((member) => member.key === key);
    const known = Object.hasOwn(place.members, key) ? place.members[key] : undefined;
    const here = below(at, key);
    if (more.length + again.length > 0) {
      return [{ kind: "unexplained" as const, ...here }];
    }
    if (known === undefined) {
      return place.open === true ? [] : [{ kind: "unexplained" as const, ...here }];
    }
    if (before !== undefined && after !== undefined) {
      return compare(before.value, after.value, known, here);
    }
    if (after === undefined) {
      return [
        { kind: place.required.includes(key) ? ("unexplained" as const) : ("removed" as const), ...here },
      ];
    }
    return [
      { kind: flaws(after.value, known).length > 0 ? ("unexplained" as const) : ("added" as const), ...here },
    ];
  });
}

/** Compares what remains between the elements that both have, in order. */
function compareLists(from: readonly Tree[], to: readonly Tree[], of: Place, at: At): Edit[] {
  const edits: Edit[] = [];
  let [i, j] = [0, 0];
  for (const [nextI, nextJ] of [...commonElements(from, to), [from.length, to.length] as const]) {
    while (i < nextI || j < nextJ) {
      const [before, after] = [i < nextI ? from[i] : undefined, j < nextJ ? to[j] : undefined];
      if (before !== undefined && after !== undefined) {
        edits.push(...compare(before, after, of, below(at, i, j)));
      } else if (before !== undefined) {
        edits.push({ kind: "removed", ...below(at, i, j) });
      } else if (after !== undefined) {
        edits.push({ kind: flaws(after, of).length > 0 ? "unexplained" : "added", ...below(at, i, j) });
      }
      i = Math.min(i + 1, nextI);
      j = Math.min(j + 1, nextJ);
    }
    [i, j] = [nextI + 1, nextJ + 1];
  }
  return edits;
}

/** The indexes of a longest common subsequence. */
function commonElements(from: readonly Tree[], to: readonly Tree[]): (readonly [number, number])[] {
  const [a, b] = [from.map(canonical), to.map(canonical)];
  const lengths = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  const lengthAt = (i: number, j: number): number => lengths[i]?.[j] ?? 0;
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      (lengths[i] as number[])[j] =
        a[i] === b[j] ? lengthAt(i + 1, j + 1) + 1 : Math.max(lengthAt(i + 1, j), lengthAt(i, j + 1));
    }
  }
  const common: (readonly [number, number])[] = [];
  for (let [i, j] = [0, 0]; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) {
      common.push([i, j]);
      [i, j] = [i + 1, j + 1];
    } else if (lengthAt(i + 1, j) >= lengthAt(i, j + 1)) {
      i += 1;
    } else {
      j += 1;
    }
  }
  return common;
}
