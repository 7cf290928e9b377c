/**
 * Diagnostics as the library gives them: with their positions in the text, and with the hint that a misspelt word gets.
 */

import type { DiagnosticCode, Severity, Diagnostic as Unplaced, Weight } from "../diagnostic.ts";
import { weightOf } from "../lint/weights.ts";
import type { ExactReading } from "../load/exact-reading.ts";
import { hintOf } from "../verbs/suggest.ts";

/** A place in a text. */
export interface Position {
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units, as an index into a JavaScript string; language servers count from 0. */
  readonly column: number;
  /** The length of what is meant, in UTF-16 units, if it is known. It may exceed the line. */
  readonly length?: number;
}

/** Another place that a diagnostic mentions. */
export interface RelatedPlace {
  /** What is there, for example "the other rule". */
  readonly what: string;
  /** JSON pointer (RFC 6901) of the value there. */
  readonly pointer: string;
  /** Where it is in the text; absent: it is not known. */
  readonly position?: Position;
}

/** A call that gets through where it should not. Calls are written as `seccomp-exec simulate` reads them: `ARCH SYSCALL [A0 .. A5]`. */
export interface Proof {
  /** The call that gets through. */
  readonly through: string;
  /** The call that does the same and is denied. */
  readonly denied?: string;
  /** Whether that holds with {@link MeaningOptions.wideArguments} only. */
  readonly wideArguments: boolean;
}

/** What is wrong with a text, where, and how to fix it. `docs/diagnostics.md` of the project explains every code. */
export interface Diagnostic {
  /** Stable, for programs: its meaning never changes. Later versions may have further codes. */
  readonly code: DiagnosticCode;
  /** An error refuses the text, a warning may be intended, a note only informs. */
  readonly severity: Severity;
  /** What the finding is to the author of the profile. */
  readonly weight: Weight;
  /** One sentence without a full stop. Words of the text are in quotes, and are not escaped: they may hold any character. */
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string;
  /** Where it is in the text; absent: it concerns the text as a whole. */
  readonly position?: Position;
  /** JSON pointer (RFC 6901) of the value at fault, in the document that was read; "" is the whole document. */
  readonly pointer?: string;
  /** Other places involved; often there are none. */
  readonly related: readonly RelatedPlace[];
  /** A call that shows it. */
  readonly proof?: Proof;
}

/**
 * The name of the only text of a reading: no message has it.
 *
 * @internal
 */
export const TEXT = "";

/**
 * Looks up the positions of diagnostics in the text that was read.
 *
 * @internal
 */
export function located(reading: ExactReading, diagnostics: readonly Unplaced[]): readonly Diagnostic[] {
  return diagnostics.map((diagnostic) => {
    const { code, severity, message, pointer, proof, related = [] } = diagnostic;
    const hint = hintOf(diagnostic);
    const position = reading.position(TEXT, diagnostic);
    return {
      code,
      severity,
      weight: weightOf(diagnostic),
      message,
      ...(hint === undefined ? {} : { hint }),
      ...(position === undefined ? {} : { position }),
      ...(pointer === undefined ? {} : { pointer: reading.pointer(TEXT, pointer) }),
      related: related.map(({ what, pointer: at }) => {
        const place = reading.locate(TEXT, at);
        return {
          what,
          pointer: reading.pointer(TEXT, at),
          ...(place === undefined ? {} : { position: place }),
        };
      }),
      ...(proof === undefined ? {} : { proof: proofOf(proof) }),
    };
  });
}

/** Without the command that shows it, which only the machine of the target could run. */
function proofOf({ through, denied, wideArguments }: NonNullable<Unplaced["proof"]>): Proof {
  return { through, ...(denied === undefined ? {} : { denied }), wideArguments: wideArguments === true };
}
