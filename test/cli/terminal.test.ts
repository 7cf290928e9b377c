/**
 * Lines at a terminal: none is longer than it is wide, nothing else changes, and what is copied stays whole.
 */

import { join } from "node:path";
import * as assert from "uvu/assert";
import { VERBS } from "../../src/verbs/table.ts";
import { widthOf } from "../../src/verbs/wrap.ts";
import { directoryOf } from "../support/programs/files.ts";
import { PROGRAM, run, runCommand } from "../support/programs/program.ts";
import { test } from "../support/running/test.ts";

/** A deny list with a way around, which has a proof, and a name with spaces. */
const D = directoryOf({
  "a b.json": JSON.stringify({
    defaultAction: "SCMP_ACT_ALLOW",
    syscalls: [{ names: ["mkdir", "chmod"], action: "SCMP_ACT_ERRNO" }],
  }),
});

/** Runs it under a terminal of that width, without colours. */
function at(columns: number, args: readonly string[], env: NodeJS.ProcessEnv = {}): string {
  const line = ["stty", "cols", String(columns), "&&", PROGRAM, ...args.map((arg) => `'${arg}'`)].join(" ");
  const { stdout } = runCommand(["script", "-qec", line, "/dev/null"], {
    cwd: D,
    env: { TERM: "xterm", NO_COLOR: "1", ...env },
  });
  return stdout.replaceAll("\r\n", "\n");
}

/** Lines that are longer than that, but for the sake of a single word. */
function tooLong(text: string, columns: number): string[] {
  return text
    .split("\n")
    .filter((line) => widthOf(line) > columns && (line.trim().split(" ").at(-1)?.length ?? 0) < columns / 2);
}

/** The words, wherever their lines end. */
function words(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}

const WIDTH = 64;

for (const args of [[], ...VERBS.map(({ name }) => [name])]) {
  test(`help ${args.join(" ")}: its lines fit, and say the same`, () => {
    const shown = at(WIDTH, ["help", ...args]);
    const piped = run(["help", ...args]).stdout;
    const examples = piped.split("\n").filter((line) => /^ {2}\S/.test(line));
    assert.equal(
      tooLong(shown, WIDTH).filter((line) => !examples.includes(line) && !line.startsWith("  seccomp-exec ")),
      [],
    );
    assert.is(words(shown), words(piped));
  });
}

test("findings are broken at words; names, excerpts and command lines are not", () => {
  const shown = at(WIDTH, ["check", "./a b.json"]);
  const pasted = /^ {2}(proof|try): |^ *\d* \| /;
  const others = shown.split("\n").filter((line) => !pasted.test(line));
  assert.equal(tooLong(others.join("\n"), WIDTH), []);
  const piped = run(["check", "./a b.json"], { cwd: D }).stdout;
  const excerpts = /^ *\d* \| .*\n/gm;
  assert.is(words(shown.replaceAll(excerpts, "")), words(piped));
  const proofs = piped.split("\n").filter((line) => pasted.test(line));
  assert.ok(proofs.some((line) => line.length > WIDTH));
  for (const proof of proofs) {
    assert.ok(shown.includes(`\n${proof}\n`), proof);
  }
  for (const line of others) {
    assert.ok(!/\.\/a$/.test(line), line);
  }
  for (const excerpt of shown.match(excerpts) ?? []) {
    assert.ok(excerpt.length <= WIDTH + 1, excerpt);
  }
});

test("a comparison and a dry run fit, too", () => {
  for (const args of [
    ["diff", "builtin:default.json", "builtin:strict.json"],
    ["--dry-run", "--profile", "builtin:strict.json"],
  ]) {
    const shown = at(WIDTH, args);
    assert.equal(tooLong(shown, WIDTH), []);
    assert.is(words(shown), words(run(args).stdout));
  }
});

test("a message of a launch fits, and the command line in its hint stays whole", () => {
  const shown = at(WIDTH, ["p.json", "--", "sleep", "1"]);
  assert.equal(shown.split("\n"), [
    "seccomp-exec: error: unknown verb 'p.json'",
    "seccomp-exec: hint: to run a command under that profile:",
    "  seccomp-exec --profile p.json -- sleep",
    "",
  ]);
});

test("JSON and listings end their lines where they end", () => {
  const columns = 24;
  for (const args of [
    ["check", "--json", "./a b.json"],
    ["diff", "--json", "builtin:default.json", "builtin:strict.json"],
    ["explain", "--stage", "bpf", "builtin:strict.json"],
    ["convert", "--to", "docker", "builtin:strict.json"],
  ]) {
    const { stdout } = run(args, { cwd: D });
    assert.ok(
      stdout.split("\n").some((line) => line.length > columns),
      args.join(" "),
    );
    assert.is(at(columns, args), stdout);
  }
});

test("COLUMNS is the width of a terminal, if it is a number", () => {
  const widest = (text: string): number => Math.max(...text.split("\n").map(widthOf));
  const at64 = at(WIDTH, ["help", "check"]);
  assert.ok(widest(at64) <= WIDTH);
  for (const COLUMNS of ["0", "-1", "x", "", "1e3", "999999"]) {
    assert.is(at(WIDTH, ["help", "check"], { COLUMNS }), at64, COLUMNS);
  }
  assert.is(at(200, ["help", "check"], { COLUMNS: String(WIDTH) }), at64);
});

test("nothing changes where the output is no terminal, or one of unknown width", () => {
  const piped = run(["help", "check"]).stdout;
  assert.ok(tooLong(piped, 80).length > 0);
  assert.is(run(["help", "check"], { env: { COLUMNS: "40" } }).stdout, piped);
  assert.is(at(0, ["help", "check"]), piped);
  assert.is(at(500, ["help", "check"]), piped);
});

test("a copied file of a profile has no marks of this program", () => {
  const { stdout } = run(["check", join(D, "a b.json")]);
  assert.not.match(stdout, /[\ufdd0-\ufdef]/);
});

test.run();
