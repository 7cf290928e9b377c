/**
 * `explain PROFILE SYSCALL [ARG...]`: the verdicts, what decides them and what would change them, and patches that git applies.
 */

import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import * as assert from "uvu/assert";
import { dockerDefault } from "../support/fixtures/docker-default.ts";
import { directoryOf } from "../support/programs/files.ts";
import { type Outcome, PROGRAM, run, runCommand, temporaryDirectory } from "../support/programs/program.ts";
import { GIT } from "../support/running/needs.ts";
import { test, testWith } from "../support/running/test.ts";

const SERVER = `{
  "defaultAction": "SCMP_ACT_ERRNO",
  "archMap": [{ "architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86", "SCMP_ARCH_X32"] }],
  "syscalls": [
    { "names": ["clone3", "execve", "openat2", "read", "write"], "action": "SCMP_ACT_ALLOW" },
    { "names": ["unshare"], "action": "SCMP_ACT_ALLOW", "includes": { "caps": ["CAP_SYS_ADMIN"] } },
    {
      "names": ["socket"],
      "action": "SCMP_ACT_ALLOW",
      "args": [{ "index": 0, "value": 1, "op": "SCMP_CMP_EQ" }]
    },
    { "names": ["ptrace"], "action": "SCMP_ACT_ALLOW", "includes": { "minKernel": "4.8" } },
    { "names": ["write"], "action": "SCMP_ACT_KILL_PROCESS", "excludes": { "arches": ["amd64"] } }
  ]
}
`;
const D = directoryOf({
  "server.json": SERVER,
  "machines.json": `{
  "defaultAction": "SCMP_ACT_ERRNO",
  "archMap": [
    { "architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86", "SCMP_ARCH_X32"] },
    { "architecture": "SCMP_ARCH_S390X", "subArchitectures": ["SCMP_ARCH_S390"] }
  ],
  "syscalls": [{ "names": ["clone3", "execve"], "action": "SCMP_ACT_ALLOW" }]
}
`,
  "docker.json": JSON.stringify(dockerDefault(), null, "\t"),
  "invalid.json":
    '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["raed"],"action":"SCMP_ACT_ERRNO"}]}',
  "yaml.yaml": `apiVersion: security-profiles-operator.x-k8s.io/v1beta1
kind: SeccompProfile
metadata:
  name: p
spec:
  defaultAction: SCMP_ACT_ALLOW
`,
});
const ON = ["--arch", "x86_64", "--caps", "none", "--kernel", "6.12"];

function explain(...args: readonly string[]): Outcome {
  return run(["explain", ...ON, ...args], { cwd: D });
}

function firstLine(lines: readonly string[]): string {
  return lines[0] ?? "";
}

/** What it prints before the patch. */
function explained(...args: readonly string[]): readonly string[] {
  const { status, stdout, stderr } = explain("./server.json", ...args);
  assert.is(stderr, "");
  assert.is(status, 0);
  return (stdout.split(/^to (?:allow|deny) /m)[0] ?? "").split("\n").filter((line) => line !== "");
}

test("the verdict, and the place that decides it", () => {
  assert.equal(explained("read"), [
    "read on x86_64, x86, x32: ALLOW",
    "  ./server.json:5:48: rule for read",
    '    { "names": ["clone3", "execve", "openat2", "read", "write"], "action": "SCMP_ACT_ALLOW" },',
  ]);
});

test("all verdicts, each with its condition and a call", () => {
  const lines = explained("socket");
  assert.equal(lines.slice(0, 2), ["socket on x86_64, x86, x32", "  ALLOW if family == AF_UNIX"]);
  assert.ok(lines.includes("    for example socket(AF_UNIX)"));
  assert.ok(lines.includes("  ERRNO(EPERM) if family != AF_UNIX"));
});

test("arguments decide, and the rules that do not apply are told with the reason", () => {
  assert.equal(explained("socket", "AF_INET"), [
    "socket(AF_INET) on x86_64, x86, x32: ERRNO(EPERM)",
    "  ./server.json:2:20: defaultAction, since no rule for socket applies",
    '    "defaultAction": "SCMP_ACT_ERRNO",',
    "rules that do not decide",
    "  ./server.json:8:17: ALLOW if family == AF_UNIX; family is AF_INET",
    '    "names": ["socket"],',
  ]);
  assert.match(
    firstLine(explained("socket", "AF_UNIX", "any", "0x7")),
    "socket(AF_UNIX, any, 7) on x86_64, x86, x32: ALLOW",
  );
  assert.match(firstLine(explained("socket", "-1")), "ERRNO(EPERM)");
});

test("capabilities, kernels and machines that would change it", () => {
  assert.equal(explained("unshare", "CLONE_NEWUSER").slice(-4), [
    "  ./server.json:6:17: ALLOW; the caller lacks CAP_SYS_ADMIN",
    '    { "names": ["unshare"], "action": "SCMP_ACT_ALLOW", "includes": { "caps": ["CAP_SYS_ADMIN"] } },',
    "what would change it",
    "  with CAP_SYS_ADMIN: ALLOW",
  ]);
  assert.equal(explained("ptrace").slice(-2), ["what would change it", "  before Linux 4.8: ERRNO(EPERM)"]);
  assert.match(explained("write").join("\n"), "13:17: KILL_PROCESS; it is not for amd64");
});

test("calls that are younger than the profile, and what they get otherwise", () => {
  const lines = explained("mseal");
  assert.is(lines[0], "mseal on x86_64, x86, x32: ERRNO(ENOSYS)");
  assert.match(
    lines.join("\n"),
    "mseal came with Linux 6.10, after all that the profile names (the youngest, openat2, with Linux 5.6): such calls get ERRNO(ENOSYS)",
  );
  assert.match(lines.join("\n"), "  with --unknown-syscalls default: ERRNO(EPERM)");
  assert.match(firstLine(explained("--unknown-syscalls", "default", "mseal")), "ERRNO(EPERM)");
});

test("arguments that no filter sees", () => {
  assert.match(explained("clone3").join("\n"), "the flags of clone3 are in struct clone_args, in memory");
  assert.match(explained("openat2").join("\n"), "struct open_how, in memory, which no filter sees");
  const lines = explained("socketcall", "SYS_SOCKET").join("\n");
  assert.match(lines, "socketcall(SYS_SOCKET) on x86: ERRNO(EPERM)");
  assert.match(lines, "its condition is about memory, which no filter sees");
});

test("calls of other architectures, and numbers", () => {
  assert.equal(explained("arm_fadvise64_64"), [
    "no architecture of the profile (x86_64, x86, x32) has arm_fadvise64_64, so no program can call it there",
    "  it is a call of arm; --arch judges it as on one of these",
  ]);
  assert.is(firstLine(explained("0")), "read on x86_64: ALLOW");
  assert.is(firstLine(explained("0x40000000")), "read on x32: ALLOW");
  assert.is(firstLine(explained("-1")), "number -1 on x86_64: ERRNO(EPERM)");
  assert.is(firstLine(explained("100000")), "number 100000 on x86_64: ERRNO(ENOSYS)");
  const foreign = run(["explain", ...ON, "-", "0x40000000"], {
    input: '{"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_X86_64"]}',
  });
  assert.match(foreign.stdout, "read on x32: KILL_PROCESS");
  assert.match(foreign.stdout, "the profile has x86_64, and not x32: each call of x32 ends the process");
});

test("words that are nothing are usage errors, with what was probably meant", () => {
  for (const [args, says] of [
    [["opennat"], "'opennat' is not a syscall"],
    [["socket", "AF_ALGG"], "did you mean 'AF_ALG'?"],
    [["socket", "1e3"], "'1e3' is not an argument"],
    [["read", "1", "2", "3", "4", "5", "6", "7"], "a call has at most 6 arguments, not 7"],
  ] as const) {
    const { status, stdout, stderr } = explain("./server.json", ...args);
    assert.equal([status, stdout], [2, ""]);
    assert.match(stderr, says);
  }
  assert.is(explain("./invalid.json", "read").status, 1);
});

test("a patch is all that --patch prints; if there is none it says why", () => {
  const { status, stdout, stderr } = explain("--patch", "./server.json", "kexec_load");
  assert.equal([status, stderr], [0, ""]);
  assert.match(stdout, /^--- a\/server\.json\n\+\+\+ b\/server\.json\n@@ /);
  assert.match(explain("./server.json", "kexec_load").stdout, stdout);
  for (const [args, why] of [
    [["builtin:strict.json", "read"], "the profile is compiled in"],
    [["./yaml.yaml", "read"], "the profile is written in YAML"],
    [["./server.json", "arm_fadvise64_64"], "no architecture of the profile has it"],
    [["./server.json", "100000"], "this number has no name"],
  ] as const) {
    const none = explain("--patch", ...args);
    assert.equal([none.status, none.stdout], [1, ""]);
    assert.match(none.stderr, why);
  }
});

test("there is no patch where git would look for another file", () => {
  for (const file of [join(D, "server.json"), `../${basename(D)}/server.json`]) {
    const { status, stdout, stderr } = explain("--patch", file, "kexec_load");
    assert.equal([status, stdout], [1, ""]);
    assert.match(stderr, "git applies a patch to files below the current directory");
    assert.is(explain(file, "kexec_load").status, 0);
  }
});

test("a list of rules that is null is explained, and not changed", () => {
  writeFileSync(join(D, "null.json"), '{"defaultAction":"SCMP_ACT_ERRNO","syscalls":null}\n');
  const { status, stdout } = explain("./null.json", "mount");
  assert.is(status, 0);
  assert.match(stdout, /^mount on x86_64: ERRNO\(EPERM\)\n/);
  assert.match(stdout, "'syscalls' is null, and no list that a rule could be added to");
});

test("--allow and --deny say what is wanted, and where calls get it already there is no patch", () => {
  for (const [wanted, call, says] of [
    ["--allow", "read", "all of these calls are allowed already"],
    ["--deny", "kexec_load", "all of these calls are denied already"],
  ] as const) {
    const { status, stdout, stderr } = explain("--patch", wanted, "./server.json", call);
    assert.equal([status, stdout], [0, ""]);
    assert.match(stderr, says);
  }
  // Some are allowed, so that both are changes.
  assert.match(explain("--patch", "--allow", "./server.json", "socket").stdout, /^\+.*"socket"/m);
  const denied = explain("--patch", "--deny", "./server.json", "socket").stdout;
  assert.match(denied, /^-.*"socket"/m);
  assert.not.match(denied, /^\+ .*"socket"/m);
  for (const both of [
    ["--allow", "--deny"],
    ["--json", "--patch"],
  ] as const) {
    const { status, stdout, stderr } = explain(...both, "./server.json", "read");
    assert.equal([status, stdout], [2, ""]);
    assert.match(stderr, `${both[0]} and ${both[1]} are both given`);
  }
});

test("a patch changes nothing on the other machines of the profile, where a parameter is another one", () => {
  const { status, stdout } = explain("--patch", "./machines.json", "clone", "CLONE_NEWUSER|SIGCHLD");
  assert.is(status, 0);
  assert.match(stdout, /"arches": ?\["amd64"\]/);
  // The first argument of read is a file descriptor on all machines.
  const alike = explain("--patch", "./machines.json", "read", "5");
  assert.is(alike.status, 0);
  assert.not.match(alike.stdout, "arches");
});

/** A repository with the profiles, in a directory below its top. */
function repository(): { readonly directory: string; readonly shell: (line: string) => Outcome } {
  const top = temporaryDirectory();
  const directory = join(top, "profiles");
  mkdirSync(directory);
  for (const name of ["server.json", "docker.json"]) {
    copyFileSync(join(D, name), join(directory, name));
  }
  const env = { PATH: process.env["PATH"] ?? "", HOME: top, GIT_CONFIG_NOSYSTEM: "1" };
  const shell = (line: string): Outcome => {
    const outcome = runCommand(["sh", "-c", line, "sh", PROGRAM], { cwd: directory, env });
    assert.is(outcome.status, 0, `${line}\n${outcome.stderr}`);
    return outcome;
  };
  shell("git init -q .. && git add .");
  return { directory, shell };
}

testWith(GIT)("git applies the patches, and the profiles mean what was wanted", () => {
  const { directory, shell } = repository();
  for (const [file, call, before, after] of [
    ["server.json", "kexec_load", "ERRNO(EPERM)", "ALLOW"],
    ["server.json", "read", "ALLOW", "ERRNO(EPERM)"],
    ["server.json", "mseal", "ERRNO(ENOSYS)", "ALLOW"],
    ["server.json", "socket AF_INET", "ERRNO(EPERM)", "ALLOW"],
    ["server.json", "socket AF_UNIX", "ALLOW", "ERRNO(EPERM)"],
    ["server.json", "read 5", "ALLOW", "ERRNO(EPERM)"],
    ["docker.json", "read", "ALLOW", "ERRNO(EPERM)"],
    ["docker.json", "mount", "ERRNO(EPERM)", "ALLOW"],
    ["docker.json", "ioctl any TIOCSTI", "ALLOW", "ERRNO(EPERM)"],
    ["docker.json", "clone3", "ERRNO(ENOSYS)", "ALLOW"],
  ] as const) {
    const on = `"$1" explain ${ON.join(" ")}`;
    assert.match(firstLine(shell(`${on} ./${file} ${call}`).stdout.split("\n")), `: ${before}`);
    shell(`${on} --patch ./${file} ${call} | git apply`);
    assert.match(firstLine(shell(`${on} ./${file} ${call}`).stdout.split("\n")), `: ${after}`);
    shell(`git checkout -q -- ${file}`);
    assert.is(readFileSync(join(directory, file), "utf8"), readFileSync(join(D, file), "utf8"));
  }
});

testWith(GIT)("git applies a patch of a file with an odd name, and keeps its line breaks", () => {
  const { directory, shell } = repository();
  const name = 'a "b" \\ \u00fc.json';
  const text = SERVER.replaceAll("\n", "\r\n");
  writeFileSync(join(directory, name), text);
  shell(`"$1" explain ${ON.join(" ")} --patch './${name}' kexec_load | git apply`);
  const changed = readFileSync(join(directory, name), "utf8");
  assert.is(changed, text.replace('"execve", ', '"execve", "kexec_load", '));
});

test.run();
