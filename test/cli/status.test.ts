/**
 * Exit statuses: the command's own, and 125, 126 and 127 where there was none.
 */

import * as assert from "uvu/assert";
import { failed, PROBE, refused } from "../support/programs/expect.ts";
import { directoryOf, profileOf } from "../support/programs/files.ts";
import { type Outcome, PROGRAM, run, runCommand } from "../support/programs/program.ts";
import { test } from "../support/running/test.ts";

const PROBED = "sched_get_priority_max";
const DIRECTORY = directoryOf({
  "allow.json": profileOf(),
  "kill.json": profileOf({ names: [PROBED], action: "SCMP_ACT_KILL" }),
  "kill-thread.json": profileOf({ names: [PROBED], action: "SCMP_ACT_KILL_THREAD" }),
  "kill-process.json": profileOf({ names: [PROBED], action: "SCMP_ACT_KILL_PROCESS" }),
  "trap.json": profileOf({ names: [PROBED], action: "SCMP_ACT_TRAP" }),
  // Lets the command start, and kills it at the first call that it makes beyond that.
  "kill-by-default.json": JSON.stringify({
    defaultAction: "SCMP_ACT_KILL_PROCESS",
    syscalls: [{ names: ["execve"], action: "SCMP_ACT_ALLOW" }],
  }),
});

function under(profile: string, ...command: readonly string[]): Outcome {
  return run(["--profile", `${DIRECTORY}/${profile}`, "--", ...command]);
}

for (const status of [0, 1, 7, 125, 126, 127, 128, 255]) {
  test(`a command that ends with status ${status} gives ${status}, without a message`, () => {
    const outcome = under("allow.json", "sh", "-c", `exit ${status}`);
    assert.equal(outcome, { status, signal: null, stdout: "", stderr: "" });
  });
}

for (const signal of ["SIGTERM", "SIGKILL", "SIGHUP", "SIGPIPE", "SIGUSR1"] as const) {
  test(`a command that dies of ${signal} dies of ${signal}`, () => {
    const outcome = under("allow.json", "sh", "-c", `kill -${signal.slice(3)} $$`);
    assert.is(outcome.signal, signal);
    assert.is(outcome.stderr, "");
  });
}

for (const profile of ["kill", "kill-thread", "kill-process", "trap"]) {
  test(`a call under ${profile} ends the command with SIGSYS`, () => {
    const outcome = under(`${profile}.json`, PROBE);
    assert.equal(outcome, { status: null, signal: "SIGSYS", stdout: "", stderr: "" });
  });
}

test("under a profile whose default kills, the command is killed by SIGSYS", () => {
  const outcome = under("kill-by-default.json", PROBE);
  assert.equal(outcome, { status: null, signal: "SIGSYS", stdout: "", stderr: "" });
});

test("a signal from outside reaches the command, which handles it itself", () => {
  const command = `trap 'kill $!; exit 9' TERM; echo ready; sleep 20 & wait`;
  const script = `"$@" | { read ready && kill -TERM $(cat pid); wait; }; exit`;
  const outcome = runCommand(
    ["bash", "-c", `set -o pipefail; ${script}`, "bash", "sh", "-c", 'echo $$ >pid; exec "$@"', "sh"].concat([
      PROGRAM,
      "--profile",
      `${DIRECTORY}/allow.json`,
      "--",
      "sh",
      "-c",
      command,
    ]),
    { cwd: DIRECTORY },
  );
  assert.is(outcome.status, 9, outcome.stderr);
});

test("a signal from outside that the command does not handle ends it", () => {
  const outcome = runCommand([
    "timeout",
    "--preserve-status",
    "-s",
    "TERM",
    "0.2",
    PROGRAM,
    "--profile",
    `${DIRECTORY}/allow.json`,
    "--",
    "sleep",
    "20",
  ]);
  assert.is(outcome.status, 128 + 15);
  assert.is(outcome.stderr, "");
});

test("125: bad arguments, a bad request and a bad profile", () => {
  refused(run(["--nonsense", "--", "true"]));
  refused(run(["--", "true"], { env: { SECCOMP_EXEC_PROFILE: "a/b" } }));
  refused(run(["--profile", `${DIRECTORY}/none.json`, "--", "true"]));
});

test("126: the command cannot be run", () => {
  failed(126, under("allow.json", DIRECTORY), DIRECTORY);
});

test("127: the command was not found", () => {
  failed(127, under("allow.json", `${DIRECTORY}/no-such-command`), `${DIRECTORY}/no-such-command`);
});

test("a bad profile is reported before a missing command", () => {
  refused(run(["--profile", `${DIRECTORY}/none.json`, "--", "no-such-command"]), "none.json");
});

test.run();
