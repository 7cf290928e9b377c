/**
 * A diagnostic: what is wrong with an input, where, and how to fix it. Printing is done elsewhere.
 */

import type { ByteString } from "./host.ts";

/** A position in a text; line and column count from 1, columns in UTF-16 units. */
export interface Position {
  readonly line: number;
  readonly column: number;
  /** Length of the span in UTF-16 units, if known; it may exceed the line. */
  readonly length?: number;
}

/** An error refuses the input, a warning may be intended, a note only informs. */
export type Severity = "error" | "warning" | "note";

/**
 * What a finding is to the author of the profile: a mistake that is not what was meant or does not work, a way around a rule, a
 * danger in what is allowed, or a remark that changes nothing. `lint/weights.ts` has the weight of each code.
 */
export type Weight = "mistake" | "way-around" | "danger" | "remark";

/**
 * The codes: stable, for machines. `build/diagnostics/codes/` has a file for each: its meaning, an example, and test cases.
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
  // YAML
  "yaml-not-plain",
  "yaml-syntax",
  // Types and keys
  "key-case",
  "missing-key",
  "out-of-range",
  "relative-path",
  "schema",
  "unknown-key",
  "wrong-type",
  // What must go together
  "archmap-and-architectures",
  "empty-name",
  "errno-mismatch",
  "errno-range",
  "errno-without-effect",
  "inexact-number",
  "min-kernel",
  "name-and-names",
  "needs-operator",
  "no-names",
  "notify-without-listener",
  "readers-differ",
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
  // Findings that the author accepts
  "acceptance",
  "unused-acceptance",
  // Valid, but probably not intended
  "absent-name",
  "always-apply-together",
  "condition-always-holds",
  "condition-on-nothing",
  "condition-on-pointer",
  "dangerous-allowance",
  "denies-clocks",
  "denies-dynamic-loader",
  "denies-execve",
  "denies-exit",
  "denies-library-calls",
  "denies-nothing",
  "denies-restart",
  "denies-sigreturn",
  "duplicate-name",
  "impossible-value",
  "never-applies",
  "not-examined",
  "overlapping-rules",
  "kills-thread-only",
  "masked-flags",
  "prevents-fallback",
  "lacks-counterpart",
  "redundant-rule",
  "undecided-execve",
  "value-two-unused",
  "way-around-by-multiplexer",
  "way-around-by-sibling",
  "way-around-by-unseen-bits",
  "x32-left-open",
  "younger-than-kernel",
  // Other engines
  "engine-differs",
  "engine-note",
  "engine-refuses",
  "engine-unspecified",
  "not-carried-over",
  // Task definitions
  "task-beside-launcher",
  "task-launcher-refuses",
  "task-profile-missing",
  "task-refused",
  "task-setting-ignored",
  "task-unknown-kind",
] as const;

/** What a diagnostic is about, for programs. */
export type DiagnosticCode = (typeof DIAGNOSTIC_CODES)[number];

export interface Diagnostic {
  readonly code: DiagnosticCode;
  readonly severity: Severity;
  /** If it is not that of the code. */
  readonly weight?: Weight;
  /** One sentence without a full stop; it names what was found, in quotes if that is a word of the input. */
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string;
  /** JSON pointer (RFC 6901) of the value at fault. */
  readonly pointer?: string;
  /** Whether the key is at fault, not the value. */
  readonly ofKey?: boolean;
  /** Position of that value, once it was looked up in the text. */
  readonly position?: Position;
  /** Other places involved. */
  readonly related?: readonly RelatedPlace[];
  /** A call that shows it. */
  readonly proof?: Proof;
  /** The misspelt word and its vocabulary, from which the printer suggests the nearest word. */
  readonly misspelt?: Misspelt;
}

/** A call that gets through where it should not. Calls are written as `simulate` reads them: `ARCH SYSCALL [A0 .. A5]`. */
export interface Proof {
  /** The call that gets through. */
  readonly through: string;
  /** The call that does the same and is denied. */
  readonly denied?: string;
  /** The arguments of a command that makes the call and harms nothing, to be started under the profile. */
  readonly command?: readonly string[];
  /** Whether that holds for `--wide-arguments` only. */
  readonly wideArguments?: true;
}

export interface Misspelt {
  readonly word: string;
  readonly kind: WordKind;
  /** The words allowed here, if not all of the kind. */
  readonly among?: readonly string[];
}

/** Another place that a diagnostic mentions. */
export interface RelatedPlace {
  /** JSON pointer. */
  readonly pointer: string;
  /** What is there, for example "the other rule". */
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
  | "code"
  | "value"
  | "constant";

/** Maximum number of errors, and of warnings and notes, that one reader reports for one text. */
export const MAX_DIAGNOSTICS = 1000;

/** Maximum number of misspelt words that get a suggestion: finding the nearest word is slow. */
const MAX_MISSPELT = 200;

/**
 * Collects diagnostics, up to {@link MAX_DIAGNOSTICS} of a severity.
 *
 * @internal
 */
export class Findings {
  private readonly kept: Diagnostic[] = [];
  private errors = 0;
  private others = 0;
  private misspelt = 0;

  /** Whether an error was among them, kept or not. */
  get failed(): boolean {
    return this.errors > 0;
  }

  /** In the order in which they were added; if some were dropped, one of them says so. */
  get list(): readonly Diagnostic[] {
    return this.kept;
  }

  /** Whether one more of that severity would be dropped, so that the caller need not make it. */
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

/**
 * Reports that there are more than {@link MAX_DIAGNOSTICS}.
 *
 * @internal
 */
export function notTold(severity: Severity): Diagnostic {
  return {
    code: "not-examined",
    severity,
    message: `there are more than ${MAX_DIAGNOSTICS} ${severity === "error" ? "errors" : "warnings"}; the others are not listed`,
    hint: "fix those that are listed, then check again",
  };
}

/**
 * Why something was refused; the catcher prints it and chooses the exit status.
 *
 * @internal
 */
export class Refusal extends Error {
  /**
   * @param message one sentence or several lines, without a trailing full stop
   * @param hint what to do about it
   * @param misspelt a word that may be misspelt; a similar one, if any, becomes the hint
   */
  constructor(
    message: string,
    readonly hint?: string,
    readonly misspelt?: Misspelt,
  ) {
    super(message);
  }
}

/**
 * Thrown when a text (a profile, a policy) is refused; carries all its diagnostics.
 *
 * @internal
 */
export class InvalidInput extends Error {
  /**
   * @param label what to call the text: a path, `builtin:NAME`, an option or an environment variable
   * @param path of a file that is not text; undefined: it is text
   */
  constructor(
    readonly label: string,
    readonly diagnostics: readonly Diagnostic[],
    readonly path?: ByteString,
  ) {
    super(`${label}: ${diagnostics[0]?.message ?? "invalid"}`);
  }
}
