/**
 * A file of tests fails the run unless all of its tests have run: test/worker.ts is given files that forget some.
 */

import { fork } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import * as assert from "uvu/assert";
import { type FileResult, RESULT } from "../result.ts";
import { temporaryDirectory } from "../support/programs/program.ts";
import { test } from "../support/running/test.ts";

const OURS = `import { suite, test } from ${JSON.stringify(pathToFileURL(resolve("test/support/running/test.ts")))};\n`;
const UVU = `import { test } from ${JSON.stringify(pathToFileURL(resolve("node_modules/uvu/dist/index.mjs")))};\n`;
const PASSES = 'test("passes", () => {});\n';
const FAILS = 'test("fails", () => { throw new Error("no"); });\n';

/** What a worker says of these files, which it runs one after the other. */
async function resultsOf(...texts: readonly string[]): Promise<FileResult[]> {
  const directory = temporaryDirectory();
  const worker = fork("test/worker.ts", [], { execArgv: ["--import", "tsx"], silent: true });
  let output = "";
  worker.stdout?.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  const ended = new Promise((done) => worker.once("exit", done));
  for (const [index, text] of texts.entries()) {
    const file = join(directory, `${index}.test.mts`);
    writeFileSync(file, text);
    const before = count(output);
    worker.send(file);
    while (count(output) === before && worker.connected) {
      await Promise.race([ended, new Promise((done) => worker.stdout?.once("data", done))]);
    }
  }
  worker.connected && worker.disconnect();
  await ended;
  return output
    .split("\n")
    .filter((line) => line.startsWith(RESULT))
    .map((line) => JSON.parse(line.slice(RESULT.length)) as FileResult);
}

function count(output: string): number {
  return output.split(RESULT).length;
}

const NONE = { passed: 0, failed: 0, skipped: {} };

for (const [what, text, expected] of [
  ["a file whose tests pass", `${OURS}${PASSES}test.run();`, { passed: 1 }],
  ["a file with a test that fails", `${OURS}${PASSES}${FAILS}test.run();`, { passed: 1, failed: 1 }],
  ["an empty file", "", { failed: 1 }],
  ["a file with test.run() and no test", `${OURS}test.run();`, { failed: 1 }],
  ["a file without test.run()", `${OURS}${PASSES}`, { failed: 1 }],
  ["a file of uvu's own test without test.run()", `${UVU}${PASSES}`, { failed: 1 }],
  ["tests behind test.run()", `${OURS}${PASSES}test.run();${PASSES}${PASSES}`, { passed: 1, failed: 2 }],
  [
    "a suite without run()",
    `${OURS}${PASSES}suite("s")("in it", () => {});test.run();`,
    { passed: 1, failed: 1 },
  ],
  ["a file that cannot be loaded", `${OURS}${PASSES}throw new Error("no");`, { failed: 1 }],
  [
    "a test that is left out by only",
    `${OURS}test.only("one", () => {});${PASSES}test.run();`,
    { passed: 1, failed: 1 },
  ],
  [
    "a hook that fails",
    `${OURS}test.before(() => { throw new Error("no"); });${PASSES}test.run();`,
    { failed: 1 },
  ],
] as const) {
  test(`${what} is counted, and leaves nothing to the next file`, async () => {
    const next = `${OURS}${PASSES}test.run();`;
    assert.equal(await resultsOf(text, next), [
      { ...NONE, ...expected },
      { ...NONE, passed: 1 },
    ]);
  });
}

test.run();
