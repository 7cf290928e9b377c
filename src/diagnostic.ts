/**
 * A diagnostic: what is wrong with an input, where, and how to mend it. How it is shown is decided elsewhere.
 */

/** A place in a text; both count from 1, a column counts UTF-16 units. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface Diagnostic {
  /** Stable and for machines, for example `unknown-syscall`. */
  readonly code: string;
  readonly severity: "error" | "warning";
  /** One sentence without a full stop; names what was found, in quotes where it is the input's own word. */
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string;
  /** JSON pointer (RFC 6901) of the value to blame. */
  readonly pointer?: string;
  /** Where that value stands, once somebody who has the text has looked it up. */
  readonly position?: Position;
  /** The misspelt word and what it was meant to be one of; whoever shows the diagnostic can look for the nearest. */
  readonly misspelt?: { readonly word: string; readonly kind: WordKind };
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
  | "policy key";

/** Why something was refused; whoever catches it shows it and decides the exit status. */
export class Refusal extends Error {
  /**
   * @param message one sentence or several lines, without a trailing full stop
   * @param hint what to do about it
   */
  constructor(
    message: string,
    readonly hint?: string,
  ) {
    super(message);
  }
}

/** Thrown where a text (a profile, a policy) is refused; it carries everything that is wrong with it. */
export class InvalidInput extends Error {
  /** @param label what to call the text: a path, `builtin:NAME`, an option or an environment variable */
  constructor(
    readonly label: string,
    readonly diagnostics: readonly Diagnostic[],
  ) {
    super(`${label}: ${diagnostics[0]?.message ?? "invalid"}`);
  }
}
