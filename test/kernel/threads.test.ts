/**
 * What the actions that kill do to a program with two threads, of which check warns.
 */

import * as assert from "uvu/assert";
import { directoryOf, profileOf } from "../support/programs/files.ts";
import { compileC } from "../support/programs/native.ts";
import { type Outcome, run } from "../support/programs/program.ts";
import { test } from "../support/running/test.ts";

const THREADS = compileC("test/kernel/native/threads.c", "-pthread");

/** Runs the program under a profile that has this action for the call of its second thread. */
function under(action: string): Outcome {
  const text = profileOf({ names: ["sched_get_priority_max"], action });
  return run(["--profile", `${directoryOf({ "p.json": text })}/p.json`, "--", THREADS]);
}

for (const action of ["SCMP_ACT_KILL", "SCMP_ACT_KILL_THREAD"]) {
  test(`${action} leaves a program without its thread, and the program ends with status 0`, () => {
    const { status, signal, stdout } = under(action);
    assert.equal([status, signal, stdout], [0, null, "the program goes on\n"]);
  });
}

for (const action of ["SCMP_ACT_KILL_PROCESS", "SCMP_ACT_TRAP"]) {
  test(`${action} ends the whole program`, () => {
    const { status, signal, stdout } = under(action);
    assert.equal([status, signal, stdout], [null, "SIGSYS", ""]);
  });
}

test.run();
