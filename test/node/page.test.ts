/**
 * The examples of docs/node.md do what the page says, and it names every option and error.
 */

import { readFileSync } from "node:fs";
import * as assert from "uvu/assert";
import { test } from "../support/running/test.ts";
import { runScript } from "./support/packed.ts";

const PAGE = readFileSync("docs/node.md", "utf8");

const EXAMPLES = [...PAGE.matchAll(/^```js\n(.*?)^```$/gms)].map(([, code = ""]) => code);

for (const [i, code] of EXAMPLES.entries()) {
  test(`example ${i + 1} of docs/node.md runs`, () => {
    // The functions are imported already.
    const body = code.replace(/^import .* from "seccomp-exec\/node";$/m, "");
    const { status, stdout, stderr } = runScript(body, { deniesRings: true });
    assert.is(stderr, "");
    assert.is(status, 0);
    const said = [...code.matchAll(/\/\/=> (.*)$/gm)].map(([, line]) => `${line}\n`).join("");
    assert.is(stdout, said);
  });
}

test("there are examples of both functions and of an error", () => {
  for (const word of ["confine(", "execUnder(", "error.code"]) {
    assert.ok(
      EXAMPLES.some((code) => code.includes(word)),
      word,
    );
  }
});

/** The names in a table of the page whose first column is code. */
function inTables(): readonly string[] {
  const names = [...PAGE.matchAll(/^\| `(\w+)` \|/gm)].map(([, name = ""]) => name);
  return names.filter((name) => name !== "profile");
}

/** The members of an interface, or the strings of a type, of a file. */
function declared(file: string, what: RegExp, each: RegExp): readonly string[] {
  const [, body = ""] = what.exec(readFileSync(file, "utf8")) ?? [];
  const found = [...body.matchAll(each)].map(([, name = ""]) => name);
  assert.ok(found.length > 0, `${file} has them`);
  return found;
}

test("the page has every option and every code of an error", () => {
  const member = /^ {2}readonly (\w+)\?/gm;
  const wanted = [
    ...declared("node/options.ts", /interface ProfileOptions \{(.*?)^\}/ms, member),
    ...declared("node/options.ts", /interface ConfineOptions [^{]*\{(.*?)^\}/ms, member),
    ...declared("node/exec-under.ts", /interface ExecOptions [^{]*\{(.*?)^\}/ms, member),
    ...declared("node/errors.ts", /type ConfinementErrorCode =(.*?)^\n/ms, /"(\w+)"/g),
  ];
  assert.equal([...inTables()].sort(), [...wanted].sort());
});

test.run();
