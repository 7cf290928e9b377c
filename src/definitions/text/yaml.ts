/**
 * Reads a YAML text as values with their places: several documents, with anchors, aliases and merge keys.
 */

import { isAlias, isMap, isScalar, isSeq, type Node } from "yaml";
import { Findings } from "../../diagnostic.ts";
import { MAX_DEPTH } from "../../profile/json.ts";
import { composeDocuments, meaningOf, placeOf, type YamlMember } from "../../profile/yaml.ts";
import type { ListValue, MapValue, Member, Place, Scalar, Value } from "../value.ts";
import type { ReadText } from "./read-text.ts";

/** Reads a YAML text; with mistakes there are no values. */
export function readYamlText(text: string): ReadText {
  const { lines, problems, composed } = composeDocuments(text);
  if (composed === undefined || problems.length > 0) {
    return { roots: [], problems, lines };
  }
  const found = new Findings();
  const values = composed.roots.map((root) => {
    const reader = new Reader((node, message, hint) => {
      const position = lines.positionOf(placeOf(node));
      found.add({ code: "yaml-syntax", severity: "error", message, hint, position });
    });
    return reader.value(root);
  });
  return found.failed ? { roots: [], problems: found.list, lines } : { roots: values, problems: [], lines };
}

type Say = (node: Node, message: string, hint: string) => void;

/** A value that an alias may mean. */
interface Anchored {
  readonly value: Value;
  /** How many values are in it, those of aliases counted each time. */
  readonly size: number;
  /** How many levels are below it. */
  readonly height: number;
}

/** Maximum number of values in a document: aliases of aliases grow without limit, and this is more than any file has without. */
const MAX_VALUES = 1_000_000;

/** Values of one document; the depth of the text bounds the recursion, and aliases share values. */
class Reader {
  /** The values of the anchors so far: an alias means the last one of its name before it. */
  private readonly anchors = new Map<string, Anchored>();
  private size = 0;
  private level = 0;
  /** The deepest level so far, within the anchor that is being read. */
  private deepest = 0;

  constructor(private readonly say: Say) {}

  value(node: Node): Value {
    if (isAlias(node)) {
      return this.alias(node, node.source);
    }
    const { anchor } = node as { anchor?: string };
    const { size: before, deepest: outside } = this;
    this.size += 1;
    this.level += 1;
    this.deepest = anchor === undefined ? Math.max(this.deepest, this.level) : this.level;
    const value = this.plainValue(node);
    if (anchor !== undefined) {
      const height = this.deepest - this.level;
      this.anchors.set(anchor, { value, size: this.size - before, height });
      this.deepest = Math.max(this.deepest, outside);
    }
    this.level -= 1;
    return value;
  }

  private alias(node: Node, name: string): Value {
    const anchored = this.anchors.get(name);
    if (anchored === undefined) {
      this.say(node, `no anchor '&${name}' ends before this alias`, "define it further up");
      return nothing(spanOf(node));
    }
    const { value, size, height } = anchored;
    if (this.size + size > MAX_VALUES || this.level + 1 + height > MAX_DEPTH) {
      this.say(node, "the aliases make the document too large", "write less by aliases of aliases");
      return nothing(spanOf(node));
    }
    this.size += size;
    this.deepest = Math.max(this.deepest, this.level + 1 + height);
    return value;
  }

  private plainValue(node: Node): Value {
    const span = spanOf(node);
    const { tag, flow = false } = node as { tag?: string; flow?: boolean };
    // Compose's tag: the value of an earlier file is taken away.
    if (tag === "!reset") {
      return nothing(span);
    }
    if (isSeq(node)) {
      const items = node.items.map((item) => this.value(item as Node));
      return { kind: "list", items, flow, ...span } satisfies ListValue;
    }
    if (isMap(node)) {
      const members = this.members(node.items as readonly YamlMember[]);
      return { kind: "map", members, flow, ...span } satisfies MapValue;
    }
    return isScalar(node) ? scalarOf(node, tag, span) : nothing(span);
  }

  private members(items: readonly YamlMember[]): readonly Member[] {
    const members: Member[] = [];
    const merged: Member[] = [];
    const words = new Set<string>();
    /** How many members of the mapping itself come before its merge key. */
    let before: number | undefined;
    for (const { key, value } of items) {
      if (!isScalar(key)) {
        this.say(key, "a key must be a word", "no definition has others");
        continue;
      }
      const word = String(key.value);
      const span = spanOf(key);
      const read = value === null ? nothing({ start: span.end, end: span.end }) : this.value(value);
      if (word === "<<" && key.type === "PLAIN") {
        if (before !== undefined) {
          this.say(key, "duplicate key '<<'", "write one merge key with a list of aliases");
        }
        before = members.length;
        merged.push(...(read.kind === "list" ? read.items : [read]).flatMap(mergedMembers));
      } else if (words.has(word)) {
        this.say(
          key,
          `duplicate key '${word}'`,
          "parsers disagree about which of the two counts; remove one",
        );
      } else {
        words.add(word);
        members.push({ key: word, keyStart: span.start, keyEnd: span.end, value: read, merged: false });
      }
    }
    // A member of the mapping itself counts before a merged one, and of these the first (yaml.org/type/merge.html).
    const early = members.slice(0, before ?? 0);
    const names = new Set(merged.map(({ key }) => key));
    for (const [i, member] of early.entries()) {
      if (names.has(member.key)) {
        members[i] = { ...member, contested: true };
      }
    }
    for (const member of merged) {
      if (!words.has(member.key)) {
        words.add(member.key);
        members.push(member);
      }
    }
    return members;
  }
}

function mergedMembers(value: Value): readonly Member[] {
  return value.kind === "map" ? value.members.map((member) => ({ ...member, merged: true })) : [];
}

function nothing(span: Place): Scalar {
  return { kind: "scalar", text: "", type: "null", style: "plain", ...span };
}

const STYLES: Readonly<Record<string, Scalar["style"]>> = {
  QUOTE_DOUBLE: "double",
  QUOTE_SINGLE: "single",
  BLOCK_LITERAL: "literal",
  BLOCK_FOLDED: "folded",
};

function scalarOf(node: Node, tag: string | undefined, span: Place): Scalar {
  const scalar = node as Parameters<typeof meaningOf>[0];
  const style = STYLES[scalar.type ?? ""] ?? "plain";
  const text = String(scalar.value);
  const { value } = meaningOf(scalar);
  const type =
    tag === "tag:yaml.org,2002:str" || typeof value === "string"
      ? "string"
      : value === null
        ? "null"
        : typeof value === "boolean"
          ? "boolean"
          : "number";
  return { kind: "scalar", text, type, style, ...span };
}

function spanOf(node: Node): Place {
  const [start, end] = node.range ?? [0, 0];
  return { start, end };
}
