/**
 * Ten thousand launches (in `make test` some fewer), eight at a time: none fails, and nothing is left of any.
 */

import { readdirSync, readlinkSync } from "node:fs";
import * as assert from "uvu/assert";
import { answering, directoryOf, profileOf } from "../support/programs/files.ts";
import { PROGRAM } from "../support/programs/program.ts";
import { extent } from "../support/running/extent.ts";
import { test } from "../support/running/test.ts";
import { swarm, type Tally } from "./support/swarm.ts";
import { answers, saw, WITNESS } from "./support/witness.ts";

const D = directoryOf({
  "p.json": answering(1007),
  // That nobody but its owner may be allowed to write is what it lacks.
  "writable.json": { content: profileOf(answers(1, 1008)), mode: 0o666 },
});

const AT_ONCE = 8;
const LAUNCHES = extent(1500, 10_000);
const REFUSALS = extent(150, 1000);

/** The processes on this machine that run one of these files: nobody else's, since the files are this test's own. */
function running(...files: readonly string[]): string[] {
  return readdirSync("/proc").filter((pid) => {
    try {
      return /^\d+$/.test(pid) && files.includes(readlinkSync(`/proc/${pid}/exe`));
    } catch {
      // It has ended meanwhile, or is the kernel's own.
      return false;
    }
  });
}

function nothingIsLeft({ signals, strangers, left }: Tally): void {
  assert.equal(signals, {});
  assert.is(strangers, 0, "no process that nobody waited for");
  assert.is(left, 0, "no process, not even a zombie");
  assert.equal(running(PROGRAM, WITNESS), []);
}

function report(what: string, { seconds, longest }: Tally): void {
  console.log(`${what}: ${seconds.toFixed(1)} s, the longest launch ${longest} ms`);
}

test(`${LAUNCHES} launches at 8 at a time: each command is confined by its profile, and nothing is left`, () => {
  assert.equal(running(PROGRAM, WITNESS), []);
  const tally = swarm(LAUNCHES, AT_ONCE, [PROGRAM, "--profile", `${D}/p.json`, "--", WITNESS]);
  report(`${LAUNCHES} launches`, tally);
  assert.equal(tally.statuses, { [saw(1007)]: LAUNCHES });
  assert.equal(tally.lines, { "-1007": LAUNCHES });
  assert.is(tally.stderr, "");
  nothingIsLeft(tally);
});

test(`${REFUSALS} launches that are refused: each says why and ends with 125, and nothing is left`, () => {
  const tally = swarm(REFUSALS, AT_ONCE, [PROGRAM, "--profile", `${D}/of-another.json`, "--", WITNESS]);
  report(`${REFUSALS} refusals`, tally);
  assert.equal(tally.statuses, { 125: REFUSALS });
  assert.equal(tally.lines, {});
  const errors = tally.stderr.split("\n").filter((line) => line.startsWith("seccomp-exec: error: "));
  assert.is(errors.length, REFUSALS);
  assert.is(new Set(errors).size, 1);
  nothingIsLeft(tally);
});

test.run();
