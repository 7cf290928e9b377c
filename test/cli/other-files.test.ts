/**
 * Files that are no profiles, and profiles that come through pipes: each is told what it is, whoever reads it.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { ran, refused } from "../support/programs/expect.ts";
import { directoryOf } from "../support/programs/files.ts";
import { PROGRAM, run, runCommand } from "../support/programs/program.ts";
import { test } from "../support/running/test.ts";

const RULE = { names: ["mkdir"], action: "SCMP_ACT_ERRNO" };
const PROFILE = { defaultAction: "SCMP_ACT_ALLOW", syscalls: [RULE] };
const YAML = "# mine\n---\ndefaultAction: SCMP_ACT_ERRNO\nsyscalls:\n- names: [read]\n";
const FILTER = Buffer.from("0600000000000000", "hex");

/** A file's content, what it is, and what to do with it. */
const OTHERS: readonly (readonly [content: object | string | Buffer, what: string, hint: string])[] = [
  [{ profileDir: "/p", defaultProfile: "p.json" }, "an operator's policy", "check-policy"],
  [{ allowUnconfined: false }, "an operator's policy", "check-policy"],
  [
    JSON.parse(readFileSync("examples/marathon/ucr-relaxed.json", "utf8")),
    "a Marathon app",
    "use the profile",
  ],
  [{ id: "/app", cmd: "sleep 1" }, "a Marathon app", "use the profile"],
  [JSON.parse(readFileSync("examples/metronome/command.json", "utf8")), "a Metronome job", "use the profile"],
  [JSON.parse(readFileSync("examples/mesos/task.json", "utf8")), "a task's definition", "use the profile"],
  [
    JSON.parse(readFileSync("examples/mesos/task-group.json", "utf8")),
    "a task's definition",
    "use the profile",
  ],
  [{ seccomp: { profileName: "p.json" } }, "its request for a profile", "use the profile"],
  [{ seccomp: PROFILE }, "an object with a profile in it, at 'seccomp'", "a separate file"],
  [{ apiVersion: "v1", kind: "Pod" }, "a Kubernetes object (Pod)", "localhostProfile"],
  [{ "seccomp-profile": "p.json" }, "the configuration of Docker's daemon", "use the profile"],
  [RULE, "one rule", '{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [ THE RULE ] }'],
  [{ ...RULE, action: "SCMP_ACT_ALLOW" }, "one rule", '"defaultAction": "SCMP_ACT_ERRNO"'],
  [[RULE, RULE], "a list of rules", '"syscalls": THE LIST'],
  [YAML, "a profile in YAML, and", "yq"],
  ["services:\n  web:\n    image: x\n", "YAML", "JSON"],
  ["- names: [read]\n  action: SCMP_ACT_ALLOW\n", "YAML", "JSON"],
  ["[Unit]\nDescription=x\n", "a unit of systemd", "ExecStart="],
  ["#!/bin/sh\ntrue\n", "a script", "seccomp-exec --profile PROFILE -- FILE"],
  ["<!DOCTYPE html>\n<html>\n", "a page of a web site", "Raw"],
  [readFileSync(PROGRAM).subarray(0, 100_000), "a program (ELF)", "seccomp-exec --profile PROFILE -- FILE"],
  [Buffer.from("1f8b0800", "hex"), "a compressed file", "unpack"],
  [FILTER, "a raw filter", "disasm FILE"],
  [Buffer.from("060000007fff0000", "hex"), "a raw filter", "disasm FILE"],
  [Buffer.from("0006000000000000", "hex"), "a raw filter", "verify PROFILE FILE"],
];

const DIRECTORY = directoryOf({ "good.json": JSON.stringify(PROFILE) });
const PATHS = OTHERS.map(([content], i) => {
  const path = join(DIRECTORY, `other-${i}`);
  writeFileSync(
    path,
    typeof content === "string" || Buffer.isBuffer(content) ? content : JSON.stringify(content),
  );
  return path;
});

OTHERS.forEach(([content, what, hint], i) => {
  const path = PATHS[i] ?? "";
  const kind = Buffer.isBuffer(content) ? content.subarray(0, 8).toString("hex") : JSON.stringify(content);

  test(`${what}: ${kind.slice(0, 60)}`, () => {
    const { status, stdout } = run(["check", path]);
    assert.is(status, 1);
    const [first = "", second = "", sum] = stdout.split("\n");
    assert.match(first, `${path}:1:1: error: this is `);
    assert.match(first, what);
    assert.match(first, "[not-a-profile]");
    assert.match(second, hint);
    assert.is(sum, `${path}: 1 error`);
  });
});

test("every verb that reads a profile says so, and so does a launch", () => {
  const yaml = PATHS[OTHERS.findIndex(([content]) => content === YAML)] ?? "";
  const filter = PATHS[OTHERS.findIndex(([content]) => content === FILTER)] ?? "";
  for (const [path, what] of [
    [yaml, "in YAML"],
    [filter, "a raw filter"],
  ] as const) {
    for (const verb of [["compile"], ["convert", "--to", "docker"], ["verify"], ["simulate"], ["prepare"]]) {
      const { status, stderr } = run([...verb, path], { input: "" });
      assert.is(status, 1, verb[0]);
      assert.match(stderr, `${path}:1:1: error: this is `);
      assert.match(stderr, what);
    }
    refused(run(["--profile", path, "--", "true"]), `${path}:1:1: this is `, what);
  }
});

test("what is no filter is told what it is where a filter was meant", () => {
  for (const [operand, what] of [
    [`${DIRECTORY}/good.json`, "is JSON, perhaps a profile, not a raw filter"],
    ["/proc/self/exe", "is a program (ELF), not a raw filter"],
  ] as const) {
    const { status, stderr } = run(["disasm", operand]);
    assert.is(status, 1);
    assert.match(stderr, what);
  }
});

test("what may be meant as a profile is still looked at as one", () => {
  const files = directoryOf({
    "empty.json": "{}",
    "schema.json": '{ "$schema": "./docker.schema.json" }',
    "lacks.json": '{ "syscalls": [] }',
    "broken.json": '{ "defaultAction": "SCMP_ACT_ERRNO", ',
    "list.json": "[]",
    "word.json": '"relaxed.json"',
  });
  for (const name of ["empty", "schema", "lacks", "broken", "list", "word"]) {
    const { status, stdout } = run(["check", `${files}/${name}.json`]);
    assert.is(status, 1, name);
    assert.not.match(stdout, "not-a-profile", name);
  }
});

// Pipes

/** What a shell prints and its status; PROGRAM is the executable, and the working directory has a profile. */
function shell(script: string) {
  return runCommand(["sh", "-c", script], {
    cwd: DIRECTORY,
    env: { PATH: process.env["PATH"] ?? "", PROGRAM },
  });
}

for (const operand of ["-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"]) {
  test(`check reads a profile from a pipe by the name ${operand}`, () => {
    const label = operand === "-" ? "standard input" : operand;
    const { status, stdout, stderr } = run(["check", "--caps", "none", operand], {
      input:
        '{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [\n{ "names": ["mkdri"], "action": "SCMP_ACT_ERRNO" }]}',
    });
    assert.is(stderr, "");
    assert.is(status, 1);
    assert.match(stdout, `${label}:2:13: error: unknown syscall 'mkdri' [unknown-syscall]`);
  });
}

test("standard input may be a file, and is read from where it is", () => {
  const { status, stdout } = shell(
    '"$PROGRAM" check - < good.json | tail -1; "$PROGRAM" check /dev/stdin < good.json | tail -1',
  );
  assert.is(status, 0);
  assert.match(stdout, /^standard input: (\d+ .*)\n\/dev\/stdin: \1\n$/);
});

test("pipes are read by their descriptors, as of <(...) in a shell: a profile and a filter", () => {
  const { status, stdout } = shell(
    'cat good.json | { "$PROGRAM" compile ./good.json | "$PROGRAM" verify /dev/fd/5 -; } 5<&0 | grep -o ^equal; "$PROGRAM" compile ./good.json | "$PROGRAM" disasm - | head -1',
  );
  assert.is(status, 0);
  assert.match(stdout, /^equal\n\s+ld \[4\]/);
});

test("convert and compile read standard input, and prepare does not", () => {
  const input = JSON.stringify(PROFILE);
  assert.is(
    JSON.parse(run(["convert", "--to", "docker", "-"], { input }).stdout).defaultAction,
    "SCMP_ACT_ALLOW",
  );
  assert.match(run(["compile", "--format", "asm", "-"], { input }).stdout, "ld [4]");
  const { status, stderr } = run(["prepare", "-"], { input });
  assert.is(status, 1);
  assert.match(stderr, "standard input is not a file");
});

test("standard input that is no text, empty or too long is told so", () => {
  assert.match(
    run(["check", "-"], { input: FILTER }).stdout,
    "standard input:1:1: error: this is a raw filter",
  );
  assert.match(run(["check", "-"], { input: Buffer.from([0xff]) }).stdout, "this is no text in UTF-8");
  assert.match(run(["check", "-"], { input: "" }).stdout, "standard input:1:1: error: the file is empty");
  const long = run(["check", "-"], { input: " ".repeat(4 * 1024 * 1024 + 1) });
  assert.match(
    long.stdout,
    "standard input: error: standard input cannot be read: File too large [unreadable]",
  );
});

test("a launch takes no pipe: standard input is the command's", () => {
  refused(run(["--profile", "-", "--", "cat"], { input: "{}" }), "there is no profile '-'", "name a file");
  refused(shell('cat good.json | "$PROGRAM" --profile /dev/stdin -- cat'), "not a regular file", "to a file");
  ran(run(["--profile", `${DIRECTORY}/good.json`, "--", "cat"], { input: "mine" }), "mine");
});

test.run();
