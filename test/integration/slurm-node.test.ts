/**
 * A site puts the launcher in front of everything that Slurm runs on a node, before slurmd or by a SPANK plug-in: what that binds, and what not.
 */

import { existsSync, readFileSync } from "node:fs";
import * as assert from "uvu/assert";
import { denied, PROBE } from "../support/programs/expect.ts";
import { directoryOf } from "../support/programs/files.ts";
import { type Outcome, PROGRAM, runCommand } from "../support/programs/program.ts";
import type { ClusterOptions } from "./support/slurm.ts";
import {
  CALLERS,
  CONFINED,
  completed,
  D,
  ended,
  example,
  FILTERS,
  launch,
  loginFiles,
  NODE_PROFILES,
  onCluster,
  passwdWithHome,
  printed,
  SOMEONE,
  STATUS,
  UNCONFINED,
  withScript,
} from "./support/slurm-tests.ts";

/** What the drop-in for slurmd.service runs slurmd by. */
function beforeSlurmd(): string[] {
  const [, line = ""] = /^ExecStart=(.+)$/m.exec(example("slurmd.service.d.conf")) ?? [];
  const [command = "", slurmd] = line.split(" /usr/sbin/slurmd ");
  assert.is(slurmd, "-D -s $SLURMD_OPTIONS", "as in Debian's own unit");
  return command.split(" ");
}

const home = passwdWithHome();

onCluster(
  "slurm, launcher before slurmd",
  () => ({ before: beforeSlurmd(), etc: { passwd: home.passwd } }),
  (test, cluster) => {
    for (const [who, caller] of CALLERS) {
      test(`a boundary: every step of ${who} is confined`, () => {
        printed(cluster().srun(STATUS, caller), CONFINED);
        printed(cluster().srun(["-n", "2", "--overcommit", ...STATUS], caller), CONFINED.repeat(2));
      });

      test(`a boundary: so are batch scripts of ${who} and the steps that they start`, async () => {
        const script = `#!/bin/sh\n${STATUS.join(" ")}\nsrun ${STATUS.join(" ")}\n`;
        completed(await cluster().sbatch(script, caller), CONFINED.repeat(2));
      });

      test(`a boundary: so are the prolog and epilog that ${who} gives a task`, () => {
        for (const option of ["--task-prolog", "--task-epilog"]) {
          const { outcome, seen } = withScript(cluster(), option, caller);
          printed(outcome, CONFINED);
          assert.is(seen, CONFINED, option);
        }
      });
    }

    test("a boundary: so are the login files that sbatch --get-user-env runs", async () => {
      assert.is(await loginFiles(cluster(), home), CONFINED);
    });

    test("a boundary: a task cannot leave it, only add to it", () => {
      const env = { SECCOMP_EXEC_UNCONFINED: "true" };
      printed(cluster().srun([PROGRAM, "--unconfined", "--", ...STATUS], SOMEONE), CONFINED);
      printed(cluster().srun(STATUS, { ...SOMEONE, env }), CONFINED);
      printed(cluster().srun(FILTERS, SOMEONE), "1\n");
      printed(cluster().srun(launch(`${D}/a.json`, ...FILTERS), SOMEONE), "2\n");
      printed(cluster().srun(launch(`${D}/a.json`, PROBE), SOMEONE), denied(1001));
    });

    test("the calls that the node's profile refuses are refused, and setuid programs still work", () => {
      // io_uring_setup has the same number everywhere. Its bad pointer keeps it from doing anything.
      const call = [PROBE, "425", "1", "0"];
      assert.is.not(runCommand(call).stdout, denied(38), "the kernel itself has the call");
      printed(cluster().srun(call, SOMEONE), denied(38));
      printed(cluster().srun(["grep", "NoNewPrivs", "/proc/self/status"], SOMEONE), "NoNewPrivs:\t0\n");
    });

    test("statuses of steps are what they are without it", () => {
      ended(cluster().srun(["sh", "-c", "exit 7"]), 7);
      ended(cluster().srun(launch(`${D}/kill.json`, PROBE)), 159);
      ended(cluster().srun(launch(`${D}/none.json`, "echo", "ran")), 125);
    });
  },
);

/** plugstack.conf of the examples, with the plug-in compiled for the Slurm that is installed. */
function plugstack(): string {
  const plugin = `${directoryOf({})}/seccomp_exec.so`;
  const header = "/usr/include/slurm/spank.h";
  assert.ok(existsSync(header), `${header} is missing; on Debian: apt-get install libslurm-dev`);
  const flags = ["-Wall", "-Werror", "-shared", "-fPIC"];
  const compiled = runCommand(["cc", ...flags, "-o", plugin, "examples/slurm/seccomp_exec.c"]);
  assert.is(compiled.status, 0, compiled.stderr);
  const installed = "/usr/local/lib/slurm/seccomp_exec.so";
  const text = example("plugstack.conf");
  assert.match(text, installed);
  return `${directoryOf({ "plugstack.conf": text.replace(installed, plugin) })}/plugstack.conf`;
}

const POLICY = {
  profileDir: "/etc/dcos/mesos/seccomp",
  defaultProfile: "default.json",
  // The last is slurmd's own, where it has one.
  allowedProfiles: ["default.json", "strict.json", "kill.json", "builtin:relaxed.json"],
  allowUnconfined: false,
};
const spankHome = passwdWithHome();
const SPANK = (): ClusterOptions => ({
  settings: [`PlugStackConfig=${plugstack()}`],
  etc: {
    ...NODE_PROFILES,
    "dcos/mesos/seccomp/kill.json": readFileSync(`${D}/kill.json`, "utf8"),
    "seccomp-exec/policy.json": JSON.stringify(POLICY),
    passwd: spankHome.passwd,
  },
});

onCluster("slurm, launcher by SPANK plug-in", SPANK, (test, cluster) => {
  for (const [who, caller] of CALLERS) {
    test(`a boundary for tasks: every step of ${who} is under the operator's default`, () => {
      printed(cluster().srun(STATUS, caller), CONFINED);
      printed(cluster().srun([PROBE], caller), denied(3000));
      printed(cluster().srun(["-n", "2", "--overcommit", PROBE], caller), denied(3000).repeat(2));
    });

    test(`a boundary for tasks: so are batch scripts of ${who} and the steps that they start`, async () => {
      const script = `#!/bin/sh\n${PROBE}\nsrun ${PROBE}\n`;
      completed(await cluster().sbatch(script, caller), denied(3000).repeat(2));
    });
  }

  test("a task may choose among the operator's profiles, and nothing else", () => {
    const under = (env: Record<string, string>): Outcome => cluster().srun([PROBE], { ...SOMEONE, env });
    printed(under({ SECCOMP_EXEC_PROFILE: "strict.json" }), denied(3001));
    ended(under({ SECCOMP_EXEC_PROFILE: "own.json" }), 125, "allowedProfiles");
    ended(under({ SECCOMP_EXEC_UNCONFINED: "true" }), 125, "allowUnconfined");
    ended(under({ MESOS_SECCOMP_CONFIG_DIR: D, SECCOMP_EXEC_PROFILE: "strict.json" }), 125, "profileDir");
  });

  test("no code of the user runs before the launcher", () => {
    const { outcome, seen } = withScript(cluster(), "--task-prolog", SOMEONE);
    printed(outcome, CONFINED);
    assert.is(seen, "", "the prolog does not run");
  });

  test("the way around: what srun --task-epilog names runs without a filter", () => {
    const { outcome, seen } = withScript(cluster(), "--task-epilog", SOMEONE);
    printed(outcome, CONFINED);
    assert.is(seen, UNCONFINED);
  });

  test("the way around: the login files that sbatch --get-user-env runs have no filter", async () => {
    assert.is(await loginFiles(cluster(), spankHome), UNCONFINED);
  });

  test("the task has the limits of its submitter, and none of Slurm's notes of them", () => {
    const show = "ulimit -Sn; env | grep -c ^SLURM_RLIMIT_";
    const submit = `ulimit -Sn 333; exec srun sh -c '${show}; true'`;
    printed(cluster().client(["sh", "-c", submit], SOMEONE), "333\n0\n");
  });

  test("statuses: the command's own, 159, 127", () => {
    ended(cluster().srun(["sh", "-c", "exit 7"], SOMEONE), 7);
    ended(cluster().srun([PROBE], { ...SOMEONE, env: { SECCOMP_EXEC_PROFILE: "kill.json" } }), 159);
    ended(cluster().srun(["no-such-command"], SOMEONE), 127, "cannot find 'no-such-command'");
  });

  test("a step of several programs fails, since the plug-in cannot know them", () => {
    const file = cluster().file("programs", "0 echo ran\n");
    const outcome = cluster().srun(["--multi-prog", file], SOMEONE);
    assert.is.not(outcome.status, 0);
    assert.is(outcome.stdout, "");
  });
});

onCluster(
  "slurm, a SPANK plug-in that does not find the launcher",
  () => {
    const path = plugstack();
    const text = readFileSync(path, "utf8").replace(PROGRAM, "/no/launcher");
    return { settings: [`PlugStackConfig=${directoryOf({ "plugstack.conf": text })}/plugstack.conf`] };
  },
  (test, cluster) => {
    test("no task starts", () => {
      const outcome = cluster().srun(["echo", "ran"], SOMEONE);
      assert.is.not(outcome.status, 0);
      assert.is(outcome.stdout, "");
      assert.match(outcome.stderr, "cannot run /no/launcher");
    });
  },
);

onCluster(
  "slurm, both",
  () => ({ ...SPANK(), before: beforeSlurmd() }),
  (test, cluster) => {
    test("a task has the node's filter and its own", () => {
      printed(cluster().srun(FILTERS, SOMEONE), "2\n");
      printed(cluster().srun([PROBE], SOMEONE), denied(3000));
    });

    test("a boundary: an epilog has the node's filter", () => {
      assert.is(withScript(cluster(), "--task-epilog", SOMEONE).seen, CONFINED);
    });

    test("a boundary: so have login files", async () => {
      assert.is(await loginFiles(cluster(), spankHome), CONFINED);
    });
  },
);
