/**
 * Users of Slurm put the launcher in front of their commands: steps and batch jobs run under the profile, and end as they should.
 */

import { existsSync } from "node:fs";
import * as assert from "uvu/assert";
import { denied, PROBE } from "../support/programs/expect.ts";
import { PROGRAM, temporaryDirectory } from "../support/programs/program.ts";
import {
  CALLERS,
  CONFINED,
  completed,
  D,
  ended,
  launch,
  onCluster,
  printed,
  STATUS,
  UNCONFINED,
} from "./support/slurm-tests.ts";

onCluster(
  "slurm, launcher in the command",
  () => ({}),
  (test, cluster) => {
    for (const [who, caller] of CALLERS) {
      test(`a step of ${who} runs under the profile, and without the launcher under none`, () => {
        printed(cluster().srun(launch("builtin:default.json", ...STATUS), caller), CONFINED);
        printed(cluster().srun(launch(`${D}/a.json`, PROBE), caller), denied(1001));
        printed(cluster().srun(STATUS, caller), UNCONFINED);
      });

      test(`a batch script of ${who} is confined from the line on where the launcher is`, async () => {
        const script = `#!/bin/sh\n${STATUS.join(" ")}\nexec ${launch(`${D}/a.json`, ...STATUS).join(" ")}\n`;
        completed(await cluster().sbatch(script, caller), UNCONFINED + CONFINED);
      });

      test(`the launcher in the #! line confines the whole batch script of ${who}, but no step of it`, async () => {
        const script = `#!/usr/bin/env -S ${launch(`${D}/a.json`, "sh").join(" ")}\n${PROBE}\nsrun ${STATUS.join(" ")}\n`;
        completed(await cluster().sbatch(script, caller), denied(1001) + UNCONFINED);
      });
    }

    test("every task of a step is confined", () => {
      const outcome = cluster().srun(["-n", "3", "--overcommit", ...launch(`${D}/a.json`, PROBE)]);
      printed(outcome, denied(1001).repeat(3));
    });

    test("what srun carries over of the environment names the profile", () => {
      const env = { MESOS_SECCOMP_CONFIG_DIR: D, SECCOMP_EXEC_PROFILE: "b.json" };
      printed(cluster().srun([PROGRAM, "--", PROBE], { env }), denied(1002));
    });

    test("a command that cannot do without a forbidden call fails with its own status", () => {
      const directory = `${temporaryDirectory()}/new`;
      const outcome = cluster().srun(launch(`${D}/read-only.json`, "mkdir", directory));
      ended(outcome, 1, "Read-only file system", "Exited with exit code 1");
      assert.not.ok(existsSync(directory));
    });

    test("a command's own status is the step's", () => {
      ended(cluster().srun(launch(`${D}/a.json`, "sh", "-c", "exit 7")), 7);
    });

    test("a step whose command is killed by its filter ends with 159", () => {
      ended(cluster().srun(launch(`${D}/kill.json`, PROBE)), 159, "Bad system call");
    });

    test("125: the launcher's failure is the step's, with its message", () => {
      const outcome = cluster().srun(launch(`${D}/none.json`, "echo", "ran"));
      ended(outcome, 125, "seccomp-exec: error: ", "none.json");
    });

    test("127: so is a missing command", () => {
      ended(cluster().srun(launch(`${D}/a.json`, "no-such-command")), 127, "cannot find 'no-such-command'");
    });

    test("a batch job whose command is killed by its filter fails with signal 31", async () => {
      const script = `#!/bin/sh\nexec ${launch(`${D}/kill.json`, PROBE).join(" ")}\n`;
      const { state, exitCode } = await cluster().sbatch(script);
      assert.equal([state, exitCode], ["FAILED", "0:31"]);
    });

    test("a batch job fails with the launcher's status and message", async () => {
      const script = `#!/bin/sh\nexec ${launch(`${D}/none.json`, "echo", "ran").join(" ")}\n`;
      const { state, exitCode, output } = await cluster().sbatch(script);
      assert.equal([state, exitCode], ["FAILED", "125:0"]);
      assert.match(output, "seccomp-exec: error: ");
    });
  },
);
