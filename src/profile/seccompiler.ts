/**
 * Reads a JSON file of rust-vmm's seccompiler, which Firecracker uses: filters by name, each of two actions and a list of rules.
 *
 * Its meaning is that of rust-vmm/seccompiler, docs/json_format.md and src/frontend/json.rs. Firecracker's own compiler
 * (src/seccompiler/src/types.rs, of 2024 and later) makes filters of the same files by libseccomp; what the two read
 * differently is an error.
 */

import { type Diagnostic, type DiagnosticCode, Findings } from "../diagnostic.ts";
import { MAX_ERRNO, SECCOMP_RET_DATA } from "../tables/seccomp.ts";
import type { JsonDocument } from "./json.ts";
import { pointerTo, pointerTokens } from "./pointer.ts";
import {
  type ActionName,
  type Condition,
  type Errno,
  NO_SELECTOR,
  type OperatorName,
  type Profile,
  type Rule,
} from "./profile.ts";
import type { ReadResult } from "./read-typed.ts";

type Members = Readonly<Record<string, unknown>>;

/** The keys of a filter; each action has two names. */
const FILTER_KEYS = ["default_action", "mismatch_action", "filter_action", "match_action", "filter"];
const RULE_KEYS = ["syscall", "args", "comment"];
const CONDITION_KEYS = ["index", "type", "op", "val", "comment"];

/** Whether a value is such a file, valid or not: an object with a member that has two of a filter's keys. */
export function isSeccompiler(value: unknown): value is Members {
  return isObject(value) && !("defaultAction" in value) && Object.values(value).some(isFilter);
}

/** Whether a value is one filter, without a name. */
export function isFilter(value: unknown): boolean {
  return isObject(value) && FILTER_KEYS.filter((key) => Object.hasOwn(value, key)).length >= 2;
}

/** The result of {@link readSeccompiler}. */
export interface SeccompilerReading extends ReadResult {
  /** The rules as the JSON value of a profile in Docker's form, with their comments. */
  readonly raw: unknown;
  /** The place in the file of what is at a place of {@link raw}; both are JSON pointers. */
  placeOf(pointer: string): string;
}

/**
 * Reads one filter of a file. The pointers of the diagnostics are those of the file, not of {@link SeccompilerReading.raw}.
 *
 * @param name of the filter; undefined: the only one
 */
export function readSeccompiler(document: JsonDocument, name: string | undefined): SeccompilerReading {
  const file = document.value as Members;
  const chosen = chooseFilter(file, name);
  if (typeof chosen !== "string") {
    return {
      profile: undefined,
      draft: undefined,
      diagnostics: [chosen],
      raw: undefined,
      placeOf: (at) => at,
    };
  }
  const base = pointerTo("", chosen);
  const reader = new Reader(document);
  const profile = reader.filter(file[chosen], base);
  const { findings } = reader;
  for (const odd of document.oddNumbers(base)) {
    findings.add(odd);
  }
  return {
    profile: findings.failed ? undefined : profile,
    draft: undefined,
    diagnostics: findings.list,
    raw: { defaultAction: profile.defaultAction, syscalls: reader.raw },
    placeOf: (pointer) => placeIn(base, profile, pointer),
  };
}

/** The name of the filter to read, or why there is none. */
function chooseFilter(file: Members, name: string | undefined): string | Diagnostic {
  const names = Object.keys(file);
  const shown = names.slice(0, MAX_NAMES).join(", ") + (names.length > MAX_NAMES ? ", ..." : "");
  if (name !== undefined) {
    return Object.hasOwn(file, name)
      ? name
      : {
          code: "missing-key",
          severity: "error",
          message: `the file has no filter '${name}'`,
          hint: `its filters are ${shown}`,
          pointer: "",
        };
  }
  const [first = "", second] = names;
  return second === undefined
    ? first
    : {
        code: "two-profiles",
        severity: "error",
        message: `the file holds ${names.length} filters of seccompiler, one for each kind of thread: ${shown}`,
        hint: `name the one that is meant after the file: FILE#${first}`,
        pointer: pointerTo("", second),
        ofKey: true,
      };
}

/** Maximum number of filters that a message names. */
const MAX_NAMES = 20;

/** The actions: enum SeccompAction of src/backend/mod.rs. Those with a number are objects with one member. */
const ACTIONS: Readonly<Record<string, ActionName>> = {
  allow: "SCMP_ACT_ALLOW",
  errno: "SCMP_ACT_ERRNO",
  kill_process: "SCMP_ACT_KILL_PROCESS",
  kill_thread: "SCMP_ACT_KILL_THREAD",
  log: "SCMP_ACT_LOG",
  trace: "SCMP_ACT_TRACE",
  trap: "SCMP_ACT_TRAP",
};
const WITH_NUMBER = ["errno", "trace"];

const OPERATORS: Readonly<Record<string, OperatorName>> = {
  eq: "SCMP_CMP_EQ",
  ne: "SCMP_CMP_NE",
  lt: "SCMP_CMP_LT",
  le: "SCMP_CMP_LE",
  gt: "SCMP_CMP_GT",
  ge: "SCMP_CMP_GE",
};

/** Bits of the two types of arguments. */
const BITS: Readonly<Record<string, 32 | 64>> = { dword: 32, qword: 64 };

const MAX_INDEX = 5;

interface Action {
  readonly action: ActionName;
  readonly errno: Errno;
}

/** Stands for an action with a mistake. */
const NO_ACTION: Action = {
  action: "SCMP_ACT_KILL_PROCESS",
  errno: { number: undefined, name: undefined },
};

class Reader {
  readonly findings = new Findings();
  readonly raw: object[] = [];

  constructor(private readonly document: JsonDocument) {}

  filter(value: unknown, at: string): Profile {
    const filter = this.object(value, at, FILTER_KEYS) ?? {};
    const byDefault = this.eitherAction(filter, at, "default_action", "mismatch_action");
    const action = this.eitherAction(filter, at, "filter_action", "match_action");
    if (sameAction(byDefault, action) && !this.findings.failed) {
      this.error("schema", "both actions are the same, which seccompiler refuses", at);
    }
    const list = this.list(filter, "filter", at, true);
    const rules = list.map((one, index) => this.rule(one, index, action, `${at}/filter/${index}`));
    this.checkUnconditional(rules, `${at}/filter`);
    return {
      base: "",
      form: "seccompiler",
      defaultAction: byDefault.action,
      defaultErrno: byDefault.errno,
      // seccompiler makes a filter for one architecture, and kills calls of all others.
      archMap: undefined,
      architectures: undefined,
      flags: undefined,
      listenerPath: undefined,
      listenerMetadata: undefined,
      rules,
    };
  }

  private eitherAction(filter: Members, at: string, key: string, other: string): Action {
    if (Object.hasOwn(filter, key) && Object.hasOwn(filter, other)) {
      this.error("name-and-names", `'${key}' and '${other}' are both given`, `${at}/${other}`, "keep one");
      return NO_ACTION;
    }
    const given = Object.hasOwn(filter, other) ? other : key;
    if (!Object.hasOwn(filter, given)) {
      this.error("missing-key", `the key '${key}' is missing`, at);
      return NO_ACTION;
    }
    return this.action(filter[given], `${at}/${given}`);
  }

  private action(value: unknown, at: string): Action {
    const [word, ...more] = isObject(value) ? Object.keys(value) : [value];
    if (typeof word !== "string" || more.length > 0) {
      this.error("wrong-type", "an action must be a word, or an object with one", at, ACTION_HINT);
      return NO_ACTION;
    }
    const action = Object.hasOwn(ACTIONS, word) ? ACTIONS[word] : undefined;
    if (action === undefined) {
      this.error("unknown-action", `seccompiler has no action '${word}'`, at, ACTION_HINT);
      return NO_ACTION;
    }
    if (WITH_NUMBER.includes(word) !== isObject(value)) {
      const wanted = isObject(value) ? "takes no number" : "needs a number";
      this.error("wrong-type", `the action '${word}' ${wanted}`, at, ACTION_HINT);
      return NO_ACTION;
    }
    if (!isObject(value)) {
      return { action, errno: NO_ACTION.errno };
    }
    const largest = word === "errno" ? MAX_ERRNO : SECCOMP_RET_DATA;
    const number = this.integer(value[word], `${at}/${word}`, BigInt(largest), "errno-range");
    return { action, errno: { number: Number(number), name: undefined } };
  }

  private rule(value: unknown, index: number, { action, errno }: Action, at: string): Rule {
    const rule = this.object(value, at, RULE_KEYS) ?? {};
    const { syscall } = rule;
    if (typeof syscall !== "string" || syscall === "") {
      this.missing(rule, "syscall", "a name", at);
    }
    const names = typeof syscall === "string" ? [syscall] : [];
    const args = this.list(rule, "args", at, false);
    if (Array.isArray(rule["args"]) && args.length === 0) {
      const hint = "leave it out: then the rule is for every call of the name";
      this.error("readers-differ", "'args' is an empty list, which seccompiler refuses", `${at}/args`, hint);
    }
    const conditions = args.map((one, i) => this.condition(one, `${at}/args/${i}`));
    const again = conditions.findIndex((one, i) => conditions.findIndex((a) => a.index === one.index) < i);
    if (again >= 0) {
      this.error(
        "repeated-argument",
        `the rule compares argument ${conditions[again]?.index} more than once, which Firecracker refuses`,
        `${at}/args/${again}`,
        "write one condition, or a rule for each range of values that is meant",
      );
    }
    this.raw.push({ names, action, comment: rule["comment"] });
    return { index, names, action, errno, conditions, includes: NO_SELECTOR, excludes: NO_SELECTOR };
  }

  private condition(value: unknown, at: string): Condition {
    const condition = this.object(value, at, CONDITION_KEYS) ?? {};
    const index = Number(this.number(condition, "index", at, BigInt(MAX_INDEX), "out-of-range"));
    const type = condition["type"];
    const bits = typeof type === "string" && Object.hasOwn(BITS, type) ? BITS[type] : undefined;
    if (bits === undefined) {
      this.missing(condition, "type", "dword (32 bits) or qword (64 bits)", at);
    }
    const largest = (1n << BigInt(bits ?? 64)) - 1n;
    const val = this.number(condition, "val", at, largest, "value-range");
    const { op } = condition;
    if (isObject(op) && Object.keys(op).join() === "masked_eq") {
      const mask = this.integer(op["masked_eq"], `${at}/op/masked_eq`, largest, "value-range");
      return { index, op: "SCMP_CMP_MASKED_EQ", value: mask, valueTwo: val };
    }
    const operator = typeof op === "string" && Object.hasOwn(OPERATORS, op) ? OPERATORS[op] : undefined;
    if (operator === undefined) {
      const wanted = `${Object.keys(OPERATORS).join(", ")} or { "masked_eq": MASK }`;
      if (typeof op === "string") {
        this.error("unknown-operator", `seccompiler has no operator '${op}'`, `${at}/op`, `write ${wanted}`);
      } else {
        this.missing(condition, "op", wanted, at);
      }
    }
    const compared = { index, op: operator ?? "SCMP_CMP_EQ", value: val, valueTwo: 0n };
    return bits === 32 ? { ...compared, bits } : compared;
  }

  /** Refuses a rule without conditions beside one with some: seccompiler drops the former, libseccomp the latter. */
  private checkUnconditional(rules: readonly Rule[], at: string): void {
    const conditional = new Set(
      rules.flatMap(({ names, conditions }) => (conditions.length > 0 ? names : [])),
    );
    for (const { names, conditions, index } of rules) {
      const [name = ""] = names;
      if (conditions.length === 0 && conditional.has(name)) {
        this.error(
          "readers-differ",
          `'${name}' has this rule without 'args' and others with them: seccompiler ignores this one, Firecracker the others`,
          `${at}/${index}`,
          "remove the one that is not meant",
        );
      }
    }
  }

  private object(value: unknown, at: string, known: readonly string[]): Members | undefined {
    if (!isObject(value)) {
      this.error("wrong-type", "an object is expected here", at);
      return undefined;
    }
    for (const key of Object.keys(value)) {
      if (!known.includes(key)) {
        this.findings.add({
          code: "unknown-key",
          severity: "error",
          message: `seccompiler refuses the key '${key}'`,
          pointer: pointerTo(at, key),
          ofKey: true,
          misspelt: { word: key, kind: "key", among: known },
        });
      }
    }
    const { comment } = value;
    if (
      known.includes("comment") &&
      comment !== undefined &&
      comment !== null &&
      typeof comment !== "string"
    ) {
      this.error("wrong-type", "'comment' must be a string", `${at}/comment`);
    }
    return value;
  }

  private list(object: Members, key: string, at: string, required: boolean): readonly unknown[] {
    const value = object[key] ?? undefined;
    if (value === undefined && !required) {
      return [];
    }
    if (!Array.isArray(value)) {
      this.missing(object, key, "a list", at);
      return [];
    }
    return value;
  }

  private number(object: Members, key: string, at: string, largest: bigint, code: DiagnosticCode): bigint {
    if (!Object.hasOwn(object, key)) {
      this.missing(object, key, "a number", at);
      return 0n;
    }
    return this.integer(object[key], `${at}/${key}`, largest, code);
  }

  private integer(value: unknown, at: string, largest: bigint, code: DiagnosticCode): bigint {
    if (typeof value !== "number" || this.document.isOdd(at)) {
      if (typeof value !== "number") {
        this.error("wrong-type", "a number is expected here", at);
      }
      return 0n;
    }
    const exact = Number.isSafeInteger(value) ? BigInt(value) : this.document.exact.get(pointerTokens(at));
    if (exact === undefined || exact < 0n || exact > largest) {
      this.error(code, `the number must be from 0 to ${largest}, not ${exact ?? value}`, at);
      return 0n;
    }
    return exact;
  }

  private missing(object: Members, key: string, wanted: string, at: string): void {
    if (Object.hasOwn(object, key)) {
      this.error("wrong-type", `'${key}' must be ${wanted}`, `${at}/${key}`);
    } else {
      this.error("missing-key", `the key '${key}' is missing`, at, `it is ${wanted}`);
    }
  }

  private error(code: DiagnosticCode, message: string, pointer: string, hint?: string): void {
    this.findings.add({
      code,
      severity: "error",
      message,
      pointer,
      ...(hint === undefined ? {} : { hint }),
    });
  }
}

const ACTION_HINT = `write "allow", "kill_process", "kill_thread", "log", "trap", { "errno": N } or { "trace": N }`;

function sameAction(a: Action, b: Action): boolean {
  return a.action === b.action && a.errno.number === b.errno.number;
}

/** The place in the file of what is at a JSON pointer of the profile. */
function placeIn(base: string, { rules }: Profile, pointer: string): string {
  const [first, rule, ...below] = pointerTokens(pointer);
  if (first === undefined) {
    return base;
  }
  if (first !== "syscalls") {
    return first.startsWith("default") ? `${base}/default_action` : base;
  }
  if (rule === undefined) {
    return `${base}/filter`;
  }
  const [key, index, member] = below;
  const at = `${base}/filter/${rule}`;
  switch (key) {
    case "names":
      return `${at}/syscall`;
    case "action":
    case "errnoRet":
      return `${base}/filter_action`;
    case "args": {
      const masked = rules[Number(rule)]?.conditions[Number(index)]?.op === "SCMP_CMP_MASKED_EQ";
      const of = { index: "/index", op: "/op", value: masked ? "/op/masked_eq" : "/val", valueTwo: "/val" };
      const inside = member === undefined ? "" : (of[member as keyof typeof of] ?? "");
      return index === undefined ? `${at}/args` : `${at}/args/${index}${inside}`;
    }
    default:
      return at;
  }
}

function isObject(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
