/**
 * The tree of a JSON text's values; places are looked up on demand.
 */

import { type JsonPlaces, NODE } from "../json-places.ts";
import { pointerTo, pointerTokens } from "./pointer.ts";

/** A node's index in {@link JsonPlaces.nodes}. */
type JsonNode = number;

export class JsonTree {
  private readonly nodes: Uint32Array;
  /** The values of the arrays, and the keys of the objects, that were asked for. */
  private readonly children = new Map<string, readonly JsonNode[]>();
  private readonly members = new Map<string, Members>();

  constructor(
    private readonly source: string,
    { nodes }: JsonPlaces,
  ) {
    this.nodes = nodes;
  }

  /** The value of a node, for a text that JSON.parse rejects; the depth of the text bounds the recursion. */
  value(node: JsonNode = 0): unknown {
    const opening = this.opens(node);
    if (opening !== "{" && opening !== "[") {
      return JSON.parse(this.written(node));
    }
    const { nodes } = this;
    const end = this.after(node);
    if (opening === "[") {
      const list: unknown[] = [];
      for (let at = node + 1; at < end; at = nodes[at * NODE + 2] as JsonNode) {
        list.push(this.value(at));
      }
      return list;
    }
    const object: Record<string, unknown> = {};
    for (let at = node + 1; at < end; at = nodes[(at + 1) * NODE + 2] as JsonNode) {
      // An assignment to "__proto__" would set the prototype.
      const value = this.value(at + 1);
      Object.defineProperty(object, this.text(at), {
        value,
        enumerable: true,
        configurable: true,
        writable: true,
      });
    }
    return object;
  }

  /** A node as it is written. */
  written(node: JsonNode): string {
    return this.source.slice(this.nodes[node * NODE], this.nodes[node * NODE + 1]);
  }

  /** The content of a string or a key. */
  text(node: JsonNode): string {
    const written = this.written(node);
    return written.includes("\\") ? (JSON.parse(written) as string) : written.slice(1, -1);
  }

  place(node: JsonNode): { readonly offset: number; readonly length: number } {
    const offset = this.nodes[node * NODE] as number;
    return { offset, length: (this.nodes[node * NODE + 1] as number) - offset };
  }

  /** The node at a JSON pointer, or the deepest existing one on its path; and its key, if it is a member. */
  find(pointer: string): { readonly node: JsonNode; readonly key: JsonNode | undefined } {
    let found: { readonly node: JsonNode; readonly key: JsonNode | undefined } = { node: 0, key: undefined };
    for (const token of pointerTokens(pointer)) {
      const next = this.child(found.node, token, "first");
      if (next === undefined) {
        break;
      }
      found = next;
    }
    return found;
  }

  /** The node of the value that JSON.parse has at a path: of duplicate keys the last one counts. */
  valueAt(path: readonly (string | number)[]): JsonNode | undefined {
    let node: JsonNode | undefined = 0;
    for (let i = 0; i < path.length && node !== undefined; i += 1) {
      node = this.child(node, path[i] as string | number, "last")?.node;
    }
    return node;
  }

  /** The nodes of a value and its contents: the first, and the one after the last. */
  within(pointer: string): readonly [JsonNode, JsonNode] {
    const node = this.valueAt(pointerTokens(pointer));
    return node === undefined ? [0, 0] : [node, this.after(node)];
  }

  /** The JSON pointer to a value, or to the value of a key. */
  pointer(node: JsonNode): string {
    return this.path(node).reduce<string>(pointerTo, "");
  }

  /** The same as a list of keys and indexes. */
  path(node: JsonNode): readonly (string | number)[] {
    const path: (string | number)[] = [];
    for (let at = 0; at !== node; ) {
      const children = this.childrenOf(at);
      const index = lastUpTo(children, node);
      const child = children[index] as JsonNode;
      if (this.opens(at) === "[") {
        path.push(index);
        at = child;
      } else {
        path.push(this.text(child));
        at = child === node ? node : child + 1;
      }
    }
    return path;
  }

  private child(
    node: JsonNode,
    token: string | number,
    which: keyof Members,
  ): { readonly node: JsonNode; readonly key: JsonNode | undefined } | undefined {
    switch (this.opens(node)) {
      case "[": {
        const child = this.element(node, Number(token));
        return child === undefined ? undefined : { node: child, key: undefined };
      }
      case "{": {
        const key = this.keyOf(node, String(token), which);
        return key === undefined ? undefined : { node: key + 1, key };
      }
      default:
        return undefined;
    }
  }

  private opens(node: JsonNode): string {
    return this.source.charAt(this.nodes[node * NODE] as number);
  }

  private after(node: JsonNode): JsonNode {
    return this.nodes[node * NODE + 2] as JsonNode;
  }

  /** The values of an array, the keys of an object. */
  private childrenOf(node: JsonNode): readonly JsonNode[] {
    // String keys: QuickJS takes ten times as long to find a number in a map.
    const known = this.children.get(String(node));
    if (known !== undefined) {
      return known;
    }
    const { nodes } = this;
    const found: JsonNode[] = [];
    const end = this.after(node);
    const values = this.opens(node) === "{" ? 1 : 0;
    for (let at = node + 1; at < end; at = nodes[(at + values) * NODE + 2] as JsonNode) {
      found.push(at);
    }
    this.children.set(String(node), found);
    return found;
  }

  private element(node: JsonNode, index: number): JsonNode | undefined {
    const { nodes } = this;
    const end = this.after(node);
    if (end - node > FEW_NODES || !Number.isInteger(index)) {
      return this.childrenOf(node)[index];
    }
    let at = node + 1;
    for (let i = 0; i < index && at < end; i += 1) {
      at = nodes[at * NODE + 2] as JsonNode;
    }
    return index >= 0 && at < end ? at : undefined;
  }

  /** The key of a member. */
  private keyOf(node: JsonNode, key: string, which: keyof Members): JsonNode | undefined {
    const { nodes } = this;
    const end = this.after(node);
    if (end - node > FEW_NODES) {
      return this.membersOf(node)[which].get(key);
    }
    let found: JsonNode | undefined;
    for (let at = node + 1; at < end; at = nodes[(at + 1) * NODE + 2] as JsonNode) {
      if (this.text(at) === key && (found === undefined || which === "last")) {
        found = at;
      }
    }
    return found;
  }

  private membersOf(node: JsonNode): Members {
    let known = this.members.get(String(node));
    if (known === undefined) {
      const first = new Map<string, JsonNode>();
      const last = new Map<string, JsonNode>();
      for (const key of this.childrenOf(node)) {
        const text = this.text(key);
        if (!last.has(text)) {
          first.set(text, key);
        }
        last.set(text, key);
      }
      known = { first, last };
      this.members.set(String(node), known);
    }
    return known;
  }
}

/** Up to this number of nodes, a linear search is used. */
const FEW_NODES = 32;

/** Keys by their text: the first and the last of duplicates. */
interface Members {
  readonly first: ReadonlyMap<string, JsonNode>;
  readonly last: ReadonlyMap<string, JsonNode>;
}

/** The index of the last element of an ascending list that is not above a number. */
function lastUpTo(list: readonly number[], number: number): number {
  let low = 0;
  let high = list.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((list[middle] as number) <= number) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return low;
}
