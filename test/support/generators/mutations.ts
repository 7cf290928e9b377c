/**
 * Mutates texts: their bytes, and the JSON in them. A few numbers determine the mutation, so that it can be repeated and shrunk.
 */

import fc from "fast-check";
import { replaced } from "../../../src/lists.ts";
import { array, type Member, NULL, number, object, string, type Tree } from "../oracles/json-tree.ts";
import { KEYS, VOCABULARIES, WORDS } from "../oracles/profile-format.ts";

// Bytes

/** One change of a text's bytes. */
export interface ByteStep {
  readonly how: "flip" | "set" | "insert" | "remove" | "copy" | "move" | "splice" | "cut" | "digit";
  /** The position, modulo the length. */
  readonly at: number;
  readonly to: number;
  readonly length: number;
  readonly byte: number;
}

/** Bytes with a meaning in JSON or in UTF-8, more often than others. */
const BYTES = [
  ...Buffer.from('"\\{}[]:,0123456789-+.eE \t\n\r/*nultrefas_AS'),
  0,
  0x7f,
  0xc3,
  0xe2,
  0xef,
  0xf0,
  0xff,
];

export function arbitraryByteSteps(): fc.Arbitrary<ByteStep[]> {
  const step = fc.record({
    how: fc.constantFrom<ByteStep["how"]>(
      ...(["flip", "set", "insert", "insert", "remove", "remove", "copy", "move", "splice", "cut"] as const),
      ...(["digit", "digit"] as const),
    ),
    at: fc.nat(),
    to: fc.nat(),
    length: fc.oneof(fc.nat(3), fc.nat(40), fc.nat(2000)),
    byte: fc.oneof(fc.constantFrom(...BYTES), fc.nat(255)),
  });
  return fc.array(step, { minLength: 1, maxLength: 3 });
}

/** @param other the source of a splice */
export function damageBytes(text: Buffer, other: Buffer, steps: readonly ByteStep[]): Buffer {
  return steps.reduce((bytes, step) => damageOnce(bytes, other, step), text);
}

function damageOnce(text: Buffer, other: Buffer, { how, at, to, length, byte }: ByteStep): Buffer {
  const start = at % (text.length + 1);
  const [before, rest] = [text.subarray(0, start), text.subarray(start)];
  const [block, after] = [rest.subarray(0, length + 1), rest.subarray(length + 1)];
  const put = (into: Buffer): Buffer => {
    const place = to % (into.length + 1);
    return Buffer.concat([into.subarray(0, place), block, into.subarray(place)]);
  };
  switch (how) {
    case "flip":
      return Buffer.concat([
        before,
        Buffer.from(rest.subarray(0, 1).map((one) => one ^ (1 << (byte & 7)))),
        rest.subarray(1),
      ]);
    case "set":
      return Buffer.concat([before, Buffer.of(byte), rest.subarray(1)]);
    case "insert":
      return Buffer.concat([before, Buffer.alloc(length > 40 ? 1 : (length % 3) + 1, byte), rest]);
    case "remove":
      return Buffer.concat([before, after]);
    case "copy":
      return put(text);
    case "move":
      return put(Buffer.concat([before, after]));
    case "splice":
      return Buffer.concat([before, other.subarray(to % (other.length + 1))]);
    case "cut":
      return before;
    case "digit":
      return changeDigit(text, start, byte);
  }
}

/** Sets the next digit after a position, which leaves most texts valid. */
function changeDigit(text: Buffer, from: number, byte: number): Buffer {
  const at = text.findIndex((one, i) => i >= from && one >= 0x30 && one <= 0x39);
  return at < 0
    ? text
    : Buffer.concat([text.subarray(0, at), Buffer.of(0x30 + (byte % 10)), text.subarray(at + 1)]);
}

// JSON

/** One change of a JSON value. */
export interface JsonStep {
  readonly how:
    | "remove"
    | "repeat"
    | "replace"
    | "copy"
    | "move"
    | "type"
    | "number"
    | "string"
    | "word"
    | "integer"
    | "swap"
    | "key"
    | "empty"
    | "add";
  /** Which child to enter on each level, modulo their number. */
  readonly way: readonly number[];
  /** The same, for the destination. */
  readonly to: readonly number[];
  readonly pick: number;
}

export function arbitraryJsonSteps(): fc.Arbitrary<JsonStep[]> {
  const way = fc.array(fc.nat(1000), { minLength: 1, maxLength: 7 });
  // The last ones leave most texts valid, so they may be ignored silently.
  const step = fc.record({
    how: fc.constantFrom<JsonStep["how"]>(
      ...(["repeat", "replace", "copy", "move", "type", "number", "string", "key", "empty", "add"] as const),
      ...(["remove", "remove", "remove", "remove", "word", "word", "word", "word"] as const),
      ...(["integer", "integer", "swap", "swap"] as const),
    ),
    way,
    to: way,
    pick: fc.nat(),
  });
  return fc.oneof(
    { weight: 2, arbitrary: fc.tuple(step) },
    { weight: 1, arbitrary: fc.array(step, { minLength: 2, maxLength: 4 }) },
  );
}

/** Positions from the root to a value, instead of keys, which may occur twice. */
export type Way = readonly number[];

export function damageTree(tree: Tree, steps: readonly JsonStep[]): Tree {
  return steps.reduce(damageTreeOnce, tree);
}

function damageTreeOnce(tree: Tree, { how, way, to, pick }: JsonStep): Tree {
  const at = descend(tree, way);
  const value = valueAt(tree, at) as Tree;
  switch (how) {
    case "remove":
      return removeAt(tree, at);
    case "repeat":
      return insertAt(tree, at, value, keyAt(tree, at));
    case "replace":
      return replaceAt(tree, at, choose(VALUES, pick));
    case "copy":
      return replaceAt(tree, descend(tree, to), value);
    case "move": {
      const without = removeAt(tree, at);
      return insertAt(without, descend(without, to), value, keyAt(tree, at));
    }
    case "type":
      return replaceAt(tree, at, choose(otherTypes(value), pick));
    case "number":
      return changeLeaf(tree, way, "number", (leaf) => choose(otherNumbers(leaf), pick));
    case "string":
      return changeLeaf(tree, way, "string", (leaf) => string(misspell(leaf, pick)));
    case "word":
      return changeLeaf(tree, way, "string", (leaf) => string(choose(vocabularyOf(leaf, pick), pick >> 3)));
    case "integer":
      return changeLeaf(tree, way, "number", (leaf) => choose(plainNumbers(leaf), pick));
    case "swap":
      return changeAround(tree, at, (members, turn) => {
        const other = pick % members.length;
        return members.map((member, i) => members[i === turn ? other : i === other ? turn : i] ?? member);
      });
    case "key":
      return renameAt(
        tree,
        at,
        pick % 3 === 0 ? choose(KEYS, pick >> 2) : misspell(keyAt(tree, at) ?? "", pick >> 2),
      );
    case "empty":
      return replaceAt(tree, at, choose([array(), object({}), NULL, string("")], pick));
    case "add":
      return insertAt(tree, [...at, 0], choose(VALUES, pick), choose(KEYS, pick >> 4));
  }
}

export function choose<T>(list: readonly T[], pick: number): T {
  return list[pick % list.length] as T;
}

/** Goes down a tree as far as the way leads. */
function descend(tree: Tree, turns: readonly number[]): Way {
  const way: number[] = [];
  let here = tree;
  for (const turn of turns) {
    const below = childrenOf(here);
    if (below.length === 0) {
      break;
    }
    way.push(turn % below.length);
    here = below[turn % below.length] as Tree;
  }
  return way;
}

export function childrenOf(tree: Tree): readonly Tree[] {
  return tree.type === "array"
    ? tree.items
    : tree.type === "object"
      ? tree.members.map(({ value }) => value)
      : [];
}

export function valueAt(tree: Tree, way: Way): Tree | undefined {
  return way.reduce<Tree | undefined>((here, turn) => here && childrenOf(here)[turn], tree);
}

function keyAt(tree: Tree, way: Way): string | undefined {
  const parent = valueAt(tree, way.slice(0, -1));
  return parent?.type === "object" ? parent.members[way.at(-1) ?? -1]?.key : undefined;
}

/** Changes the children of the value that holds a place. */
function changeAround(
  tree: Tree,
  way: Way,
  change: (members: Member[], turn: number) => readonly Member[],
): Tree {
  const [turn, ...rest] = way;
  if (turn === undefined || (tree.type !== "array" && tree.type !== "object")) {
    return tree;
  }
  // An array is treated as an object whose keys do not matter.
  const members =
    tree.type === "object" ? [...tree.members] : tree.items.map((value) => ({ key: "", value }));
  const here = members[turn];
  const changed =
    rest.length === 0
      ? change(members, turn)
      : replaced(members, turn, {
          key: here?.key ?? "",
          value: changeAround(here?.value ?? NULL, rest, change),
        });
  return tree.type === "object"
    ? { type: "object", members: changed }
    : { type: "array", items: changed.map(({ value }) => value) };
}

export function replaceAt(tree: Tree, way: Way, value: Tree): Tree {
  return way.length === 0
    ? value
    : changeAround(tree, way, (members, turn) =>
        replaced(members, turn, { key: members[turn]?.key ?? "", value }),
      );
}

export function removeAt(tree: Tree, way: Way): Tree {
  return changeAround(tree, way, (members, turn) => members.filter((_, i) => i !== turn));
}

/** Puts a value before another; in an object under that key. */
export function insertAt(tree: Tree, way: Way, value: Tree, key = "names"): Tree {
  return changeAround(tree, way, (members, turn) => [
    ...members.slice(0, turn),
    { key, value },
    ...members.slice(turn),
  ]);
}

export function renameAt(tree: Tree, way: Way, key: string): Tree {
  return changeAround(tree, way, (members, turn) =>
    replaced(members, turn, { key, value: members[turn]?.value ?? NULL }),
  );
}

/** Changes one of the leaves of that type below a place, or of all leaves if it has none. */
function changeLeaf(
  tree: Tree,
  turns: readonly number[],
  type: "number" | "string",
  change: (leaf: string) => Tree,
): Tree {
  const at = descend(tree, turns.slice(0, 3));
  const below = leavesOf(valueAt(tree, at) ?? tree, type, at);
  const ways = below.length > 0 ? below : leavesOf(tree, type, []);
  const way = ways[(turns.at(-1) ?? 0) % Math.max(ways.length, 1)];
  const leaf = way === undefined ? undefined : valueAt(tree, way);
  if (way === undefined || leaf === undefined) {
    return tree;
  }
  return replaceAt(
    tree,
    way,
    change(leaf.type === "string" ? leaf.value : leaf.type === "number" ? leaf.written : ""),
  );
}

function leavesOf(tree: Tree, type: Tree["type"], way: Way): Way[] {
  return tree.type === type
    ? [way]
    : childrenOf(tree).flatMap((child, i) => leavesOf(child, type, [...way, i]));
}

/** Values that are valid somewhere, and some that are valid nowhere. */
const VALUES: readonly Tree[] = [
  NULL,
  { type: "boolean", value: true },
  { type: "boolean", value: false },
  number(0),
  number(1),
  number(38),
  number(4096),
  number(2n ** 53n + 1n),
  number(2n ** 64n - 1n),
  number(2n ** 64n),
  number(-1),
  number("1.5"),
  number("1e2"),
  string(""),
  string("read"),
  string("raed"),
  string("SCMP_ACT_ALLOW"),
  string("SCMP_ACT_ERRNO"),
  string("SCMP_ACT_LOG"),
  string("SCMP_CMP_NE"),
  string("CAP_SYS_ADMIN"),
  string("SCMP_ARCH_X86"),
  string("amd64"),
  string("4.8"),
  array(),
  object({}),
  array(string("ptrace"), string("bpf")),
  array(string("CAP_CHOWN")),
  array(object({})),
  object({ names: array(string("mount")), action: string("SCMP_ACT_ALLOW") }),
  object({ names: array(string("personality")), action: string("SCMP_ACT_KILL") }),
  object({ index: number(0), op: string("SCMP_CMP_EQ"), value: number(7) }),
  object({ index: number(1), op: string("SCMP_CMP_LT"), value: number(2n ** 63n + 1n) }),
  object({ caps: array(string("CAP_SYS_PTRACE")) }),
  object({ arches: array(string("arm64")) }),
  object({ minKernel: string("4.8") }),
  object({ architecture: string("SCMP_ARCH_X86_64") }),
];

/** The same value in other types, a common mistake. */
export function otherTypes(value: Tree): readonly Tree[] {
  switch (value.type) {
    case "number":
      return [string(value.written), array(value), { type: "boolean", value: true }, object({})];
    case "string":
      return [array(value), number(1), object({ [value.value]: NULL }), { type: "boolean", value: false }];
    case "array":
      return [
        value.items[0] ?? object({}),
        object({}),
        object(Object.fromEntries(value.items.map((item, i) => [String(i), item]))),
        string(value.items.map((item) => (item.type === "string" ? item.value : "")).join()),
        { type: "boolean", value: true },
        array(value),
        number(0),
      ];
    case "object":
      return [array(value), array(), string(""), { type: "boolean", value: true }, number(1)];
    default:
      return [string("null"), number(0), object({}), array(), { type: "boolean", value: true }];
  }
}

/** The vocabulary of a word; now and then all words. */
function vocabularyOf(leaf: string, pick: number): readonly string[] {
  return VOCABULARIES.find((words) => pick % 8 > 0 && words.includes(leaf)) ?? WORDS;
}

/** Other numbers, and other spellings of this one. */
function otherNumbers(written: string): readonly Tree[] {
  return [...plainNumbers(written), ...oddNumbers(written)];
}

function plainNumbers(written: string): readonly Tree[] {
  const value = BigInt(/^[0-9]{1,40}$/.test(written) ? written : 0);
  const plain = [value + 1n, value - 1n, value ^ (1n << 32n), value << 1n, 0n, 1n, 5n, 38n, 4095n];
  const large = [2n ** 32n - 1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 63n + 1n, 2n ** 64n - 1n, 2n ** 64n];
  return [...plain, ...large].map(number);
}

/** Spellings of a number that are no integer for a reader of profiles, and some that are not JSON. */
export function oddNumbers(written: string): readonly Tree[] {
  return [
    ...[
      `-${written}`,
      `${written}.0`,
      `${written}.5`,
      `${written}e0`,
      `${written}E+2`,
      "1e-1",
      "-0",
      "1e999",
    ],
    ...[`0${written}`, `+${written}`, `0x${written}`, ".5", "5.", "1_000", "NaN", "Infinity"],
    "9".repeat(1001),
  ].map(number);
}

/** A word with a typical typing error. */
export function misspell(word: string, pick: number): string {
  const at = (pick >> 4) % Math.max(word.length, 1);
  const [before, here, after] = [word.slice(0, at), word.slice(at, at + 1), word.slice(at + 1)];
  const letter = "abcdefghijklmnopqrstuvwxyz_0123456789ABCXYZ"[(pick >> 9) % 43] ?? "";
  switch (pick & 15) {
    case 0:
    case 1:
      return before + after;
    case 2:
    case 3:
      return before + letter + after;
    case 4:
    case 5:
      return before + here + letter + after;
    case 6:
    case 7:
      return before + after.slice(0, 1) + here + after.slice(1);
    case 8:
      return before + here + here + after;
    case 9:
      return ` ${word}`;
    case 10:
      return `${word} `;
    case 11:
      return before + here.toUpperCase() + after;
    case 12:
      return word === word.toLowerCase() ? word.toUpperCase() : word.toLowerCase();
    case 13:
      return `${word}\u0000`;
    case 14:
      // Letters that look like Latin ones, and a look-alike of a space.
      return (
        before +
        ({ a: "\u0430", e: "\u0435", o: "\u043e", s: "\u017f", k: "\u212a" }[here] ?? "\u00a0") +
        after
      );
    default:
      return `${word}${word}`;
  }
}
