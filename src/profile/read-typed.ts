/**
 * Turns a valid JSON value into a profile, and checks rules that the schema cannot express.
 */

import { type Diagnostic, type DiagnosticCode, Findings } from "../diagnostic.ts";
import { MAX_ERRNO, SECCOMP_RET_DATA } from "../tables/seccomp.ts";
import { isCommentKey } from "./comment-key.ts";
import type { ExactNumbers } from "./json.ts";
import { parseKernelVersion } from "./kernel-version.ts";
import { isVariant, keyCase } from "./key-case.ts";
import { pointerTo, pointerTokens } from "./pointer.ts";
import {
  type ActionName,
  type ArchMapEntry,
  type Condition,
  type Errno,
  NO_SELECTOR,
  type Profile,
  type Rule,
  type Selector,
} from "./profile.ts";
import {
  ARCH_MAP_KEYS,
  CONDITION_KEYS,
  PROFILE_KEYS,
  type RawArchMapEntry,
  type RawCondition,
  type RawProfile,
  type RawRule,
  type RawSelector,
  RULE_KEYS,
  SELECTOR_KEYS,
} from "./raw-profile.ts";

/** The result of reading a profile: no profile if any diagnostic is an error. */
export interface ReadResult {
  readonly profile: Profile | undefined;
  /**
   * The profile, with mistakes replaced by valid values. It serves only to find further mistakes, and must not be compiled
   * if there is an error. Absent if nothing is left.
   */
  readonly draft: Profile | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

const MAX_U64 = 2n ** 64n - 1n;
const NO_CONDITIONS: readonly Condition[] = [];

/**
 * Turns a value into a profile.
 *
 * @param value valid by src/profile/schema/profile.schema.json
 * @param base its JSON pointer in the document
 * @param exact integers that are rounded in `value`, by JSON pointer in the document; if absent, an integer that may have
 *   been rounded is an error
 */
export function readTyped(value: unknown, base: string, exact?: ExactNumbers): ReadResult {
  const reader = new Reader(base, exact);
  const draft = reader.profile(value as RawProfile);
  const { findings } = reader;
  return { profile: findings.failed ? undefined : draft, draft, diagnostics: findings.list };
}

/** Turns raw values into a Profile and collects their mistakes. */
class Reader {
  readonly findings = new Findings();
  /** The current path; becomes a JSON pointer only for a diagnostic. */
  private readonly path: (string | number)[] = [];

  constructor(
    private readonly base: string,
    private readonly exact: ExactNumbers | undefined,
  ) {}

  profile(raw: RawProfile): Profile {
    this.keys(raw, PROFILE_KEYS);
    if (raw.archMap && raw.architectures) {
      this.error(
        "archmap-and-architectures",
        "'architectures' and 'archMap' are both given",
        "architectures",
        "keep the one that your engine reads: Docker's is archMap, the OCI's is architectures",
      );
    }
    return {
      base: this.base,
      defaultAction: raw.defaultAction,
      defaultErrno: this.errno(raw.defaultAction, raw.defaultErrnoRet, raw.defaultErrno, "defaultErrno"),
      archMap: raw.archMap
        ? this.each("archMap", raw.archMap, (entry) => this.archMapEntry(entry))
        : undefined,
      architectures: raw.architectures ?? undefined,
      flags: raw.flags ?? undefined,
      listenerPath: raw.listenerPath || undefined,
      listenerMetadata: raw.listenerMetadata || undefined,
      rules: this.each("syscalls", raw.syscalls ?? [], (rule, index) => this.rule(rule, index)),
    };
  }

  private archMapEntry(raw: RawArchMapEntry): ArchMapEntry {
    this.keys(raw, ARCH_MAP_KEYS);
    return { architecture: raw.architecture, subArchitectures: raw.subArchitectures ?? [] };
  }

  private rule(raw: RawRule, index: number): Rule {
    this.keys(raw, RULE_KEYS);
    const rule = {
      index,
      names: this.names(raw),
      action: raw.action,
      errno: this.errno(raw.action, raw.errnoRet, raw.errno, "errno"),
      conditions: raw.args ? this.conditions(raw.args) : NO_CONDITIONS,
      includes: raw.includes ? this.selector("includes", raw.includes) : NO_SELECTOR,
      excludes: raw.excludes ? this.selector("excludes", raw.excludes) : NO_SELECTOR,
    };
    return typeof raw.name === "string" ? { ...rule, singleName: true } : rule;
  }

  private names(raw: RawRule): readonly string[] {
    const { name } = raw;
    if (typeof name === "string" && raw.names && raw.names.length > 0) {
      this.error("name-and-names", "'name' and 'names' are both given", "name", "keep 'names'");
      return [];
    }
    if (typeof name === "string") {
      if (name === "") {
        this.error("empty-name", "the syscall name is empty", "name");
      }
      return [name];
    }
    if (!raw.names || raw.names.length === 0) {
      this.error(
        "no-names",
        "the rule names no syscall",
        raw.names ? "names" : undefined,
        "list the syscalls in 'names', or remove the rule",
      );
      return [];
    }
    const empty = raw.names.indexOf("");
    if (empty >= 0) {
      this.error("empty-name", "the syscall name is empty", `names/${empty}`);
    }
    return raw.names;
  }

  private errno(
    action: ActionName,
    number: number | null | undefined,
    nameOrNull: string | null | undefined,
    key: "errno" | "defaultErrno",
  ): Errno {
    const given = number ?? undefined;
    const name = nameOrNull ?? undefined;
    if (given === undefined && name === undefined) {
      return NO_ERRNO;
    }
    const at = given === undefined ? key : `${key}Ret`;
    const largest = action === "SCMP_ACT_ERRNO" ? MAX_ERRNO : SECCOMP_RET_DATA;
    if (action !== "SCMP_ACT_ERRNO" && action !== "SCMP_ACT_TRACE") {
      this.say("note", "errno-without-effect", `${action} does not use an errno`, at, "remove it");
    } else if (given !== undefined && given > largest) {
      this.error("errno-range", `'${at}' must be at most ${largest}, not ${this.written(given, at)}`, at);
    }
    return { number: given, name };
  }

  private conditions(raw: readonly RawCondition[]): readonly Condition[] {
    const conditions = this.each("args", raw, (arg) => this.condition(arg));
    if (conditions.length < 2) {
      return conditions;
    }
    // There are only six arguments, so this search is short.
    const again = conditions.findIndex(
      ({ index }, i) => conditions.findIndex((one) => one.index === index) < i,
    );
    // Values of one argument can only be meant as a choice.
    const isChoice = conditions.every(
      ({ index, op }) => op === "SCMP_CMP_EQ" && index === conditions[0]?.index,
    );
    if (again >= 0 && !isChoice) {
      this.say(
        "warning",
        "repeated-argument",
        `the rule compares argument ${conditions[again]?.index} more than once, so any one of its conditions is enough`,
        `args/${again}`,
        "every OCI runtime reads it so: if all of them are meant to hold, write a rule for each range of values for which they do; for NE 4 and NE 6 these are LT 4, EQ 5 and GT 6",
      );
    }
    return conditions;
  }

  private condition(raw: RawCondition): Condition {
    this.keys(raw, CONDITION_KEYS);
    const given = raw.valueTwo ?? undefined;
    const valueTwo = given === undefined ? 0n : this.argument(given, "valueTwo");
    return { index: raw.index, op: raw.op, value: this.argument(raw.value, "value"), valueTwo };
  }

  /** A number as written in the text. */
  private written(rounded: number, key: string): bigint | number {
    return this.exactly(key) ?? rounded;
  }

  /** A number that was rounded. */
  private exactly(key: string): bigint | undefined {
    return this.exact?.get([...pointerTokens(this.base), ...this.path, key]);
  }

  private argument(rounded: number, key: string): bigint {
    if (Number.isSafeInteger(rounded)) {
      return BigInt(rounded);
    }
    const value = this.exactly(key);
    if (value === undefined) {
      this.error("inexact-number", "a number above 2^53 must be read exactly", key);
      return 0n;
    }
    if (value > MAX_U64) {
      this.error("value-range", `${value} is above 2^64-1 (18446744073709551615)`, key);
    }
    return value;
  }

  private selector(key: string, raw: RawSelector): Selector {
    this.path.push(key);
    this.keys(raw, SELECTOR_KEYS);
    let minKernel: number | undefined;
    if (typeof raw.minKernel === "string") {
      minKernel = parseKernelVersion(raw.minKernel);
      if (minKernel === undefined) {
        this.error(
          "min-kernel",
          `'${raw.minKernel}' is not a kernel version`,
          "minKernel",
          "write it as X.Y, for example 4.8",
        );
      }
    }
    this.path.pop();
    return { caps: raw.caps ?? NO_WORDS, arches: raw.arches ?? NO_WORDS, minKernel };
  }

  /** Reads each element of a list, with the path leading to it. */
  private each<Raw, T>(key: string, list: readonly Raw[], read: (raw: Raw, index: number) => T): T[] {
    const { path } = this;
    const depth = path.push(key);
    const all = list.map((raw, index) => {
      path[depth] = index;
      return read(raw, index);
    });
    path.length = depth - 1;
    return all;
  }

  /** Warns about every key that no format knows and that is no comment, and refuses a key that some engines take for another. */
  private keys(object: object, known: readonly string[]): void {
    for (const key in object) {
      if (!known.includes(key) && !isCommentKey(key)) {
        this.unknownKey(key, known);
      }
    }
  }

  private unknownKey(key: string, known: readonly string[]): void {
    const { findings } = this;
    if (findings.isFull("error") && findings.isFull("warning")) {
      return;
    }
    const meant = known.find((name) => isVariant(key, name));
    if (meant !== undefined) {
      findings.add(keyCase(key, meant, this.pointer()));
      return;
    }
    if (findings.isFull("warning")) {
      return;
    }
    findings.add({
      code: "unknown-key",
      severity: "warning",
      message: `no profile format knows the key '${key}'`,
      pointer: pointerTo(this.pointer(), key),
      ofKey: true,
      misspelt: { word: key, kind: "key", among: known },
    });
  }

  /** The JSON pointer of the current path, or of something below it. */
  private pointer(below?: string): string {
    const path = [this.base, ...this.path];
    return (below === undefined ? path : [...path, below]).join("/");
  }

  private error(code: DiagnosticCode, message: string, below?: string, hint?: string): void {
    this.say("error", code, message, below, hint);
  }

  private say(
    severity: Diagnostic["severity"],
    code: DiagnosticCode,
    message: string,
    below: string | undefined,
    hint: string | undefined,
  ): void {
    if (this.findings.isFull(severity)) {
      return;
    }
    const pointer = this.pointer(below);
    this.findings.add({ code, severity, message, pointer, ...(hint === undefined ? {} : { hint }) });
  }
}

const NO_WORDS: readonly string[] = [];
const NO_ERRNO: Errno = { number: undefined, name: undefined };
