/**
 * Reads `codes/`, one file per diagnostic code, for `docs/diagnostics.md` and the tests of `check`.
 */

import { readdirSync } from "node:fs";
import { basename } from "node:path";

/** A diagnostic: its text on the page, and cases in which it is reported or not. */
export type Explanation = {
  /** Why it is reported, and what to do; Markdown. */
  readonly what: string;
  /** The example on the page; undefined if no profile causes the diagnostic. */
  readonly example?: Example;
} & (
  | { readonly cases: readonly Case[] }
  // The test that shows the diagnostic, if no text that `check` reads causes it.
  | { readonly shownBy: string }
);

export interface Example {
  /** The whole file. */
  readonly profile: string | Uint8Array;
  /** What the page shows instead of a file that cannot be shown. */
  readonly shown?: string;
  /** More arguments of check. */
  readonly args?: readonly string[];
  /** The name of a task definition, which `task` reads instead of `check`. */
  readonly definition?: string;
}

/**
 * A profile, and everything that `check` reports about it.
 *
 * A finding is `SEVERITY CODE LINE:COLUMN | WORDS | WORDS`; the words occur in the message, the hint or a related place.
 * The target is Linux 6.18 on x86-64 without capabilities; `options` are other values of `check`'s options, without
 * their dashes.
 */
export type Case = readonly [
  what: string,
  profile: string | Uint8Array,
  findings: readonly string[],
  options?: Readonly<Record<string, string>>,
];

const CODES = new URL("codes/", import.meta.url);

/** The explanations in `codes/`, by file name without extension. */
export const EXPLANATIONS: ReadonlyMap<string, Explanation> = new Map(
  await Promise.all(
    readdirSync(CODES)
      .sort()
      .map(async (file): Promise<[string, Explanation]> => {
        const { default: explanation } = (await import(new URL(file, CODES).href)) as {
          default: Explanation;
        };
        return [basename(file, ".ts"), explanation];
      }),
  ),
);
