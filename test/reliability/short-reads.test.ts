/**
 * Profiles whose reads come back short, or whose file ends while it is being read.
 */

import * as assert from "uvu/assert";
import { refused } from "../support/programs/expect.ts";
import { directoryOf, profileOf } from "../support/programs/files.ts";
import { compileC } from "../support/programs/native.ts";
import { type Outcome, PROGRAM, runCommand } from "../support/programs/program.ts";
import { extent } from "../support/running/extent.ts";
import { test } from "../support/running/test.ts";
import { answers, saw, WITNESS, word } from "./support/witness.ts";

const SHORT_READS = compileC("test/reliability/native/short_reads.c");

/** Two rules, so that a profile of which the end is missing would be seen. */
const PROFILE = profileOf(answers(1, 1003), answers(2, 1003));
const D = directoryOf({ "p.json": PROFILE, "large.json": PROFILE.padEnd(200_000, " ") });
const NEVER = 1e9;

/** A launch none of whose reads gets more than `most` bytes, and that sees the file end after `end` bytes. */
function launch(most: number, end: number, file = "p.json"): Outcome {
  const program = [PROGRAM, "--profile", `${D}/${file}`, "--", WITNESS, word(1), word(2)];
  return runCommand([SHORT_READS, String(most), String(end), ...program]);
}

function ran(outcome: Outcome): void {
  assert.equal(outcome, { status: saw(1003), signal: null, stdout: "-1003 -1003\n", stderr: "" });
}

test("a profile that comes in small pieces is read to its end", () => {
  for (const most of [1, 2, 3, 7, 16, 31, 64, 100]) {
    ran(launch(most, NEVER));
  }
  for (const most of [4096, 8191, 65_537]) {
    ran(launch(most, NEVER, "large.json"));
  }
});

test("a profile whose file ends early is refused, wherever that is", () => {
  const step = extent(7, 1);
  for (let end = 0; end < PROFILE.length; end += step) {
    refused(launch(NEVER, end), "p.json:");
  }
  refused(launch(NEVER, PROFILE.length - 1), "p.json:");
  ran(launch(NEVER, PROFILE.length));
});

test("pieces and an early end at once are refused as well", () => {
  for (const end of [0, 1, 50, PROFILE.length - 1]) {
    refused(launch(9, end), "p.json:");
  }
});

test.run();
