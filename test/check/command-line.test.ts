/**
 * `seccomp-exec check` beside its findings: files that are no texts, large files, several files, its options.
 */

import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as assert from "uvu/assert";
import { denying, names, STARTS_ANYWHERE, top } from "../../build/diagnostics/case-profiles.ts";
import { PROGRAM, run, runCommand } from "../support/programs/program.ts";
import { test } from "../support/running/test.ts";
import { check, DIRECTORY, FILE, PATH, reportOf } from "./checking.ts";

// Files that are no profiles

/** The file cannot be read, which is told with its name. */
function unreadable(path: string, ...says: readonly string[]): void {
  const { status, stdout, stderr } = check([path]);
  assert.is(stderr, "");
  assert.is(status, 1);
  const [first = "", ...rest] = stdout.trimEnd().split("\n");
  assert.ok(first.startsWith(`${path}: error: `) && first.endsWith(" [unreadable]"), first);
  for (const word of says) {
    assert.ok(first.includes(word), first);
  }
  assert.is(rest.pop(), `${path}: 1 error`);
}

test("a missing file", () => unreadable("./none.json", "does not exist"));

test("a directory", () => {
  mkdirSync(join(DIRECTORY, "directory"));
  unreadable("./directory", "is a directory");
});

test("a directory without profiles: what is looked for is said, and not how Docker makes directories", () => {
  mkdirSync(join(DIRECTORY, "none"));
  writeFileSync(join(DIRECTORY, "none/package.json"), "{}");
  writeFileSync(join(DIRECTORY, "none/README.md"), "# Profiles\n");
  const { status, stdout } = check(["./none"]);
  assert.is(status, 1);
  assert.match(
    stdout,
    /^\.\/none: error: \.\/none is a directory without profiles \[unreadable\]\n {2}hint: .*\*\.json, \*\.yaml and \*\.yml/,
  );
});

test("the line of a proof can be pasted into a shell, whoever does it", () => {
  // With capabilities, all of it is allowed.
  const rules = [
    '{"names":["tkill"],"action":"SCMP_ACT_ERRNO","excludes":{"caps":["CAP_SYS_ADMIN"]}}',
    '{"names":["sched_yield"],"action":"SCMP_ACT_ERRNO","includes":{"caps":["CAP_SYS_ADMIN"]}}',
  ].join(",\n");
  writeFileSync(PATH, `{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[\n${rules}]}`);
  const line = /^ {2}proof: (echo '([^']+)' \| seccomp-exec .*unlike '([^']+)')$/m.exec(check([FILE]).stdout);
  assert.ok(line);
  const [, command = "", through = "", denied = ""] = line;
  assert.match(command, " --caps none ");
  const ran = (text: string) =>
    runCommand(["sh", "-c", text], {
      cwd: DIRECTORY,
      env: { PATH: `${dirname(PROGRAM)}:${process.env["PATH"]}` },
    }).stdout;
  assert.is(ran(command), "ALLOW\n");
  assert.is(ran(command.replace(through, denied)), "ERRNO(EPERM)\n");
});

test("what two engines have in common is told once, and nothing of a launcher's options to a cluster", () => {
  writeFileSync(PATH, denying('{"names":["umask"],"action":"SCMP_ACT_ALLOW"}'));
  const { profiles } = reportOf(check(["--for", "kubernetes", "--json", FILE]).stdout);
  const notes = (profiles[0]?.diagnostics ?? []).filter(({ code }) => code === "engine-note");
  assert.is(notes.length, 2);
  assert.ok(notes.some(({ message }) => message.endsWith("under containerd and CRI-O")));
  assert.ok(notes.every(({ hint }) => hint === undefined));
});

test("/dev/zero, which never ends", () => unreadable("/dev/zero", "not a regular file"));

test("a fifo, which nobody writes to", () => {
  assert.is(spawnSync("mkfifo", [join(DIRECTORY, "fifo")]).status, 0);
  unreadable("./fifo", "not a regular file");
});

test("a file of 5 MB", () => {
  writeFileSync(join(DIRECTORY, "big.json"), `${top('"flags":[]')}${" ".repeat(5_000_000)}`);
  unreadable("./big.json", "4 MiB");
});

test("a name that is compiled in nowhere, with those that are", () => {
  const { status, stdout } = check(["builtin:none.json"]);
  assert.is(status, 1);
  assert.match(stdout, /^builtin:none\.json: error: .*'none\.json'.* \[unreadable\]$/m);
  assert.match(stdout, /hint: .*default\.json/);
});

// Large ones; what they cost is counted by test/budget/growth.test.ts

for (const [what, text] of [
  ["100000 brackets that are never closed", "[".repeat(100_000)],
  ["100000 objects that are never closed", '{"a":'.repeat(100_000)],
  ["100000 levels", top(`"x":${"[".repeat(100_000)}${"]".repeat(100_000)}`)],
] as const) {
  test(`${what} are told in one line`, () => {
    writeFileSync(PATH, text);
    const { status, stdout } = check([FILE]);
    assert.is(status, 1);
    assert.match(
      stdout,
      /^\.\/p\.json:\d+:\d+: error: nested deeper than \d+ levels \[json-too-deep\]\n\.\/p\.json: 1 error\n$/,
    );
  });
}

for (const [what, text, status] of [
  ["almost 4 MiB of spaces", `${top('"flags":[]')}${" ".repeat(4_000_000)}`, 0],
  ["almost 4 MiB in a comment", top(`"comment":"${"x".repeat(4_000_000)}"`), 0],
  [
    "300 misspelt names",
    denying(names(Array.from({ length: 300 }, (_, i) => `"ptrcae${i}"`).join(), "KILL_PROCESS")),
    1,
  ],
  ["300 unknown keys", top(Array.from({ length: 300 }, (_, i) => `"x${i}":1`).join()), 0],
] as const) {
  test(`${what} are checked`, () => {
    writeFileSync(PATH, text);
    assert.is(check([FILE]).status, status);
  });
}

// The command line

writeFileSync(join(DIRECTORY, "good.json"), top('"flags":[]'));
writeFileSync(join(DIRECTORY, "warned.json"), top('"nmae":1'));
writeFileSync(join(DIRECTORY, "noted.json"), denying(names('"socketcall"', "ALLOW")));
writeFileSync(join(DIRECTORY, "bad.json"), "{}");
writeFileSync(join(DIRECTORY, "broken.json"), "{");

test("a call is to be tried only on a machine of the architecture that is checked for", () => {
  writeFileSync(
    PATH,
    denying("").replace("SCMP_ACT_ERRNO", "SCMP_ACT_ALLOW").replace("\n", names('"fchmod"', "ERRNO")),
  );
  const here = process.arch === "x64" ? "x86_64" : "aarch64";
  for (const arch of ["x86_64", "aarch64"]) {
    const { stdout } = check([FILE], { arch });
    assert.match(stdout, new RegExp(`proof: .*${arch} chmod|proof: .*${arch} fchmodat`));
    assert.is(/^ {2}try: /m.test(stdout), arch === here, arch);
  }
});

test("several files: each is told and summed up, and one error is enough for status 1", () => {
  const { status, stdout } = check([
    "./good.json",
    "./bad.json",
    "./none.json",
    "./broken.json",
    "./good.json",
  ]);
  assert.is(status, 1);
  const sums = stdout.split("\n").filter((line) => /^\S+: (ok|\d+ error)/.test(line));
  assert.equal(sums, [
    "./good.json: ok",
    "./bad.json: 1 error",
    "./none.json: 1 error",
    "./broken.json: 1 error",
    "./good.json: ok",
  ]);
});

test("several files without errors have status 0", () => {
  assert.is(check(["./good.json", "./warned.json", "./noted.json"]).status, 0);
});

test("--json of several files keeps their order, and is valid only where all are", () => {
  const { status, stdout, stderr } = check(["--json", "./good.json", "./bad.json", "./none.json"]);
  assert.is(status, 1);
  assert.is(stderr, "");
  const { valid, profiles } = reportOf(stdout);
  assert.is(valid, false);
  assert.equal(
    profiles.map((one) => [one.profile, one.valid, one.diagnostics.map(({ code }) => code)]),
    [
      ["./good.json", true, []],
      ["./bad.json", false, ["missing-key"]],
      ["./none.json", false, ["unreadable"]],
    ],
  );
});

test("--json of a diagnostic has its place, its length and its pointer", () => {
  writeFileSync(PATH, top('"a/b~c":1'));
  const { profiles } = reportOf(check(["--json", FILE]).stdout);
  const [{ message, ...rest } = {}] = profiles[0]?.diagnostics ?? [];
  assert.match(message ?? "", "'a/b~c'");
  assert.equal(rest, {
    code: "unknown-key",
    severity: "warning",
    weight: "mistake",
    line: 2,
    column: 1,
    length: 7,
    pointer: "/a~1b~0c",
    related: [],
  });
});

test("--strict makes warnings count, but not notes", () => {
  assert.is(check(["--strict", "./good.json"]).status, 0);
  assert.is(check(["--strict", "./noted.json"]).status, 0);
  assert.is(check(["--strict", "./warned.json"]).status, 1);
  assert.is(check(["--strict", "./bad.json"]).status, 1);
  assert.is(check(["./warned.json", "--strict"]).status, 1, "an option may follow");
});

/** A profile with a way around, a danger and a remark. */
const MANY = denying(
  [
    '{"names":["chmod","fchmod","perf_event_open"],"action":"SCMP_ACT_ALLOW"}',
    '{"names":["sync_file_range2"],"action":"SCMP_ACT_ALLOW"}',
    '{"names":["userfaultfd","userfaultfd"],"action":"SCMP_ACT_LOG","args":[{"index":0,"op":"SCMP_CMP_EQ","value":1},{"index":0,"op":"SCMP_CMP_GT","value":2}]}',
  ].join(",\n"),
);

/** The codes that are told of {@link MANY}, with these options. */
function told(...options: readonly string[]): readonly string[] {
  writeFileSync(PATH, MANY);
  const { stdout } = check(["--json", ...options, FILE]);
  const { profiles } = reportOf(stdout);
  return profiles[0]?.diagnostics.map(({ code }) => code) ?? [];
}

test("--only reports weights and codes, --ignore leaves codes out, and both decide about --strict", () => {
  const all = ["dangerous-allowance", "absent-name", "duplicate-name", "repeated-argument"];
  assert.equal(told(), all);
  assert.equal(told("--only", "danger"), all.slice(0, 1));
  assert.equal(told("--only", "remark"), all.slice(1, 3));
  assert.equal(told("--only", "mistake,absent-name"), [all[1], all[3]]);
  assert.equal(told("--ignore", "absent-name,repeated-argument"), [all[0], all[2]]);
  assert.equal(told("--only", "remark", "--ignore", "absent-name"), [all[2]]);
  assert.is(check(["--strict", "--only", "remark", FILE]).status, 0);
  assert.is(check(["--strict", "--ignore", "dangerous-allowance,repeated-argument", FILE]).status, 0);
  assert.is(check(["--strict", "--ignore", "dangerous-allowance", FILE]).status, 1);
});

test("errors are reported whatever is selected", () => {
  const { status, stdout } = check(["--only", "remark", "--ignore", "unknown-syscall", "./bad.json"]);
  assert.is(status, 1);
  assert.match(stdout, ": error: ");
});

for (const [option, word, nearest] of [
  ["--only", "dangers", "danger"],
  ["--only", "abent-name", "absent-name"],
  ["--ignore", "duplicat-name", "duplicate-name"],
  ["--ignore", "danger", ""],
  ["--ignore", "", ""],
] as const) {
  test(`${option} '${word}' is refused`, () => {
    const { status, stdout, stderr } = check([option, word, "./good.json"]);
    assert.is(status, 2);
    assert.is(stdout, "");
    assert.match(stderr, `${option}: '${word}' is no `);
    assert.match(stderr, nearest === "" ? "docs/diagnostics.md" : `did you mean '${nearest}'?`);
  });
}

test("accepted findings are counted, listed by --json with the reason, and do not count for --strict", () => {
  writeFileSync(
    PATH,
    denying(
      '{"names":["perf_event_open"],"action":"SCMP_ACT_ALLOW","comment":"seccomp-exec: accept dangerous-allowance: it measures"}',
    ),
  );
  const { status, stdout } = check(["--strict", FILE]);
  assert.is(status, 0);
  assert.is(stdout, `${FILE}: ok, 1 accepted\n`);
  const { valid, profiles } = reportOf(check(["--json", "--strict", FILE]).stdout);
  assert.ok(valid);
  assert.equal(profiles[0]?.diagnostics, []);
  const [{ code, reason, line } = { code: "" }, ...more] = profiles[0]?.accepted ?? [];
  assert.equal([code, reason, line, more], ["dangerous-allowance", "it measures", 2, []]);
});

test("a long report ends with what matters first", () => {
  writeFileSync(
    PATH,
    '{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[\n{"names":["perf_event_open","userfaultfd","keyctl"],"action":"SCMP_ACT_ALLOW"}]}',
  );
  const lines = check([FILE]).stdout.trimEnd().split("\n");
  assert.match(lines.at(-2) ?? "", /^\.\/p\.json: fix first: denies-execve at 1:18, denies-exit at 1:18$/);
});

test("--strict changes the status, not what is told", () => {
  assert.is(check(["--strict", "./warned.json"]).stdout, check(["./warned.json"]).stdout);
});

for (const args of [
  [],
  ["--nope", "./good.json"],
  ["-x", "./good.json"],
  ["--for", "x", "./good.json"],
  ["--for", "", "./good.json"],
  ["--for", "docker"],
  ["./good.json", "--for"],
  ["--arch", "x", "./good.json"],
  ["--arch", "", "./good.json"],
  ["--caps", "x", "./good.json"],
  ["--caps", "", "./good.json"],
  ["--caps", "CAP_BPF,CAP_NOPE", "./good.json"],
  ["--kernel", "x", "./good.json"],
  ["--kernel", "4", "./good.json"],
  ["--kernel", "4.8.1", "./good.json"],
  ["--kernel", "0.0", "./good.json"],
  ["--kernel", "", "./good.json"],
  ["--json=1", "./good.json"],
  ["--strict", "--strict", "./good.json"],
  ["-h", "--nope"],
]) {
  test(`usage: check ${args.map((arg) => arg || "''").join(" ")}`, () => {
    const { status, stdout, stderr } = run(["check", ...args], { cwd: DIRECTORY });
    assert.is(status, 2);
    assert.is(stdout, "");
    assert.match(stderr, /^seccomp-exec: error: \S/);
  });
}

test("usage is told before any file is read", () => {
  const { status, stdout } = run(["check", "./bad.json", "--nope"], { cwd: DIRECTORY });
  assert.is(status, 2);
  assert.is(stdout, "");
});

for (const option of ["-h", "--help"]) {
  test(`${option} shows the help that 'help check' shows`, () => {
    const { status, stdout, stderr } = run(["check", option]);
    assert.is(status, 0);
    assert.is(stderr, "");
    assert.is(stdout, run(["help", "check"]).stdout);
    assert.match(stdout, "Usage: seccomp-exec check");
  });
}

test("after -- a file may begin with a dash", () => {
  const { stdout, status } = check(["--", "--strict"]);
  assert.is(status, 1);
  assert.match(stdout, /^--strict: error: /);
});

// The machine

const MACHINE = process.arch === "x64" ? "x86_64" : "aarch64";
/** What no machine that runs the tests has. */
const S390 = '"architectures":["SCMP_ARCH_S390X"]';

interface Elsewhere {
  /** The architecture that JSON names. */
  readonly architecture: string | undefined;
  /** "WEIGHT CODE: MESSAGE" */
  readonly told: readonly string[];
  /** The last lines of the text. */
  readonly end: readonly string[];
}

/** What check says of a profile on this machine. */
function onThisMachine(text: string, ...options: readonly string[]): Elsewhere {
  writeFileSync(PATH, text);
  const words = ["check", "--kernel", "6.18", "--caps", "none", ...options];
  const { profiles } = reportOf(run([...words, "--json", FILE], { cwd: DIRECTORY }).stdout);
  const [found] = profiles;
  return {
    architecture: found?.architecture,
    told: found?.diagnostics.map(({ weight, code, message }) => `${weight} ${code}: ${message}`) ?? [],
    end: run([...words, FILE], { cwd: DIRECTORY })
      .stdout.trimEnd()
      .split("\n")
      .slice(-2),
  };
}

test("a profile that lists only other machines is checked for them", () => {
  const { architecture, told, end } = onThisMachine(top(S390, STARTS_ANYWHERE));
  assert.is(architecture, "s390x");
  assert.is(end[0], `${FILE}: checked for s390x, since it does not list this machine's ${MACHINE}`);
  // Without arch_prctl nothing starts on x86_64.
  assert.is(told.length, MACHINE === "x86_64" ? 1 : 0);
  for (const one of told) {
    assert.match(
      one,
      /^remark denies-dynamic-loader: on x86_64, which the profile does not list, no dynamically .* arch_prctl/,
    );
  }
});

test("what is wrong on both is told once, and as a mistake", () => {
  const { told } = onThisMachine(top(S390, STARTS_ANYWHERE.replace('"openat",', "")));
  assert.is(told.length, 1);
  assert.match(told[0] ?? "", /^mistake denies-dynamic-loader: no dynamically /);
});

test("a profile that lists this machine's architecture, one that it runs, or none, is checked for it", () => {
  const narrow = MACHINE === "x86_64" ? "SCMP_ARCH_X86" : "SCMP_ARCH_ARM";
  for (const list of [`"${narrow}"`, "", `"SCMP_ARCH_S390X","${narrow}"`]) {
    const { architecture, end } = onThisMachine(top(`"architectures":[${list}]`));
    assert.is(architecture, undefined, list);
    assert.not.match(end.join("\n"), /checked for/, list);
  }
});

test("--arch names the machine", () => {
  const { architecture, told } = onThisMachine(top(S390, STARTS_ANYWHERE), "--arch", "x86_64");
  assert.is(architecture, undefined);
  assert.match(told[0] ?? "", /^mistake denies-dynamic-loader: no dynamically /);
});

test.run();
