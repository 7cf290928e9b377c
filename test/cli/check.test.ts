/**
 * How check and convert speak: to a terminal, to a pipe, to a program, and by their exit status.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { directoryOf } from "../support/programs/files.ts";
import { type Outcome, PROGRAM, run, runCommand, temporaryDirectory } from "../support/programs/program.ts";
import { test } from "../support/running/test.ts";

const MISSPELT = `{
  "defaultAction": "SCMP_ACT_ALLOW",
\t"syscalls": [{ "names": ["é", "mkdri"], "action": "SCMP_ACT_ERRNO" }]
}
`;
const DIRECTORY = directoryOf({ "p.json": MISSPELT, "long.json": MISSPELT.replace("é", "é".repeat(300)) });

/** Runs it with a terminal as its output, which script(1) makes. */
function onTerminal(args: string, env: NodeJS.ProcessEnv = {}): string {
  const { stdout } = runCommand(["script", "-qec", `${PROGRAM} ${args}`, "/dev/null"], {
    cwd: DIRECTORY,
    env: { TERM: "xterm", ...env },
  });
  return stdout.replaceAll("\r\n", "\n");
}

function check(...args: readonly string[]): Outcome {
  return run(["check", ...args], { cwd: DIRECTORY });
}

test("a pipe gets plain lines: place, severity, message and code, and a sum", () => {
  const { status, stdout, stderr } = check("./p.json");
  assert.is(stderr, "");
  assert.is(status, 1);
  assert.is(
    stdout,
    `./p.json:3:27: error: unknown syscall 'é' [unknown-syscall]
  hint: syscalls are named as in syscalls(2)
./p.json:3:32: error: unknown syscall 'mkdri' [unknown-syscall]
  hint: did you mean 'mkdir'?
./p.json: 2 errors
`,
  );
});

test("a terminal gets the line as well, with what is meant marked below it", () => {
  const text = onTerminal("check ./p.json", { NO_COLOR: "1" });
  assert.match(
    text,
    `./p.json:3:32: error: unknown syscall 'mkdri' [unknown-syscall]
 3 |  "syscalls": [{ "names": ["é", "mkdri"], "action": "SCMP_ACT_ERRNO" }]
   |                                ^^^^^^^
  hint: did you mean 'mkdir'?
`,
  );
  assert.not.match(text, "\u001b");
});

test("a terminal gets colours, unless its user wants none", () => {
  assert.match(onTerminal("check ./p.json"), "\u001b[31merror\u001b[39m");
  assert.not.match(onTerminal("check ./p.json", { TERM: "dumb" }), "\u001b");
  assert.not.match(check("./p.json").stdout, "\u001b");
});

test("of a long line the part is shown that is meant", () => {
  const shown = onTerminal("check ./long.json", { NO_COLOR: "1" }).split("\n");
  const at = shown.findIndex((line) => line.includes("'mkdri'"));
  const [line = "", carets = ""] = shown.slice(at + 1);
  assert.ok(line.length < 120, line);
  assert.is(line.indexOf('"mkdri"'), carets.indexOf("^"));
});

test("what would speak to the terminal is shown, not sent", () => {
  const text = MISSPELT.replace("é", "\\u001b[2J");
  const directory = directoryOf({ "p.json": text });
  const { stdout } = run(["check", `${directory}/p.json`]);
  assert.match(stdout, "\\u001b[2J");
  assert.not.match(stdout, "\u001b");
});

test("by an annotation, too, a name sends no colours to a terminal", () => {
  assert.match(onTerminal("check --format github './p\u001b[31m.json'"), "p\\u001b[31m.json");
});

test("a launch shows the line on a terminal too", () => {
  const text = onTerminal("--profile ./p.json -- true", { NO_COLOR: "1" });
  assert.match(text, "seccomp-exec: error: ./p.json:3:32: unknown syscall 'mkdri'\n 3 |  \"syscalls\"");
});

test("--json is for programs: one object, with everything that is printed and the pointer", () => {
  const { status, stdout } = check("--json", "./p.json", "builtin:dcos.json");
  assert.is(status, 1);
  const { valid, profiles } = JSON.parse(stdout);
  assert.is(valid, false);
  assert.equal(
    profiles.map((one: { profile: string; valid: boolean }) => [one.profile, one.valid]),
    [
      ["./p.json", false],
      ["builtin:dcos.json", true],
    ],
  );
  assert.equal(profiles[0].diagnostics[1], {
    code: "unknown-syscall",
    severity: "error",
    weight: "mistake",
    message: "unknown syscall 'mkdri'",
    hint: "did you mean 'mkdir'?",
    line: 3,
    column: 32,
    length: 7,
    pointer: "/syscalls/0/names/1",
    proof: null,
    related: [],
  });
});

test("a name is looked up in the profile directory, and a file of the working directory is hinted at", () => {
  assert.is(run(["check", "--profile-dir", "profiles", "strict.json"]).status, 0);
  const { status, stdout } = check("p.json");
  assert.is(status, 1);
  assert.match(stdout, "write ./p.json");
});

test("of an action that kills a thread the hint is what the engine takes", () => {
  const rule = { names: ["mkdir"], action: "SCMP_ACT_KILL", args: [], includes: {}, excludes: {} };
  const text = JSON.stringify({ defaultAction: "SCMP_ACT_ALLOW", archMap: [], syscalls: [rule] });
  const path = `${directoryOf({ "kill.json": text })}/kill.json`;
  const hint = (...args: readonly string[]): string =>
    run(["check", ...args, path])
      .stdout.split("[kills-thread-only] mistake\n")[1]
      ?.split("\n")[0] ?? "";
  assert.is(hint(), "  hint: write SCMP_ACT_KILL_PROCESS, which ends the whole program");
  assert.is(hint("--for", "docker"), hint());
  assert.match(hint("--for", "mesos"), "Mesos has no SCMP_ACT_KILL_PROCESS: SCMP_ACT_TRAP ends a program");
  const other = text.replace("SCMP_ACT_KILL", "SCMP_ACT_TRAP");
  const { stdout } = run(["check", "--for", "mesos", `${directoryOf({ "p.json": other })}/p.json`]);
  assert.not.match(stdout, "engine-refuses", "what is advised is taken");
});

test("convert writes the file to standard output and what it has to say to standard error", () => {
  const { status, stdout, stderr } = run(["convert", "--to", "docker", "builtin:strict.json"]);
  assert.is(status, 0);
  assert.is(stderr, "");
  assert.is(JSON.parse(stdout).defaultAction, "SCMP_ACT_ERRNO");
});

test("convert -o writes the file whole, or leaves it as it is", () => {
  const file = join(temporaryDirectory(), "out.json");
  const { status, stdout } = run(["convert", "--to", "docker", "-o", file, "builtin:strict.json"]);
  assert.equal([status, stdout], [0, ""]);
  const written = readFileSync(file, "utf8");
  assert.is(written, run(["convert", "--to", "docker", "builtin:strict.json"]).stdout);
  assert.is(run(["convert", "--to", "mesos", "-o", file, "builtin:log.json"]).status, 1);
  assert.is(readFileSync(file, "utf8"), written);
});

test("convert writes nothing where something cannot be carried over, and names it", () => {
  const { status, stdout, stderr } = run(["convert", "--to", "mesos", "builtin:log.json"]);
  assert.is(status, 1);
  assert.is(stdout, "");
  assert.match(stderr, /^builtin:log\.json:3:\d+: error: Mesos has no SCMP_ACT_LOG \[not-carried-over\]$/m);
});

test("convert --stricter warns of each thing that is stricter", () => {
  const { status, stdout, stderr } = run(["convert", "--to", "mesos", "--stricter", "builtin:strict.json"]);
  assert.is(status, 0);
  assert.ok(JSON.parse(stdout).syscalls.length > 0);
  assert.match(
    stderr,
    /warning: Mesos does not know .*close_range.*: they get the default \[not-carried-over\]/,
  );
  assert.not.match(stderr, "error:");
});

test("convert --to oci resolves for the machine that it is told", () => {
  const names = (...args: readonly string[]): string =>
    run(["convert", "--to", "oci", "--stricter", ...args, "builtin:dcos.json"]).stdout;
  assert.not.match(names("--caps", "none"), '"bpf"');
  assert.match(names("--caps", "all"), '"bpf"');
  assert.match(names("--arch", "aarch64"), "SCMP_ARCH_AARCH64");
});

test("what convert writes, check takes for that engine", () => {
  for (const to of ["docker", "oci", "mesos"]) {
    const { stdout } = run(["convert", "--to", to, "--stricter", "builtin:dcos.json"]);
    const directory = directoryOf({ "p.json": stdout });
    const outcome = run(["check", "--for", to, `${directory}/p.json`]);
    assert.is(outcome.status, 0, outcome.stdout);
  }
});

test("an invalid profile is not converted, and what is wrong with it is said", () => {
  const { status, stdout, stderr } = run(["convert", "--to", "oci", "./p.json"], { cwd: DIRECTORY });
  assert.is(status, 1);
  assert.is(stdout, "");
  assert.match(stderr, "./p.json:3:32: error: unknown syscall 'mkdri'");
});

test("a command line that is not understood ends with 2 and says how it is written", () => {
  for (const [args, says] of [
    [["check"], "seccomp-exec check [OPTIONS] PROFILE..."],
    [["check", "--frob", "x"], "seccomp-exec help check lists the options"],
    [["check", "--for", "lxc", "x"], "docker, podman, containerd, cri-o, kubernetes, oci, runc, crun, mesos"],
    [["check", "--for", "kubernets", "x"], "did you mean 'kubernetes'?"],
    [["check", "--arch", "x86-64", "x"], "did you mean 'x86_64'?"],
    [["check", "--caps", "CAP_SYS_ADMNI", "x"], "did you mean 'CAP_SYS_ADMIN'?"],
    [["check", "--strcit", "x"], "did you mean '--strict'?"],
    [["check", "-s", "x"], "did you mean '--strict'?"],
    [["check", "-", "./x", "/dev/stdin"], "more than once"],
    [["simulate", "-"], "simulate reads the calls from standard input"],
    [["simulate", "/proc/self/fd/0"], "simulate reads the calls from standard input"],
    [["help", "chek"], "did you mean 'check'?"],
    [["chek", "x"], "did you mean 'check'?"],
    [["frob"], "to run a command, write '--' before it"],
    [["check", "--for"], "needs a value"],
    [["convert", "builtin:dcos.json"], "--to"],
    [["convert", "--to", "docker"], "PROFILE"],
    [["convert", "--to", "docker", "a", "b"], "'b'"],
    [["check", "--arch", "z80", "x"], "x86_64"],
    [["check", "--caps", "CAP_X", "x"], "CAP_X"],
    [["check", "--kernel", "new", "x"], "new"],
    [["help", "frob"], "frob"],
    [["version", "x"], "'x'"],
  ] as const) {
    const { status, stdout, stderr } = run(args);
    assert.is(status, 2, `${args.join(" ")}: ${stderr}`);
    assert.is(stdout, "");
    assert.match(stderr, "seccomp-exec: error: ");
    assert.match(stderr, says);
  }
});

test("every verb explains itself, in the same words by help and by --help", () => {
  const overview = run(["help"]).stdout;
  assert.is(overview, run(["--help"]).stdout);
  for (const verb of ["check", "convert", "help", "version"]) {
    assert.match(overview, new RegExp(`^  ${verb} +\\S`, "m"));
    const { stdout, status } = run(["help", verb]);
    assert.is(status, 0);
    assert.match(stdout, /^Usage: seccomp-exec /);
    assert.is(run([verb, "--help"]).stdout, stdout);
    assert.is(run([verb, "-h"]).stdout, stdout);
  }
});

test("the examples of the help work", () => {
  const directory = directoryOf({ "profile.json": readFileSync("profiles/strict.json", "utf8") });
  for (const verb of ["check", "convert", "version", "help"]) {
    const [, example = ""] = /^Example:\n {2}(.*)$/m.exec(run(["help", verb]).stdout) ?? [];
    const command = example.replace("seccomp-exec", PROGRAM);
    const { status, stderr } = runCommand(["sh", "-c", command], { cwd: directory });
    assert.is(status, 0, `${example}: ${stderr}`);
  }
});

test.run();
