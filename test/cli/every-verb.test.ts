/**
 * What holds for every verb of the table, so that a new one cannot forget it: standard input as an operand, and the options of a
 * launch that decide what a profile means.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { VERBS } from "../../src/verbs/table.ts";
import { TARGET_OPTIONS } from "../../src/verbs/target-options.ts";
import type { Verb } from "../../src/verbs/verb.ts";
import { directoryOf } from "../support/programs/files.ts";
import { type Outcome, run } from "../support/programs/program.ts";
import { test } from "../support/running/test.ts";

const PROFILE = JSON.stringify({
  defaultAction: "SCMP_ACT_ERRNO",
  architectures: ["SCMP_ARCH_X86_64"],
  syscalls: [{ names: ["read", "execve", "exit_group"], action: "SCMP_ACT_ALLOW" }],
});
const D = directoryOf({
  "p.json": PROFILE,
  "policy.json": '{ "allowUnconfined": false }',
  "app.json": '{ "id": "/a", "cmd": "sleep 1" }',
});
assert.is(run(["compile", "--arch", "x86_64", "-o", join(D, "f.bpf"), join(D, "p.json")]).status, 0);

/** The operands that name something to read: what stands for each of them here. */
const READ: Readonly<Record<string, string>> = {
  PROFILE: "./p.json",
  "PROFILE...": "./p.json",
  "PROFILE|FILE.bpf": "./p.json",
  "FILE.bpf": "./f.bpf",
  "[FILE.bpf]": "./f.bpf",
  FILE: "./policy.json",
  "FILE...": "./app.json",
};
/** Operands of another kind, which read nothing. */
const OTHERS: Readonly<Record<string, string>> = {
  "[DIR]": ".",
  "PID...": String(process.pid),
  "[VERB]": "check",
  COMMAND: "true",
  "[SYSCALL]": "read",
  "[ARG...]": "",
};
/** What a verb must be given besides its operands. */
const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  convert: ["--to", "docker"],
};
/** Verbs whose operand cannot be standard input, with what they say. */
const CANNOT: Readonly<Record<string, string>> = {
  // It reads the calls.
  simulate: "simulate reads the calls from standard input",
  // It writes a file beside the profile's.
  prepare: "standard input is not a file",
};
const ON = ["--arch", "x86_64"];

function start({ name, options }: Verb): readonly string[] {
  return [name, ...(REQUIRED[name] ?? []), ...(options.some((one) => one.name === "--arch") ? ON : [])];
}

/** What it says of standard input, as if that were the file. */
function renamed({ status, stdout, stderr }: Outcome, file: string): unknown {
  return [status, stdout, stderr].map((text) => String(text).replaceAll("standard input", file));
}

for (const verb of VERBS) {
  const { name, operands, runsCommand } = verb;

  test(`${name}: each operand that names a file may be standard input`, () => {
    for (const [i, operand] of operands.entries()) {
      assert.ok(operand in READ || operand in OTHERS, `add ${operand} to READ or to OTHERS`);
      const file = READ[operand];
      if (file === undefined) {
        continue;
      }
      const given = (what: string): readonly string[] => [
        ...start(verb),
        ...operands.map((one, j) => (i === j ? what : (READ[one] ?? OTHERS[one] ?? ""))),
      ];
      const input = readFileSync(join(D, file));
      const piped = run(given("-"), { cwd: D, input });
      const reason = CANNOT[name];
      if (reason === undefined) {
        // A file may be tried by a launch, and standard input may not.
        const ofFile = (outcome: Outcome) => renamed(outcome, file);
        assert.equal(ofFile(piped), ofFile(run(given(file), { cwd: D })), operand);
      } else {
        assert.match(piped.stderr, reason);
        assert.is.not(piped.status, 0);
      }
    }
  });

  test(`${name}: standard input is read once at most`, () => {
    const inputs = verb.options.filter(({ input }) => input === true).map((option) => option.name);
    const files = operands.filter((operand) => operand in READ);
    const readers = [
      ...files.map(() => ["-"]),
      ...files.filter((operand) => operand.includes("...")).map(() => ["-"]),
      ...inputs.map((option) => [`${option}=-`]),
    ];
    const other = verb.readsInput !== undefined || runsCommand === true;
    if (readers.length > 1 || (other && readers.length > 0)) {
      const command = runsCommand === true ? ["-o", "out", "--", "true"] : [];
      const rest = files.length > 0 || runsCommand === true ? [] : operands.map((one) => OTHERS[one] ?? "");
      const { status, stderr } = run([...start(verb), ...readers.flat(), ...rest, ...command], { cwd: D });
      assert.match(
        stderr,
        other ? /standard input is the command's|reads .* from standard input/ : "more than once",
      );
      assert.is(status, 2);
    }
  });

  test(`${name}: what names something to read says that it may be standard input`, () => {
    for (const { name: option, value, input, help } of verb.options) {
      const reads =
        ["PROFILE", "OLD", "BASE"].includes(value ?? "") || (value === "FILE" && option !== "--output");
      // The profile of task --wrap is a word for the launcher.
      assert.is(input === true, reads && !(name === "task" && option === "--profile"), `${option}: ${help}`);
    }
  });

  if (operands.some((operand) => operand.includes("PROFILE"))) {
    test(`${name}: it takes the options that decide what a profile means`, () => {
      const known = verb.options.map((option) => option.name);
      const missing = TARGET_OPTIONS.map((option) => option.name).filter((option) => !known.includes(option));
      assert.equal(missing, WITHOUT[name] ?? []);
    });
  }
}

/** Options that a verb lacks, with the reason. */
const WITHOUT: Readonly<Record<string, readonly string[]>> = {
  // Its filters are for launches on this machine, and for their default: with another answer to unknown syscalls they compile.
  prepare: ["--arch", "--unknown-syscalls"],
};

test("a directory is not standard input, and a file may have the name -", () => {
  for (const verb of ["list", "manifest"]) {
    const { status, stderr } = run([verb, "-"], { cwd: D });
    assert.match(stderr, `${verb} reads a directory, and standard input is none`);
    assert.is(status, 2);
  }
  const directory = directoryOf({ "-": PROFILE });
  assert.match(run(["check", "./-"], { cwd: directory }).stdout, "./-: ");
});

test("-o - is standard output", () => {
  for (const args of [
    ["compile", ...ON],
    ["compile", ...ON, "--format", "asm"],
    ["convert", "--to", "docker"],
  ]) {
    const { status, stdout } = run([...args, "-o", "-", "./p.json"], { cwd: D });
    assert.is(status, 0);
    assert.is(stdout, run([...args, "./p.json"], { cwd: D }).stdout);
  }
  const record = run(["record", "-o", "-", "--", "true"], { cwd: D });
  assert.match(record.stderr, "standard output is the command's");
});

test.run();
