/**
 * The launcher in the tasks of a Docker Swarm of one node: a task that its filter ends is started again, a confined one
 * runs, and one that the operator refuses never starts. Swarm itself has no setting for seccomp.
 */

import * as assert from "uvu/assert";
import { answering, profileOf } from "../support/programs/files.ts";
import { test } from "../support/running/test.ts";
import { type Engine, withEngine } from "./support/docker.ts";
import {
  BUSYBOX,
  importImage,
  LAUNCHER,
  LAUNCHER_AND_PROBE,
  PROBE_INSIDE as PROBE,
} from "./support/images.ts";

const PROFILES = "/etc/dcos/mesos/seccomp";
const IMAGE = "confined";
const BOUNDED = "bounded";

/** How often a service that fails is started again. */
const ATTEMPTS = 2;

const DOES_NOT_END = "while :; do sleep 0.1; done";

/** A task of a service: its state, and the engine's word for why it failed. */
interface Task {
  readonly state: string;
  readonly error: string;
}

withEngine("the launcher in Docker Swarm", (engine) => {
  test("a swarm of one node begins", () => {
    // In the engine's own network, where nobody else is.
    engine.succeed("swarm", "init", "--advertise-addr", "127.0.0.1", "--listen-addr", "127.0.0.1:2377");
    const entrypoint = `ENTRYPOINT ["${LAUNCHER}", "--"]`;
    const files = {
      ...LAUNCHER_AND_PROBE,
      ...BUSYBOX,
      [`${PROFILES}/default.json`]: answering(3000),
      [`${PROFILES}/kill.json`]: profileOf({
        names: ["sched_get_priority_max"],
        action: "SCMP_ACT_KILL_PROCESS",
      }),
    };
    importImage(engine, IMAGE, files, entrypoint);
    const policy = JSON.stringify({ allowUnconfined: false });
    importImage(engine, BOUNDED, { ...files, "/etc/seccomp-exec/policy.json": policy }, entrypoint);
  });

  test("a task that makes a forbidden call is killed, and started again as often as the service says", () => {
    createService(
      engine,
      "killed",
      IMAGE,
      ["SECCOMP_EXEC_PROFILE=kill.json"],
      "sh",
      "-c",
      `echo began; exec ${PROBE}`,
    );
    const tasks = failedTasks(engine, "killed");
    assert.equal(
      tasks.map(({ error }) => error),
      Array(ATTEMPTS + 1).fill("task: non-zero exit (159)"),
    );
    // Each of them ran until it made the call.
    assert.is(outputOf(engine, "killed"), "began\n".repeat(ATTEMPTS + 1));
  });

  test("the same task lives where the profile has nothing against the call", () => {
    createService(engine, "lives", IMAGE, [], "sh", "-c", `${PROBE}; ${DOES_NOT_END}`);
    runs(engine, "lives");
    engine.waitFor("the task has made its call", () => outputOf(engine, "lives") !== "");
    assert.is(outputOf(engine, "lives"), "error 3000\n");
    engine.succeed("service", "rm", "lives");
  });

  test("a confined task runs, and its process 1 has the launcher's filter beside the engine's", () => {
    const command = ["sh", "-c", DOES_NOT_END];
    createService(engine, "confined", IMAGE, ["SECCOMP_EXEC_PROFILE=builtin:default.json"], ...command);
    runs(engine, "confined");
    assert.equal(filtersOf(engine, "confined"), ["Seccomp:\t2", "Seccomp_filters:\t2"]);
    engine.succeed("service", "rm", "confined");
  });

  test("a task that asks to run unconfined does so where no operator objects", () => {
    const command = ["sh", "-c", DOES_NOT_END];
    createService(engine, "unconfined", IMAGE, ["SECCOMP_EXEC_UNCONFINED=true"], ...command);
    runs(engine, "unconfined");
    assert.equal(filtersOf(engine, "unconfined"), ["Seccomp:\t2", "Seccomp_filters:\t1"]);
    engine.succeed("service", "rm", "unconfined");
  });

  test("a task that asks to run unconfined against the operator's policy never begins", () => {
    const command = ["sh", "-c", `echo began; ${DOES_NOT_END}`];
    createService(engine, "refused", BOUNDED, ["SECCOMP_EXEC_UNCONFINED=true"], ...command);
    const tasks = failedTasks(engine, "refused");
    assert.equal(
      tasks.map(({ error }) => error),
      Array(ATTEMPTS + 1).fill("task: non-zero exit (125)"),
    );
    for (const container of containersOf(engine, "refused")) {
      const { stdout, stderr } = engine.docker("logs", container);
      assert.is(stdout, "", "the command did not run");
      assert.match(stderr, /^seccomp-exec: error: .*unconfined/);
    }
  });

  test("under the same policy a task that asks for nothing runs confined", () => {
    createService(engine, "obedient", BOUNDED, [], "sh", "-c", `echo began; ${DOES_NOT_END}`);
    runs(engine, "obedient");
    assert.equal(filtersOf(engine, "obedient"), ["Seccomp:\t2", "Seccomp_filters:\t2"]);
    engine.succeed("service", "rm", "obedient");
  });

  test("the swarm ends", () => {
    engine.succeed("swarm", "leave", "--force");
  });
});

test.run();

function createService(
  engine: Engine,
  name: string,
  image: string,
  environment: readonly string[],
  ...command: readonly string[]
): void {
  engine.succeed(
    // Detached: the client would wait for good until a service runs that never does.
    ...["service", "create", "--detach", "--quiet", "--no-resolve-image", "--name", name],
    ...[
      "--restart-condition",
      "on-failure",
      "--restart-max-attempts",
      String(ATTEMPTS),
      "--restart-delay",
      "0s",
    ],
    ...environment.flatMap((variable) => ["--env", variable]),
    ...[image, ...command],
  );
}

function tasksOf(engine: Engine, service: string): Task[] {
  const format = "{{.CurrentState}}\t{{.Error}}";
  const lines = engine.succeed("service", "ps", "--no-trunc", "--format", format, service).split("\n");
  return lines.filter(Boolean).map((line) => {
    const [current = "", error = ""] = line.split("\t");
    // "Failed 2 seconds ago"
    return { state: current.split(" ")[0] ?? "", error: error.replaceAll('"', "") };
  });
}

/** Waits until the scheduler has given a service up. */
function failedTasks(engine: Engine, service: string): readonly Task[] {
  const allFailed = (): boolean => {
    const tasks = tasksOf(engine, service);
    return tasks.length === ATTEMPTS + 1 && tasks.every(({ state }) => state === "Failed");
  };
  engine.waitFor(`${service} has failed ${ATTEMPTS + 1} times`, allFailed);
  return tasksOf(engine, service);
}

/** Waits until the only task of a service runs, which has been started once. */
function runs(engine: Engine, service: string): void {
  const replicas = (): string =>
    engine.succeed("service", "ls", "--filter", `name=${service}`, "--format", "{{.Replicas}}");
  engine.waitFor(`${service} runs`, () => replicas() === "1/1");
  assert.equal(tasksOf(engine, service), [{ state: "Running", error: "" }]);
}

function containersOf(engine: Engine, service: string): string[] {
  const label = `label=com.docker.swarm.service.name=${service}`;
  return engine.succeed("ps", "--all", "--quiet", "--filter", label).split("\n").filter(Boolean);
}

/** What the tasks of a service have printed, from their containers, which the swarm keeps. */
function outputOf(engine: Engine, service: string): string {
  return containersOf(engine, service)
    .map((container) => engine.docker("logs", container).stdout)
    .join("");
}

/** The filters of a task's process 1. */
function filtersOf(engine: Engine, service: string): string[] {
  const [container = ""] = containersOf(engine, service);
  return engine.succeed("exec", container, "grep", "^Seccomp", "/proc/1/status").split("\n");
}
