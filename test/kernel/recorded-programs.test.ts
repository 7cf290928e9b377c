/**
 * Real programs are recorded, and do the same work again under what was recorded, which kills for any other call.
 */

import { chownSync, existsSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { PROGRAM, temporaryDirectory } from "../support/programs/program.ts";
import { ALL } from "../support/running/extent.ts";
import { program } from "../support/running/needs.ts";
import { NO_SETTINGS } from "../support/running/settings.ts";
import { test, testWith } from "../support/running/test.ts";
import { type Caller, callers } from "./programs/caller.ts";
import { DIRECT, enforcing, type Launching, recording } from "./programs/launching.ts";
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

const READER = "sleep 1000 & echo waits; read a; echo got $a; read a; echo got $a; kill $!; exit 9";

testWith(
  NO_SETTINGS,
  program("bash", "bash"),
  program("python3", "python3"),
)("a recording is a job of a shell: it stops with its command, and goes on with it", async () => {
  const [caller] = callers();
  const sandbox = new Sandbox(caller as Caller, DIRECT);
  const file = join(temporaryDirectory(), "profile.json");
  const shown = await sandbox.talk(
    [
      ["PS1=; PROMPT_COMMAND='echo ready'\n", "ready\n"],
      // The command has a child, and reads itself: for the end of a child's read nobody waits.
      [`${PROGRAM} record -o ${file} -- sh -c '${READER}'\n`, "waits\n"],
      ["typed\n", "got typed\n"],
      ["\x1a", "ready\n"],
      ["jobs -s | wc -l\n", "1\nready\n"],
      ["fg\n", "exit 9'\n"],
      ["typed again\n", "got typed again\nready\n"],
      ["echo status $?\n", "status 9\nready\n"],
      ["exit\n", ""],
    ],
    "bash",
    "--norc",
    "--noediting",
    "-i",
  );
  await sandbox.close();
  assert.match(shown, /status 0\n$/);
  assert.ok(existsSync(file));
});

PROGRAMS.filter(({ name }) => ALL || FEW.includes(name)).forEach(addTests);

test.run();
