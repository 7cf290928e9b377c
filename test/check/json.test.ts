/**
 * Texts that are hardly JSON any more: the executable's own parser stumbles over the same as the library of which it is a
 * port, at the same places.
 */

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import * as assert from "uvu/assert";
import type { Diagnostic } from "../../src/diagnostic.ts";
import { readJsonTolerantly } from "../../src/profile/json.ts";
import { parseByLibrary } from "../../src/profile/library-parser.ts";
import { run, temporaryDirectory } from "../support/programs/program.ts";
import { test } from "../support/running/test.ts";

const DIRECTORY = temporaryDirectory();
const PROFILES = readdirSync("profiles")
  .filter((name) => name.endsWith(".json"))
  .map((name) => readFileSync(join("profiles", name), "utf8").slice(0, 3000));

/** What a text may have too much or too little of. */
const PIECES = [
  ..."{}[],:\"'\\/*#-+.eE01 \t\n\r\0\x01\x7f\u00e4\u2028",
  ...[
    "\ufeff",
    "\u{1f600}",
    "\\u00",
    "\\u0041",
    "\\ud83d\\ude00",
    "\\ud800",
    "//",
    "/*",
    "*/",
    "/*\r\n",
    "\r\n",
  ],
  ...["1.5", "-0", "1e400", "0x10", "010", "1.", "1e", "18446744073709551616", "null", "nul", "true", '""'],
  ...[
    ",]",
    ",}",
    "[1,]",
    '{"a":1,}',
    '"a":',
    '"\\u0061":1,"a":2',
    '"__proto__":1,',
    "},\n},{",
    "[}",
    "{]",
    ",,",
  ],
];

/** A few pieces, or a profile into which some were put in the place of others. */
const texts = fc.oneof(
  fc.array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 20 }).map((pieces) => pieces.join("")),
  fc
    .tuple(
      fc.constantFrom(...PROFILES),
      fc.array(fc.tuple(fc.nat(3000), fc.nat(4), fc.constantFrom(...PIECES)), { minLength: 1, maxLength: 4 }),
    )
    .map(([profile, changes]) =>
      changes.reduce(
        (text, [at, length, piece]) => text.slice(0, at) + piece + text.slice(at + length),
        profile,
      ),
    ),
);

type Told = Pick<Diagnostic, "code" | "message"> & { readonly line: number; readonly column: number };

/** What only the parser says. */
function ofParser({ code }: { readonly code: string }): boolean {
  return /^json-(?!not-an-integer|number-too-long)/.test(code);
}

function byLibrary(text: string): string[] {
  const { problems } = readJsonTolerantly(text, parseByLibrary);
  return problems
    .filter(ofParser)
    .map(({ code, message, position }) => `${position?.line}:${position?.column} ${code} ${message}`)
    .sort();
}

function byProgram(all: readonly string[]): string[][] {
  const files = all.map((text, i) => {
    writeFileSync(join(DIRECTORY, `${i}.json`), text);
    return `./${i}.json`;
  });
  const { stdout } = run(["check", "--json", ...files], { cwd: DIRECTORY });
  const { profiles } = JSON.parse(stdout) as { profiles: { diagnostics: Told[] }[] };
  return profiles.map(({ diagnostics }) =>
    diagnostics
      .filter(ofParser)
      .map(({ code, message, line, column }) => `${line}:${column} ${code} ${message}`)
      .sort(),
  );
}

test("2000 damaged texts, read by the executable and by the library", () => {
  const all = fc
    .sample(texts, { numRuns: 2000, seed: 3 })
    // A file is UTF-8, and so has no half of a surrogate pair.
    .map((text) => Buffer.from(text).toString());
  for (let from = 0; from < all.length; from += 100) {
    const some = all.slice(from, from + 100);
    byProgram(some).forEach((told, i) => {
      assert.equal(told, byLibrary(some[i] ?? ""), JSON.stringify(some[i]));
    });
  }
});

for (const [what, text] of [
  ["1000 mistakes that can be mended", `[${"[1,],".repeat(1000)}1]`],
  ["1001 of them", `[${"[1,],".repeat(1001)}1]`],
  ["a bracket too deep behind too many mistakes", `[${"[1,],".repeat(1001)}${"[".repeat(100)}`],
  ["brackets that the parser passes over", `${"[},".repeat(500)}`],
  ["a comment that does not end", "[1] /*"],
  ["a comment that ends with the text", "[1] /* \r\n"],
  ["keys that are equal with escapes only", '{"\\u0061": 1, "a": 2, "\\ud83d\\ude00": 1, "\u{1f600}": 2}'],
] as const) {
  test(what, () => {
    assert.equal(byProgram([text])[0], byLibrary(text));
  });
}

test.run();
