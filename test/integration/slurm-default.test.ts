/**
 * A site makes the launcher the default of Slurm users, by its Lua plug-ins and TaskProlog, and what leads around that.
 */

import { readFileSync } from "node:fs";
import { denied, PROBE } from "../support/programs/expect.ts";
import { directoryOf } from "../support/programs/files.ts";
import { PROGRAM } from "../support/programs/program.ts";
import {
  CALLERS,
  CONFINED,
  completed,
  ended,
  example,
  NODE_PROFILES,
  onCluster,
  printed,
  SOMEONE,
  STATUS,
  UNCONFINED,
} from "./support/slurm-tests.ts";

onCluster(
  "slurm, Lua plug-ins and TaskProlog",
  () => {
    const prolog = readFileSync("examples/slurm/task-prolog", "utf8");
    const directory = directoryOf({ "task-prolog": { content: prolog, mode: 0o755 } });
    return {
      settings: [
        "JobSubmitPlugins=lua",
        "CliFilterPlugins=lua",
        `TaskProlog=${directory}/task-prolog`,
        "PartitionName=services Nodes=ALL",
      ],
      files: {
        "job_submit.lua": example("job_submit.lua"),
        "cli_filter.lua": example("cli_filter.lua"),
      },
      etc: NODE_PROFILES,
    };
  },
  (test, cluster) => {
    for (const [who, caller] of CALLERS) {
      test(`a default: batch scripts of ${who} run under the launcher, whatever their interpreter`, async () => {
        completed(await cluster().sbatch(`#!/bin/sh\n${PROBE}\n`, caller), denied(3000));
        completed(
          await cluster().sbatch(`#! /bin/bash -e\n${PROBE}\nfalse || exit 0\n`, caller),
          denied(3000),
        );
      });

      test(`a default: srun refuses ${who} a command without the launcher, and says what to write`, () => {
        ended(cluster().srun(STATUS, caller), 1, "seccomp-exec -- COMMAND");
        printed(cluster().srun([PROGRAM, "--", ...STATUS], caller), CONFINED);
      });
    }

    test("TaskProlog names the profile where the job names none", () => {
      const probe = [PROGRAM, "--", PROBE];
      printed(cluster().srun(probe, SOMEONE), denied(3000));
      printed(cluster().srun(["-p", "services", ...probe], SOMEONE), denied(3001));
      const env = { SECCOMP_EXEC_PROFILE: "own.json" };
      printed(cluster().srun(["-p", "services", ...probe], { ...SOMEONE, env }), denied(3002));
    });

    test("the way around: a slurm.conf of the user's own, also from within a confined batch script", async () => {
      const lines = cluster().configuration.replace(/^CliFilterPlugins=.*\n/m, "");
      const SLURM_CONF = cluster().file("own.conf", lines);
      printed(cluster().srun(STATUS, { ...SOMEONE, env: { SLURM_CONF } }), UNCONFINED);
      const script = `#!/bin/sh\n${STATUS.join(" ")}\nSLURM_CONF=${SLURM_CONF} srun ${STATUS.join(" ")}\n`;
      completed(await cluster().sbatch(script, SOMEONE), CONFINED + UNCONFINED);
    });
  },
);
