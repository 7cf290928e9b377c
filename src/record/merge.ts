/**
 * Adds rules to the text of a profile, and leaves the rest of the text as it is.
 */

import type { JsonParser } from "../json-places.ts";
import { NODE } from "../json-places.ts";
import { withoutAcceptances } from "../profile/acceptances.ts";
import { JsonTree } from "../profile/json-tree.ts";
import { NO_SELECTOR, type Profile, type Rule } from "../profile/profile.ts";
import { archMapText, type NewRule, namesText, ruleText } from "./text.ts";

/** What is added to a profile. */
export interface Addition {
  readonly rules: readonly NewRule[];
  /** SCMP_ARCH_*: the native architecture, then those that the profile must have as well. */
  readonly architectures: readonly string[];
}

/** Maximum nesting, as a profile is read. */
const MAX_DEPTH = 100;

/**
 * The text with the addition. Names without conditions go to the profile's rule for such calls if it has just one, or one that
 * has the comment; all else to rules at the end.
 *
 * @param text of a profile without mistakes
 */
export function mergeText(text: string, profile: Profile, addition: Addition, parse: JsonParser): string {
  return new Merging(text, profile, parse).merge(addition);
}

interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

class Merging {
  private readonly tree: JsonTree;
  private readonly nodes: Uint32Array;
  private readonly edits: Edit[] = [];

  constructor(
    private readonly text: string,
    private readonly profile: Profile,
    parse: JsonParser,
  ) {
    const places = parse(text, MAX_DEPTH, 1);
    this.tree = new JsonTree(text, places);
    this.nodes = places.nodes;
  }

  merge({ rules, architectures }: Addition): string {
    const { base } = this.profile;
    const appended: NewRule[] = [];
    for (const rule of rules) {
      const home = rule.errno === undefined && rule.conditions.length === 0 ? this.homeOf(rule) : undefined;
      if (home === undefined) {
        appended.push(rule);
      } else {
        this.addNames(home, rule.names);
      }
    }
    if (appended.length > 0) {
      const texts = appended.map(
        (rule) => (indent: string) =>
          ruleText({ ...rule, comment: base === "" ? rule.comment : undefined }, indent, this.isFull()),
      );
      this.append(`${base}/syscalls`, texts, "syscalls");
    }
    this.addArchitectures(architectures);
    return this.edits
      .sort((a, b) => b.from - a.from)
      .reduce((text, { from, to, text: added }) => text.slice(0, from) + added + text.slice(to), this.text);
  }

  /** The rule that takes names without conditions; undefined: they get a rule of their own. */
  private homeOf({ comment }: NewRule): Rule | undefined {
    const plain = this.profile.rules.filter(
      (rule) =>
        rule.action === "SCMP_ACT_ALLOW" &&
        rule.conditions.length === 0 &&
        rule.includes === NO_SELECTOR &&
        rule.excludes === NO_SELECTOR &&
        rule.singleName !== true,
    );
    const own = plain.find(({ index }) => {
      const at = this.node(`${this.profile.base}/syscalls/${index}/comment`);
      return at !== undefined && withoutAcceptances(this.tree.text(at) ?? "") === comment;
    });
    return own ?? (plain.length === 1 ? plain[0] : undefined);
  }

  /** Sorted lists stay sorted, and lists with a name a line stay so. */
  private addNames({ names, index }: Rule, added: readonly string[]): void {
    const pointer = `${this.profile.base}/syscalls/${index}/names`;
    const node = this.node(pointer) ?? 0;
    const { offset, length } = this.tree.place(node);
    const isSorted = names.every((name, i) => i === 0 || (names[i - 1] ?? "") <= name);
    const all = isSorted ? [...names, ...added].sort() : [...names, ...added];
    const written = this.tree.written(node);
    const indent = this.indentOf(offset);
    const isOneEach = names.length > 1 && written.split("\n").length > names.length;
    const inner = this.indentOf(this.tree.place(this.node(`${pointer}/0`) ?? node).offset);
    const text = isOneEach
      ? `[\n${all.map((name) => `${inner}${JSON.stringify(name)}`).join(",\n")}\n${indent}]`
      : namesText(all, indent);
    this.edits.push({ from: offset, to: offset + length, text });
  }

  /** Whether each rule has every member, as Mesos requires. */
  private isFull(): boolean {
    const { base, rules } = this.profile;
    const members = ["args", "comment", "includes", "excludes"];
    return (
      base === "" &&
      rules.length > 0 &&
      rules.every(({ index }) =>
        members.every((key) => this.node(`${base}/syscalls/${index}/${key}`) !== undefined),
      )
    );
  }

  /** Adds elements to the end of an array, which may be missing. */
  private append(pointer: string, items: readonly ((indent: string) => string)[], key: string): void {
    const node = this.node(pointer);
    const last = node === undefined ? undefined : this.lastElement(pointer, node);
    if (last !== undefined) {
      const { offset, length } = this.tree.place(last);
      const isOwnLine = this.text.slice(this.lineStart(offset), offset).trim() === "";
      const indent = this.indentOf(offset);
      const before = isOwnLine ? `,\n${indent}` : ", ";
      const end = offset + length;
      this.edits.push({ from: end, to: end, text: items.map((item) => `${before}${item(indent)}`).join("") });
      return;
    }
    const indent = "    ";
    const list = `[\n${items.map((item) => `${indent}${item(indent)}`).join(",\n")}\n  ]`;
    if (node !== undefined) {
      const { offset, length } = this.tree.place(node);
      this.edits.push({ from: offset, to: offset + length, text: list });
      return;
    }
    const { offset, length } = this.tree.place(this.node(`${this.profile.base}/defaultAction`) ?? 0);
    const end = offset + length;
    this.edits.push({ from: end, to: end, text: `,\n  "${key}": ${list}` });
  }

  private addArchitectures([native = "", ...others]: readonly string[]): void {
    const { base, archMap, architectures } = this.profile;
    const entry = archMap?.findIndex(({ architecture }) => architecture === native) ?? -1;
    const present = [native, ...(architectures ?? []), ...(archMap?.[entry]?.subArchitectures ?? [])];
    const missing = others.filter((scmp) => !present.includes(scmp));
    if (missing.length === 0) {
      return;
    }
    const words = missing.map((scmp) => () => JSON.stringify(scmp));
    if (entry >= 0) {
      this.append(`${base}/archMap/${entry}/subArchitectures`, words, "subArchitectures");
    } else if (architectures === undefined && base === "") {
      this.append(`${base}/archMap`, [() => archMapText(native, missing)], "archMap");
    } else {
      const all = architectures === undefined ? [() => JSON.stringify(native), ...words] : words;
      this.append(`${base}/architectures`, all, "architectures");
    }
  }

  private node(pointer: string): number | undefined {
    return this.tree.valueAt(pointer.split("/").slice(1).map(indexOrKey));
  }

  private lastElement(pointer: string, node: number): number | undefined {
    let last: number | undefined;
    const end = this.nodes[node * NODE + 2] ?? 0;
    for (let i = 0, at = node + 1; at < end; i += 1) {
      last = at;
      at = this.node(`${pointer}/${i + 1}`) ?? end;
    }
    return last;
  }

  private lineStart(offset: number): number {
    return this.text.lastIndexOf("\n", offset - 1) + 1;
  }

  private indentOf(offset: number): string {
    return /^[ \t]*/.exec(this.text.slice(this.lineStart(offset), offset))?.[0] ?? "";
  }
}

function indexOrKey(token: string): string | number {
  return /^\d+$/.test(token) ? Number(token) : token;
}
