/**
 * Changes to the rules of a profile's text, which stay written as the others are.
 */

import type { JsonParser } from "../../../json-places.ts";
import { type Condition, namePath, type Profile, type Rule } from "../../../profile/profile.ts";
import { type Edit, ListEdits } from "./list-edits.ts";

/** A rule to write. */
export interface NewRule {
  readonly names: readonly string[];
  /** What it takes over from another rule, but for names and conditions: its action, errno and selectors. */
  readonly like?: Rule;
  /** Its action, if it is like none. */
  readonly action?: string;
  readonly errnoRet?: number;
  readonly conditions: readonly Condition[];
  /** The only machines that it is for, in Docker's words; undefined: all. */
  readonly arches?: readonly string[];
  /** The rule that it comes after; undefined: the last one. */
  readonly after: Rule | undefined;
}

/** The members of a rule, as they are written. */
type Members = Map<string, Piece>;

/** A JSON value: text as it is, or a list or an object of such. */
type Piece =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "list"; readonly items: readonly Piece[]; readonly as: "names" | "args" }
  | { readonly kind: "object"; readonly members: readonly (readonly [string, Piece])[] };

/** A profile whose rules are changed. */
export class ProfileEdits {
  private readonly edits: ListEdits;
  private readonly list: string;
  /** The names that were removed from a rule, by its index. */
  private readonly removed = new Map<number, Set<string>>();

  constructor(
    text: string,
    private readonly profile: Profile,
    parse: JsonParser,
  ) {
    this.edits = new ListEdits(text, parse);
    this.list = `${profile.base}/syscalls`;
  }

  /** Removes a name from a rule, and the rule if it has no other. */
  removeName(rule: Rule, name: string): void {
    const removed = this.removed.get(rule.index) ?? new Set();
    this.removed.set(rule.index, removed.add(name));
    if (rule.singleName === true || rule.names.every((each) => removed.has(each))) {
      this.edits.remove(this.list, rule.index);
      return;
    }
    for (const [i, each] of rule.names.entries()) {
      if (each === name) {
        this.edits.remove(`${this.list}/${rule.index}/names`, i);
      }
    }
  }

  /** Adds a name to a rule that has names: where it belongs if they are sorted. */
  addName({ index, names }: Rule, name: string): void {
    const keys = names.map(sortingKey);
    // Docker has get_robust_list after getrlimit.
    const unsorted = keys.filter((each, i) => i > 0 && (keys[i - 1] ?? "") > each).length;
    const isSorted = unsorted <= keys.length / FEW_UNSORTED;
    const place = isSorted ? keys.findIndex((each) => each > sortingKey(name)) : -1;
    this.edits.add(
      `${this.list}/${index}/names`,
      (place < 0 ? names.length : place) - 1,
      JSON.stringify(name),
    );
  }

  addRule(rule: NewRule): void {
    const { rules } = this.profile;
    const near = rule.after ?? rules.at(-1);
    const style = this.styleOf(near);
    const text = this.ruleText(rule, near, style);
    if (this.edits.span(this.list) === undefined) {
      this.edits.addMember(this.profile.base, "defaultAction", `"syscalls":${style.space}[${text}]`);
    } else {
      this.edits.add(this.list, near?.index ?? -1, text);
    }
  }

  all(): readonly Edit[] {
    return this.edits.all();
  }

  private at(rule: Rule, key = ""): string {
    return `${this.list}/${rule.index}${key === "" ? "" : `/${key}`}`;
  }

  private ruleText(rule: NewRule, near: Rule | undefined, style: Style): string {
    const members = this.membersOf(rule, near);
    const keys = near === undefined ? [] : this.edits.keys(this.at(near));
    const order = (key: string): number =>
      keys.includes(key) ? keys.indexOf(key) : keys.length + KEYS.indexOf(key);
    const sorted = [...members].sort(([a], [b]) => order(a) - order(b));
    return write({ kind: "object", members: sorted }, style, style.lead, "rule");
  }

  private membersOf(
    { names, like, action, errnoRet, conditions, arches }: NewRule,
    near: Rule | undefined,
  ): Members {
    const members: Members = new Map();
    if (near?.singleName === true && names.length === 1) {
      members.set("name", text(JSON.stringify(names[0])));
    } else {
      members.set("names", {
        kind: "list",
        as: "names",
        items: names.map((name) => text(JSON.stringify(name))),
      });
    }
    if (like === undefined) {
      members.set("action", text(JSON.stringify(action)));
      if (errnoRet !== undefined) {
        members.set("errnoRet", text(String(errnoRet)));
      }
    } else {
      for (const key of this.edits.keys(this.at(like)).filter((each) => TAKEN_OVER.includes(each))) {
        members.set(key, text(this.edits.written(this.at(like, key)) ?? "null"));
      }
    }
    if (conditions.length > 0) {
      const items = conditions.map((condition) => this.conditionPiece(condition));
      members.set("args", { kind: "list", as: "args", items });
    }
    if (arches !== undefined) {
      const items = arches.map((arch) => text(JSON.stringify(arch)));
      members.set("includes", {
        kind: "object",
        members: [["arches", { kind: "list", as: "names", items }]],
      });
    }
    // Mesos requires each member, and a file in which every rule has one stays so.
    for (const [key, empty] of Object.entries(EMPTY)) {
      const { rules } = this.profile;
      if (
        !members.has(key) &&
        rules.length > 0 &&
        rules.every((each) => this.edits.span(this.at(each, key)) !== undefined)
      ) {
        members.set(key, text(empty));
      }
    }
    return members;
  }

  private conditionPiece({ index, op, value, valueTwo }: Condition): Piece {
    const members: [string, Piece][] = [
      ["index", text(String(index))],
      ["value", text(String(value))],
      ["valueTwo", text(String(valueTwo))],
      ["op", text(JSON.stringify(op))],
    ];
    const model = this.modelCondition();
    const keys = model === undefined ? [] : this.edits.keys(model);
    const isFull = keys.includes("valueTwo") || op === "SCMP_CMP_MASKED_EQ";
    const order = (key: string): number => (keys.includes(key) ? keys.indexOf(key) : keys.length);
    return {
      kind: "object",
      members: members
        .filter(([key]) => isFull || key !== "valueTwo")
        .sort(([a], [b]) => order(a) - order(b)),
    };
  }

  /** A condition of the profile whose form others take: one that compares with one value, if there is any. */
  private modelCondition(): string | undefined {
    const { rules } = this.profile;
    const plain = (rule: Rule): number => rule.conditions.findIndex(({ op }) => op !== "SCMP_CMP_MASKED_EQ");
    const rule =
      rules.find((each) => plain(each) >= 0) ?? rules.find(({ conditions }) => conditions.length > 0);
    return rule === undefined ? undefined : this.at(rule, `args/${Math.max(plain(rule), 0)}`);
  }

  /** How rules are laid out: as one is, or the first of a profile without rules. */
  private styleOf(near: Rule | undefined): Style {
    const { edits, profile } = this;
    if (near === undefined) {
      const first = edits.keySpan(profile.base, "defaultAction");
      const lead = edits.leadOf(first.from);
      return {
        lead: undefined,
        unit: "",
        space: lead === undefined ? "" : " ",
        splits: NO_SPLITS,
        padding: "",
      };
    }
    const [key = ""] = edits.keys(this.at(near));
    const span = edits.span(this.at(near)) ?? { from: 0, to: 0 };
    const lead = edits.leadOf(span.from);
    const inner = edits.leadOf(edits.keySpan(this.at(near), key).from);
    const written = edits.written(this.at(near)) ?? "";
    const space = /"\s*:[^\S\r\n]/.test(written) ? " " : "";
    const isSplit = inner !== undefined && lead !== undefined && inner.length > lead.length;
    return {
      lead: lead ?? "\n",
      unit: isSplit ? inner.slice(lead.length) : "  ",
      space,
      padding: /^\{ /.test(written) ? " " : "",
      splits: {
        rule: isSplit,
        names: isSplit && this.isSplit(profile.rules.map((rule) => `${this.at(rule)}/${namePath(rule, 0)}`)),
        args: isSplit && this.isSplit(profile.rules.map((rule) => this.at(rule, "args/0"))),
        condition: isSplit && this.isSplit(profile.rules.map((rule) => this.at(rule, "args/0/index"))),
      },
    };
  }

  /** Whether the first of these places that exist is in a line of its own. */
  private isSplit(places: readonly string[]): boolean {
    const at = places.find((place) => !place.endsWith("/name") && this.edits.span(place) !== undefined);
    if (at === undefined) {
      return false;
    }
    const isMember = at.endsWith("/index");
    const object = at.slice(0, at.lastIndexOf("/"));
    const from = isMember ? this.edits.keySpan(object, "index").from : (this.edits.span(at)?.from ?? 0);
    return this.edits.leadOf(from) !== undefined;
  }
}

/** A list with one name of so many out of order counts as sorted. */
const FEW_UNSORTED = 20;

/** Docker sorts `_newselect` by its letters. */
function sortingKey(name: string): string {
  return name.replace(/^_+/, "");
}

const KEYS = ["comment", "name", "names", "action", "errnoRet", "errno", "args", "includes", "excludes"];

/** What a rule takes over from another as it is written. */
const TAKEN_OVER: readonly string[] = ["action", "errnoRet", "errno", "includes", "excludes"];

/** What a member is if it says nothing. */
const EMPTY: Readonly<Record<string, string>> = { comment: '""', args: "[]", includes: "{}", excludes: "{}" };

/** The layout of rules. */
interface Style {
  /** The line break and indent before a rule; undefined: everything is in one line. */
  readonly lead: string | undefined;
  /** What each level adds to it. */
  readonly unit: string;
  /** After a colon, and after a comma in a line. */
  readonly space: string;
  /** Within the braces of an object in a line. */
  readonly padding: string;
  /** What is in lines of its own. */
  readonly splits: Readonly<Record<"rule" | "names" | "args" | "condition", boolean>>;
}

const NO_SPLITS = { rule: false, names: false, args: false, condition: false };

function text(written: string): Piece {
  return { kind: "text", text: written };
}

/** @param lead the line break and indent before the line in which the piece begins */
function write(piece: Piece, style: Style, lead: string | undefined, as: keyof Style["splits"]): string {
  if (piece.kind === "text") {
    return piece.text;
  }
  const inner = lead === undefined ? undefined : `${lead}${style.unit}`;
  const isSplit = style.splits[piece.kind === "list" ? piece.as : as] && inner !== undefined;
  const items =
    piece.kind === "list"
      ? piece.items.map((item) => write(item, style, inner, "condition"))
      : piece.members.map(
          ([key, value]) =>
            `${JSON.stringify(key)}:${style.space}${write(value, style, isSplit ? inner : lead, "condition")}`,
        );
  const [open, close] = piece.kind === "list" ? ["[", "]"] : ["{", "}"];
  if (isSplit) {
    return `${open}${inner}${items.join(`,${inner}`)}${lead}${close}`;
  }
  const padding = piece.kind === "list" ? "" : style.padding;
  return `${open}${padding}${items.join(`,${style.space}`)}${padding}${close}`;
}
