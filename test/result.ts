/**
 * What a test file came to, and how test/worker.ts says it to test/run.ts.
 */

export interface FileResult {
  readonly passed: number;
  readonly failed: number;
  /** How many tests were left out, by what they need. */
  readonly skipped: Readonly<Record<string, number>>;
}

/** Begins the line that says what a file came to; a {@link FileResult} in JSON follows. */
export const RESULT = "\u0001result ";
