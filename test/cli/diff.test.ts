/**
 * `diff`: the calls that two profiles or filters judge differently.
 */

import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { directoryOf, profileOf } from "../support/programs/files.ts";
import { type Outcome, PROGRAM, run, runCommand, temporaryDirectory } from "../support/programs/program.ts";
import { GIT } from "../support/running/needs.ts";
import { test, testWith } from "../support/running/test.ts";

const deny = (name: string, ...args: readonly object[]) => ({
  names: [name],
  action: "SCMP_ACT_ERRNO",
  args,
});
const LISTS = {
  archMap: [{ architecture: "SCMP_ARCH_X86_64", subArchitectures: ["SCMP_ARCH_X86", "SCMP_ARCH_X32"] }],
};

function onAll(text: string): string {
  return JSON.stringify({ ...JSON.parse(text), ...LISTS });
}

const D = directoryOf({
  "none.json": profileOf(),
  "bpf.json": profileOf(deny("bpf")),
  "families.json": profileOf(
    deny("socket", { index: 0, op: "SCMP_CMP_EQ", value: 38 }),
    deny("socket", { index: 0, op: "SCMP_CMP_EQ", value: 40 }),
  ),
  "mount.json": profileOf({ ...deny("mount"), excludes: { caps: ["CAP_SYS_ADMIN"] } }),
  "all.json": onAll(profileOf()),
  "all-bpf.json": onAll(profileOf(deny("bpf"))),
  "some.json": JSON.stringify({
    defaultAction: "SCMP_ACT_ERRNO",
    syscalls: [{ names: ["read"], action: "SCMP_ACT_ALLOW" }],
  }),
  "invalid.json": profileOf(deny("raed")),
});

function diff(...args: readonly string[]): Outcome {
  return run(["diff", "--arch", "x86_64", ...args], { cwd: D });
}

/** What it prints after the names of the two. */
function differences(...args: readonly string[]): readonly string[] {
  const { status, stdout, stderr } = diff(...args);
  assert.is(stderr, "");
  assert.is(status, 1);
  return stdout.split("\n").slice(3, -1);
}

test("calls by their pairs of verdicts, with conditions and examples", () => {
  assert.equal(differences("./none.json", "./bpf.json"), ["x86_64", "  ALLOW -> ERRNO(EPERM)", "    bpf"]);
  assert.equal(differences("./families.json", "./none.json"), [
    "x86_64",
    "  ERRNO(EPERM) -> ALLOW",
    "    socket if family is one of AF_ALG, AF_VSOCK",
    "      for example socket(AF_ALG)",
  ]);
});

test("equal profiles, however they are written, have no differences", () => {
  const { status, stdout } = diff("./none.json", "./none.json");
  assert.is(status, 0);
  assert.match(
    stdout,
    /^\.\/none\.json and \.\/none\.json judge every call alike on a machine with x86_64 and Linux \d+\.\d+\n$/,
  );
  assert.is(diff("builtin:default.json", "builtin:default.json").status, 0);
});

test("what differs only with several capabilities together is found", () => {
  const allow = (names: readonly string[], rest: object = {}): object => ({
    names,
    action: "SCMP_ACT_ALLOW",
    ...rest,
  });
  const write = (name: string, ...syscalls: readonly object[]): void =>
    writeFileSync(
      join(D, name),
      JSON.stringify({
        defaultAction: "SCMP_ACT_ERRNO",
        architectures: ["SCMP_ARCH_X86_64"],
        syscalls: [allow(["open"]), ...syscalls],
      }),
    );
  write("both.json", allow(["mount"], { includes: { caps: ["CAP_BPF", "CAP_SYS_ADMIN"] } }));
  write("neither.json");
  const compared = run(["diff", "--arch", "x86_64", "./both.json", "./neither.json"], { cwd: D });
  assert.is(compared.status, 1);
  assert.match(
    compared.stdout,
    "only with all capabilities that rules name\n  x86_64\n    ALLOW -> ERRNO(EPERM)\n      mount\n",
  );
  const alike = run(["diff", "--arch", "x86_64", "./both.json", "./both.json"], { cwd: D });
  assert.is(alike.status, 0);
  assert.match(alike.stdout, ", without capabilities, with each one that rules name, and with all of these");
});

test("a raw filter is compared as well, with what conditions ask of it", () => {
  for (const name of ["families", "all-bpf"]) {
    const { status } = run(
      ["compile", "--arch", "x86_64", "--caps", "none", "-o", join(D, "f.bpf"), `./${name}.json`],
      { cwd: D },
    );
    assert.is(status, 0);
    assert.is(diff("f.bpf", `./${name}.json`).status, 0);
    assert.is(diff("f.bpf", "f.bpf").status, 0);
    const [first = "", ...lines] = differences("f.bpf", "./none.json");
    assert.is(first, "x86_64");
    assert.match(lines.join("\n"), name === "families" ? "socket if" : "    bpf");
  }
});

test("architectures with the same differences are told together, and one that a profile lacks in a line", () => {
  assert.equal(differences("./all.json", "./all-bpf.json"), [
    "x86_64, x86, x32",
    "  ALLOW -> ERRNO(EPERM)",
    "    bpf",
  ]);
  assert.equal(differences("./none.json", "./all.json"), [
    "x86, x32",
    "  not listed in the first: calls get KILL_PROCESS -> ALLOW",
  ]);
});

test("what differs only with a capability, and what does not with it", () => {
  assert.equal(differences("./none.json", "./mount.json"), [
    "x86_64",
    "  ALLOW -> ERRNO(EPERM)",
    "    mount",
    "",
    "not with CAP_SYS_ADMIN",
    "  x86_64",
    "    ALLOW -> ERRNO(EPERM)",
    "      mount",
  ]);
  assert.is(diff("--caps", "CAP_SYS_ADMIN", "./none.json", "./mount.json").status, 0);
  assert.equal(differences("--caps", "none", "./none.json", "./mount.json").slice(-1), ["    mount"]);
});

test("numbers without a call are told as ranges", () => {
  const lines = differences("./some.json", "./none.json");
  assert.ok(
    lines.some((line) => /numbers? \d+/.test(line)),
    lines.join("\n"),
  );
});

test("as JSON: one object, with a line for simulate that shows each difference", () => {
  const { status, stdout } = diff("--json", "./families.json", "./bpf.json");
  assert.is(status, 1);
  const report = JSON.parse(stdout);
  assert.is(report.version, 1);
  assert.ok(report.differ);
  assert.equal(
    report.differences.map(({ calls }: { calls: string }) => calls),
    ["socket", "bpf"],
  );
  for (const { simulate, verdicts } of report.differences) {
    for (const [i, profile] of ["./families.json", "./bpf.json"].entries()) {
      const judged = run(["simulate", "--arch", "x86_64", profile], { cwd: D, input: `${simulate}\n` });
      assert.is(judged.stdout, `${verdicts[i]}\n`);
    }
  }
});

test("an invalid profile is refused with its mistakes", () => {
  const { status, stdout, stderr } = diff("./none.json", "./invalid.json");
  assert.equal([status, stdout], [1, ""]);
  assert.match(stderr, "unknown syscall 'raed'");
});

testWith(GIT)("git shows a change of a profile by the example", () => {
  const directory = temporaryDirectory();
  const bin = join(directory, "bin");
  mkdirSync(bin);
  symlinkSync(PROGRAM, join(bin, "seccomp-exec"));
  copyFileSync("examples/git/diff", join(bin, "git-seccomp-diff"));
  const env = { PATH: `${bin}:${process.env["PATH"]}`, HOME: directory, GIT_CONFIG_NOSYSTEM: "1" };
  const git = (...args: readonly string[]): string => {
    const outcome = runCommand(["git", ...args], { cwd: directory, env });
    assert.is(outcome.status, 0, outcome.stderr);
    return outcome.stdout;
  };
  git("init", "-q", ".");
  git("config", "diff.seccomp.command", "git-seccomp-diff");
  writeFileSync(join(directory, ".gitattributes"), "*.json diff=seccomp\n");
  writeFileSync(join(directory, "web.json"), profileOf());
  git("add", "web.json");
  writeFileSync(join(directory, "web.json"), profileOf(deny("bpf")));
  assert.match(
    git("diff", "web.json"),
    /^diff of the profile web\.json\n[\s\S]*ALLOW -> ERRNO\(EPERM\)\n {4}bpf\n$/,
  );
  writeFileSync(join(directory, "new.json"), profileOf(deny("bpf")));
  git("add", "-N", "new.json");
  assert.match(git("diff", "new.json"), '+      "names": [');
});

test.run();
