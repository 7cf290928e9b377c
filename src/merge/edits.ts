/**
 * Changes the text of a profile in JSON, and leaves the rest of the text as it is.
 */

import { type JsonParser, NODE } from "../json-places.ts";
import { MAX_DEPTH } from "../profile/json.ts";
import { JsonTree } from "../profile/json-tree.ts";
import { pointerTokens } from "../profile/pointer.ts";
import type { Rule } from "../profile/profile.ts";
import { namesText } from "./layout.ts";

/** Writes a value that begins in a line with that indentation. */
export type Written = (indent: string) => string;

/** The text from one offset to another, replaced. */
interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** Where a value, or a member with its key, is written. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/** Collects changes of a text; {@link text} makes them. */
export class ProfileEdits {
  private readonly tree: JsonTree;
  private readonly nodes: Uint32Array;
  private readonly edits: Edit[] = [];
  private readonly removed = new Set<number>();
  private readonly appended: Written[] = [];
  private readonly without = new Set<string>();
  private readonly added: string[] = [];

  /**
   * @param source a profile without mistakes
   * @param base the JSON pointer of the profile in its document
   */
  constructor(
    private readonly source: string,
    private readonly base: string,
    parse: JsonParser,
  ) {
    const places = parse(source, MAX_DEPTH, 1);
    this.tree = new JsonTree(source, places);
    this.nodes = places.nodes;
  }

  /** The content of a string of a rule; undefined if the rule has none by that key. */
  textOf({ index }: Rule, key: string): string | undefined {
    const node = this.node(`${this.base}/syscalls/${index}/${key}`);
    return node === undefined || !this.tree.written(node).startsWith('"') ? undefined : this.tree.text(node);
  }

  /** Whether each rule has every member, as Mesos requires. */
  isFull(rules: readonly Rule[]): boolean {
    const members = ["args", "comment", "includes", "excludes"];
    return (
      this.base === "" &&
      rules.length > 0 &&
      rules.every(({ index }) =>
        members.every((key) => this.node(`${this.base}/syscalls/${index}/${key}`) !== undefined),
      )
    );
  }

  /** Replaces the names of a rule. Sorted lists stay sorted, and lists with a name a line stay so. */
  setNames({ names, index }: Rule, wanted: readonly string[]): void {
    const pointer = `${this.base}/syscalls/${index}/names`;
    const node = this.node(pointer) ?? 0;
    const { offset, length } = this.tree.place(node);
    const isSorted = names.every((name, i) => i === 0 || (names[i - 1] ?? "") <= name);
    const all = isSorted ? [...wanted].sort() : wanted;
    const written = this.tree.written(node);
    const indent = this.indentOf(offset);
    const isOneEach = names.length > 1 && written.split("\n").length > names.length;
    const inner = this.indentOf(this.tree.place(this.node(`${pointer}/0`) ?? node).offset);
    const text = isOneEach
      ? `[\n${all.map((name) => `${inner}${JSON.stringify(name)}`).join(",\n")}\n${indent}]`
      : namesText(all, indent);
    this.edits.push({ from: offset, to: offset + length, text });
  }

  removeRule({ index }: Rule): void {
    this.removed.add(index);
  }

  /** Adds a rule at the end. */
  appendRule(rule: Written): void {
    this.appended.push(rule);
  }

  /** Sets a member of the profile, or removes it. */
  setMember(key: string, value: Written | undefined): void {
    const node = this.node(`${this.base}/${key}`);
    if (node === undefined) {
      if (value !== undefined) {
        const { offset } = this.tree.place(this.node(`${this.base}/defaultAction`) ?? 0);
        const indent = this.indentOf(offset);
        this.added.push(`${JSON.stringify(key)}: ${value(indent)}`);
      }
      return;
    }
    if (value === undefined) {
      this.without.add(key);
      return;
    }
    const { offset, length } = this.tree.place(node);
    this.edits.push({ from: offset, to: offset + length, text: value(this.indentOf(offset)) });
  }

  /** Adds elements to the end of an array of the profile, which may be missing. */
  append(pointer: string, items: readonly Written[]): void {
    const node = this.node(`${this.base}/${pointer}`);
    if (node === undefined) {
      this.setMember(pointer, () => arrayOf(items));
      return;
    }
    this.editList(this.elementsOf(node), new Set(), items, this.tree.place(node));
  }

  /** The changed text. */
  text(): string {
    this.editRules();
    this.editMembers();
    return this.edits
      .sort((a, b) => b.from - a.from)
      .reduce((text, { from, to, text: added }) => text.slice(0, from) + added + text.slice(to), this.source);
  }

  private editRules(): void {
    const node = this.node(`${this.base}/syscalls`);
    if (node === undefined || this.tree.written(node) === "null") {
      if (this.appended.length > 0) {
        this.setMember("syscalls", () => arrayOf(this.appended));
      }
      return;
    }
    this.editList(this.elementsOf(node), this.removed, this.appended, this.tree.place(node));
  }

  private editList(
    elements: readonly Span[],
    removed: ReadonlySet<number>,
    added: readonly Written[],
    { offset, length }: { readonly offset: number; readonly length: number },
  ): void {
    const kept = elements.filter((_, i) => !removed.has(i));
    const last = kept.at(-1);
    if (last === undefined) {
      if (removed.size + added.length > 0) {
        this.edits.push({ from: offset, to: offset + length, text: arrayOf(added) });
      }
      return;
    }
    const isOwnLine = this.source.slice(this.lineStart(last.from), last.from).trim() === "";
    const indent = this.indentOf(last.from);
    const before = isOwnLine ? `,\n${indent}` : ", ";
    this.cut(elements, removed, added.map((item) => `${before}${item(indent)}`).join(""));
  }

  private editMembers(): void {
    const pointer = this.base;
    const object = this.node(pointer) ?? 0;
    const members = this.membersOf(object);
    const removed = new Set(members.flatMap(({ key }, i) => (this.without.has(key) ? [i] : [])));
    const at = members.findIndex(({ key }) => key === "defaultAction");
    const home = members[at];
    if (this.added.length > 0 && home !== undefined) {
      const indent = this.indentOf(home.from);
      const text = this.added.map((member) => `,\n${indent}${member}`).join("");
      this.edits.push({ from: home.to, to: home.to, text });
    }
    this.cut(members, removed, "");
  }

  /** Removes some of the elements, of which at least one is kept, and adds a text after the last one. */
  private cut(elements: readonly Span[], removed: ReadonlySet<number>, added: string): void {
    let lastKept = 0;
    for (const [i, { from }] of elements.entries()) {
      if (!removed.has(i)) {
        lastKept = i;
      } else if (elements.slice(i + 1).some((_, j) => !removed.has(i + 1 + j))) {
        this.edits.push({ from, to: (elements[i + 1] as Span).from, text: "" });
      }
    }
    const from = (elements[lastKept] as Span).to;
    const to = (elements.at(-1) as Span).to;
    if (to > from || added !== "") {
      this.edits.push({ from, to, text: added });
    }
  }

  private elementsOf(node: number): readonly Span[] {
    const { nodes } = this;
    const end = nodes[node * NODE + 2] ?? 0;
    const found: Span[] = [];
    for (let at = node + 1; at < end; at = nodes[at * NODE + 2] as number) {
      found.push({ from: nodes[at * NODE] as number, to: nodes[at * NODE + 1] as number });
    }
    return found;
  }

  private membersOf(node: number): readonly (Span & { readonly key: string })[] {
    const { nodes } = this;
    const end = nodes[node * NODE + 2] ?? 0;
    const found: (Span & { readonly key: string })[] = [];
    for (let at = node + 1; at < end; at = nodes[(at + 1) * NODE + 2] as number) {
      const [from, to] = [nodes[at * NODE] as number, nodes[(at + 1) * NODE + 1] as number];
      found.push({ from, to, key: this.tree.text(at) });
    }
    return found;
  }

  private node(pointer: string): number | undefined {
    return this.tree.valueAt(pointerTokens(pointer));
  }

  private lineStart(offset: number): number {
    return this.source.lastIndexOf("\n", offset - 1) + 1;
  }

  private indentOf(offset: number): string {
    return /^[ \t]*/.exec(this.source.slice(this.lineStart(offset), offset))?.[0] ?? "";
  }
}

/** An array that is a member of the profile. */
function arrayOf(items: readonly Written[]): string {
  const indent = "    ";
  return items.length === 0 ? "[]" : `[\n${items.map((item) => `${indent}${item(indent)}`).join(",\n")}\n  ]`;
}
