/**
 * Launches in unusual surroundings: no /proc, closed descriptors, very long arguments, a directory that is gone, signals.
 */

import { spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { failed, refused } from "../support/programs/expect.ts";
import { answering, directoryOf, NOBODY, profileOf } from "../support/programs/files.ts";
import { compileC } from "../support/programs/native.ts";
import {
  PROGRAM,
  type RunOptions,
  run,
  runCommand,
  temporaryDirectory,
} from "../support/programs/program.ts";
import { MOUNTS, needs } from "../support/running/needs.ts";
import { record } from "../support/running/runs.ts";
import { NO_SETTINGS } from "../support/running/settings.ts";
import { test } from "../support/running/test.ts";
import { saw, WITNESS } from "./support/witness.ts";

const CALLER = compileC("test/kernel/native/caller.c");
const STATE = compileC("test/kernel/native/state.c");
const OPEN_DESCRIPTORS = compileC("test/reliability/native/open_descriptors.c");

const RULE = { names: ["sched_get_priority_max"], action: "SCMP_ACT_ERRNO", errnoRet: 1006 };
const D = directoryOf({
  "p.json": answering(1006),
  "warning.json": profileOf(RULE, { names: ["no_such_call"], action: "SCMP_ACT_ALLOW" }),
});
const LAUNCH = [PROGRAM, "--profile", `${D}/p.json`, "--"];

/** What the witness does when it runs under that profile. */
const CONFINED = { status: saw(1006), signal: null, stdout: "-1006\n", stderr: "" };

/** Runs a command by a shell script, which finds it in its arguments. */
function shell(script: string, command: readonly string[], options: RunOptions = {}) {
  return runCommand(["sh", "-c", script, "sh", ...command], options);
}

test("without /proc, and with an empty one: nothing is asked of it", () => {
  needs(MOUNTS);
  for (const hide of ["umount -l /proc", "mount -t tmpfs none /proc"]) {
    for (const user of [[], ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"]]) {
      const script = `${hide} && test ! -e /proc/self && exec "$@"`;
      const command = ["unshare", "--mount", "sh", "-c", script, "sh", ...user, ...LAUNCH, WITNESS];
      assert.equal(runCommand(command), CONFINED);
    }
  }
});

test("with each of the descriptors 0 to 2 closed or not, the command has exactly those that the caller gave", () => {
  let combinations = 0;
  for (let closed = 0; closed < 8; closed++) {
    const setup = [0, 1, 2].filter((fd) => (closed >> fd) & 1).flatMap((fd) => ["close", String(fd)]);
    const open = (launcher: readonly string[]) =>
      runCommand([CALLER, ...setup, "--", ...launcher, OPEN_DESCRIPTORS]).status;
    assert.is(open([]), 7 & ~closed);
    assert.is(open(LAUNCH), 7 & ~closed);
    // A profile that is read under the number of one of the three.
    assert.is(runCommand([CALLER, ...setup, "--", ...LAUNCH, WITNESS]).status, saw(1006));
    const { status, stderr } = runCommand([
      CALLER,
      ...setup,
      "--",
      PROGRAM,
      "--profile",
      `${D}/none`,
      "--",
      "/bin/true",
    ]);
    assert.is(status, 125);
    assert.is(stderr.startsWith("seccomp-exec: error: "), ((closed >> 2) & 1) === 0);
    combinations++;
  }
  assert.is(combinations, 8);
});

test("an environment of 1 MB arrives as it is", () => {
  const env = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`V${i}`, `${i}`.repeat(100_000)]));
  const command = ["/usr/bin/env", "-0"];
  const direct = runCommand(command, { env });
  assert.ok(direct.stdout.length > 1_000_000);
  assert.equal(run(["--profile", `${D}/p.json`, "--", ...command], { env }), direct);
  assert.equal(run(["--profile", `${D}/p.json`, "--", WITNESS], { env }), CONFINED);
});

test("10,000 arguments arrive as they are", () => {
  const args = Array.from({ length: 10_000 }, (_, i) => `argument ${i} `);
  const command = ["/usr/bin/printf", "%s\\n", ...args];
  const direct = runCommand(command);
  assert.is(direct.stdout.split("\n").length, 10_001);
  assert.equal(runCommand([...LAUNCH, ...command]), direct);
});

/** So many bytes of arguments in pieces that are each allowed, after the command. */
function filled(command: readonly string[], bytes: number): string[] {
  const piece = 100_000;
  const rest = bytes % piece;
  return [
    ...command,
    ...Array.from({ length: Math.floor(bytes / piece) }, () => "x".repeat(piece)),
    "y".repeat(rest),
  ];
}

/** Whether the kernel lets a command with these arguments start; what it ends with then. */
function started([file = "", ...args]: readonly string[], path?: string) {
  needs(NO_SETTINGS);
  const { error, status, stderr } = spawnSync(file, args, {
    encoding: "utf8",
    env: { PATH: path ?? "/bin" },
  });
  record({ command: [file], status, signal: null, stdout: "", stderr });
  return { tooLong: error !== undefined && "code" in error && error.code === "E2BIG", status, stderr };
}

/** The most bytes of arguments with which the kernel starts the command. */
function mostBytes(command: readonly string[], path?: string): number {
  let [most, tooMany] = [0, 8_000_000];
  while (tooMany - most > 1) {
    const middle = Math.floor((most + tooMany) / 2);
    if (started(filled(command, middle), path).tooLong) {
      tooMany = middle;
    } else {
      most = middle;
    }
  }
  return most;
}

test("at the kernel's limit of arguments the launch works, and one byte above it is the kernel that refuses", () => {
  // The witness takes its arguments for calls; true(1) takes any.
  const any = [...LAUNCH, "/bin/true"];
  const most = mostBytes(any);
  console.log(`bytes of arguments: ${most} through the launcher, ${mostBytes(["/bin/true"])} without it`);
  assert.ok(most > 1_000_000);
  assert.equal(started(filled(any, most)), { tooLong: false, status: 0, stderr: "" });
  assert.is(started(filled(any, most + 1)).tooLong, true);
});

test("a command whose path makes it too long for the kernel is told to be", () => {
  // Found in PATH, below a directory with a long name: more than the launcher's own arguments, which it takes away.
  let directory = temporaryDirectory();
  for (let i = 0; i < 12; i++) {
    directory = join(directory, "d".repeat(250));
    mkdirSync(directory);
  }
  symlinkSync("/bin/true", join(directory, "a-command"));
  const command = [...LAUNCH, "a-command"];
  const most = mostBytes(command, directory);
  const { tooLong, status, stderr } = started(filled(command, most), directory);
  assert.is(tooLong, false);
  assert.is(status, 126);
  assert.match(stderr, /^seccomp-exec: error: cannot run '.*a-command': Argument list too long\n$/);
  assert.is(started(filled(command, most - 4000), directory).status, 0);
});

test("in a working directory that has been removed", () => {
  const gone = 'd=$(mktemp -d) && cd "$d" && rmdir "$d" && exec "$@"';
  assert.equal(shell(gone, [...LAUNCH, WITNESS]), CONFINED);
  failed(127, shell(gone, [...LAUNCH, "./witness"]), "./witness");
  refused(shell(gone, [PROGRAM, "--profile", "./p.json", "--", WITNESS]), "./p.json");
});

test("an unusual umask is handed on", () => {
  for (const mask of ["0000", "0777"]) {
    const direct = shell(`umask ${mask} && exec "$@"`, ["sh", "-c", "umask"]);
    assert.equal(shell(`umask ${mask} && exec "$@"`, [...LAUNCH, "sh", "-c", "umask"]), direct);
    assert.is(direct.stdout, `${mask}\n`);
  }
});

/** What the kernel says of the signals of a command. */
function signalsOf(setup: readonly string[], script: string, launcher: readonly string[]): string[] {
  const { status, stdout, stderr } = runCommand([
    CALLER,
    ...setup,
    "--",
    "/bin/sh",
    "-c",
    script,
    "sh",
    ...launcher,
    STATE,
  ]);
  assert.is(status, 0, stderr);
  return stdout.split("\n").filter((line) => /^status\.(Sig|ShdPnd)/.test(line));
}

test("pending signals are still pending, and ignored ones ignored", () => {
  const blocked = [1, 10, 15, 34].flatMap((signal) => ["block", String(signal)]);
  const ignored = [3, 13, 20, 22, 25].flatMap((signal) => ["ignore", String(signal)]);
  const script = 'kill -1 $$; kill -10 $$; kill -15 $$; kill -34 $$; exec "$@"';
  const direct = signalsOf([...blocked, ...ignored], script, []);
  assert.ok(direct.includes("status.ShdPnd:\t0000000200004201"), direct.join("\n"));
  assert.equal(signalsOf([...blocked, ...ignored], script, LAUNCH), direct);
});

test("standard error that nobody reads: a warning ends the launcher by SIGPIPE, as it would any program", () => {
  // The reader of the pipe is gone before the launch begins: nothing can be written to it any more.
  const script = `exec 3>&1; {
    trap '' PIPE; while printf x; do :; done 2>/dev/null; trap - PIPE
    "$@" 2>&1 >&3 3>&-; echo "status $?" >&3
  } | true`;
  const broken = (options: readonly string[], setup: readonly string[] = []) =>
    shell(script, [CALLER, ...setup, "--", PROGRAM, ...options, "--", WITNESS]).stdout;
  assert.is(broken(["--profile", `${D}/p.json`]), `-1006\nstatus ${saw(1006)}\n`);
  assert.is(broken(["--profile", `${D}/warning.json`]), "status 141\n");
  // Whoever ignores SIGPIPE, as many daemons do, gets the command, and loses the warning.
  assert.is(broken(["--profile", `${D}/warning.json`], ["ignore", "13"]), `-1006\nstatus ${saw(1006)}\n`);
});

test.run();
