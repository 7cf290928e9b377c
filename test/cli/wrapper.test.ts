/**
 * The launcher under another program's name: it confines that program, hands on every argument, and obeys the policy and the
 * environment only.
 */

import { chmodSync, copyFileSync, linkSync, mkdirSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import * as assert from "uvu/assert";
import { ALLOWED, denied, failed, PROBE, ran, refused } from "../support/programs/expect.ts";
import {
  answering,
  directoryOf,
  type Files,
  NOBODY,
  profileOf,
  runCommandWithEtc,
} from "../support/programs/files.ts";
import { compileC, compileDynamicC } from "../support/programs/native.ts";
import { type Outcome, PROGRAM, runCommand, temporaryDirectory } from "../support/programs/program.ts";
import { needs } from "../support/running/needs.ts";
import { NO_SETTINGS } from "../support/running/settings.ts";
import { test } from "../support/running/test.ts";

const WRAPPED = compileDynamicC("test/cli/native/wrapped.c");
const PRELOADED = compileDynamicC("test/cli/native/preloaded.c", "-shared", "-fPIC");
const BY_DESCRIPTOR = compileC("test/cli/native/by_descriptor.c");
const CALLER = compileC("test/kernel/native/caller.c");
const POLICY = "/etc/seccomp-exec/policy.json";
const PATH = process.env["PATH"] ?? "";

/** A machine whose profiles can be told apart, with this policy. */
function machine(policy?: object): Files {
  return {
    "p/default.json": answering(1000),
    "p/relaxed.json": answering(1001),
    "p/log.json": profileOf(),
    ...(policy === undefined ? {} : { "seccomp-exec/policy.json": JSON.stringify(policy) }),
  };
}

const DIR = { profileDir: "/etc/p" };
const BOUND = { ...DIR, allowedProfiles: ["default.json", "relaxed.json"], allowUnconfined: false };

/** A directory with the launcher under these names. */
function installed(...names: readonly string[]): string {
  const directory = temporaryDirectory();
  chmodSync(directory, 0o755);
  for (const name of names) {
    symlinkSync(PROGRAM, join(directory, name));
  }
  return directory;
}

/** The same with the real program of each beside it. */
function wrapping(...names: readonly string[]): string {
  const directory = installed(...names);
  for (const name of names) {
    copyFileSync(WRAPPED, join(directory, `${name}.real`));
  }
  return directory;
}

/** Where nothing is set up for the launcher but its environment. */
function start(
  command: readonly string[],
  env: Readonly<Record<string, string>> = {},
  cwd?: string,
): Outcome {
  needs(NO_SETTINGS);
  return runCommand(command, {
    env: { PATH, SECCOMP_EXEC_PROFILE: "builtin:log.json", ...env },
    ...(cwd && { cwd }),
  });
}

/** The lines of the real program that begin with a word. */
function lines({ stdout, stderr, status }: Outcome, word: string): string[] {
  assert.is(status, 0, stderr);
  return stdout.split("\n").filter((line) => line.startsWith(word));
}

test("a symbolic link, a hard link and a copy of the launcher are wrappers", () => {
  const directory = temporaryDirectory();
  symlinkSync(PROGRAM, join(directory, "symbolic"));
  linkSync(PROGRAM, join(directory, "hard"));
  copyFileSync(PROGRAM, join(directory, "copy"));
  for (const name of ["symbolic", "hard", "copy"]) {
    copyFileSync(WRAPPED, join(directory, `${name}.real`));
    const wrapper = join(directory, name);
    assert.equal(lines(start([wrapper, "a"]), "argv"), [`argv[0] ${wrapper}`, "argv[1] a"]);
  }
});

test("the real program is beside the link by which it was started, not beside the link's target", () => {
  const inner = installed("program");
  const outer = temporaryDirectory();
  symlinkSync(join(inner, "program"), join(outer, "program"));
  refused(start([join(outer, "program")]), `'${outer}/program'`, `there is no '${outer}/program.real'`);
  copyFileSync(WRAPPED, join(inner, "program.real"));
  refused(start([join(outer, "program")]), `there is no '${outer}/program.real'`);
  copyFileSync(WRAPPED, join(outer, "program.real"));
  assert.equal(lines(start([join(outer, "program")]), "comm"), ["comm program.real"]);
});

test("a relative path, and a lookup in PATH, also by an empty entry of it", () => {
  const directory = wrapping("program");
  const seen = (outcome: Outcome): string => lines(outcome, "comm").join();
  assert.is(seen(start(["./program"], {}, directory)), "comm program.real");
  const above = [`./${directory.slice(dirname(directory).length + 1)}/program`];
  assert.is(seen(start(above, {}, dirname(directory))), "comm program.real");
  for (const path of [directory, ".", "", `:${PATH}`, `/none:${directory}`]) {
    const env = ["/usr/bin/env", `PATH=${path}`, "program"];
    assert.is(seen(start(env, {}, directory)), "comm program.real", path);
  }
  // A program of that name in PATH is not the one in the working directory.
  const other = directoryOf({ "program.real": { content: "#!/bin/sh\necho other\n", mode: 0o755 } });
  assert.is(seen(start(["/usr/bin/env", `PATH=:${other}`, "program"], {}, directory)), "comm program.real");
});

test("every argument is the program's: none is an option or a verb of the launcher", () => {
  const directory = wrapping("program");
  const wrapper = join(directory, "program");
  const given: readonly (readonly string[])[] = [
    [],
    [""],
    ["--help"],
    ["-h"],
    ["--version"],
    ["-V"],
    ["--"],
    ["--unconfined", "--", "/bin/true"],
    ["--dry-run"],
    ["--profile", "none.json", "--", "x"],
    ["check", "x.json"],
    ["help"],
    ["version"],
    ["--argv0", "x", "--", "y"],
    ["--no-such-option", "a b", "\t\u00e9", "", "--audit"],
  ];
  for (const args of given) {
    const outcome = start([wrapper, ...args]);
    assert.is(outcome.stderr, "");
    assert.equal(
      lines(outcome, "argv"),
      [wrapper, ...args].map((word, i) => `argv[${i}] ${word}`),
    );
    assert.equal(lines(outcome, "cmdline"), [
      `cmdline ${[wrapper, ...args].map((word) => `${word}|`).join("")}`,
    ]);
  }
});

test("arguments that are not UTF-8 arrive byte by byte", () => {
  const directory = installed("printf");
  symlinkSync("/usr/bin/printf", join(directory, "printf.real"));
  const { stdout } = start([
    "sh",
    "-c",
    `${directory}/printf %s "$(/usr/bin/printf 'a\\377\\200b')" | od -An -tx1`,
  ]);
  assert.is(stdout.trim(), "61 ff 80 62");
});

test("argv[0] decides nothing: neither makes it the launcher a wrapper, nor a wrapper the launcher", () => {
  const directory = wrapping("program");
  const wrapper = join(directory, "program");
  for (const name of ["seccomp-exec", PROGRAM, "", "--unconfined", "/bin/sh"]) {
    const outcome = start([CALLER, "argv0", name, "--", wrapper, "--unconfined", "--", "/bin/true"]);
    assert.equal(lines(outcome, "argv"), [
      `argv[0] ${name}`,
      "argv[1] --unconfined",
      "argv[2] --",
      "argv[3] /bin/true",
    ]);
  }
  for (const name of ["program", wrapper, ""]) {
    ran(start([CALLER, "argv0", name, "--", PROGRAM, "--unconfined", "--", PROBE]), ALLOWED);
  }
});

test("a name that begins with seccomp-exec is the launcher, whatever is beside it", () => {
  const directory = wrapping("seccomp-exec", "seccomp-exec-1.2", "seccomp-exec.new", "seccomp-executor");
  for (const name of ["seccomp-exec", "seccomp-exec-1.2", "seccomp-exec.new", "seccomp-executor"]) {
    ran(start([join(directory, name), "--unconfined", "--", PROBE]), ALLOWED);
    refused(start([join(directory, name), "--no-such-option"]), "unknown option");
  }
  ran(
    start(["/usr/bin/env", "PATH=", "seccomp-exec-1.2", "--unconfined", "--", PROBE], {}, directory),
    ALLOWED,
  );
  // Only the beginning counts.
  const other = wrapping("my-seccomp-exec");
  assert.is(lines(start([join(other, "my-seccomp-exec"), "--help"]), "argv").length, 2);
});

test("executed by a descriptor, whose path has no name, it is the launcher", () => {
  const directory = wrapping("program");
  const wrapper = join(directory, "program");
  ran(start([BY_DESCRIPTOR, wrapper, "--unconfined", "--", PROBE]), ALLOWED);
  refused(start([BY_DESCRIPTOR, wrapper, "--launcher_dir=/x"]), "unknown option '--launcher_dir'");
  const script = 'exec 3<"$1"; shift; exec /proc/self/fd/3 "$@"';
  ran(start(["sh", "-c", script, "sh", wrapper, "--unconfined", "--", PROBE]), ALLOWED);
});

test("as the interpreter of a script it is refused, since the kernel gives it the script's name", () => {
  const directory = wrapping("program");
  for (const first of [`#!${directory}/program`, `#!${directory}/program --unconfined`]) {
    const script = join(directoryOf({ script: { content: `${first}\n`, mode: 0o755 } }), "script");
    refused(
      start([script]),
      `started as '${script}'`,
      "if that is a script whose '#!' names the launcher: an interpreter of scripts cannot be confined that way",
    );
  }
  // Under its own name it is told the same.
  const script = join(directoryOf({ script: { content: `#!${PROGRAM}\n`, mode: 0o755 } }), "script");
  refused(
    start([script, "x"]),
    `started as '${script}'`,
    "if that is a script whose '#!' names the launcher:",
  );
});

// The real program

test("without a real program it is refused, and told what was looked for, and both ways to mend it", () => {
  const directory = installed("program");
  const outcome = start([join(directory, "program"), "--help"]);
  refused(
    outcome,
    `started as '${directory}/program'`,
    `there is no '${directory}/program.real', and no policy names another`,
    `put the real program there, or name it in 'wraps' of ${POLICY}`,
    "if 'program' is meant to be the launcher itself, give it a name that begins with 'seccomp-exec'",
  );
});

test("a real program that cannot be run is told as any other command, with 126", () => {
  const directory = installed("a", "b", "c", "d");
  mkdirSync(join(directory, "a.real"));
  const texts = directoryOf({
    plain: "x",
    lost: { content: "#!/no/such/interpreter\n", mode: 0o755 },
    shell: { content: 'echo "run by a shell: $*"\n', mode: 0o755 },
  });
  symlinkSync(join(texts, "plain"), join(directory, "b.real"));
  symlinkSync(join(texts, "lost"), join(directory, "c.real"));
  symlinkSync(join(texts, "shell"), join(directory, "d.real"));
  failed(126, start([join(directory, "a")]), `'${directory}/a.real': it is a directory`);
  failed(126, start([join(directory, "b")]), `'${directory}/b.real': Permission denied`);
  failed(126, start([join(directory, "c")]), "its interpreter '/no/such/interpreter' does not exist");
  ran(start([join(directory, "d"), "x", "--help"]), "run by a shell: x --help\n");
});

test("a real program that is the launcher itself is refused: it would start itself for ever", () => {
  const directory = installed("a", "b", "c", "d", "e");
  symlinkSync(PROGRAM, join(directory, "a.real"));
  linkSync(PROGRAM, join(directory, "b.real"));
  symlinkSync("c", join(directory, "c.real"));
  for (const name of ["a", "b", "c"]) {
    refused(start([join(directory, name)]), `'${directory}/${name}.real' is seccomp-exec itself`);
  }
  // A copy is a launcher too, whatever is beside it.
  copyFileSync(PROGRAM, join(directory, "d.real"));
  copyFileSync(WRAPPED, join(directory, "d.real.real"));
  refused(start([join(directory, "d")]), `'${directory}/d.real' is seccomp-exec itself`);
  symlinkSync("e.real", join(directory, "e.real"));
  refused(start([join(directory, "e")]), `'${directory}/e.real' cannot be examined: `);
});

// The policy

test("wraps names the real program, by the wrapper's name or by its whole path, which comes first", () => {
  const directory = wrapping("program");
  const wrapper = join(directory, "program");
  const elsewhere = directoryOf({});
  for (const name of ["by-name", "by-path"]) {
    copyFileSync(WRAPPED, join(elsewhere, name));
  }
  const comm = (wraps: object, command = [wrapper], cwd?: string): string =>
    lines(
      runCommandWithEtc(machine({ ...DIR, wraps }), command, cwd === undefined ? {} : { cwd }),
      "comm",
    ).join();
  const byName = { program: join(elsewhere, "by-name") };
  const byPath = { [wrapper]: join(elsewhere, "by-path") };
  assert.is(comm({}), "comm program.real");
  assert.is(comm({ other: "/none", [`${wrapper}x`]: "/none" }), "comm program.real");
  assert.is(comm(byName), "comm by-name");
  assert.is(comm(byName, ["./program"], directory), "comm by-name");
  assert.is(comm(byPath), "comm by-path");
  assert.is(comm({ ...byName, ...byPath }), "comm by-path");
  assert.is(comm({ ...byName, ...byPath }, ["./program"], directory), "comm by-name");
});

test("a program that wraps names and that is missing, or is the launcher, is refused, whatever is beside the wrapper", () => {
  const wrapper = join(wrapping("program"), "program");
  const under = (program: string) => runCommandWithEtc(machine({ ...DIR, wraps: { program } }), [wrapper]);
  refused(
    under("/none/at/all"),
    `'/none/at/all', which 'wraps' of ${POLICY} names, does not exist`,
    "correct 'wraps'",
  );
  refused(under(PROGRAM), `'${PROGRAM}', which 'wraps' of ${POLICY} names, is seccomp-exec itself`);
});

test("two launchers do not start each other for ever", () => {
  const directory = temporaryDirectory();
  chmodSync(directory, 0o755);
  for (const name of ["a", "b", "seccomp-exec-2"]) {
    copyFileSync(PROGRAM, join(directory, name));
  }
  const [a, b] = [join(directory, "a"), join(directory, "b")];
  const policy = { enabled: false, wraps: { a: b, b: a, c: join(directory, "seccomp-exec-2") } };
  refused(
    runCommandWithEtc(machine(policy), [a]),
    `'${b}', which 'wraps' of ${POLICY} names, is seccomp-exec itself`,
  );
  refused(
    runCommandWithEtc(machine(policy), [b]),
    `'${a}', which 'wraps' of ${POLICY} names, is seccomp-exec itself`,
  );
  symlinkSync("a", join(directory, "c"));
  refused(
    runCommandWithEtc(machine(policy), [join(directory, "c"), "--unconfined", "--", PROBE]),
    "seccomp-exec-2'",
  );
});

test("a program that only mentions the launcher is no launcher", () => {
  const directory = installed("a");
  const content = "#!/bin/sh\n: seccomp-exec launcher\necho started\n";
  symlinkSync(join(directoryOf({ script: { content, mode: 0o755 } }), "script"), join(directory, "a.real"));
  ran(start([join(directory, "a")]), "started\n");
});

test("wraps changes nothing for the launcher itself", () => {
  const policy = { ...DIR, wraps: { "seccomp-exec": "/none", [PROGRAM]: "/none" } };
  ran(runCommandWithEtc(machine(policy), [PROGRAM, "--profile", "relaxed.json", "--", PROBE]), denied(1001));
});

test("a policy whose wraps are not absolute paths, or no texts, refuses every start", () => {
  const wrapper = join(wrapping("program"), "program");
  const under = (wraps: unknown) => runCommandWithEtc(machine({ ...DIR, wraps }), [wrapper]);
  refused(under({ program: "real" }), "'wraps' holds 'real', which is not an absolute path");
  refused(under({ "./program": "/real" }), "'wraps' holds './program', which is not an absolute path");
  refused(under({ program: 1 }), POLICY, "'program'");
  refused(under(["program"]), POLICY, "'wraps'");
});

test("the policy and the environment choose the profile, as for the launcher", () => {
  const wrapper = join(wrapping("program"), "program");
  const answer = (
    policy: object | undefined,
    env: Readonly<Record<string, string>> = {},
    uid?: number,
  ): string =>
    lines(
      runCommandWithEtc(machine(policy), [wrapper], { env: { PATH, ...env }, ...(uid && { uid }) }),
      "error",
    ).join();
  assert.is(answer(BOUND), "error 1000");
  assert.is(answer({ ...BOUND, defaultProfile: "relaxed.json" }), "error 1001");
  assert.is(answer(BOUND, { SECCOMP_EXEC_PROFILE: "relaxed.json" }), "error 1001");
  assert.is(answer(BOUND, { MARATHON_APP_LABEL_SECCOMP_PROFILE: "relaxed.json" }), "error 1001");
  assert.is(answer(BOUND, { SECCOMP_EXEC_LINUX_INFO: '{"profileName": "relaxed.json"}' }), "error 1001");
  assert.is(
    answer(undefined, { MESOS_SECCOMP_CONFIG_DIR: "/etc/p", MESOS_SECCOMP_PROFILE_NAME: "relaxed.json" }),
    "error 1001",
  );
  assert.is(answer(BOUND, {}, NOBODY), "error 1000");
  assert.is(answer(BOUND, { SECCOMP_EXEC_PROFILE: "relaxed.json" }, NOBODY), "error 1001");
});

test("an environment that wants less is refused where the policy forbids it", () => {
  const wrapper = join(wrapping("program"), "program");
  const under = (env: Readonly<Record<string, string>>, policy: object = BOUND) =>
    runCommandWithEtc(machine(policy), [wrapper, "--unconfined"], { env: { PATH, ...env } });
  const loosening: readonly Readonly<Record<string, string>>[] = [
    { SECCOMP_EXEC_UNCONFINED: "true" },
    { SECCOMP_EXEC_UNCONFINED: "1" },
    { SECCOMP_EXEC_LINUX_INFO: '{"seccomp": {"unconfined": true}}' },
    { SECCOMP_EXEC_LINUX_INFO: '{"seccomp": {"profileName": "log.json"}}' },
    { MARATHON_APP_LABEL_SECCOMP_UNCONFINED: "true" },
    { MARATHON_APP_LABEL_SECCOMP_PROFILE: "log.json" },
    { SECCOMP_EXEC_PROFILE: "log.json" },
    { SECCOMP_EXEC_PROFILE: "builtin:log.json" },
    { SECCOMP_EXEC_PROFILE: "/etc/p/log.json" },
    { SECCOMP_EXEC_PROFILE: "../p/log.json" },
    { MESOS_SECCOMP_CONFIG_DIR: "/tmp" },
    { MESOS_SECCOMP_PROFILE_NAME: "log.json" },
    { SECCOMP_EXEC_COMPLAIN: "1" },
  ];
  for (const env of loosening) {
    refused(under(env), Object.keys(env)[0] ?? "");
  }
  // What the policy names itself comes before the agent's default.
  const named = { ...BOUND, defaultProfile: "default.json" };
  assert.equal(lines(under({ MESOS_SECCOMP_PROFILE_NAME: "log.json" }, named), "error"), ["error 1000"]);
});

test("a policy that refuses every task, or cannot be read, refuses every start", () => {
  const wrapper = join(wrapping("program"), "program");
  const under = (etc: Files) => runCommandWithEtc(etc, [wrapper]);
  refused(under(machine({ enabled: false, allowUnconfined: false })), "refuses every task");
  refused(under(machine({ ...DIR, defaultProfile: "none.json" })), "none.json");
  refused(under({ "seccomp-exec/policy.json": "{" }), POLICY);
  refused(under({ "seccomp-exec/policy.json": { content: "{}", mode: 0o666 } }), "writable by");
});

test("seccomp turned off by the policy runs the real program without a filter", () => {
  const wrapper = join(wrapping("program"), "program");
  const off = machine({ enabled: false });
  assert.equal(lines(runCommandWithEtc(off, [wrapper, "x"]), "value"), ["value 99"]);
});

test("a warning is printed, and the program runs", () => {
  const wrapper = join(wrapping("program"), "program");
  const doubtful = profileOf({ names: ["no_such_call"], action: "SCMP_ACT_ALLOW" });
  const outcome = runCommandWithEtc({ ...machine(DIR), "p/default.json": doubtful }, [wrapper, "--help"]);
  assert.match(outcome.stderr, /^seccomp-exec: warning: /);
  assert.equal(lines(outcome, "argv[1]"), ["argv[1] --help"]);
});

test("the strict profile holds a wrapped program", () => {
  const directory = installed("mkfifo", "echo");
  for (const name of ["mkfifo", "echo"]) {
    symlinkSync(`/usr/bin/${name}`, join(directory, `${name}.real`));
  }
  const strict = { SECCOMP_EXEC_PROFILE: "builtin:strict.json" };
  ran(start([join(directory, "echo"), "--profile", "x"], strict), "--profile x\n");
  const { status, stderr } = start([join(directory, "mkfifo"), join(directory, "pipe")], strict);
  assert.is(status, 1);
  assert.match(stderr, "Operation not permitted");
});

test("a library of LD_PRELOAD runs no code before the filter", () => {
  const directory = wrapping("program");
  const env = { LD_PRELOAD: PRELOADED, LD_LIBRARY_PATH: directory, LD_BIND_NOW: "1" };
  const { stderr, status } = start([join(directory, "program")], env);
  assert.is(status, 0);
  assert.is(stderr, "program.real with Seccomp 2\n");
  // A script in its place: the shell loads the library, too, without a filter.
  const script = `#!/bin/sh\nexec ${PROGRAM} -- "$0.real" "$@"\n`;
  const walked = join(directoryOf({ program: { content: script, mode: 0o755 } }), "program");
  copyFileSync(WRAPPED, `${walked}.real`);
  const around = start([walked], env).stderr.split("\n");
  assert.equal(around.slice(1), ["program.real with Seccomp 2", ""]);
  assert.match(around[0] ?? "", /^program with Seccomp 0$/);
});

// Mesos

/**
 * What an agent of Mesos 1.11 gives to an executor, besides what the task's definition has: docs/executor-http-api.md of Mesos,
 * "Environment Variables", and `executorEnvironment` of src/slave/slave.cpp.
 */
const EXECUTOR_ENVIRONMENT: Readonly<Record<string, string>> = {
  LIBPROCESS_IP: "10.0.0.7",
  LIBPROCESS_PORT: "0",
  MESOS_AGENT_ENDPOINT: "10.0.0.7:5051",
  MESOS_CHECKPOINT: "1",
  MESOS_DIRECTORY: "/var/lib/mesos/slaves/S0/frameworks/F-0000/executors/app.1/runs/5eefc710",
  MESOS_EXECUTOR_ID: "app.1",
  MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD: "5secs",
  MESOS_FRAMEWORK_ID: "F-0000",
  MESOS_HTTP_COMMAND_EXECUTOR: "0",
  MESOS_NATIVE_JAVA_LIBRARY: "/usr/lib/libmesos.so",
  MESOS_RECOVERY_TIMEOUT: "15mins",
  MESOS_SANDBOX: "/mnt/mesos/sandbox",
  MESOS_SLAVE_ID: "S0",
  MESOS_SLAVE_PID: "slave(1)@10.0.0.7:5051",
  MESOS_SUBSCRIPTION_BACKOFF_MAX: "2secs",
};

/** What Marathon adds. */
const MARATHON_ENVIRONMENT: Readonly<Record<string, string>> = {
  HOST: "10.0.0.7",
  MARATHON_APP_ID: "/app",
  MARATHON_APP_LABELS: "SECCOMP_PROFILE",
  MARATHON_APP_LABEL_SECCOMP_PROFILE: "relaxed.json",
  MARATHON_APP_VERSION: "2026-11-30T10:53:55.597Z",
  MESOS_TASK_ID: "app.1",
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  PORT: "31000",
  PORT0: "31000",
  PORTS: "31000",
};

/**
 * A launcher directory of Mesos in which these are wrapped: the executor starts the command of its task as Mesos's does, and the
 * containerizer what its launch information says, here always the probe.
 */
function launcherDirectory(...wrapped: readonly string[]): string {
  const directory = directoryOf({
    "mesos-executor.real": {
      content: `#!/bin/sh\necho "executor $*"; grep Seccomp_filters: /proc/self/status; ${PROBE}\n`,
      mode: 0o755,
    },
    "mesos-containerizer.real": {
      content: `#!/bin/sh\necho "containerizer $* $MESOS_CONTAINERIZER_LAUNCH_INFO"
if [ "$1" = launch ]; then shift; exec "\${0%/*}/mesos-executor" "--launcher_dir=\${0%/*}"; fi\n`,
      mode: 0o755,
    },
  });
  for (const name of ["mesos-executor", "mesos-containerizer"]) {
    symlinkSync(wrapped.includes(name) ? PROGRAM : `${name}.real`, join(directory, name));
  }
  return directory;
}

test("Mesos: a wrapped executor gives a command task the profile that it asks for, and hands all else on", () => {
  const directory = wrapping("mesos-executor");
  const env = { ...EXECUTOR_ENVIRONMENT, ...MARATHON_ENVIRONMENT };
  // The agent's `argv[0]` is the bare name.
  const command = [
    CALLER,
    "argv0",
    "mesos-executor",
    "--",
    `${directory}/mesos-executor`,
    `--launcher_dir=${directory}`,
  ];
  const outcome = runCommandWithEtc(machine(BOUND), command, { env });
  assert.is(outcome.stderr, "");
  assert.equal(lines(outcome, "argv"), ["argv[0] mesos-executor", `argv[1] --launcher_dir=${directory}`]);
  const given = Object.entries(env).map(([name, value]) => `env ${name}=${value}`);
  const got = lines(outcome, "env").filter((line) => !/^env (_|PWD|OLDPWD|SHLVL)=/.test(line));
  assert.equal(got.sort(), given.sort());
  assert.equal(lines(outcome, "error"), ["error 1001"]);
  const loose = { ...env, SECCOMP_EXEC_UNCONFINED: "true" };
  refused(runCommandWithEtc(machine(BOUND), command, { env: loose }), "allowUnconfined");
});

const LAUNCH_INFO = JSON.stringify({
  command: {
    shell: false,
    value: "/opt/mesos/mesos-executor",
    arguments: ["mesos-executor", "--unconfined", "--"],
  },
  seccomp_profile: { unconfined: true },
  working_directory: "/mnt/mesos/sandbox",
});

/** As agents pass it: since 1.4 in the environment, before as an argument (src/slave/containerizer/mesos/containerizer.cpp). */
const LAUNCHES: readonly (readonly [args: readonly string[], env: Readonly<Record<string, string>>])[] = [
  [["launch"], { MESOS_CONTAINERIZER_LAUNCH_INFO: LAUNCH_INFO, MESOS_CONTAINERIZER_PIPE_READ: "7" }],
  [
    [
      "launch",
      "--help=false",
      `--launch_info=${LAUNCH_INFO}`,
      "--pipe_read=7",
      "--unshare_namespace_mnt=true",
    ],
    {},
  ],
];

test("Mesos: a wrapped containerizer confines all that it launches, and reads none of it as a request", () => {
  for (const [args, more] of LAUNCHES) {
    for (const [wrapped, filters] of [
      [["mesos-containerizer"], 1],
      [["mesos-containerizer", "mesos-executor"], 2],
    ] as const) {
      const directory = launcherDirectory(...wrapped);
      const env = { ...MARATHON_ENVIRONMENT, ...more, MARATHON_APP_LABEL_SECCOMP_PROFILE: "default.json" };
      const { stdout, stderr } = runCommandWithEtc(
        machine(BOUND),
        [`${directory}/mesos-containerizer`, ...args],
        { env },
      );
      assert.is(stderr, "");
      assert.equal(stdout.split("\n"), [
        `containerizer ${args.join(" ")} ${more["MESOS_CONTAINERIZER_LAUNCH_INFO"] ?? ""}`,
        `executor --launcher_dir=${directory}`,
        `Seccomp_filters:\t${filters}`,
        denied(1000).trimEnd(),
        "",
      ]);
    }
  }
});

test("Mesos: a containerizer that is started from memory, without a name, is refused rather than unconfined", () => {
  const directory = launcherDirectory("mesos-containerizer");
  const script = 'exec 3<"$1"; shift; exec /proc/self/fd/3 "$@"';
  const command = ["sh", "-c", script, "sh", `${directory}/mesos-containerizer`, "launch"];
  const { status, stdout, stderr } = runCommandWithEtc(machine(BOUND), command, {
    env: { PATH, MESOS_CONTAINERIZER_LAUNCH_INFO: LAUNCH_INFO },
  });
  assert.match(stderr, "seccomp-exec: error: unknown verb 'launch'");
  assert.ok(status !== null && status > 0);
  assert.is(stdout, "");
});

test.run();
