/**
 * Real programs are recorded, and do the same work again under what was recorded, which kills for any other call.
 */

import { chownSync } from "node:fs";
import * as assert from "uvu/assert";
import { temporaryDirectory } from "../support/programs/program.ts";
import { ALL } from "../support/running/extent.ts";
import { test, testWith } from "../support/running/test.ts";
import type { Caller } from "./programs/caller.ts";
import { enforcing, type Launching, recording } from "./programs/launching.ts";
import { callersOf, needsOf, PROGRAMS, type Program } from "./programs/programs.ts";
import { Sandbox } from "./programs/sandbox.ts";

/** Without TEST_ALL: those that take little time. */
const FEW = ["bash", "bash under a terminal", "sqlite3", "a program of musl", "a static 32-bit program"];

const MODES = [[], ...(ALL ? [["--exact"], ["--args"], ["--exact", "--args"]] : [])];

/** Does the work; returns what its commands printed. */
async function doneBy(program: Program, caller: Caller, launching: Launching): Promise<readonly string[]> {
  const sandbox = new Sandbox(caller, launching);
  try {
    await program.work(sandbox);
  } finally {
    await sandbox.close();
  }
  return sandbox.transcript;
}

function addTests(program: Program): void {
  const withProgram = testWith(...needsOf(program));
  const [first, ...others] = callersOf(program);
  // The first is root, if root runs the tests, and the last has no capabilities.
  const callers = [first, ...(ALL ? others.slice(-1) : [])];
  for (const options of MODES) {
    for (const caller of callers.flatMap((each) => each ?? [])) {
      const mode = ["record", ...options].join(" ");
      withProgram(`${program.name} works as it was recorded by ${mode} as ${caller.name}`, async () => {
        const profiles = temporaryDirectory();
        chownSync(profiles, caller.uid, caller.gid);
        const recorded = await doneBy(program, caller, recording(profiles, options));
        assert.equal(await doneBy(program, caller, enforcing(profiles)), recorded);
      });
    }
  }
}

PROGRAMS.filter(({ name }) => ALL || FEW.includes(name)).forEach(addTests);

test.run();
