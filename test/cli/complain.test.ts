/**
 * `--complain` and `--verbose`: what is let through and logged, and what is said of a launch.
 */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import * as assert from "uvu/assert";
import { ALLOWED, denied, PROBE, ran, refused } from "../support/programs/expect.ts";
import { answering, directoryOf, profileOf, runWithEtc } from "../support/programs/files.ts";
import { type Outcome, run, runCommand } from "../support/programs/program.ts";
import { KERNEL_LOG, needs } from "../support/running/needs.ts";
import { PATIENCE_MS } from "../support/running/patience.ts";
import { test } from "../support/running/test.ts";

const KILLING = profileOf({ names: ["sched_get_priority_max"], action: "SCMP_ACT_KILL_PROCESS" });
const D = directoryOf({
  "errno.json": answering(1000),
  "kill.json": KILLING,
  "no-exec.json": profileOf({ names: ["execve"], action: "SCMP_ACT_ERRNO" }),
});

test("--complain lets through what the profile answers with an errno, and what it kills for", () => {
  for (const name of ["errno.json", "kill.json"]) {
    ran(run(["--profile", join(D, name), "--complain", "--", PROBE]), ALLOWED);
  }
});

test("--complain lets a command start that the profile would not", () => {
  refused(run(["--profile", join(D, "no-exec.json"), "--", PROBE]), "execve");
  ran(run(["--profile", join(D, "no-exec.json"), "--complain", "--", PROBE]), ALLOWED);
});

test("--complain installs a filter, and the kernel logs what the profile denies", async () => {
  needs(KERNEL_LOG);
  // The kernel drops records when there are many, as while other tests run, so the call is made again until one is seen.
  const script = `grep Seccomp: /proc/self/status; echo $$; exec ${PROBE}`;
  const deadline = Date.now() + PATIENCE_MS;
  while (Date.now() < deadline) {
    const { stdout } = run(["--profile", join(D, "kill.json"), "--complain", "--", "sh", "-c", script]);
    const [mode, pid] = stdout.split("\n");
    assert.is(mode, "Seccomp:\t2");
    const log = runCommand(["dmesg"]).stdout.split("\n");
    // 0x7ffc0000: SECCOMP_RET_LOG.
    const record = log.find((line) =>
      [` pid=${pid} `, `exe="${PROBE}"`, "code=0x7ffc0000"].every((part) => line.includes(part)),
    );
    if (record !== undefined) {
      return;
    }
    await setTimeout(100);
  }
  assert.unreachable("the kernel's log does not have the call");
});

test("--complain is refused where the operator's policy does not allow to run unconfined", () => {
  const etc = directoryOf({ "seccomp-exec/policy.json": '{"allowUnconfined": false}' });
  refused(runWithEtc(etc, ["--complain", "--", PROBE]), "--complain", "allowUnconfined");
  const lenient = directoryOf({ "seccomp-exec/policy.json": '{"allowUnconfined": true}' });
  ran(runWithEtc(lenient, ["--complain", "--profile", "builtin:default.json", "--", PROBE]), ALLOWED);
});

/** The one line that is said of a launch. */
function said({ stderr }: Outcome): string {
  assert.match(stderr, /^seccomp-exec: [^\n]*\n$/);
  return stderr.trimEnd();
}

test("--verbose says in one line which profile it is, its digest, who decided, the filter's length and the time", () => {
  const outcome = run(["--verbose", "--profile", join(D, "errno.json"), "--", PROBE]);
  assert.is(outcome.stdout, denied(1000));
  const digest = createHash("sha256")
    .update(readFileSync(join(D, "errno.json")))
    .digest("hex");
  const compiled = run(["compile", join(D, "errno.json"), "--format", "json"]).stdout;
  const { length } = (JSON.parse(compiled) as { instructions: unknown[] }).instructions;
  const [before, time] = said(outcome).split(/(\d+) microseconds$/);
  assert.is(
    before,
    `seccomp-exec: profile ${D}/errno.json (sha256:${digest}), by --profile; ${length} instructions; `,
  );
  assert.ok(Number(time) > 100 && Number(time) < 10_000_000, time);
});

test("--verbose says so where there is no filter, or one that only complains", () => {
  assert.match(
    said(run(["--verbose", "--unconfined", "--", PROBE])),
    /: no filter, by --unconfined; \d+ micro/,
  );
  assert.match(
    said(run(["--verbose", "--complain", "--profile", "builtin:log.json", "--", PROBE])),
    /, by --profile, complaining only; \d+ instructions/,
  );
  const disabled = directoryOf({ "seccomp-exec/policy.json": '{"enabled": false}' });
  assert.match(said(runWithEtc(disabled, ["--verbose", "--", PROBE])), /no filter, by 'enabled' of/);
});

test("--verbose names the variable that decided", () => {
  const outcome = run(["--verbose", "--", PROBE], { env: { SECCOMP_EXEC_PROFILE: "builtin:relaxed.json" } });
  assert.match(said(outcome), "by SECCOMP_EXEC_PROFILE;");
});

test.run();
