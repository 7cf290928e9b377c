/**
 * Launches whose caller left them little: a filter that already denies calls, no memory, no open files, no output.
 * The launcher gets by or fails; it never runs the command with less of a filter than it should have.
 */

import { statSync } from "node:fs";
import * as assert from "uvu/assert";
import { denied, PROBE, ran, refused } from "../support/programs/expect.ts";
import { answering, directoryOf, NOBODY, profileOf } from "../support/programs/files.ts";
import { compileC } from "../support/programs/native.ts";
import { type Outcome, PROGRAM, run, runCommand } from "../support/programs/program.ts";
import { test } from "../support/running/test.ts";

const CALL = "sched_get_priority_max";

const D = directoryOf({
  "inner.json": answering(1001),
  "outer.json": answering(1002),
  "silent.json": profileOf(),
  "with-chown.json": profileOf({
    names: [CALL],
    action: "SCMP_ACT_ERRNO",
    errnoRet: 1001,
    includes: { caps: ["CAP_CHOWN"] },
  }),
});

/** Launches the probe under `inner`, where the caller is under a filter that answers this errno to these calls. */
function where(
  names: readonly string[],
  errnoRet: number,
  inner: string,
  ...options: readonly string[]
): Outcome {
  const outer = directoryOf({ "p.json": profileOf({ names, action: "SCMP_ACT_ERRNO", errnoRet }) });
  return run([
    "--profile",
    `${outer}/p.json`,
    "--",
    PROGRAM,
    ...options,
    "--profile",
    `${D}/${inner}`,
    "--",
    PROBE,
  ]);
}

test("two filters: of two errnos the later filter's is answered, as the kernel has it", () => {
  const both = (outer: string, inner: string) =>
    run(["--profile", `${D}/${outer}`, "--", PROGRAM, "--profile", `${D}/${inner}`, "--", PROBE]);
  ran(both("outer.json", "inner.json"), denied(1001));
  ran(both("silent.json", "inner.json"), denied(1001));
  ran(both("outer.json", "silent.json"), denied(1002));
});

for (const errno of [1, 38]) {
  test(`where seccomp(2) answers ${errno}, the launch is refused`, () => {
    refused(where(["seccomp"], errno, "inner.json"), "seccomp");
    refused(where(["seccomp", "prctl"], errno, "inner.json"), /seccomp|no_new_privs/);
  });

  test(`where reading the bounding set answers ${errno}, no rule is lost`, () => {
    confinedOrRefused(where(["prctl"], errno, "with-chown.json"));
  });

  test(`where reading the capabilities answers ${errno}, no rule is lost`, () => {
    confinedOrRefused(where(["capget"], errno, "with-chown.json"));
    confinedOrRefused(where(["capget"], errno, "with-chown.json", "--no-new-privs"));
  });

  test(`where asking for the user's id answers ${errno}, no rule is lost`, () => {
    const calls = ["getuid", "geteuid", "getresuid", "getgid", "getegid", "getresgid"];
    confinedOrRefused(where(calls, errno, "with-chown.json"));
    confinedOrRefused(where(calls, errno, "with-chown.json", "--no-new-privs"));
  });
}

test("where the kernel seems to have fewer capabilities than it does, the launch is refused", () => {
  const EINVAL = 22;
  refused(where(["prctl"], EINVAL, "with-chown.json"), /cannot be read|prctl\(2\) knows \d+ capabilities/);
});

test("a filter that looks at the arguments and says that ours is installed is found out", () => {
  const liar = compileC("test/cli/native/liar.c");
  for (const uid of [0, NOBODY]) {
    const command = [liar, PROGRAM, "--verbose", "--profile", `${D}/inner.json`, "--", PROBE];
    const { stderr, ...outcome } = runCommand(command, { uid });
    const said = stderr.split("\n").filter((line) => !line.startsWith("seccomp-exec: profile "));
    refused({ ...outcome, stderr: said.join("\n") }, "reports success, but has not installed the filter");
  }
});

/** Root holds CAP_CHOWN, so that its rule has to apply, or the launch to fail. */
function confinedOrRefused(outcome: Outcome): void {
  if (outcome.status === 125) {
    refused(outcome);
  } else {
    ran(outcome, denied(1001));
  }
}

test("where the file's state cannot be read, the launch is refused", () => {
  refused(where(["stat", "lstat", "fstat", "newfstatat", "statx"], 38, "inner.json"), "cannot be read");
});

test("where files cannot be opened, the launch is refused", () => {
  refused(where(["openat", "openat2"], 38, "inner.json"));
});

test("where files cannot be read, the launch is refused", () => {
  refused(where(["read"], 38, "inner.json"), "inner.json");
});

test("where the kernel's release cannot be read, a profile that needs it is not guessed at", () => {
  const outcome = where(["uname"], 38, "inner.json");
  if (outcome.status === 125) {
    refused(outcome, "kernel");
  } else {
    ran(outcome, denied(1001));
  }
});

const limited = (limit: string): Outcome =>
  runCommand([
    "sh",
    "-c",
    `ulimit ${limit} && shift && exec "$@"`,
    "sh",
    "x",
    PROGRAM,
    "--profile",
    `${D}/inner.json`,
    "--",
    PROBE,
  ]);

test("without memory the launch is refused", () => {
  // The kernel itself needs room for the executable, which it maps whole.
  const mapped = Math.ceil(statSync(PROGRAM).size / 1024);
  for (const kilobytes of [mapped + 200, mapped + 600, mapped + 1600]) {
    const outcome = limited(`-v ${kilobytes}`);
    if (outcome.status === 125) {
      refused(outcome, /memory/i);
    } else {
      ran(outcome, denied(1001));
    }
  }
});

test("without open files to spare the launch is refused", () => {
  refused(limited("-n 3"), /no file descriptors available/i);
});

test("with two open files to spare, a directory and what is in it, the launch works", () => {
  ran(limited("-n 5"), denied(1001));
});

test("without standard error the exit status is the same", () => {
  const status = (command: string) =>
    runCommand(["sh", "-c", `${command} 2>&-`, "sh", PROGRAM, `${D}/inner.json`]).status;
  assert.is(status('"$1" --profile /none/x.json -- true'), 125);
  assert.is(status('"$1" --profile "$2" -- no-such-command'), 127);
  assert.is(status('"$1" --profile "$2" -- /dev'), 126);
  assert.is(status('"$1" --profile "$2" -- true'), 0);
});

test("a message that cannot be written changes nothing about the exit status", () => {
  const outcome = runCommand(["sh", "-c", '"$1" --profile /none/x.json -- true 2>/dev/full', "sh", PROGRAM]);
  assert.is(outcome.status, 125);
});

test("a command line and an environment near the kernel's limit are handed on", () => {
  const long = "x".repeat(120_000);
  const args = Array.from({ length: 12 }, () => long);
  const outcome = run(["--profile", `${D}/inner.json`, "--", "sh", "-c", "echo $#", "sh", ...args]);
  ran(outcome, "12\n");
});

test("thousands of warnings do not flood the log", () => {
  const names = Array.from({ length: 4000 }, (_, i) => `no_such_call_${i}`);
  const directory = directoryOf({ "p.json": profileOf({ names, action: "SCMP_ACT_ALLOW" }) });
  const { status, stderr } = run(["--profile", `${directory}/p.json`, "--", "true"]);
  assert.is(status, 0);
  assert.ok(stderr.split("\n").length < 1000, "less than a line for each");
});

test.run();
