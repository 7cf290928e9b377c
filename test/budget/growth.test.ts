/**
 * What checking a text costs grows with its size, and no faster, whatever is in it: the instructions of twice the size are
 * about twice as many.
 */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { LARGE } from "../support/generators/large-texts.ts";
import { PROGRAM, runCommand, temporaryDirectory } from "../support/programs/program.ts";
import { extent } from "../support/running/extent.ts";
import { needs, VALGRIND } from "../support/running/needs.ts";
import { test } from "../support/running/test.ts";

const FILE = join(temporaryDirectory(), "p.json");
/** Characters. */
const SIZE = extent(1, 8) * 1024;
/** What is linear costs twice as much, what is quadratic four times. */
const MAX_RATIO = 2.6;
/** Instructions that may be more without a reason: a table that has to grow, memory that is cleared. */
const SLACK = 2_000_000;

/** In `make test` one in so many of the texts is looked at. */
const ONE_IN = extent(6, 1);

/** Instructions of a check of this text, from the start of the executable to its end. */
function costOf(text: string): number {
  needs(VALGRIND);
  writeFileSync(FILE, text);
  const tool = ["--vgdb=no", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"];
  const { stderr } = runCommand(["valgrind", ...tool, PROGRAM, "check", FILE]);
  const count = Number(/ I\s+refs:\s+([\d,]+)/.exec(stderr)?.[1]?.replaceAll(",", ""));
  assert.ok(count > 1_000_000, "valgrind counted nothing");
  return count;
}

Object.entries(LARGE).forEach(([name, make], i) => {
  if (i % ONE_IN === 0) {
    test(`twice as much of ${name} costs twice as much`, () => {
      const start = costOf(make(SIZE / 8));
      const [once, twice] = [SIZE, 2 * SIZE].map((size) => costOf(make(size)) - start) as [number, number];
      assert.ok(twice <= MAX_RATIO * Math.max(once, 0) + SLACK, `${once} and ${twice} instructions`);
    });
  }
});

test.run();
