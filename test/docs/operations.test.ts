/**
 * docs/operations.md: the format of the manifest is the program's, and each reason for which a launch fails is one that a launch
 * gives, and is in the table.
 */

import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { directoryOf, type Files, NOBODY, profileOf, runCommandWithEtc } from "../support/programs/files.ts";
import { type Outcome, PROGRAM, run, runCommand } from "../support/programs/program.ts";
import { MOUNTS, needs, program, ROOT } from "../support/running/needs.ts";
import { NO_SETTINGS } from "../support/running/settings.ts";
import { test } from "../support/running/test.ts";

const PAGE = readFileSync("docs/operations.md", "utf8");

/** The cells of the rows of the first table below a heading. */
function table(heading: string): string[][] {
  const [, below = ""] = PAGE.split(`\n## ${heading}\n`);
  const [, rows = ""] = /^\|[-|]+\|\n((?:\|.*\n)+)/m.exec(below) ?? [];
  return rows
    .trimEnd()
    .split("\n")
    .map((row) =>
      row
        .slice(1, -1)
        .split(" | ")
        .map((cell) => cell.trim()),
    );
}

/** What kind of value stands where; digests are a kind of their own. */
function shape(value: unknown): unknown {
  if (typeof value === "object" && value !== null) {
    return Array.isArray(value)
      ? value.map(shape)
      : Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shape(inner)]));
  }
  return typeof value === "string" && /^[0-9a-f]{64}$/.test(value) ? "digest" : typeof value;
}

test("the manifest of the page is one that the program writes, and each of its keys is explained", () => {
  const [, json = ""] = /^```json\n(.*?)^```$/ms.exec(PAGE) ?? [];
  const [, profile = ""] = /^\$ cat site\.json\n(.*?)^\$/ms.exec(PAGE) ?? [];
  const directory = directoryOf({ "site.json": profile });
  assert.is(run(["prepare", `${directory}/`]).status, 0);
  const printed = JSON.parse(run(["manifest", directory]).stdout);
  assert.equal(shape(JSON.parse(json)), shape(printed));
  const [entry] = printed.profiles;
  // That of a filter changes when the compiler does.
  assert.match(json, `"sha256": "${entry.sha256}"`);
  assert.is(entry.prepared, "used");
  const keys = table("The manifest").map(([key = ""]) => key.replaceAll("`", ""));
  assert.equal(keys, [...Object.keys(printed), ...Object.keys(entry)]);
});

/** A row of the table of reasons; `…` in a message stands for anything. */
interface Reason {
  readonly status: number;
  readonly message: string;
}

const REASONS: readonly Reason[] = table("Why a launch fails").map(([status, message = ""]) => ({
  status: Number(status),
  message: message.slice(1, -1),
}));

function matcher(message: string): RegExp {
  const pieces = message.split("…").map((piece) => piece.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^seccomp-exec: error: ${pieces.join(".*")}`, "s");
}

const denying = (names: readonly string[], errnoRet: number): string =>
  profileOf({ names, action: "SCMP_ACT_ERRNO", errnoRet });

const D = directoryOf({
  "broken.json": "{",
  "ok.json": profileOf(),
  "large.json": " ".repeat(5 << 20),
  "execve.json": denying(["execve"], 1),
  "address.json": profileOf({
    names: ["execve"],
    action: "SCMP_ACT_ERRNO",
    args: [{ index: 0, value: 1, op: "SCMP_CMP_EQ" }],
  }),
  "long.json": longProfile(),
  "notify.json": profileOf({ names: ["mkdir"], action: "SCMP_ACT_NOTIFY" }),
  "listener.json": JSON.stringify({
    ...JSON.parse(profileOf({ names: ["mkdir"], action: "SCMP_ACT_NOTIFY" })),
    listenerPath: "/run/one.sock",
  }),
  "no-exec": "echo",
  script: { content: "#!/no/such/interpreter\n", mode: 0o755 },
  windows: { content: "#!/bin/sh\r\n", mode: 0o755 },
  damaged: { content: "\u007fELF", mode: 0o755 },
});
mkdirSync(join(D, "directory"));
symlinkSync("loop.json", join(D, "loop.json"));
symlinkSync("nowhere", join(D, "dangling"));

/** So many values that no filter can tell them apart. */
function longProfile(): string {
  const rules = Array.from({ length: 9000 }, (_, i) => ({
    names: ["read"],
    action: "SCMP_ACT_ERRNO",
    args: [{ index: 2, value: i * 7919, op: "SCMP_CMP_EQ" }],
  }));
  return profileOf(...rules);
}

const PYTHON = program("python3", "python3");
const POLICY = "/etc/seccomp-exec/policy.json";
const policy = (value: object): Files => ({ "seccomp-exec/policy.json": JSON.stringify(value) });
const launch = (...args: readonly string[]): Outcome => run([...args, "--", "true"]);
const by = (name: string): Outcome => launch("--profile", join(D, name));
const command = (word: string): Outcome =>
  run(["--profile", join(D, "ok.json"), "--", word], { env: { PATH: "/usr/bin:/bin" } });
const withVariables = (env: Record<string, string>): Outcome =>
  run(["--", "true"], { env: { PATH: process.env["PATH"], ...env } });
const within = (etc: Files, ...args: readonly string[]): Outcome =>
  runCommandWithEtc(etc, [PROGRAM, ...args, "--", "true"]);

/** The option of prctl(2): include/uapi/linux/prctl.h. */
const PR_SET_NO_NEW_PRIVS = 38;

/** Under a filter that answers an errno to these calls, or only to those with this first argument. */
function under(
  names: readonly string[],
  errnoRet: number,
  args: readonly string[] = [],
  first?: number,
): Outcome {
  const conditions = first === undefined ? {} : { args: [{ index: 0, value: first, op: "SCMP_CMP_EQ" }] };
  const profile = profileOf({ names, action: "SCMP_ACT_ERRNO", errnoRet, ...conditions });
  const outer = join(directoryOf({ "outer.json": profile }), "outer.json");
  const inner = [PROGRAM, ...args, "--profile", join(D, "ok.json"), "--", "true"];
  return run(["--profile", outer, "--", ...inner]);
}

/** As root, with a profile in /etc whose mode or owner has been changed, or those of its directory. */
function changed(change: (file: string, directory: string) => void): Outcome {
  needs(ROOT, MOUNTS);
  const etc = directoryOf({ "profiles/p.json": profileOf() });
  change(join(etc, "profiles/p.json"), join(etc, "profiles"));
  return runCommandWithEtc(etc, [PROGRAM, "--profile", "/etc/profiles/p.json", "--", "true"]);
}

const SOCKET = join(D, "socket");
const WRAPPER = join(D, "wrapper");
symlinkSync(PROGRAM, WRAPPER);

/** By message, how to get it. */
const SCENARIOS: Readonly<Record<string, () => Outcome>> = {
  "there is no profile '…' in …": () => launch("--profile-dir", D, "--profile", "none.json"),
  "there is no profile '…' compiled in": () => launch("--profile", "builtin:none.json"),
  "there is no profile '…': the directory … does not exist, and no profile of that name is compiled in": () =>
    within({ empty: "" }, "--profile", "none.json"),
  "the profile … does not exist": () => by("none.json"),
  "the profile … cannot be read: …": () => by("loop.json"),
  "the profile … is a directory": () => by("directory"),
  "the profile … is not a regular file": () => launch("--profile", "/dev/null"),
  "the profile … has … bytes; at most … (4 MiB) are read": () => by("large.json"),
  "the profile … belongs to user …, who could change it": () =>
    changed((file) => chownSync(file, NOBODY, NOBODY)),
  "the profile … is writable by its group or by others": () => changed((file) => chmodSync(file, 0o666)),
  "the directory … on the way to the profile … is writable by its group or by others": () =>
    changed((_, directory) => chmodSync(directory, 0o777)),
  "the directory … on the way to the profile … belongs to user …": () =>
    changed((_, directory) => chownSync(directory, NOBODY, NOBODY)),
  "…:…:…: …": () => by("broken.json"),
  "… does not let the command start: execve gets …": () => by("execve.json"),
  "… possibly does not let the command start: execve gets …": () => by("address.json"),
  "… needs a filter of … instructions; the kernel takes at most 4096": () => by("long.json"),
  [`… asks …, but the operator's policy (${POLICY}) …`]: () =>
    within(policy({ allowUnconfined: false }), "--unconfined"),
  [`--complain forbids nothing, but the operator's policy (${POLICY}) …`]: () =>
    within(policy({ allowUnconfined: false }), "--complain"),
  [`… changes the meaning of a profile, which the operator's policy (${POLICY}) forbids`]: () =>
    within(policy({}), "--caps", "all"),
  [`the operator's policy (${POLICY}) refuses every task`]: () =>
    within(policy({ enabled: false, allowUnconfined: false }), "--unconfined"),
  [`the operator's policy ${POLICY} …`]: () =>
    within({ "seccomp-exec/policy.json": { content: "{}", mode: 0o666 } }),
  [`the directory of the operator's policy ${POLICY} cannot be read: …`]: () =>
    within({ "seccomp-exec": "" }),
  "SECCOMP_EXEC_LINUX_INFO: …": () => withVariables({ SECCOMP_EXEC_LINUX_INFO: '{"seccomp": {}}' }),
  "… is '…', which is not an absolute path": () => withVariables({ MESOS_SECCOMP_CONFIG_DIR: "profiles" }),
  "… names a profile and … is true": () =>
    withVariables({ SECCOMP_EXEC_PROFILE: "a.json", SECCOMP_EXEC_UNCONFINED: "true" }),
  "… asks to run unconfined, but SECCOMP_EXEC_UNCONFINED is '…'": () =>
    withVariables({
      SECCOMP_EXEC_LINUX_INFO: '{"seccomp": {"unconfined": true}}',
      SECCOMP_EXEC_UNCONFINED: "false",
    }),
  "… is set, and there is no such variable": () => withVariables({ SECCOMP_EXEC_PROFIL: "a.json" }),
  "… occurs more than once in the environment": () => twice("SECCOMP_EXEC_PROFILE"),
  "unknown option '…'": () => launch("--porfile", "a.json"),
  "missing '--' before the command": () => run(["--unconfined"]),
  "expected an option or '--', not '…'": () => run(["--unconfined", "true"]),
  "missing command after the '--'": () => run(["--"]),
  "unknown verb '…'": () => run(["/srv/server"]),
  "a filter that is in force already refuses seccomp(2): …": () => under(["seccomp"], 1),
  "the kernel does not take a filter from this process: …": () => under(["seccomp"], 13),
  "the kernel has no room for the filter, or this process already carries too many filters": () =>
    under(["seccomp"], 12),
  "seccomp(2) reports success, but has not installed the filter": () => under(["seccomp"], 0),
  "no_new_privs cannot be set: …": () => under(["prctl"], 1, ["--no-new-privs"], PR_SET_NO_NEW_PRIVS),
  "the user and the capabilities of this process cannot be read: …": () => under(["capget"], 1),
  "the caller's personality (UNAME26) makes the kernel report the release …": () =>
    runCommand(["setarch", "--uname-2.6", PROGRAM, "--profile", join(D, "ok.json"), "--", "true"]),
  "this process is under a filter with a listener already, and the kernel takes only one for a task": () => {
    const audited = ["--audit", "--profile", join(D, "ok.json"), "--"];
    return run([...audited, PROGRAM, ...audited, "true"]);
  },
  "…: nobody listens: the socket … does not exist": () =>
    launch("--listener", join(D, "none"), "--profile", join(D, "notify.json")),
  "…: nobody listens on the socket …": () => {
    abandonedSocket(SOCKET);
    return launch("--listener", SOCKET, "--profile", join(D, "notify.json"));
  },
  "…: … is not a socket": () => launch("--listener", join(D, "ok.json"), "--profile", join(D, "notify.json")),
  "…: the path of the socket has … bytes; that of a Unix socket has at most …": () =>
    launch("--listener", `/${"s".repeat(200)}`, "--profile", join(D, "notify.json")),
  [`'listenerPath' of … is '…', but the operator's policy (${POLICY}) sets 'listener' to '…'`]: () =>
    within(
      {
        ...policy({ listener: "/run/other.sock", profileDir: "/etc/p" }),
        "p/listener.json": readFileSync(join(D, "listener.json"), "utf8"),
      },
      "--profile",
      "listener.json",
    ),
  "this is seccomp-exec, started as '…' to confine the program of that name, but there is no '…', and no policy names another":
    () => {
      needs(NO_SETTINGS);
      return runCommand([WRAPPER]);
    },
  "this is seccomp-exec, started as '…' to confine the program of that name, but '…' …": () =>
    runCommandWithEtc(policy({ wraps: { wrapper: "/none" } }), [WRAPPER]),
  "the supervisor would be the first process of a new PID namespace, and the command has to be": () => {
    needs(ROOT);
    const audited = [PROGRAM, "--audit", "--profile", join(D, "ok.json"), "--", "true"];
    return runCommand(["unshare", "--pid", ...audited]);
  },
  "--audit: …": () => launch(`--audit=${D}`, "--profile", join(D, "ok.json")),
  "--log-denials: the command runs without a filter, by …, so there is nothing to log": () =>
    launch("--log-denials", "--unconfined"),
  "cannot run '…': …: it has no execute permission": () => command(join(D, "no-exec")),
  "cannot run '…': it is a directory": () => command(join(D, "directory")),
  "cannot run '…': it is a link to something that does not exist": () => command(join(D, "dangling")),
  "cannot run '…': its interpreter '…' does not exist": () => command(join(D, "script")),
  "cannot run '…': its first line ends with a carriage return, so its interpreter is '…'": () =>
    command(join(D, "windows")),
  "cannot run '…': …": () => command(join(D, "damaged")),
  "cannot find '…' in PATH (…)": () => command("no-such-command"),
  "cannot find '…': …": () => command(join(D, "none")),
  "the command is an empty string": () => command(""),
};

/** A variable twice, as only a program can set it. */
function twice(name: string): Outcome {
  needs(PYTHON);
  return runCommand([
    "python3",
    "-c",
    `import ctypes, sys
libc = ctypes.CDLL(None, use_errno=True)
words = [word.encode() for word in sys.argv[1:]]
argv = (ctypes.c_char_p * (len(words) + 1))(*words, None)
env = (ctypes.c_char_p * 3)(b"${name}=a.json", b"${name}=b.json", None)
libc.execve(words[0], argv, env)
sys.exit("execve failed")`,
    ...[PROGRAM, "--", "/bin/true"],
  ]);
}

/** A socket that nobody listens on any more: its file stays if its owner is killed. */
function abandonedSocket(path: string): void {
  needs(PYTHON);
  const script = `import socket; socket.socket(socket.AF_UNIX, socket.SOCK_STREAM).bind(${JSON.stringify(path)})`;
  assert.is(runCommand(["python3", "-c", script]).status, 0);
}

for (const { status, message } of REASONS) {
  test(`${status}: ${message}`, () => {
    const scenario = SCENARIOS[message];
    assert.ok(scenario, "a launch that ends so");
    const outcome = scenario?.() as Outcome;
    assert.match(outcome.stderr, matcher(message));
    assert.is(outcome.status, status);
  });
}

test("no launch is tried whose message is not in the table", () => {
  assert.equal(
    Object.keys(SCENARIOS),
    REASONS.map(({ message }) => message),
  );
});

/** Folders and files whose messages are in the table; those of command lines and requests have rows for all. */
const SOURCES = ["src/load/", "src/launch/", "src/failures/", "src/task/operator.ts"];

test("every message of the code that ends a launch is in the table, or in that of docs/containers.md", () => {
  const rows = REASONS.map(({ message }) => withoutQuotes(message));
  const messages = SOURCES.flatMap(messagesOf);
  const missing = messages.filter((message) => {
    const one = withoutQuotes(message);
    // What one of them leaves open, the other may say.
    return !RARE.includes(message) && !rows.some((row) => says(row, one) || says(one, row));
  });
  assert.equal(missing, []);
  assert.equal(
    RARE.filter((message) => !messages.includes(message)),
    [],
  );
});

function says(pattern: string, message: string): boolean {
  return matcher(pattern).test(`seccomp-exec: error: ${message}`);
}

/** The code has the quotes around some words where the words are inserted. */
function withoutQuotes(message: string): string {
  return message.replaceAll("'", "");
}

/** Of the messages those that few will meet: each needs a kernel, an emulator or a defect that this machine has not. */
const RARE: readonly string[] = [
  // In docs/containers.md, with what to do.
  "an emulator runs this program, which is for …, and it has no seccomp(2): …",
  "gVisor, which runs instead of the kernel, refuses seccomp(2): …",
  "this kernel has no seccomp(2), or a filter of the caller hides it",
  "this kernel (…) has no seccomp(2)",
  "this kernel was built without seccomp filters",
  // Older kernels, or ones that other filters hide.
  "prctl(2) knows … capabilities, and this kernel has … or more",
  "the kernel provides no random numbers, which a launch with a seccomp agent needs",
  "there are no tables for the architecture '…'",
  "… does not know all of the flags that the profile asks for (0x…)",
  "the kernel takes the flag SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV only for a filter with a listener",
  "the kernel refuses the filter: …",
  "the kernel refuses the filter as malformed",
  "there is no file descriptor for the listener: …",
  "…: this kernel (…) does not notify a supervisor of calls",
  "…: … is a socket of another type than SOCK_STREAM",
  "…: it ended at once",
  "…, perhaps for a filter that is in force already: …",
  "…: the seccomp agent at … cannot be reached: …",
  // Mistakes in a command line.
  "--profile-dir is empty",
  "…: '…' is not the path of a socket",
];

/** The messages that are written out where an error is made; what is inserted is `…`. */
function messagesOf(place: string): string[] {
  const files = place.endsWith("/") ? readdirSync(place).map((name) => join(place, name)) : [place];
  return files
    .filter((file) => !file.endsWith(".test.ts"))
    .flatMap((file) => [
      ...readFileSync(file, "utf8").matchAll(/new (?:Refusal|CommandError)\(\s*(?:"([^"]*)"|`([^`]*)`)/g),
    ])
    .map(([, plain, template]) =>
      (plain ?? template ?? "")
        .replaceAll(/\$\{POLICY_FILE\}/g, POLICY)
        .replaceAll(/\$\{what\} (?=\/etc)/g, "the operator's policy ")
        .replaceAll(/\$\{[^}]*\}/g, "…"),
    );
}

test.run();
