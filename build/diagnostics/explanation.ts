/**
 * What `codes/` holds: a file for each diagnostic code, which feeds `docs/diagnostics.md` and the tests of `check`.
 */

import { readdirSync } from "node:fs";
import { basename } from "node:path";

/** A diagnostic: what the page says of it, and cases that show where it is reported and where it is not. */
export type Explanation = {
  /** Why it is reported, and what to do; Markdown. */
  readonly what: string;
  /** What the page shows; undefined where no profile brings it about. */
  readonly example?: Example;
} & (
  | { readonly cases: readonly Case[] }
  // The test that shows the diagnostic, where no text that `check` reads brings it about.
  | { readonly shownBy: string }
);

export interface Example {
  /** The whole file. */
  readonly profile: string | Uint8Array;
  /** What the page shows in place of a file that cannot be shown. */
  readonly shown?: string;
  /** Further arguments of check. */
  readonly args?: readonly string[];
}

/**
 * A profile, and everything that `check` reports of it.
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

/** What is in `codes/`, by the names of its files. */
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
