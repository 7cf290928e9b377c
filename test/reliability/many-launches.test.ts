/**
 * Ten thousand launches, eight at a time: none fails, and nothing is left of any.
 */

import { readdirSync, readlinkSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { answering, directoryOf, NOBODY, profileOf } from "../support/files.ts";
import { PROGRAM } from "../support/program.ts";
import { swarm, type Tally } from "./support/swarm.ts";
import { answers, saw, WITNESS } from "./support/witness.ts";

const D = directoryOf({
  "p.json": answering(1007),
  "of-another.json": { content: profileOf(answers(1, 1008)), owner: NOBODY },
});

const AT_ONCE = 8;

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

test("10,000 launches at 8 at a time: each command is confined by its profile, and nothing is left", () => {
  assert.equal(running(PROGRAM, WITNESS), []);
  const tally = swarm(10_000, AT_ONCE, [PROGRAM, "--profile", `${D}/p.json`, "--", WITNESS]);
  report("10,000 launches", tally);
  assert.equal(tally.statuses, { [saw(1007)]: 10_000 });
  assert.equal(tally.lines, { "-1007": 10_000 });
  assert.is(tally.stderr, "");
  nothingIsLeft(tally);
});

test("1,000 launches that are refused: each says why and ends with 125, and nothing is left", () => {
  const tally = swarm(1000, AT_ONCE, [PROGRAM, "--profile", `${D}/of-another.json`, "--", WITNESS]);
  report("1,000 refusals", tally);
  assert.equal(tally.statuses, { 125: 1000 });
  assert.equal(tally.lines, {});
  const errors = tally.stderr.split("\n").filter((line) => line.startsWith("seccomp-exec: error: "));
  assert.is(errors.length, 1000);
  assert.is(new Set(errors).size, 1);
  nothingIsLeft(tally);
});

test.run();
