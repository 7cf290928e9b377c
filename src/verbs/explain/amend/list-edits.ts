/**
 * Changes to the lists of a JSON text that leave everything else as it is: elements are removed and added as the others are written.
 */

import { type JsonParser, NODE } from "../../../json-places.ts";
import { MAX_DEPTH } from "../../../profile/json.ts";
import { JsonTree } from "../../../profile/json-tree.ts";
import { pointerTokens } from "../../../profile/pointer.ts";

/** A part of a text, and what replaces it. */
export interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** Where something is in a text. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/** What is changed about a list, by the indexes of its elements. */
interface ListChange {
  readonly removed: Set<number>;
  /** After which element, -1 for the beginning, which texts come. */
  readonly added: Map<number, string[]>;
}

/** A JSON text whose lists are changed. */
export class ListEdits {
  private readonly tree: JsonTree;
  private readonly nodes: Uint32Array;
  private readonly lists = new Map<string, ListChange>();
  private readonly others: Edit[] = [];
  /** What follows a comma in a line. */
  private readonly space: string;

  /** @param text JSON without mistakes */
  constructor(
    readonly text: string,
    parse: JsonParser,
  ) {
    const places = parse(text, MAX_DEPTH, 1);
    this.tree = new JsonTree(text, places);
    this.nodes = places.nodes;
    this.space = text.includes(", ") ? " " : "";
  }

  /** Where a value is; undefined if there is none. */
  span(pointer: string): Span | undefined {
    const node = this.node(pointer);
    if (node === undefined) {
      return undefined;
    }
    const { offset, length } = this.tree.place(node);
    return { from: offset, to: offset + length };
  }

  /** A value as it is written; undefined if there is none. */
  written(pointer: string): string | undefined {
    const span = this.span(pointer);
    return span && this.text.slice(span.from, span.to);
  }

  /** The keys of an object, in order. */
  keys(pointer: string): readonly string[] {
    return this.children(pointer, 1).map((key) => this.tree.text(key));
  }

  remove(list: string, index: number): void {
    this.changeOf(list).removed.add(index);
  }

  /** Adds an element after that with an index; -1: before all. */
  add(list: string, after: number, text: string): void {
    const { added } = this.changeOf(list);
    added.set(after, [...(added.get(after) ?? []), text]);
  }

  /** Adds a member to an object that has one at least: after that of a key. */
  addMember(object: string, after: string, text: string): void {
    const span = this.span(`${object}/${after}`);
    if (span !== undefined) {
      const lead = this.leadOf(this.keySpan(object, after).from);
      this.others.push({ from: span.to, to: span.to, text: `,${lead ?? " "}${text}` });
    }
  }

  /** The line break and the indent before a place; undefined if something else precedes it in its line. */
  leadOf(offset: number): string | undefined {
    const { text } = this;
    const feed = text.lastIndexOf("\n", offset - 1);
    const before = text.slice(feed + 1, offset);
    if (feed < 0 || offset === 0 || /[^ \t]/.test(before)) {
      return undefined;
    }
    return `${text.charAt(feed - 1) === "\r" ? "\r" : ""}\n${before}`;
  }

  /** Where a key of an object is. */
  keySpan(object: string, key: string): Span {
    const at = this.children(object, 1).find((child) => this.tree.text(child) === key) ?? 0;
    const { offset, length } = this.tree.place(at);
    return { from: offset, to: offset + length };
  }

  /** All changes, in the order of the text. */
  all(): readonly Edit[] {
    const edits = [
      ...this.others,
      ...[...this.lists].flatMap(([pointer, change]) => this.editsOf(pointer, change)),
    ];
    return edits.sort((a, b) => a.from - b.from || a.to - b.to);
  }

  private changeOf(list: string): ListChange {
    const change = this.lists.get(list) ?? { removed: new Set(), added: new Map() };
    this.lists.set(list, change);
    return change;
  }

  private editsOf(pointer: string, { removed, added }: ListChange): readonly Edit[] {
    const spans = this.elements(pointer);
    const list = this.span(pointer);
    if (list === undefined) {
      return [];
    }
    if (removed.size === spans.length) {
      const all = [...added].sort(([a], [b]) => a - b).flatMap(([, texts]) => texts);
      const [first] = spans;
      const last = spans.at(-1);
      return first === undefined || last === undefined || all.length === 0
        ? [{ from: list.from + 1, to: list.to - 1, text: all.join(`,${this.space}`) }]
        : [{ from: first.from, to: last.to, text: all.join(this.between(spans, 0)) }];
    }
    const edits: Edit[] = [];
    for (let i = -1; i < spans.length; i += 1) {
      if (!removed.has(i) && !added.has(i)) {
        continue;
      }
      let end = i;
      if (removed.has(i)) {
        while (removed.has(end + 1)) {
          end += 1;
        }
      }
      const texts = range(i, end).flatMap((at) => added.get(at) ?? []);
      edits.push(...(removed.has(i) ? this.replaced(spans, i, end, texts) : this.inserted(spans, i, texts)));
      i = end;
    }
    return edits;
  }

  /** Replaces the elements from one to another; not all of the list. */
  private replaced(
    spans: readonly Span[],
    first: number,
    last: number,
    texts: readonly string[],
  ): readonly Edit[] {
    const [from, to] = [spans[first] as Span, spans[last] as Span];
    const next = spans[last + 1];
    if (texts.length > 0) {
      return [{ from: from.from, to: to.to, text: texts.join(this.between(spans, first)) }];
    }
    return next === undefined
      ? [{ from: (spans[first - 1] as Span).to, to: to.to, text: "" }]
      : [{ from: from.from, to: next.from, text: "" }];
  }

  private inserted(spans: readonly Span[], after: number, texts: readonly string[]): readonly Edit[] {
    if (texts.length === 0) {
      return [];
    }
    const separator = this.between(spans, Math.max(after, 0));
    const at = after < 0 ? (spans[0] as Span).from : (spans[after] as Span).to;
    const text =
      after < 0 ? texts.map((one) => `${one}${separator}`) : texts.map((one) => `${separator}${one}`);
    return [{ from: at, to: at, text: text.join("") }];
  }

  /** What stands between elements near one: the shortest, so that a list of several lines gets no line for one element. */
  private between(spans: readonly Span[], index: number): string {
    const near = [index - 1, index].flatMap((i) => {
      const [a, b] = [spans[i], spans[i + 1]];
      return a === undefined || b === undefined ? [] : [this.text.slice(a.to, b.from)];
    });
    const [first, second = first] = near;
    if (first !== undefined && second !== undefined) {
      return first.length <= second.length ? first : second;
    }
    return `,${this.leadOf(spans[index]?.from ?? 0) ?? this.space}`;
  }

  private elements(pointer: string): readonly Span[] {
    return this.children(pointer, 0).map((node) => {
      const { offset, length } = this.tree.place(node);
      return { from: offset, to: offset + length };
    });
  }

  /** The nodes of the elements of a list, or of the keys of an object. */
  private children(pointer: string, values: 0 | 1): readonly number[] {
    const node = this.node(pointer);
    const found: number[] = [];
    if (node !== undefined && "[{".includes(this.text.charAt(this.tree.place(node).offset))) {
      const end = this.nodes[node * NODE + 2] as number;
      for (let at = node + 1; at < end; at = this.nodes[(at + values) * NODE + 2] as number) {
        found.push(at);
      }
    }
    return found;
  }

  private node(pointer: string): number | undefined {
    return this.tree.valueAt(pointerTokens(pointer));
  }
}

function range(first: number, last: number): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

/**
 * A part of a text with the changes that are in it.
 *
 * @param edits in order
 */
export function edited(text: string, edits: readonly Edit[], from = 0, to = text.length): string {
  let changed = "";
  let done = from;
  for (const edit of edits) {
    changed += text.slice(done, edit.from) + edit.text;
    done = edit.to;
  }
  return changed + text.slice(done, to);
}
