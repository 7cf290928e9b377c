/**
 * `record`: the profile of a command, under which the command then does the same; and how it ends.
 */

import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { failed, PROBE, refused } from "../support/programs/expect.ts";
import { directoryOf, NOBODY, runWithEtc } from "../support/programs/files.ts";
import { compileC } from "../support/programs/native.ts";
import { type Outcome, PROGRAM, run, runCommand } from "../support/programs/program.ts";
import { program, ROOT, X86_64_LINUX } from "../support/running/needs.ts";
import { test, testWith } from "../support/running/test.ts";

interface Rule {
  readonly names: readonly string[];
  readonly action: string;
  readonly args?: readonly { readonly index: number; readonly value: number; readonly valueTwo: number }[];
}

interface Written {
  readonly comment: string;
  readonly archMap: readonly { readonly subArchitectures: readonly string[] }[];
  readonly syscalls: readonly Rule[];
}

/** A directory for the files of one test. */
function place(): string {
  return directoryOf({});
}

function read(path: string): Written {
  return JSON.parse(readFileSync(path, "utf8")) as Written;
}

/** The calls that a profile allows, with any arguments or some. */
function allowed({ syscalls }: Written): readonly string[] {
  return syscalls.flatMap(({ names, action }) => (action === "SCMP_ACT_ALLOW" ? names : []));
}

/** Records a command, and runs it under the profile, which then kills for what it does not allow. */
function recordAndEnforce(options: readonly string[], command: readonly string[]): Outcome {
  const cwd = place();
  const file = join(cwd, "profile.json");
  const plain = runCommand(command, { cwd });
  const recorded = run(["record", "-o", file, ...options, "--", ...command], { cwd });
  assert.is(recorded.stdout, plain.stdout);
  assert.is(recorded.status, plain.status);
  assert.is(recorded.signal, plain.signal);
  assert.match(recorded.stderr, `${file}: allows `);
  const checked = run(["check", file]);
  assert.is(checked.status, 0, checked.stdout);
  assert.not.match(
    checked.stdout,
    /denies-(execve|exit|dynamic-loader|restart|sigreturn|clocks)|prevents-fallback/,
  );
  const { syscalls, ...rest } = read(file);
  const killing = { ...rest, defaultAction: "SCMP_ACT_KILL_PROCESS", defaultErrnoRet: undefined, syscalls };
  const strict = join(cwd, "killing.json");
  writeFileSync(strict, JSON.stringify(killing));
  const enforced = run(["--profile", strict, "--unknown-syscalls", "default", "--", ...command], { cwd });
  assert.is(enforced.stdout, plain.stdout);
  assert.is(enforced.status, plain.status);
  assert.is(enforced.signal, plain.signal);
  return enforced;
}

/** For bash: dash handles SIGCHLD without SA_RESTART, and the kernel then may interrupt its next clone (docs/recording.md). */
const SHELL =
  'for i in 3 1 2; do echo $i; done | sort | sed s/2/x/; trap "echo caught" USR1; kill -USR1 $$; (sleep 0.01 & wait); exit 7';
const PYTHON = `
import subprocess, threading
def work(n):
    results.append(len(open("/proc/self/status").read()) > 0)
results = []
threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
for one in threads: one.start()
for one in threads: one.join()
print(len(results), subprocess.run(["cat"], input=b"piped", capture_output=True).stdout)
`;

for (const options of [[], ["--args"], ["--exact"], ["--exact", "--args"]]) {
  testWith(program("bash", "bash"))(
    `what is recorded is enough: a shell pipeline, ${options.join(" ")}`,
    () => {
      recordAndEnforce(options, ["bash", "-c", SHELL]);
    },
  );
  testWith(program("python3", "python3"))(
    `what is recorded is enough: python3 with threads and processes, ${options.join(" ")}`,
    () => {
      recordAndEnforce(options, ["python3", "-c", PYTHON]);
    },
  );
}

test("a static program, which no loader starts", () => {
  recordAndEnforce(["--exact"], [PROBE]);
});

testWith(X86_64_LINUX)(
  "32-bit calls are recorded as such, and those through socketcall by their names",
  () => {
    const command = compileC("test/cli/native/int80.c", "-no-pie");
    if (runCommand([command]).stdout !== "1 1\n") {
      // A kernel without 32-bit calls.
      return;
    }
    const file = join(place(), "profile.json");
    assert.is(run(["record", "-o", file, "--", command]).stdout, "1 1\n");
    const written = read(file);
    assert.equal(written.archMap[0]?.subArchitectures, ["SCMP_ARCH_X86"]);
    assert.ok(allowed(written).includes("socket"));
    assert.not.ok(allowed(written).includes("socketcall"));
    assert.is(run(["--profile", file, "--", command]).stdout, "1 1\n");
  },
);

test("the comment names the command, and nothing of the machine's users or directories", () => {
  const directory = place();
  const file = join(directory, "profile.json");
  run(["record", "--args", "-o", file, "--", "/bin/sh", "-c", `cd ${directory}; true`]);
  const { comment } = read(file);
  assert.match(
    comment,
    /^recorded by seccomp-exec \S+ \(record --args\) from a run of sh on Linux \S+, \w+; /,
  );
  assert.not.match(comment, directory);
});

test("the exit status is the command's, or its signal", () => {
  const file = join(place(), "profile.json");
  for (const [script, status, signal] of [
    ["exit 0", 0, null],
    ["exit 3", 3, null],
    ["kill -TERM $$", null, "SIGTERM"],
    ["kill -KILL $$", null, "SIGKILL"],
  ] as const) {
    const outcome = run(["record", "-o", file, "--", "sh", "-c", script]);
    assert.is(outcome.status, status, script);
    assert.is(outcome.signal, signal, script);
    assert.ok(allowed(read(file)).includes("execve"));
  }
});

test("a signal to the recorder reaches the command, and what was seen so far is written", () => {
  const directory = place();
  const file = join(directory, "profile.json");
  const script = `
    "$0" record -o "$1" -- sh -c 'echo ready; mkdir made; while :; do sleep 0.01; done' & recorder=$!
    while [ ! -d made ]; do sleep 0.01; done
    kill -"$2" $recorder; wait $recorder; echo $?`;
  for (const [signal, status] of [
    ["TERM", 143],
    ["HUP", 129],
  ] as const) {
    const cwd = place();
    const { stdout } = runCommand(["sh", "-c", script, PROGRAM, file, signal], { cwd });
    assert.is(stdout, `ready\n${status}\n`);
    assert.ok(allowed(read(file)).some((name) => name.startsWith("mkdir")));
  }
});

test("a command that its own child continues goes on", () => {
  const file = join(place(), "profile.json");
  const script = "(sleep 0.1; kill -CONT $$) & kill -STOP $$; wait; echo went on; exit 6";
  const { stdout, status } = run(["record", "-o", file, "--", "sh", "-c", script]);
  assert.is(`${stdout}${status}`, "went on\n6");
});

testWith(program("python3", "python3"))(
  "a stop of the command is seen by who waits for the recorder, and its continuation reaches the command",
  () => {
    const file = join(place(), "profile.json");
    const follow = `
import os, sys
recorder = os.spawnvp(os.P_NOWAIT, sys.argv[1], sys.argv[1:])
_, status = os.waitpid(recorder, os.WUNTRACED)
print(os.WIFSTOPPED(status), flush=True)
os.kill(recorder, 18)
_, status = os.waitpid(recorder, 0)
print(os.waitstatus_to_exitcode(status))
`;
    const record = [PROGRAM, "record", "-o", file, "--", "sh", "-c", "kill -STOP $$; exit 6"];
    assert.is(runCommand(["python3", "-c", follow, ...record]).stdout, "True\n6\n");
  },
);

test("processes that outlive the command are recorded to their end", () => {
  const directory = place();
  const file = join(directory, "profile.json");
  const script = "(sleep 0.2; mkdir late) >/dev/null 2>&1 & exit 4";
  const { status } = run(["record", "-o", file, "--", "sh", "-c", script], { cwd: directory });
  assert.is(status, 4);
  assert.ok(existsSync(join(directory, "late")));
  assert.ok(allowed(read(file)).some((name) => name.startsWith("mkdir")));
});

test("the signal that ends the command ends the recording, also if others go on", () => {
  const directory = place();
  const file = join(directory, "profile.json");
  // The other one waits for a descriptor that is closed when this shell has seen the recorder's end.
  const script = `
    mkfifo pipe
    "$0" record -o "$1" -- sh -c 'cat pipe >/dev/null 2>&1 & mkdir made; wait' 2>/dev/null & recorder=$!
    while [ ! -d made ]; do sleep 0.01; done
    kill -TERM $recorder; wait $recorder; echo $?; ls "$1"; echo > pipe`;
  const { stdout } = runCommand(["sh", "-c", script, PROGRAM, file], { cwd: directory });
  assert.is(stdout, `143\n${file}\n`);
  assert.ok(allowed(read(file)).some((name) => name.startsWith("mkdir")));
});

testWith(program("python3", "python3"))(
  "clone3, whose flags no filter sees, is in no profile because a base allows it",
  () => {
    const file = join(place(), "profile.json");
    const python = "import threading; t = threading.Thread(target=print); t.start(); t.join()";
    run(["record", "-o", file, "--base", "builtin:default.json", "--", "python3", "-c", python]);
    assert.not.ok(allowed(read(file)).includes("clone3"));
    assert.ok(allowed(read(file)).includes("clone"));
  },
);

test("--merge adds to a profile what another run needs, in place", () => {
  const directory = place();
  const file = join(directory, "profile.json");
  run(["record", "-o", file, "--", "sh", "-c", "true"], { cwd: directory });
  const before = readFileSync(file, "utf8");
  const command = ["sh", "-c", "mkdir made; rmdir made"];
  assert.ok(run(["--profile", file, "--", ...command], { cwd: directory }).status !== 0);
  const merged = run(["record", "-o", file, "--merge", file, "--", ...command], { cwd: directory });
  assert.match(merged.stderr, /profile\.json: \d+ calls are new/);
  assert.is(run(["--profile", file, "--", ...command], { cwd: directory }).status, 0);
  const { comment, ...rest } = read(file);
  assert.is(comment, (JSON.parse(before) as Written).comment);
  assert.ok(rest.syscalls.length >= (JSON.parse(before) as Written).syscalls.length);
  const again = run(["record", "-o", file, "--merge", file, "--", ...command], { cwd: directory });
  assert.match(again.stderr, "profile.json: nothing is new");
  assert.equal(readdirSync(directory), ["profile.json"]);
});

test("--merge is refused if the profile denies what the run needs, and the file stays", () => {
  const rule = { names: ["sched_get_priority_max"], action: "SCMP_ACT_ERRNO" };
  const rest = { names: ["read"], action: "SCMP_ACT_ALLOW" };
  const text = JSON.stringify({ defaultAction: "SCMP_ACT_ERRNO", syscalls: [rest, rule] }, null, 2);
  const file = join(directoryOf({ "old.json": text }), "old.json");
  const outcome = run(["record", "-o", file, "--merge", file, "--", PROBE]);
  assert.is(outcome.status, 125);
  assert.match(
    outcome.stderr,
    /the run needs sched_get_priority_max, and a rule of .*old\.json denies it \(line 10\)/,
  );
  assert.is(readFileSync(file, "utf8"), text);
});

test("--base allows no more than the base, and says what it lacks", () => {
  const directory = place();
  const file = join(directory, "profile.json");
  const lacking = JSON.stringify({
    defaultAction: "SCMP_ACT_ALLOW",
    syscalls: [{ names: ["sched_get_priority_max"], action: "SCMP_ACT_ERRNO" }],
  });
  writeFileSync(join(directory, "base.json"), lacking);
  const { stderr, status } = run(["record", "-o", file, "--base", join(directory, "base.json"), "--", PROBE]);
  assert.is(status, 0);
  assert.match(stderr, "the base does not allow sched_get_priority_max, which was called once");
  assert.not.ok(allowed(read(file)).includes("sched_get_priority_max"));
});

test("--args allows sockets of the kind that was seen", () => {
  const file = join(place(), "profile.json");
  const script = "const s = require('net').createServer().listen(0, '127.0.0.1', () => s.close())";
  run(["record", "--args", "-o", file, "--", process.execPath, "-e", script]);
  const rules = read(file).syscalls.filter(({ names }) => names.includes("socket"));
  const families = rules.map(({ args = [] }) => args[0]?.valueTwo);
  assert.ok(families.includes(2), "AF_INET");
  assert.not.ok(families.includes(38) || families.includes(undefined), "AF_ALG");
});

test("what cannot work is refused before the command starts", () => {
  const directory = directoryOf({
    "bad.json": "{",
    "own.json": '{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": []}',
  });
  const at = (name: string): string => join(directory, name);
  const command = ["--", "touch", at("ran")];
  failed(2, run(["record", ...command]), "record needs --output");
  failed(
    2,
    run(["record", "-o", at("p.json")]),
    "record needs a command",
    "record [OPTIONS] -- COMMAND [ARG...]",
  );
  failed(
    2,
    run(["record", "-o", at("p.json"), "touch", at("ran")]),
    "'touch' is no option of record",
    "write '--'",
  );
  refused(run(["record", "-o", at("none/p.json"), ...command]), "cannot be written", "No such file");
  refused(run(["record", "-o", directory, ...command]), "it is a directory");
  refused(run(["record", "-o", "", ...command]), "the file's name is empty");
  refused(run(["record", "-o", "/dev/stdout", ...command]), "is not a file");
  for (const [option, profile, says] of [
    ["--base", "builtin:none.json", "builtin:none.json: error: there is no profile"],
    ["--merge", at("bad.json"), "bad.json:1:2: error: "],
  ] as const) {
    const { status, stderr } = run(["record", "-o", at("p.json"), option, profile, ...command]);
    assert.is(status, 125);
    assert.match(stderr, says);
  }
  refused(
    run([
      "record",
      "-o",
      at("p.json"),
      "--merge",
      "builtin:default.json",
      "--base",
      at("own.json"),
      ...command,
    ]),
    /builtin:default\.json allows \w+, and the base does not/,
  );
  failed(127, run(["record", "-o", at("p.json"), "--", "no-such-command"]), "no-such-command");
  failed(126, run(["record", "-o", at("p.json"), "--", at("bad.json")]), "bad.json");
  assert.equal(readdirSync(directory).sort(), ["bad.json", "own.json"]);
});

test("record is refused where the operator's policy does not allow to run unconfined", () => {
  const etc = directoryOf({ "seccomp-exec/policy.json": '{"allowUnconfined": false}' });
  refused(
    runWithEtc(etc, ["record", "-o", "p.json", "--", "true"]),
    "record forbids nothing",
    "allowUnconfined",
  );
});

testWith(ROOT)("a file that the user may not write is refused before the command starts", () => {
  const directory = directoryOf({ "p.json": "{}" });
  for (const name of ["p.json", "other.json"]) {
    const file = join(directory, name);
    const outcome = run(["record", "-o", file, "--", "touch", join(directory, "ran")], { uid: NOBODY });
    refused(outcome, /cannot be written: .*Permission denied/);
  }
  assert.equal(readdirSync(directory), ["p.json"]);
});

testWith(ROOT)("any user can record", () => {
  const directory = directoryOf({});
  runCommand(["chmod", "777", directory]);
  const file = join(directory, "profile.json");
  const { status, stdout } = run(["record", "-o", file, "--", "id", "-u"], { uid: NOBODY });
  assert.is(`${stdout}${status}`, `${NOBODY}\n0`);
  assert.is(run(["--profile", file, "--", "id", "-u"], { uid: NOBODY }).stdout, `${NOBODY}\n`);
});

test("sockets that the command is given may be used, though it makes none", () => {
  // Standard input and output of what Node.js starts are sockets.
  const file = join(place(), "profile.json");
  run(["record", "-o", file, "--", "true"]);
  assert.ok(allowed(read(file)).includes("recvfrom"));
  runCommand(["sh", "-c", `exec "$0" record -o "$1" -- true </dev/null >/dev/null 2>&1`, PROGRAM, file]);
  assert.not.ok(allowed(read(file)).includes("recvfrom"));
});

test.run();
