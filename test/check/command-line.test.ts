/**
 * `seccomp-exec check` beside its findings: files that are no texts, large files, several files, its options.
 */

import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { denying, names, top } from "../../build/diagnostics/case-profiles.ts";
import { run } from "../support/programs/program.ts";
import { test } from "../support/running/test.ts";
import { check, DIRECTORY, FILE, PATH, type Report } from "./checking.ts";

// Files that are no profiles

/** The file cannot be read, which is told with its name. */
function unreadable(path: string, ...says: readonly string[]): void {
  const { status, stdout, stderr } = check([path]);
  assert.is(stderr, "");
  assert.is(status, 1);
  const [first = "", ...rest] = stdout.trimEnd().split("\n");
  assert.ok(first.startsWith(`${path}: error: `) && first.endsWith(" [unreadable]"), first);
  for (const word of says) {
    assert.ok(first.includes(word), first);
  }
  assert.is(rest.pop(), `${path}: 1 error`);
}

test("a missing file", () => unreadable("./none.json", "does not exist"));

test("a directory", () => {
  mkdirSync(join(DIRECTORY, "directory"));
  unreadable("./directory", "is a directory");
});

test("/dev/zero, which never ends", () => unreadable("/dev/zero", "not a regular file"));

test("a fifo, which nobody writes to", () => {
  assert.is(spawnSync("mkfifo", [join(DIRECTORY, "fifo")]).status, 0);
  unreadable("./fifo", "not a regular file");
});

test("a file of 5 MB", () => {
  writeFileSync(join(DIRECTORY, "big.json"), `${top('"flags":[]')}${" ".repeat(5_000_000)}`);
  unreadable("./big.json", "4 MiB");
});

test("a name that is compiled in nowhere, with those that are", () => {
  const { status, stdout } = check(["builtin:none.json"]);
  assert.is(status, 1);
  assert.match(stdout, /^builtin:none\.json: error: .*'none\.json'.* \[unreadable\]$/m);
  assert.match(stdout, /hint: .*default\.json/);
});

// Large ones; what they cost is counted by test/budget/growth.test.ts

for (const [what, text] of [
  ["100000 brackets that are never closed", "[".repeat(100_000)],
  ["100000 objects that are never closed", '{"a":'.repeat(100_000)],
  ["100000 levels", top(`"x":${"[".repeat(100_000)}${"]".repeat(100_000)}`)],
] as const) {
  test(`${what} are told in one line`, () => {
    writeFileSync(PATH, text);
    const { status, stdout } = check([FILE]);
    assert.is(status, 1);
    assert.match(
      stdout,
      /^\.\/p\.json:\d+:\d+: error: nested deeper than \d+ levels \[json-too-deep\]\n\.\/p\.json: 1 error\n$/,
    );
  });
}

for (const [what, text, status] of [
  ["almost 4 MiB of spaces", `${top('"flags":[]')}${" ".repeat(4_000_000)}`, 0],
  ["almost 4 MiB in a comment", top(`"comment":"${"x".repeat(4_000_000)}"`), 0],
  [
    "300 misspelt names",
    denying(names(Array.from({ length: 300 }, (_, i) => `"ptrcae${i}"`).join(), "KILL_PROCESS")),
    1,
  ],
  ["300 unknown keys", top(Array.from({ length: 300 }, (_, i) => `"x${i}":1`).join()), 0],
] as const) {
  test(`${what} are checked`, () => {
    writeFileSync(PATH, text);
    assert.is(check([FILE]).status, status);
  });
}

// The command line

writeFileSync(join(DIRECTORY, "good.json"), top('"flags":[]'));
writeFileSync(join(DIRECTORY, "warned.json"), top('"nmae":1'));
writeFileSync(join(DIRECTORY, "noted.json"), denying(names('"socketcall"', "ALLOW")));
writeFileSync(join(DIRECTORY, "bad.json"), "{}");
writeFileSync(join(DIRECTORY, "broken.json"), "{");

test("several files: each is told and summed up, and one error is enough for status 1", () => {
  const { status, stdout } = check([
    "./good.json",
    "./bad.json",
    "./none.json",
    "./broken.json",
    "./good.json",
  ]);
  assert.is(status, 1);
  const sums = stdout.split("\n").filter((line) => /^\S+: (ok|\d+ error)/.test(line));
  assert.equal(sums, [
    "./good.json: ok",
    "./bad.json: 1 error",
    "./none.json: 1 error",
    "./broken.json: 1 error",
    "./good.json: ok",
  ]);
});

test("several files without errors have status 0", () => {
  assert.is(check(["./good.json", "./warned.json", "./noted.json"]).status, 0);
});

test("--json of several files keeps their order, and is valid only where all are", () => {
  const { status, stdout, stderr } = check(["--json", "./good.json", "./bad.json", "./none.json"]);
  assert.is(status, 1);
  assert.is(stderr, "");
  const { valid, profiles } = JSON.parse(stdout) as Report;
  assert.is(valid, false);
  assert.equal(
    profiles.map((one) => [one.profile, one.valid, one.diagnostics.map(({ code }) => code)]),
    [
      ["./good.json", true, []],
      ["./bad.json", false, ["missing-key"]],
      ["./none.json", false, ["unreadable"]],
    ],
  );
});

test("--json of a diagnostic has its place, its length and its pointer", () => {
  writeFileSync(PATH, top('"a/b~c":1'));
  const { profiles } = JSON.parse(check(["--json", FILE]).stdout) as Report;
  const [{ message, ...rest } = {}] = profiles[0]?.diagnostics ?? [];
  assert.match(message ?? "", "'a/b~c'");
  assert.equal(rest, {
    code: "unknown-key",
    severity: "warning",
    line: 2,
    column: 1,
    length: 7,
    pointer: "/a~1b~0c",
  });
});

test("--strict makes warnings count, but not notes", () => {
  assert.is(check(["--strict", "./good.json"]).status, 0);
  assert.is(check(["--strict", "./noted.json"]).status, 0);
  assert.is(check(["--strict", "./warned.json"]).status, 1);
  assert.is(check(["--strict", "./bad.json"]).status, 1);
  assert.is(check(["./warned.json", "--strict"]).status, 1, "an option may follow");
});

test("--strict changes the status, not what is told", () => {
  assert.is(check(["--strict", "./warned.json"]).stdout, check(["./warned.json"]).stdout);
});

for (const args of [
  [],
  ["--nope", "./good.json"],
  ["-x", "./good.json"],
  ["--for", "x", "./good.json"],
  ["--for", "", "./good.json"],
  ["--for", "docker"],
  ["./good.json", "--for"],
  ["--arch", "x", "./good.json"],
  ["--arch", "", "./good.json"],
  ["--caps", "x", "./good.json"],
  ["--caps", "", "./good.json"],
  ["--caps", "CAP_BPF,CAP_NOPE", "./good.json"],
  ["--kernel", "x", "./good.json"],
  ["--kernel", "4", "./good.json"],
  ["--kernel", "4.8.1", "./good.json"],
  ["--kernel", "0.0", "./good.json"],
  ["--kernel", "", "./good.json"],
  ["--json=1", "./good.json"],
  ["--strict", "--strict", "./good.json"],
  ["-h", "--nope"],
]) {
  test(`usage: check ${args.map((arg) => arg || "''").join(" ")}`, () => {
    const { status, stdout, stderr } = run(["check", ...args], { cwd: DIRECTORY });
    assert.is(status, 2);
    assert.is(stdout, "");
    assert.match(stderr, /^seccomp-exec: error: \S/);
  });
}

test("usage is told before any file is read", () => {
  const { status, stdout } = run(["check", "./bad.json", "--nope"], { cwd: DIRECTORY });
  assert.is(status, 2);
  assert.is(stdout, "");
});

for (const option of ["-h", "--help"]) {
  test(`${option} shows the help that 'help check' shows`, () => {
    const { status, stdout, stderr } = run(["check", option]);
    assert.is(status, 0);
    assert.is(stderr, "");
    assert.is(stdout, run(["help", "check"]).stdout);
    assert.match(stdout, "Usage: seccomp-exec check");
  });
}

test("after -- a file may begin with a dash", () => {
  const { stdout, status } = check(["--", "--strict"]);
  assert.is(status, 1);
  assert.match(stdout, /^--strict: error: /);
});

test.run();
