/**
 * A second JSON reader, written from RFC 8259 alone, and a writer that can also write invalid JSON.
 *
 * It shares nothing with the reader under test. Duplicate keys and the spelling of numbers are kept.
 */

/** A JSON value as it is written. */
export type Tree =
  | { readonly type: "null" }
  | { readonly type: "boolean"; readonly value: boolean }
  | { readonly type: "string"; readonly value: string }
  | { readonly type: "number"; readonly written: string }
  | { readonly type: "array"; readonly items: readonly Tree[] }
  | { readonly type: "object"; readonly members: readonly Member[] };

export interface Member {
  readonly key: string;
  readonly value: Tree;
}

export const NULL: Tree = { type: "null" };

export function string(value: string): Tree {
  return { type: "string", value };
}

/** A number with its spelling, which need not be valid JSON. */
export function number(written: string | number | bigint): Tree {
  return { type: "number", written: String(written) };
}

export function array(...items: readonly Tree[]): Tree {
  return { type: "array", items };
}

export function object(members: Readonly<Record<string, Tree>>): Tree {
  return { type: "object", members: Object.entries(members).map(([key, value]) => ({ key, value })) };
}

/** The value of the first member with that key. */
export function memberOf(tree: Tree | undefined, key: string): Tree | undefined {
  return tree?.type === "object" ? tree.members.find((member) => member.key === key)?.value : undefined;
}

/** Whether any object has a duplicate key. */
export function hasKeyTwice(tree: Tree): boolean {
  if (tree.type === "array") {
    return tree.items.some(hasKeyTwice);
  }
  return (
    tree.type === "object" &&
    (new Set(tree.members.map(({ key }) => key)).size < tree.members.length ||
      tree.members.some(({ value }) => hasKeyTwice(value)))
  );
}

/** The nesting depth of lists and objects. */
export function depthOf(tree: Tree): number {
  const below =
    tree.type === "array"
      ? tree.items
      : tree.type === "object"
        ? tree.members.map(({ value }) => value)
        : undefined;
  return below === undefined ? 0 : 1 + below.reduce((maxDepth, one) => Math.max(maxDepth, depthOf(one)), 0);
}

const SPACE = /[ \t\r\n]*/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const LITERAL = /true|false|null/y;

class NotJson extends Error {}

/** Reads a text that is not nested too deeply for recursion; undefined if it is not JSON. */
export function readTree(text: string): Tree | undefined {
  try {
    return new Parser(text).whole();
  } catch (error) {
    if (error instanceof NotJson) {
      return undefined;
    }
    throw error;
  }
}

class Parser {
  private at = 0;

  constructor(private readonly text: string) {}

  whole(): Tree {
    const tree = this.value();
    this.take(SPACE);
    if (this.at < this.text.length) {
      throw new NotJson();
    }
    return tree;
  }

  private value(): Tree {
    this.take(SPACE);
    switch (this.text[this.at]) {
      case "{":
        return { type: "object", members: this.list("}", () => this.member()) };
      case "[":
        return { type: "array", items: this.list("]", () => this.value()) };
      case '"':
        return string(this.string());
      case "t":
      case "f":
      case "n":
        return this.literal();
      default:
        return number(this.demand(NUMBER));
    }
  }

  private literal(): Tree {
    const word = this.demand(LITERAL);
    return word === "null" ? NULL : { type: "boolean", value: word === "true" };
  }

  /** The elements between brackets, from the opening one on. */
  private list<T>(close: string, element: () => T): T[] {
    this.at += 1;
    const all: T[] = [];
    this.take(SPACE);
    while (all.length > 0 || this.text[this.at] !== close) {
      all.push(element());
      this.take(SPACE);
      if (this.text[this.at] === close) {
        break;
      }
      this.expect(",");
    }
    this.expect(close);
    return all;
  }

  private member(): Member {
    this.take(SPACE);
    const key = this.string();
    this.take(SPACE);
    this.expect(":");
    return { key, value: this.value() };
  }

  private string(): string {
    return JSON.parse(this.demand(STRING)) as string;
  }

  private expect(character: string): void {
    if (this.text[this.at] !== character) {
      throw new NotJson();
    }
    this.at += 1;
  }

  private demand(what: RegExp): string {
    const found = this.take(what);
    if (found === undefined) {
      throw new NotJson();
    }
    return found;
  }

  private take(what: RegExp): string | undefined {
    what.lastIndex = this.at;
    const found = what.exec(this.text)?.[0];
    this.at += found?.length ?? 0;
    return found;
  }
}

/** Writes a tree, one element per line, so that positions differ. */
export function writeTree(tree: Tree, indent = ""): string {
  const inner = `${indent} `;
  const lines = (all: readonly string[], open: string, close: string): string =>
    all.length === 0 ? open + close : `${open}\n${inner}${all.join(`,\n${inner}`)}\n${indent}${close}`;
  switch (tree.type) {
    case "null":
      return "null";
    case "boolean":
      return String(tree.value);
    case "string":
      return JSON.stringify(tree.value);
    case "number":
      return tree.written;
    case "array":
      return lines(
        tree.items.map((item) => writeTree(item, inner)),
        "[",
        "]",
      );
    case "object":
      return lines(
        tree.members.map(({ key, value }) => `${JSON.stringify(key)}: ${writeTree(value, inner)}`),
        "{",
        "}",
      );
  }
}

/** The same text for all spellings of a value; the order of keys does not count. */
export function canonical(tree: Tree): string {
  if (tree.type === "array") {
    return `[${tree.items.map(canonical).join()}]`;
  }
  return tree.type === "object"
    ? `{${tree.members
        .map(({ key, value }) => `${JSON.stringify(key)}:${canonical(value)}`)
        .sort()
        .join()}}`
    : writeTree(tree);
}
