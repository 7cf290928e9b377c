/**
 * What the tests on Slurm share: clusters, callers, profiles, and what they expect of steps and jobs.
 */

import { chownSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import * as assert from "uvu/assert";
import { answering, directoryOf, NOBODY, profileOf } from "../../support/programs/files.ts";
import { type Outcome, PROGRAM } from "../../support/programs/program.ts";
import { need, needs } from "../../support/running/needs.ts";
import { suite, type Test } from "../../support/running/test.ts";
import { type Caller, Cluster, type ClusterOptions, type JobEnd, whatSlurmLacks } from "./slurm.ts";

const lack = whatSlurmLacks();

/**
 * Tests on a cluster of their own, which the first of them starts and which is gone after the last. Where Slurm cannot run
 * there is one test, which fails and says what is missing, unless SKIP_INTEGRATION=1.
 */
export function onCluster(
  name: string,
  options: () => ClusterOptions,
  define: (test: Test, cluster: () => Cluster) => void,
): void {
  const test = suite(name);
  if (lack !== undefined) {
    if (process.env["SKIP_INTEGRATION"] === "1") {
      test(name, () => needs(need(`Slurm: ${lack}`, () => false)));
    } else {
      test("Slurm can run here (SKIP_INTEGRATION=1 leaves this out)", () => assert.unreachable(lack));
    }
    test.run();
    return;
  }
  let started: Cluster | undefined;
  // In a test, since uvu takes it for a success when what runs before the tests fails.
  test("the cluster starts", async () => {
    started = await Cluster.start(options());
  });
  define(test, () => {
    assert.ok(started, "the cluster has not started");
    return started;
  });
  test.after(() => started?.stop());
  test.run();
}

/** Profiles that users have: two that can be told apart, and two that stop a command. */
export const D = directoryOf({
  "a.json": answering(1001),
  "b.json": answering(1002),
  "read-only.json": profileOf({
    names: ["mkdir", "mkdirat"],
    action: "SCMP_ACT_ERRNO",
    errno: "EROFS",
  }),
  "kill.json": profileOf({ names: ["sched_get_priority_max"], action: "SCMP_ACT_KILL_PROCESS" }),
});

/** What the node has in /etc/dcos/mesos/seccomp, where these tests give it an /etc of its own. */
export const NODE_PROFILES = {
  "dcos/mesos/seccomp/default.json": answering(3000),
  "dcos/mesos/seccomp/strict.json": answering(3001),
  "dcos/mesos/seccomp/own.json": answering(3002),
};

/** What a task prints of its own filters. */
export const STATUS = ["grep", "^Seccomp:", "/proc/self/status"];
export const CONFINED = "Seccomp:\t2\n";
export const UNCONFINED = "Seccomp:\t0\n";
export const FILTERS = ["sed", "-n", "s/^Seccomp_filters:\\t//p", "/proc/self/status"];

export const SOMEONE: Caller = { uid: NOBODY };
export const CALLERS: readonly (readonly [string, Caller])[] = [
  ["root", {}],
  ["another user", SOMEONE],
];

/** The launcher in front of a command, as users write it. */
export function launch(profile: string, ...command: readonly string[]): string[] {
  return [PROGRAM, "--profile", profile, "--", ...command];
}

/** The step ended well and printed this. */
export function printed({ status, stdout, stderr }: Outcome, expected: string): void {
  assert.is(stdout, expected, stderr);
  assert.is(status, 0, stderr);
}

/** The step ended with this status, its command printed nothing, and somebody said this. */
export function ended(outcome: Outcome, status: number, ...says: readonly string[]): void {
  assert.is(outcome.status, status, outcome.stderr);
  assert.is(outcome.stdout, "");
  for (const what of says) {
    assert.match(outcome.stderr, what);
  }
}

/** The job ended well and printed this. */
export function completed(job: JobEnd, output: string): void {
  assert.equal(job, { state: "COMPLETED", exitCode: "0:0", output });
}

/** A file of examples/slurm, as a site installs it: with the launcher's path. */
export function example(name: string): string {
  const text = readFileSync(`examples/slurm/${name}`, "utf8");
  const installed = "/usr/local/bin/seccomp-exec";
  assert.match(text, installed);
  return text.replaceAll(installed, PROGRAM);
}

/** A passwd in which the other user has a shell, and a home with login files that write down their filters. */
export function passwdWithHome(): { passwd: string; seen: string } {
  const home = directoryOf({});
  const seen = `${home}/seen`;
  chownSync(home, NOBODY, NOBODY);
  writeFileSync(`${home}/.profile`, `${STATUS.join(" ")} >${seen}\n`);
  const others = readFileSync("/etc/passwd", "utf8").replace(/^.*:65534:65534:.*\n/m, "");
  return { passwd: `${others}nobody:x:${NOBODY}:${NOBODY}::${home}:/bin/sh\n`, seen };
}

/** What the login files saw of their filters when sbatch had been asked for the user's environment. */
export async function loginFiles(cluster: Cluster, { seen }: { seen: string }): Promise<string> {
  rmSync(seen, { force: true });
  completed(await cluster.sbatch("#!/bin/sh\necho ran\n", SOMEONE, "--get-user-env"), "ran\n");
  return existsSync(seen) ? readFileSync(seen, "utf8") : "";
}

/** Has a script run before or after a task, as `option` says; returns what it saw of its own filters. */
export function withScript(
  cluster: Cluster,
  option: string,
  caller: Caller,
): { outcome: Outcome; seen: string } {
  const file = `${cluster.out}/seen${option}${caller.uid ?? 0}`;
  const script = cluster.file("script", `#!/bin/sh\n${STATUS.join(" ")} >${file}\n`);
  const outcome = cluster.srun([`${option}=${script}`, ...STATUS], caller);
  return { outcome, seen: existsSync(file) ? readFileSync(file, "utf8") : "" };
}
