/**
 * SCMP_ACT_NOTIFY on the running kernel: a seccomp agent gets the listener and the container process state, and decides about calls.
 */

import { spawnSync } from "node:child_process";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { refused } from "../support/programs/expect.ts";
import { type Files, NOBODY, runCommandWithEtc, runWithEtc } from "../support/programs/files.ts";
import { compileC } from "../support/programs/native.ts";
import {
  type Outcome,
  PROGRAM,
  type RunOptions,
  run,
  runCommand,
  temporaryDirectory,
} from "../support/programs/program.ts";
import { MOUNTS, ROOT, STRACE } from "../support/running/needs.ts";
import { test, testWith } from "../support/running/test.ts";

const AGENT = compileC("test/kernel/native/agent.c");
const CALLER = compileC("test/kernel/native/caller.c");
const CHILDREN = compileC("test/kernel/native/children.c");
const STATE = compileC("test/kernel/native/state.c");

const DIRECTORY = temporaryDirectory();
chmodSync(DIRECTORY, 0o755);
const SOCKET = join(DIRECTORY, "agent.sock");
const LOG = join(DIRECTORY, "log");

const MKDIR_AND_CHDIR = { names: ["mkdir", "mkdirat", "chdir"], action: "SCMP_ACT_NOTIFY" };

/** Writes a profile that allows all other calls, with these members, and returns its path. */
function profile(members: object = {}, notifying: object = MKDIR_AND_CHDIR): string {
  const path = join(DIRECTORY, "profile.json");
  writeFileSync(path, text(members, notifying));
  return path;
}

function text(members: object = {}, notifying: object = MKDIR_AND_CHDIR): string {
  return JSON.stringify({ defaultAction: "SCMP_ACT_ALLOW", syscalls: [notifying], ...members });
}

const NAMED = { listenerPath: SOCKET, listenerMetadata: 'a "word" and \u00e9' };

/** What the agent wrote down. */
interface Seen {
  readonly states: readonly string[];
  readonly calls: readonly string[];
  /** The other lines, in order. */
  readonly others: readonly string[];
}

function seen(): Seen {
  const lines = readFileSync(LOG, "utf8").trimEnd().split("\n");
  const those = (word: string): readonly string[] =>
    lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1));
  const others = lines.filter((line) => !/^(state|call) /.test(line));
  return { states: those("state"), calls: those("call"), others };
}

/** Runs a command while the agent listens. */
function listened(command: readonly string[], options: RunOptions = {}): Outcome {
  return runCommand([AGENT, SOCKET, LOG, ...command], options);
}

const SCRIPT = "cd / && pwd; mkdir new";

test("the agent answers one call with an errno, and lets another one be carried out", () => {
  const { stdout, stderr, status } = listened([
    PROGRAM,
    "--profile",
    profile(NAMED),
    "--",
    "sh",
    "-c",
    SCRIPT,
  ]);
  assert.is(stdout, "/\n");
  assert.match(stderr, /^mkdir: .*: No space left on device\n$/);
  assert.is(status, 1);
  assert.equal(seen().calls, ["chdir", "mkdir"]);
});

test("it gets one state with one descriptor, from the command's process", () => {
  const { stdout } = listened([PROGRAM, "--profile", profile(NAMED), "--", "sh", "-c", "echo $$"]);
  const { states, others } = seen();
  assert.equal(others, ["fds 1", "peer same"]);
  assert.is(states.length, 1);
  const pid = Number(stdout);
  const { state, ...rest } = JSON.parse(states[0] ?? "");
  const { id, ...ofState } = state;
  assert.equal(rest, {
    ociVersion: "1.2.0",
    fds: ["seccompFd"],
    pid,
    metadata: NAMED.listenerMetadata,
  });
  assert.equal(ofState, { ociVersion: "1.2.0", status: "creating", pid, bundle: "/" });
  assert.match(id, new RegExp(`^seccomp-exec-${pid}-[0-9a-f]{16}$`));
});

test("no metadata is no member, and each launch has an id of its own", () => {
  const ids = [1, 2].map(() => {
    listened([PROGRAM, "--profile", profile({ listenerPath: SOCKET }), "--", "true"]);
    const state = JSON.parse(seen().states[0] ?? "");
    assert.equal(Object.keys(state), ["ociVersion", "fds", "pid", "state"]);
    return state.state.id.replace(/^.*-/, "");
  });
  assert.is.not(ids[0], ids[1]);
});

test("a whole config.json names the agent too, and --listener names another one", () => {
  const config = join(DIRECTORY, "config.json");
  writeFileSync(config, JSON.stringify({ ociVersion: "1.2.0", linux: { seccomp: JSON.parse(text(NAMED)) } }));
  listened([PROGRAM, "--profile", config, "--", "sh", "-c", SCRIPT]);
  assert.equal(seen().calls, ["chdir", "mkdir"]);
  const elsewhere = profile({ listenerPath: "/nowhere/agent.sock", listenerMetadata: "kept" });
  listened([PROGRAM, "--profile", elsewhere, "--listener", SOCKET, "--", "sh", "-c", SCRIPT]);
  assert.equal(seen().calls, ["chdir", "mkdir"]);
  assert.is(JSON.parse(seen().states[0] ?? "").metadata, "kept");
  // From the caller's working directory, as any path of the command line.
  listened([PROGRAM, "--profile", elsewhere, "--listener", "agent.sock", "--", "sh", "-c", SCRIPT], {
    cwd: DIRECTORY,
  });
  assert.equal(seen().calls, ["chdir", "mkdir"]);
});

test("the agent does not see the launcher's own call, whatever calls notify", () => {
  const notifying = {
    names: ["execve", "write", "close", "sendmsg", "exit_group"],
    action: "SCMP_ACT_NOTIFY",
  };
  const { status } = listened([
    PROGRAM,
    "--profile",
    profile(NAMED, notifying),
    "--",
    "sh",
    "-c",
    "exec /bin/true",
  ]);
  assert.is(status, 0);
  assert.equal(
    seen().calls.filter((call) => call === "execve"),
    ["execve"],
  );
  const all = profile({ ...NAMED, defaultAction: "SCMP_ACT_NOTIFY" });
  assert.is(listened([PROGRAM, "--profile", all, "--", CHILDREN]).stdout, "No child processes\n");
  assert.not(seen().calls.includes("execve"));
  assert.ok(seen().calls.includes("write"));
});

test("the agent answers also where no command begins", () => {
  const all = profile({ ...NAMED, defaultAction: "SCMP_ACT_NOTIFY" });
  const script = join(DIRECTORY, "script");
  writeFileSync(script, "#!/nowhere/interpreter\n", { mode: 0o755 });
  // What is found to be broken before needs no filter; what breaks afterwards is said under it.
  const { status, stderr } = listened([PROGRAM, "--profile", all, "--", script]);
  assert.is(status, 126, stderr);
  assert.match(stderr, "/nowhere/interpreter");
});

/** Lines of a state about ids of processes, and about the sockets of the tests. */
const OF_THE_PROCESS = /^(pid|ppid|pgid|status\.(Pid|PPid|Tgid|Ngid|NStgid|NSpid|NSpgid)):|socket:/;

const SETUPS: Readonly<Record<string, readonly string[]>> = {
  "as it comes": [],
  "closed descriptors 0, 2 and 3": ["close", "0", "close", "2", "close", "3"],
  "blocked and ignored signals": ["block", "15", "ignore", "17", "ignore", "13"],
  "a low limit of open files": ["limit", "7", "256"],
};

for (const [name, setup] of Object.entries(SETUPS)) {
  test(`the state of the command is that of an ordinary launch: ${name}`, () => {
    const quiet = { names: ["acct"], action: "SCMP_ACT_NOTIFY" };
    const out = join(DIRECTORY, "state");
    const stateWith = (file: string): ReadonlySet<string> => {
      const launcher = [PROGRAM, "--profile", file, "--"];
      const { status, stderr } = listened([CALLER, "out", out, ...setup, "--", ...launcher, STATE]);
      assert.is(status, 0, stderr);
      const lines = readFileSync(out, "latin1").split("\n");
      return new Set(lines.filter((line) => !OF_THE_PROCESS.test(line)));
    };
    const ordinary = stateWith("builtin:log.json");
    const notified = stateWith(profile(NAMED, quiet));
    assert.ok(ordinary.size > 100 && ordinary.has("status.Seccomp:\t2"));
    assert.equal(
      [...notified].filter((line) => !ordinary.has(line)),
      [],
    );
    assert.equal(
      [...ordinary].filter((line) => !notified.has(line)),
      [],
    );
  });
}

test("the command has no child of any kind", () => {
  assert.is(listened([PROGRAM, "--profile", profile(NAMED), "--", CHILDREN]).stdout, "No child processes\n");
});

test("the command keeps the locks of its caller", () => {
  const script = `
import fcntl, os, sys
file = open(sys.argv[1], "w")
os.set_inheritable(file.fileno(), True)
fcntl.lockf(file, fcntl.LOCK_EX)
os.execv(sys.argv[2], sys.argv[2:])`;
  const locked = ["sh", "-c", "grep -c POSIX.*WRITE.$$ /proc/locks"];
  const launched = [PROGRAM, "--profile", profile(NAMED), "--", ...locked];
  const { stdout } = listened(["python3", "-c", script, join(DIRECTORY, "lock"), ...launched]);
  assert.is(stdout, "1\n");
});

for (const flag of ["WAIT_KILLABLE_RECV", "TSYNC", "LOG"]) {
  test(`SECCOMP_FILTER_FLAG_${flag} goes with a listener`, () => {
    const flags = [`SECCOMP_FILTER_FLAG_${flag}`];
    assert.is(
      listened([PROGRAM, "--profile", profile({ ...NAMED, flags }), "--", "sh", "-c", SCRIPT]).status,
      1,
    );
    assert.equal(seen().calls, ["chdir", "mkdir"]);
  });
}

test("without a call that notifies, no agent is needed, and none is asked", () => {
  const flags = ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"];
  const quiet = profile({ listenerPath: "/nowhere", flags }, { names: ["acct"], action: "SCMP_ACT_ERRNO" });
  assert.is(run(["--profile", quiet, "--", "true"]).status, 0);
  assert.is(run(["--profile", quiet, "--listener", "/nowhere", "--", "true"]).status, 0);
});

test("with --complain the calls are let through, and no agent is asked", () => {
  const { stdout, status } = run([
    "--complain",
    "--profile",
    profile({ listenerPath: "/nowhere" }),
    "--",
    "sh",
    "-c",
    "cd / && pwd",
  ]);
  assert.is(stdout, "/\n");
  assert.is(status, 0);
});

test("a profile that names no agent is refused with what to do", () => {
  refused(run(["--profile", profile(), "--", "true"]), "profile.json:1:", "listenerPath", "--listener");
});

test("an agent that cannot be reached is a refusal before the command", () => {
  const launch = (socket: string, options: RunOptions = {}): Outcome =>
    run(["--profile", profile(), "--listener", socket, "--", "echo", "started"], options);
  refused(launch("/nowhere/agent.sock"), "--listener", "/nowhere/agent.sock does not exist");
  refused(launch(DIRECTORY), "is not a socket");
  refused(launch(LOG), "is not a socket");
  refused(launch(""), "--listener: '' is not the path of a socket");
  refused(launch(`/${"a".repeat(107)}`), "108 bytes", "at most 107");
  refused(
    run(["--profile", profile({ listenerPath: "/nowhere" }), "--", "echo"]),
    "'listenerPath' of",
    "nobody",
  );
  refused(run(["--profile", profile({ listenerPath: "agent.sock" }), "--", "echo"]), "not an absolute path");
});

/** Sockets that others than the agent leave. */
function makeSocket(kind: "SOCK_STREAM" | "SOCK_DGRAM", name: string): string {
  const path = join(DIRECTORY, name);
  const script = `import socket, sys; socket.socket(socket.AF_UNIX, socket.${kind}).bind(sys.argv[1])`;
  spawnSync("python3", ["-c", script, path]);
  return path;
}

test("a socket on which nobody listens is a refusal", () => {
  const dead = makeSocket("SOCK_STREAM", "dead.sock");
  refused(
    run(["--profile", profile({ listenerPath: dead }), "--", "echo"]),
    `nobody listens on the socket ${dead}`,
    "start the agent",
  );
  const other = makeSocket("SOCK_DGRAM", "other.sock");
  refused(
    runCommand([
      "python3",
      "-c",
      `import socket, subprocess, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind(sys.argv[1] + "2")
sys.exit(subprocess.run([*sys.argv[2:], "--listener", sys.argv[1] + "2", "--", "echo"]).returncode)`,
      other,
      PROGRAM,
      "--profile",
      profile(),
    ]),
    "another type than SOCK_STREAM",
  );
});

testWith(ROOT)("a socket that the caller may not connect to is a refusal", () => {
  const script = `chmod 600 ${SOCKET} && exec setpriv --reuid=${NOBODY} --clear-groups "$@"`;
  const path = profile(NAMED);
  chmodSync(path, 0o644);
  const launch = [PROGRAM, "--profile", path, "--", "echo"];
  refused(listened(["sh", "-c", script, "sh", ...launch]), "cannot be reached: Permission denied");
});

test("a launch within a launch is refused: the kernel takes one listener", () => {
  const launch = [PROGRAM, "--profile", profile(NAMED), "--"];
  refused(listened([...launch, ...launch, "echo"]), "a listener already");
  const [first, ...others] = seen().states;
  assert.is.not(first, "");
  assert.equal([...new Set(others)], [""], "no state is sent without a filter");
});

testWith(STRACE)(
  "if the listener cannot be sent, the command does not start, and the launcher says why",
  () => {
    for (const members of [NAMED, { ...NAMED, defaultAction: "SCMP_ACT_NOTIFY" }]) {
      const tracer = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "inject=sendmsg:error=EPIPE"];
      const launch = [PROGRAM, "--profile", profile(members), "--", "echo", "started"];
      refused(listened([...tracer, ...launch]), `the listener cannot be sent to ${SOCKET}: Broken pipe`);
      assert.equal(seen().states, [""]);
      assert.equal(seen().calls, []);
    }
  },
);

testWith(STRACE)("if no thread can be started, the command does not start", () => {
  const tracer = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "inject=clone,clone3:error=EAGAIN"];
  const launch = [PROGRAM, "--profile", profile(NAMED), "--", "echo", "started"];
  refused(listened([...tracer, ...launch]), "cannot be started: Resource temporarily unavailable");
});

test("--audit and an agent exclude each other", () => {
  refused(
    listened([PROGRAM, "--audit", "--profile", profile(NAMED), "--", "echo"]),
    "--audit",
    "SCMP_ACT_NOTIFY",
    "only one",
  );
});

test("no variable names an agent", () => {
  const env = { SECCOMP_EXEC_LISTENER: SOCKET };
  refused(listened([PROGRAM, "--profile", profile(), "--", "echo"], { env }), "SECCOMP_EXEC_LISTENER");
  const info = JSON.stringify({ seccomp: { profileName: "p.json", listenerPath: SOCKET, listener: SOCKET } });
  refused(
    listened([PROGRAM, "--profile-dir", DIRECTORY, "--", "echo"], { env: { SECCOMP_EXEC_LINUX_INFO: info } }),
    "listener",
  );
  assert.is(readFileSync(LOG, "utf8"), "");
});

const POLICY = "seccomp-exec/policy.json";

/** A machine with this policy and these profiles. */
function machine(policy: object, members: object): Files {
  return { [POLICY]: JSON.stringify(policy), "dcos/mesos/seccomp/default.json": text(members) };
}

testWith(MOUNTS)("the operator's policy names the agent, also for profiles that name none", () => {
  for (const members of [{}, NAMED]) {
    const launch = runCommandWithEtc(machine({ listener: SOCKET }, members), [
      AGENT,
      SOCKET,
      LOG,
      PROGRAM,
      "--",
      "sh",
      "-c",
      SCRIPT,
    ]);
    assert.is(launch.status, 1, launch.stderr);
    assert.equal(seen().calls, ["chdir", "mkdir"]);
  }
});

testWith(MOUNTS)(
  "under a policy neither the task nor a profile chooses another agent than the operator's",
  () => {
    const under = (policy: object, members: object, ...args: readonly string[]): Outcome =>
      runWithEtc(machine(policy, members), [...args, "--", "echo"]);
    refused(under({}, NAMED, "--listener", SOCKET), "--listener", "policy");
    refused(under({ listener: SOCKET }, {}, "--listener", SOCKET), "--listener", "policy");
    refused(under({ listener: SOCKET }, { listenerPath: "/other" }), "'/other'", "'listener'", SOCKET);
    refused(under({ listener: "agent.sock" }, {}), "'listener' holds 'agent.sock'");
    refused(under({ listener: 1 }, {}), "'listener' must be a string");
    refused(under({ listener: SOCKET }, {}), `'listener' of /etc/${POLICY}`, "nobody listens");
    refused(under({}, {}), "names none");
  },
);

test("a prepared filter has its agent with it", () => {
  const path = profile(NAMED);
  const prepared = run(["prepare", path]);
  assert.is(prepared.status, 0, prepared.stderr);
  assert.match(run(["--dry-run", "--profile", path]).stdout, /^prepared +yes/m);
  listened([PROGRAM, "--profile", path, "--", "sh", "-c", SCRIPT]);
  assert.equal(seen().calls, ["chdir", "mkdir"]);
  assert.is(JSON.parse(seen().states[0] ?? "").metadata, NAMED.listenerMetadata);
  const unnamed = profile();
  assert.is(run(["prepare", unnamed]).status, 0);
  refused(run(["--profile", unnamed, "--", "true"]), "names none");
  listened([PROGRAM, "--profile", unnamed, "--listener", SOCKET, "--", "sh", "-c", SCRIPT]);
  assert.equal(seen().calls, ["chdir", "mkdir"]);
});

test("a dry run names the agent and what named it", () => {
  const facts = (...args: readonly string[]): string => run(["--dry-run", ...args]).stdout;
  const path = profile(NAMED);
  assert.match(facts("--profile", path), `${SOCKET} ('listenerPath' of ${path})`);
  assert.match(facts("--profile", path, "--listener", "/other"), "/other (--listener)");
  assert.is(JSON.parse(facts("--json", "--profile", path)).listener, SOCKET);
  assert.not.match(facts("--profile", "builtin:log.json"), "listener");
});

test("the verbs know the verdict", () => {
  const path = profile(NAMED);
  const native = run(["explain", "--stage", "policy", path]).stdout;
  assert.match(native, `listener: ${SOCKET}`);
  const [arch = ""] = /(?<=architectures: )\S+/.exec(native) ?? [];
  const simulated = run(["simulate", path], { input: `${arch} chdir\n${arch} fchdir\n` });
  assert.is(simulated.stdout, "NOTIFY\nALLOW\n");
  // Without an agent the verdicts are the same.
  assert.is(run(["simulate", profile()], { input: `${arch} chdir\n` }).stdout, "NOTIFY\n");
  assert.match(run(["verify", profile(NAMED)]).stdout, /^equal/);
  assert.match(run(["compile", "--format", "json", profile(NAMED)]).stdout, /"flags": 8,/);
  assert.is(run(["check", profile(NAMED)]).status, 0);
  assert.match(run(["check", profile()]).stdout, /error: .* \[notify-without-listener\]/);
});

test("convert carries the agent over, or says that it cannot", () => {
  const converted = JSON.parse(run(["convert", "--to", "oci", profile(NAMED)]).stdout);
  assert.is(converted.listenerPath, NAMED.listenerPath);
  assert.is(converted.listenerMetadata, NAMED.listenerMetadata);
  assert.is(converted.syscalls[0].action, "SCMP_ACT_NOTIFY");
  const { status, stderr } = run(["convert", "--to", "mesos", profile(NAMED)]);
  assert.is(status, 1);
  assert.match(stderr, "Mesos has no SCMP_ACT_NOTIFY");
});

test("check --for names what runc refuses", () => {
  const write = profile(NAMED, { names: ["write"], action: "SCMP_ACT_NOTIFY" });
  assert.match(run(["check", "--for", "runc", write]).stdout, "cannot be used for the write syscall");
  assert.not.match(run(["check", "--for", "crun", write]).stdout, "cannot be used for the write syscall");
  const all = profile({ ...NAMED, defaultAction: "SCMP_ACT_NOTIFY" });
  assert.match(run(["check", "--for", "docker", all]).stdout, "cannot be used as default action");
});

test.run();
