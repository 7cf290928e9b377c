/**
 * Exact YAML: the part of it that every reader reads alike, to values with their positions. Everything else is an error.
 */

import {
  Composer,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  type Node,
  type ParsedNode,
  Parser,
  type Scalar,
} from "yaml";
import { type Diagnostic, type DiagnosticCode, Findings, type Position } from "../diagnostic.ts";
import { isForUs } from "./acceptances.ts";
import { yamlCommentKey } from "./comments.ts";
import {
  byteOrderMark,
  type JsonDocument,
  MAX_DEPTH,
  oddity,
  type TolerantReading,
  tooDeep,
} from "./json.ts";
import { isSeccompProfile, SPEC } from "./kubernetes.ts";
import { LineTable } from "./line-table.ts";
import { pointerTo, pointerTokens } from "./pointer.ts";
import { differences } from "./yaml-differences.ts";

/** Reads a text that {@link ../load/recognise.ts} takes for YAML. Its errors do not hide one another where that is possible. */
export function readYaml(text: string): TolerantReading {
  const { composed, problems, lines } = composeDocuments(text);
  if (composed === undefined) {
    return { document: undefined, problems, lines };
  }
  const found = new Findings();
  for (const problem of problems) {
    found.add(problem);
  }
  const [root, second] = composed.roots;
  if (second !== undefined) {
    found.add({
      code: "two-profiles",
      severity: "error",
      message: `the file holds ${composed.roots.length} YAML documents, of which this is the second`,
      hint: "save the one that is meant to a file of its own",
      position: lines.positionOf(placeOf(second)),
    });
  }
  if (root !== undefined && composed.emptyFirst) {
    found.add({
      code: "yaml-not-plain",
      severity: "error",
      message: "an empty YAML document comes first, and some readers of YAML read the first one only",
      hint: "remove the markers '---' and '...' before it",
      position: lines.positionOf(placeOf(root)),
    });
  }
  if (found.failed || root === undefined) {
    return { document: undefined, problems: found.list, lines };
  }
  const reader = new YamlReader(lines);
  const value = reader.value(root, "");
  const remarks = isSeccompProfile(value) ? addComments(root, value, composed.comments, lines) : NO_REMARKS;
  const document = new YamlDocument(root, value, lines, remarks);
  return { document, problems: reader.findings.list, lines };
}

/** The library's nodes of a text. */
export interface ComposedDocuments {
  /** Undefined if the text was not read to its end, or readers take it differently. */
  readonly composed: Composed | undefined;
  /** Errors only. */
  readonly problems: readonly Diagnostic[];
  readonly lines: LineTable;
}

/** Reads a YAML text as far as the library does, within limits. */
export function composeDocuments(text: string): ComposedDocuments {
  const lines = new LineTable(text, lineStarts(text));
  const problems = byteOrderMark(text);
  if (text.length > MAX_YAML_LENGTH) {
    const start = { line: 1, column: 1 };
    return { composed: undefined, problems: [tooLong("256 KiB", start)], lines };
  }
  if (problems.length > 0) {
    return { composed: undefined, problems, lines };
  }
  const found = new Findings();
  for (const { message, hint, offset, length } of firstOfEachLine(differences(text), lines)) {
    found.add({
      code: "yaml-not-plain",
      severity: "error",
      message,
      hint,
      position: lines.positionOf({ offset, length }),
    });
  }
  if (found.failed) {
    return { composed: undefined, problems: found.list, lines };
  }
  const composed = compose(text);
  if ("stoppedAt" in composed) {
    const at = lines.position(composed.stoppedAt);
    const problem = composed.isTooLong
      ? tooLong(`${MAX_LEXEMES} words, signs and line ends`, at)
      : tooDeep(at);
    return { composed: undefined, problems: [problem], lines };
  }
  for (const { message, offset, length } of firstOfEachLine(composed.mistakes, lines)) {
    found.add({
      code: "yaml-syntax",
      severity: "error",
      message: `this is not YAML: ${message}`,
      position: lines.positionOf({ offset, length }),
    });
  }
  return { composed, problems: found.list, lines };
}

/**
 * Maximum length of a text, in UTF-16 units, and maximum number of its lexemes: words, signs, and the blanks and line ends between
 * them. The library takes about 15 microseconds of processor time for each, so a second for all; a profile with each system call on
 * a line of its own has 3000. It also copies all of the text before a word in quotes for each such word.
 */
const MAX_YAML_LENGTH = 256 * 1024;
const MAX_LEXEMES = 64 * 1024;

function tooLong(what: string, position: Position): Diagnostic {
  return {
    code: "yaml-not-plain",
    severity: "error",
    message: `a YAML text of more than ${what} is not read`,
    hint: "write it as JSON",
    position,
  };
}

/** A mistake in the text; offset and length are in UTF-16 units. */
interface Mistake {
  readonly message: string;
  readonly offset: number;
  readonly length: number;
}

/** A comment, from its `#`. */
interface Comment {
  readonly text: string;
  readonly offset: number;
}

export interface Composed {
  readonly comments: readonly Comment[];
  /** The roots of the documents that are not empty. */
  readonly roots: readonly Node[];
  /** Whether there is an empty document before them. */
  readonly emptyFirst: boolean;
  readonly mistakes: readonly Mistake[];
}

/** A text that is not read to its end: it is too long, or nests too deep. */
interface Stopped {
  readonly stoppedAt: number;
  readonly isTooLong: boolean;
}

/** The library's nodes of a text. */
function compose(text: string): Composed | Stopped {
  const parser = new Parser();
  const tokens = [];
  let lexemes = 0;
  const comments: Comment[] = [];
  let before = "";
  for (const lexeme of new Lexer().lex(text)) {
    // What follows the mark of a scalar is its text.
    if (lexeme.startsWith("#") && before !== SCALAR) {
      comments.push({ text: lexeme, offset: parser.offset });
    }
    before = lexeme;
    tokens.push(...parser.next(lexeme));
    lexemes += 1;
    // Each level is a collection, and its document is one more.
    const isTooDeep = parser.stack.length > MAX_DEPTH + 1;
    if (isTooDeep || lexemes > MAX_LEXEMES) {
      return { stoppedAt: parser.offset, isTooLong: !isTooDeep };
    }
  }
  tokens.push(...parser.end());
  // All scalars are words at first: what a word means is decided here. Duplicate keys are found here, in linear time.
  const composer = new Composer({ schema: "failsafe", uniqueKeys: false, prettyErrors: false });
  const roots: Node[] = [];
  let emptyFirst = false;
  const mistakes: Mistake[] = [];
  for (const { contents, errors } of composer.compose(tokens, false, text.length)) {
    for (const { message, pos } of errors) {
      mistakes.push({ message, offset: pos[0], length: Math.max(1, pos[1] - pos[0]) });
    }
    if (contents !== null && !isEmpty(contents)) {
      roots.push(contents);
    } else if (roots.length === 0) {
      emptyFirst = true;
    }
  }
  return { roots, emptyFirst, mistakes, comments };
}

/** The library's mark in front of a scalar: node_modules/yaml, parse/cst. */
const SCALAR = "\u001f";

/** The positions of comments, by the JSON pointers of the members that they are read as. */
type Remarks = ReadonlyMap<string, Position>;

const NO_REMARKS: Remarks = new Map();

/**
 * Reads the comments for seccomp-exec as members of what they are about ({@link yamlCommentKey}): within a rule, at the end of its
 * last line, or above it: of the rule; elsewhere: of the profile.
 */
function addComments(
  root: Node,
  value: Readonly<Record<string, unknown>>,
  comments: readonly Comment[],
  lines: LineTable,
): Remarks {
  const spec = memberOf(root, "spec");
  const target = value["spec"];
  const meant = comments.filter(({ text }) => acceptanceText(text) !== undefined);
  if (spec === undefined || !isMap(spec.node) || !isObject(target) || meant.length === 0) {
    return NO_REMARKS;
  }
  const list = memberOf(spec.node, "syscalls");
  const rules = list !== undefined && isSeq(list.node) ? (list.node.items as readonly Node[]) : [];
  const remarks = new Map<string, Position>();
  for (const { text, offset } of meant) {
    const { line, column } = lines.position(offset);
    const at = list?.key === undefined ? undefined : ruleOf(offset, list.key, rules, lines);
    const rule = at === undefined ? undefined : (target["syscalls"] as readonly unknown[])[at];
    const holder = isObject(rule) ? rule : target;
    const pointer = holder === rule ? `${SPEC}/syscalls/${at}` : SPEC;
    const key = yamlCommentKey(line);
    Object.assign(holder, { [key]: acceptanceText(text) });
    remarks.set(pointerTo(pointer, key), { line, column, length: text.length });
  }
  return remarks;
}

/** The text of a comment that is meant for seccomp-exec. */
function acceptanceText(comment: string): string | undefined {
  const text = comment.replace(/^#+/, "").trim();
  return isForUs(text) ? text : undefined;
}

/** The index of the rule that a comment is about. */
function ruleOf(offset: number, list: Node, rules: readonly Node[], lines: LineTable): number | undefined {
  const lineOf = (at: number): number => lines.position(at).line;
  const line = lineOf(offset);
  if (offset < placeOf(list).offset || line === lineOf(placeOf(list).offset)) {
    return undefined;
  }
  // Up to and with the last line of the rule's text.
  const index = rules.findIndex((rule) => line <= lineOf(Math.max(placeOf(rule).offset, endOf(rule) - 1)));
  if (index >= 0) {
    return index;
  }
  // Below the last rule: of the rule, if it is indented as its keys are.
  const last = rules.at(-1);
  const isIndented =
    last !== undefined && lines.position(offset).column >= lines.position(placeOf(last).offset).column;
  return isIndented ? rules.length - 1 : undefined;
}

/** Where the text of a node ends: comments and line breaks after it are not its own. */
function endOf(node: Node): number {
  if (isMap(node) || isSeq(node)) {
    const items = node.items as readonly (Node | YamlMember)[];
    const last = items.at(-1);
    const inner = last === undefined ? undefined : "key" in last ? (last.value ?? last.key) : (last as Node);
    const isFlow = (node as { flow?: boolean }).flow === true;
    return inner === undefined || isFlow ? (node.range?.[1] ?? 0) : endOf(inner);
  }
  return node.range?.[1] ?? 0;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isEmpty(node: ParsedNode): boolean {
  return isScalar(node) && node.type === "PLAIN" && node.source === "";
}

/** Maximum number of syntax errors: most of them follow from the first. */
const MAX_SYNTAX_ERRORS = 5;

function firstOfEachLine<Of extends Mistake>(mistakes: readonly Of[], lines: LineTable): readonly Of[] {
  const byLine = new Map<number, Of>();
  for (const mistake of [...mistakes].sort((a, b) => a.offset - b.offset)) {
    const { line } = lines.position(mistake.offset);
    if (!byLine.has(line)) {
      byLine.set(line, mistake);
    }
  }
  return [...byLine.values()].slice(0, MAX_SYNTAX_ERRORS);
}

/** Makes the value of a tree, and reports what is no plain data. The depth of the text bounds the recursion. */
class YamlReader {
  readonly findings = new Findings();

  constructor(private readonly lines: LineTable) {}

  value(node: Node, pointer: string): unknown {
    if (isAlias(node)) {
      this.say(node, pointer, "yaml-not-plain", "an alias is not read", "write the value itself here");
      return null;
    }
    // An anchor that nothing refers to has no meaning.
    const { tag } = node as { tag?: string };
    if (tag !== undefined) {
      this.say(node, pointer, "yaml-not-plain", `the tag '${tag}' is not read`, "remove it");
    }
    if (isSeq(node)) {
      return node.items.map((item, i) => this.value(item as Node, pointerTo(pointer, i)));
    }
    if (isMap(node)) {
      return this.object(node.items as readonly YamlMember[], pointer);
    }
    return isScalar(node) ? meaningOf(node).value : null;
  }

  private object(items: readonly YamlMember[], pointer: string): unknown {
    const object: Record<string, unknown> = {};
    for (const { key, value } of items) {
      const word = this.key(key, pointer);
      if (word === undefined) {
        continue;
      }
      const at = pointerTo(pointer, word);
      if (Object.hasOwn(object, word)) {
        const hint = "parsers disagree about which of the two counts; remove one";
        this.say(key, at, "json-duplicate-key", `duplicate key '${word}' in this object`, hint);
      }
      const written = value === null ? null : this.value(value, at);
      // An assignment to "__proto__" would set the prototype.
      Object.defineProperty(object, word, {
        value: written,
        enumerable: true,
        configurable: true,
        writable: true,
      });
    }
    return object;
  }

  /** The text of a key; undefined if it is not one word. */
  private key(key: Node, pointer: string): string | undefined {
    if (!isScalar(key)) {
      this.say(key, pointer, "yaml-not-plain", "a key must be a word", "keys of JSON are words");
      return undefined;
    }
    const { tag } = key as { tag?: string };
    const word = wordOf(key);
    if (tag !== undefined || (word === "<<" && key.type === "PLAIN")) {
      const what = tag === undefined ? "the merge key '<<'" : `the tag '${tag}'`;
      this.say(key, pointer, "yaml-not-plain", `${what} is not read`, "write the members themselves here");
      return undefined;
    }
    return word;
  }

  private say(node: Node, pointer: string, code: DiagnosticCode, message: string, hint: string): void {
    const position = this.lines.positionOf(placeOf(node));
    this.findings.add({ code, severity: "error", message, hint, pointer, position });
  }
}

/** A member of a mapping, as the library has it. */
export interface YamlMember {
  readonly key: Node;
  readonly value: Node | null;
}

function wordOf({ value }: Scalar): string {
  return typeof value === "string" ? value : String(value);
}

/** What a scalar means. */
interface Meaning {
  readonly value: unknown;
  /** The digits of a number. */
  readonly written?: string;
  /** Why a profile cannot hold it. */
  readonly odd?: Pick<Diagnostic, "code" | "message" | "hint">;
}

/** Null, booleans and numbers: yaml.org/spec/1.2.2, "Core Schema", and, for what was more than that, yaml.org/type (YAML 1.1). */
const NULL = /^(?:|~|null|Null|NULL)$/;
const TRUE = /^(?:true|True|TRUE)$/;
const FALSE = /^(?:false|False|FALSE)$/;
const TRUTH_OF_1_1 = /^(?:y|yes|n|no|on|off)$/i;
const NUMBER =
  /^[-+]?(?:0b[01_]+|0o[0-7_]+|0x[\da-f_]+|\d[\d_]*(?::[0-5]?\d)*(?:\.[\d_]*)?(?:e[-+]?\d+)?|\.\d[\d_]*(?:e[-+]?\d+)?|\.inf)$|^\.nan$/i;

/**
 * Readers of YAML 1.1, of which Kubernetes's is one, take 'no' for false and 010 for 8; those of 1.2 take them for a word and
 * for 10. What they do not agree about is odd.
 */
export function meaningOf(scalar: Scalar): Meaning {
  const word = wordOf(scalar);
  if (scalar.type !== "PLAIN") {
    return { value: word };
  }
  if (NULL.test(word)) {
    return { value: null };
  }
  if (TRUE.test(word) || FALSE.test(word)) {
    return { value: TRUE.test(word) };
  }
  if (TRUTH_OF_1_1.test(word)) {
    const odd = {
      code: "yaml-not-plain" as const,
      message: `some readers of YAML take '${word}' for a truth value, others for a word`,
      hint: "write it in quotes, or as true or false",
    };
    return { value: word, odd };
  }
  if (NUMBER.test(word)) {
    const odd = oddity(word);
    const value = Number(word);
    const finite = Number.isFinite(value) ? value : Number.isNaN(value) ? 0 : Number.MAX_VALUE;
    return { value: finite, written: word, ...(odd === undefined ? {} : { odd }) };
  }
  return { value: word };
}

/** A YAML text that has been read. */
class YamlDocument implements JsonDocument {
  constructor(
    private readonly root: Node,
    readonly value: unknown,
    private readonly lines: LineTable,
    private readonly remarks: Remarks,
  ) {}

  readonly exact = {
    get: (path: readonly (string | number)[]): bigint | undefined => {
      const { written, odd } = this.meaning(path) ?? {};
      return written === undefined || odd !== undefined || Number.isSafeInteger(Number(written))
        ? undefined
        : BigInt(written);
    },
  };

  oddNumbers(base: string): readonly Diagnostic[] {
    const found = new Findings();
    const { node, rest } = this.find(pointerTokens(base));
    if (rest === 0) {
      this.addOdd(node, base, found);
    }
    return found.list;
  }

  isOdd(pointer: string): boolean {
    return this.meaning(pointerTokens(pointer))?.odd !== undefined;
  }

  locate(pointer: string) {
    return (
      this.remarks.get(pointer) ?? this.lines.positionOf(placeOf(this.find(pointerTokens(pointer)).node))
    );
  }

  locateKey(pointer: string) {
    const remark = this.remarks.get(pointer);
    if (remark !== undefined) {
      return remark;
    }
    const { key, node } = this.find(pointerTokens(pointer));
    return this.lines.positionOf(placeOf(key ?? node));
  }

  private addOdd(node: Node, pointer: string, found: Findings): void {
    if (isMap(node)) {
      for (const { key, value } of node.items as readonly YamlMember[]) {
        if (value !== null && isScalar(key)) {
          this.addOdd(value, pointerTo(pointer, wordOf(key)), found);
        }
      }
    } else if (isSeq(node)) {
      node.items.forEach((item, i) => {
        this.addOdd(item as Node, pointerTo(pointer, i), found);
      });
    } else if (isScalar(node) && !found.isFull("error")) {
      const { odd } = meaningOf(node);
      if (odd !== undefined) {
        found.add({ severity: "error", ...odd, pointer, position: this.lines.positionOf(placeOf(node)) });
      }
    }
  }

  private meaning(path: readonly (string | number)[]): Meaning | undefined {
    const { node, rest } = this.find(path);
    return rest === 0 && isScalar(node) ? meaningOf(node) : undefined;
  }

  /** The node at a path, or the deepest existing one on it; its key, if it is a member; and how much of the path is left. */
  private find(path: readonly (string | number)[]): Found {
    let found: Found = { node: this.root, key: undefined, rest: path.length };
    for (const token of path) {
      const next = memberOf(found.node, token);
      if (next === undefined) {
        break;
      }
      found = { ...next, rest: found.rest - 1 };
    }
    return found;
  }
}

interface Found {
  readonly node: Node;
  readonly key: Node | undefined;
  readonly rest: number;
}

function memberOf(node: Node, token: string | number): Omit<Found, "rest"> | undefined {
  if (isSeq(node)) {
    const item = node.items[Number(token)] as Node | undefined;
    return item === undefined ? undefined : { node: item, key: undefined };
  }
  if (!isMap(node)) {
    return undefined;
  }
  const member = (node.items as readonly YamlMember[]).find(
    ({ key }) => isScalar(key) && wordOf(key) === String(token),
  );
  // A member without a value begins at its key.
  return member === undefined ? undefined : { node: member.value ?? member.key, key: member.key };
}

/** Where a node is in the text, without what follows it up to the next one. */
export function placeOf({ range }: Node): { readonly offset: number; readonly length: number } {
  const [start, end] = range ?? [0, 0];
  return { offset: start, length: Math.max(1, end - start) };
}

function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) {
    starts.push(at + 1);
  }
  return starts;
}
