/**
 * A diagnostic: what is wrong with an input, where, and how to mend it. How it is shown is decided elsewhere.
 */

import type { ByteString } from "./host.ts";

/** A place in a text; both count from 1, a column counts UTF-16 units. */
export interface Position {
  readonly line: number;
  readonly column: number;
  /** How many UTF-16 units from there on are meant, where that is known; it may be more than the line has. */
  readonly length?: number;
}

/** How bad it is: an error is refused, a warning may be meant so, a note is only to be known. */
export type Severity = "error" | "warning" | "note";

/**
 * What is wrong, stable and for machines. `build/diagnostics/codes/` has a file for each: what it means, an example, and
 * cases for the tests.
 */
export const DIAGNOSTIC_CODES = [
  // The file
  "unreadable",
  "invalid-utf8",
  "not-a-profile",
  // JSON
  "json-byte-order-mark",
  "json-comment",
  "json-duplicate-key",
  "json-empty",
  "json-not-an-integer",
  "json-number-too-long",
  "json-syntax",
  "json-too-deep",
  "json-trailing-comma",
  // Types and keys
  "key-case",
  "missing-key",
  "out-of-range",
  "relative-path",
  "schema",
  "unknown-key",
  "wrong-type",
  // What has to go together
  "archmap-and-architectures",
  "empty-name",
  "errno-mismatch",
  "errno-range",
  "errno-without-effect",
  "inexact-number",
  "min-kernel",
  "name-and-names",
  "no-names",
  "notify-without-listener",
  "repeated-argument",
  "two-profiles",
  "value-range",
  // Words
  "unknown-action",
  "unknown-architecture",
  "unknown-capability",
  "unknown-errno",
  "unknown-flag",
  "unknown-operator",
  "unknown-syscall",
  // The filter
  "filter-too-long",
  // What a valid profile may mean unmeant
  "absent-name",
  "condition-always-holds",
  "dangerous-allowance",
  "denies-dynamic-loader",
  "denies-execve",
  "denies-exit",
  "denies-nothing",
  "duplicate-name",
  "never-applies",
  "not-examined",
  "overlapping-rules",
  "kills-thread-only",
  "redundant-rule",
  "undecided-execve",
  "value-two-unused",
  "way-around-by-multiplexer",
  "x32-left-open",
  "younger-than-kernel",
  // Other engines
  "engine-differs",
  "engine-note",
  "engine-refuses",
  "engine-unspecified",
  "not-carried-over",
] as const;

export type DiagnosticCode = (typeof DIAGNOSTIC_CODES)[number];

export interface Diagnostic {
  readonly code: DiagnosticCode;
  readonly severity: Severity;
  /** One sentence without a full stop; names what was found, in quotes where it is the input's own word. */
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string;
  /** JSON pointer (RFC 6901) of the value to blame. */
  readonly pointer?: string;
  /** Whether the key of that value is to blame rather than the value. */
  readonly ofKey?: boolean;
  /** Where that value stands, once somebody who has the text has looked it up. */
  readonly position?: Position;
  /** Other places that have to do with it. */
  readonly related?: readonly RelatedPlace[];
  /** The misspelt word and what it was meant to be one of; whoever shows the diagnostic can look for the nearest. */
  readonly misspelt?: Misspelt;
}

export interface Misspelt {
  readonly word: string;
  readonly kind: WordKind;
  /** The words that may stand there, where these are not all of the kind. */
  readonly among?: readonly string[];
}

/** A place that a diagnostic also speaks of. */
export interface RelatedPlace {
  /** JSON pointer. */
  readonly pointer: string;
  /** What stands there, for example "the other rule". */
  readonly what: string;
}

/** The vocabularies in which a word may have been misspelt. */
export type WordKind =
  | "syscall"
  | "action"
  | "operator"
  | "architecture"
  | "SCMP_ARCH"
  | "capability"
  | "errno"
  | "flag"
  | "key"
  | "policy key"
  | "variable"
  | "option"
  | "verb"
  | "profile"
  | "word";

/** Maximum number of errors, and of warnings and notes, that one reader reports of one text. */
export const MAX_DIAGNOSTICS = 1000;

/** Maximum number of misspelt words that get a suggestion: finding the nearest word is slow. */
const MAX_MISSPELT = 200;

/** Collects diagnostics, as many as are of use to anybody. */
export class Findings {
  private readonly kept: Diagnostic[] = [];
  private errors = 0;
  private others = 0;
  private misspelt = 0;

  /** Whether an error was among them, kept or not. */
  get failed(): boolean {
    return this.errors > 0;
  }

  /** In the order in which they came; where some were not kept, one of them says so. */
  get list(): readonly Diagnostic[] {
    return this.kept;
  }

  /** Whether one more of that severity would not be kept, so that nobody needs to make it. */
  isFull(severity: Severity): boolean {
    return (severity === "error" ? this.errors : this.others) > MAX_DIAGNOSTICS;
  }

  add(diagnostic: Diagnostic): void {
    const { severity } = diagnostic;
    const count = severity === "error" ? ++this.errors : ++this.others;
    if (count <= MAX_DIAGNOSTICS) {
      this.kept.push(this.withinWords(diagnostic));
    } else if (count === MAX_DIAGNOSTICS + 1) {
      this.kept.push(notTold(severity));
    }
  }

  private withinWords(diagnostic: Diagnostic): Diagnostic {
    if (diagnostic.misspelt === undefined || ++this.misspelt <= MAX_MISSPELT) {
      return diagnostic;
    }
    const { misspelt: _, ...rest } = diagnostic;
    return rest;
  }
}

/** Says that there are more than {@link MAX_DIAGNOSTICS}. */
export function notTold(severity: Severity): Diagnostic {
  return {
    code: "not-examined",
    severity,
    message: `there are more than ${MAX_DIAGNOSTICS} ${severity === "error" ? "errors" : "warnings"}; the others are not listed`,
    hint: "mend what is listed, and look again",
  };
}

/** Why something was refused; whoever catches it shows it and decides the exit status. */
export class Refusal extends Error {
  /**
   * @param message one sentence or several lines, without a trailing full stop
   * @param hint what to do about it
   * @param misspelt a word that may have been meant to be another one; where there is a near one, it is the hint
   */
  constructor(
    message: string,
    readonly hint?: string,
    readonly misspelt?: Misspelt,
  ) {
    super(message);
  }
}

/** Thrown where a text (a profile, a policy) is refused; it carries everything that is wrong with it. */
export class InvalidInput extends Error {
  /**
   * @param label what to call the text: a path, `builtin:NAME`, an option or an environment variable
   * @param path of a file that is no text; undefined: it is one
   */
  constructor(
    readonly label: string,
    readonly diagnostics: readonly Diagnostic[],
    readonly path?: ByteString,
  ) {
    super(`${label}: ${diagnostics[0]?.message ?? "invalid"}`);
  }
}
