/**
 * Real programs start and do their work under the shipped profiles: as root with every capability, as root with
 * those of a plain container, and as another user.
 */

import { ALL } from "../support/running/extent.ts";
import { test, testWith } from "../support/running/test.ts";
import { confining } from "./programs/launching.ts";
import { callersOf, needsOf, PROGRAMS, type Program } from "./programs/programs.ts";
import { Sandbox } from "./programs/sandbox.ts";

function addTests(program: Program): void {
  const withProgram = testWith(...needsOf(program));
  for (const profile of program.profiles ?? ["builtin:default.json"]) {
    for (const caller of callersOf(program)) {
      withProgram(`${program.name} works under ${profile} as ${caller.name}`, async () => {
        const sandbox = new Sandbox(caller, confining(profile));
        try {
          await program.work(sandbox);
        } finally {
          await sandbox.close();
        }
      });
    }
  }
}

PROGRAMS.filter(({ isSlow }) => ALL || isSlow !== true).forEach(addTests);

test.run();
