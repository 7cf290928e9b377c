/**
 * Lines for a narrow terminal: where they are broken, and where never.
 */

import * as assert from "uvu/assert";
import { test } from "../../test/support/running/test.ts";
import { flowing, listLines, unbroken, unmarked, whole, widthOf, wrapped } from "./wrap.ts";

/** The lines at a width of 30 columns. */
function at30(text: string): string[] {
  return wrapped(text, 30).split("\n");
}

test("a line is broken at spaces, and continues further to the right", () => {
  assert.equal(at30("  p.json:3:1: a message that is too long"), [
    "  p.json:3:1: a message that",
    "    is too long",
  ]);
  assert.equal(at30("seccomp-exec: error: the profile cannot be read"), [
    "seccomp-exec: error: the",
    "  profile cannot be read",
  ]);
});

test("prose at the margin continues at the margin", () => {
  assert.equal(at30("Reads a call a line and prints its verdict."), [
    "Reads a call a line and prints",
    "its verdict.",
  ]);
});

test("a last column continues below its beginning, unless it begins too far to the right", () => {
  assert.equal(at30("  --arch NAME  the architecture of it"), [
    "  --arch NAME  the",
    "               architecture of",
    "               it",
  ]);
  assert.equal(at30("  a name of 20 columns  that is all"), ["  a name of 20 columns  that", "    is all"]);
});

test("a line that fits is left alone, to the last column", () => {
  const line = `${"a".repeat(14)} ${"b".repeat(15)}`;
  assert.is(wrapped(`${line}\n`, 30), `${line}\n`);
  assert.is(wrapped(`${line}\n`, 29), `${"a".repeat(14)}\n${"b".repeat(15)}\n`);
});

test("colours take no columns, wide characters take two, marks none", () => {
  assert.is(widthOf("\u001b[31merror\u001b[39m"), 5);
  assert.is(widthOf("\u65e5\u672c"), 4);
  assert.is(widthOf("e\u0301"), 1);
  const painted = `\u001b[1m${"a".repeat(14)}\u001b[22m ${"b".repeat(15)}`;
  assert.is(wrapped(painted, 30), painted);
  assert.equal(at30(`${"\u65e5".repeat(14)} ab`), ["\u65e5".repeat(14), "ab"]);
});

test("a word longer than the terminal stays whole", () => {
  const path = `/${"long/".repeat(8)}p.json`;
  assert.equal(at30(`  read ${path} again`), ["  read", `    ${path}`, "    again"]);
  // Where it would begin no further to the left, it stays where it is.
  assert.equal(at30(`digest      ${path}`), [`digest      ${path}`]);
});

test("what is copied is never broken: lines, names, command lines", () => {
  const line = `  proof: echo 'x86_64 read' | seccomp-exec simulate p.json  # ${"long ".repeat(8)}`;
  assert.is(wrapped(unbroken(`${line}\n`), 30), `${line}\n`);
  assert.equal(at30(`${whole("a file with spaces.json:3:1")}: wrong`), [
    "a file with spaces.json:3:1:",
    "  wrong",
  ]);
  for (const command of [
    "seccomp-exec --profile ./p.json -- COMMAND [ARG...]",
    "seccomp-exec convert --to oci -o FILE builtin:strict.json",
    "seccomp-exec check './a b.json' /etc/x",
  ]) {
    assert.equal(at30(`hint: to go on: ${command}; that is all`).slice(1), [
      `  ${command};`,
      "  that is all",
    ]);
  }
  assert.equal(at30("hint: what to do? seccomp-exec check says what is wrong with it"), [
    "hint: what to do?",
    "  seccomp-exec check says what",
    "  is wrong with it",
  ]);
});

test("paragraphs that flow are filled again, and lists are not", () => {
  const full = "word ".repeat(17).trim();
  const prose = `${full}\nlast words.\n\nTitle\nshort lines\n  indented`;
  const shown = wrapped(flowing(prose), 60).split("\n");
  assert.equal(shown, [
    "word ".repeat(12).trim(),
    "word word word word word last words.",
    "",
    "Title",
    "short lines",
    "  indented",
  ]);
  assert.is(unmarked(flowing(prose)), prose);
  assert.is(wrapped(flowing(prose), 100), prose);
});

test("a text that draws its line anew, and a terminal that is too narrow, get no more line breaks", () => {
  const line = "word ".repeat(20);
  assert.is(wrapped(`\r${line}`, 30), `\r${line}`);
  assert.is(wrapped(line, 19), line);
});

test("a list fills lines of 100 columns, or fewer", () => {
  const words = Array.from({ length: 30 }, (_, i) => `name${i}`);
  const widest = (text: string): number => Math.max(...text.split("\n").map((line) => line.length));
  for (const [columns, most] of [
    [undefined, 100],
    [200, 100],
    [40, 40],
  ] as const) {
    const text = listLines(words, "    ", columns);
    assert.ok(widest(text) <= most && widest(text) > most - 8, text);
    assert.is(text.replaceAll(/\s+/g, " ").trim(), words.join(", "));
  }
});

test.run();
