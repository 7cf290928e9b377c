/**
 * What large files may cost: the instructions that are counted, for each byte that is added, and how they grow.
 */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { MAX_FILE_SIZE, SHAPES } from "../support/generators/large-profiles.ts";
import { countRun } from "../support/programs/callgrind.ts";
import { PROGRAM, temporaryDirectory } from "../support/programs/program.ts";
import { extent } from "../support/running/extent.ts";
import { test } from "../support/running/test.ts";

/**
 * For each byte between the smaller and the larger file. 5 seconds for a file of 4 MiB are about 9500, at eight
 * billion instructions a second; what is bounded makes a byte of a smaller file dearer. The dearest are thousands of rules with a condition
 * each for one call: `check` looks at each of them from eleven sides.
 */
const MAX_PER_BYTE = 14_500;
const SMALLER = 64 << 10;

/** The shapes that cost the most in each stage, with the verb that brings it out. */
const GROWING: readonly (readonly [shape: string, verb: string])[] = [
  ["one name again and again", "check"],
  ["unknown names, allowed", "check"],
  ["rules without conditions, two actions", "check"],
  ["rules without conditions for one call", "check"],
  ["rules with a mask each, one call", "compile"],
  ["rules with a value each, two actions", "compile"],
  ["rules with six conditions each, calls in turn", "compile"],
  ["values above 2^53", "check"],
  ["capabilities of one rule, included and excluded", "check"],
  ["values of a wrong type", "check"],
  ["a bracket that is missing at the end", "check"],
];

const DIRECTORY = temporaryDirectory();

function count(shape: string, verb: string, size: number): number {
  const profile = join(DIRECTORY, "profile.json");
  const text = SHAPES.find(({ name }) => name === shape)?.text(size) ?? "";
  assert.ok(text.length > 0 && Buffer.byteLength(text) <= size, shape);
  writeFileSync(profile, text);
  const output = verb === "compile" ? ["-o", "/dev/null"] : [];
  const command = [PROGRAM, verb, ...output, "--caps", "none", "--kernel", "6.1", profile];
  const instructions = countRun(command, join(DIRECTORY, "callgrind.out"));
  assert.ok(instructions > 1_000_000, "it was not counted to its end");
  return instructions;
}

/** In `make test` one in so many of them is counted. */
const ONE_IN = extent(5, 1);

for (const [shape, verb] of GROWING.filter((_, i) => i % ONE_IN === 0)) {
  test(`${verb}: ${shape}: each byte costs what the one before it did`, () => {
    const [once, twice] = [count(shape, verb, SMALLER), count(shape, verb, 2 * SMALLER)];
    const each = (twice - once) / SMALLER;
    assert.ok(each <= MAX_PER_BYTE, `${Math.round(each)} instructions for a byte`);
    // What is made once counts in both: twice the file is at most twice the work.
    assert.ok(twice <= 2.1 * once, `${once} instructions, and ${twice} for twice the file`);
  });
}

test("the largest file of spaces is checked with a few instructions for a byte", () => {
  assert.ok(count("spaces at the end", "check", MAX_FILE_SIZE) < 300 * MAX_FILE_SIZE);
});

test.run();
