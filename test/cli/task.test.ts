/**
 * `task`: what the definitions of schedulers really do, by the executable.
 */

import { join } from "node:path";
import * as assert from "uvu/assert";
import { answering, directoryOf, runWithEtc } from "../support/programs/files.ts";
import { run } from "../support/programs/program.ts";
import { test } from "../support/running/test.ts";

const PROFILES = directoryOf({ "site.json": answering(1001), "bad.json": "{}" });

interface Told {
  readonly name: string;
  readonly confined: string;
  readonly why: string;
  readonly filters: readonly {
    readonly by: string;
    readonly profile: string;
    readonly exists: boolean | null;
    readonly only: string | null;
  }[];
}

interface Report {
  readonly valid: boolean;
  readonly files: readonly {
    readonly kind: string | null;
    readonly tasks: readonly Told[];
    readonly diagnostics: readonly {
      readonly code: string;
      readonly severity: string;
      readonly message: string;
      readonly line: number;
      readonly column: number;
      readonly length: number | null;
    }[];
  }[];
}

/** What is told of a definition: `KIND`, `NAME: STATE PROFILE + PROFILE`, `SEVERITY CODE at TEXT: MESSAGE`, where TEXT is what stands there. */
export function told(definition: object | string, ...options: readonly string[]): readonly string[] {
  const input = typeof definition === "string" ? definition : JSON.stringify(definition);
  const { stdout, stderr, status } = run(["task", "--json", ...options, "-"], { input });
  assert.is(stderr, "");
  const { valid, files } = JSON.parse(stdout) as Report;
  const [file] = files;
  assert.is(status, valid ? 0 : 1);
  assert.is(
    valid,
    file?.diagnostics.every(({ severity }) => severity !== "error"),
  );
  return [
    file?.kind ?? "nothing",
    ...(file?.tasks ?? []).map(
      ({ name, confined, filters }) =>
        `${name}: ${confined} ${filters.map(({ profile, only }) => (only === null ? profile : `${profile}?`)).join(" + ")}`,
    ),
    ...(file?.diagnostics ?? []).map(({ severity, code, line, column, length, message }) => {
      const text = input
        .split("\n")
        [line - 1]?.slice(column - 1)
        .slice(0, length ?? undefined);
      return `${severity} ${code} at ${text}: ${message}`;
    }),
  ];
}

/** The expected findings end where the message is not of interest. */
function assertTold(definition: object | string, expected: readonly string[], ...options: readonly string[]) {
  const lines = told(definition, ...options);
  assert.is(lines.length, expected.length, lines.join("\n"));
  for (const [i, line] of expected.entries()) {
    assert.ok(lines[i]?.startsWith(line), `${line}\n${lines[i]}`);
  }
}

const DEFAULT = "the agent's default?";

test("the examples are told right", () => {
  const files = [
    ["marathon/docker-relaxed.json", "Marathon app", "/docker-seccomp-app: depends relaxed.json?"],
    ["marathon/docker-unconfined.json", "Marathon app", "/docker-seccomp-app: no "],
    ["marathon/ucr-relaxed.json", "Marathon app", "/mesos-seccomp-app: yes relaxed.json"],
    ["marathon/ucr-unconfined.json", "Marathon app", "/mesos-seccomp-app: no "],
    ["mesos/task.json", "Mesos task", "seccomp-task: yes relaxed.json"],
    ["mesos/task-group.json", "Mesos task group", "server: yes relaxed.json", "helper: yes default.json"],
    ["mesos/manifest-task.json", "Mesos task", `seccomp-manifest: depends ${DEFAULT}`],
    ["metronome/command.json", "Metronome job", `report: yes ${DEFAULT} + strict.json`],
    ["metronome/docker.json", "Metronome job", "report-image: yes Docker's default + strict.json?"],
  ] as const;
  for (const [file, ...lines] of files) {
    const { stdout } = run(["task", "--json", `examples/${file}`]);
    const [report] = (JSON.parse(stdout) as Report).files;
    const tasks = report?.tasks.map(
      ({ name, confined, filters }) =>
        `${name}: ${confined} ${filters.map(({ profile, only }) => (only === null ? profile : `${profile}?`)).join(" + ")}`,
    );
    assert.equal([report?.kind, ...(tasks ?? [])], lines, file);
    assert.equal(report?.diagnostics, [], file);
  }
});

test("text says the same in a line for each task", () => {
  const { stdout, status } = run([
    "task",
    "examples/marathon/ucr-relaxed.json",
    "examples/mesos/task-group.json",
  ]);
  assert.is(status, 0);
  assert.match(
    stdout,
    /^examples\/marathon\/ucr-relaxed\.json: Marathon app: ok\n {2}\/mesos-seccomp-app {2}confined {2}relaxed\.json {2}launcher: --profile \(.*\); linuxInfo\.seccomp\.unconfined switches the agent's filter off\n/,
  );
  assert.match(
    stdout,
    /\n {2}server {2}confined {2}relaxed\.json {2}launcher: SECCOMP_EXEC_LINUX_INFO .*\n {2}helper {2}confined {2}default\.json {2}/,
  );
});

// Marathon

const app = (rest: object) => ({ id: "/a", cmd: "exec seccomp-exec -- /server", ...rest });
const mesos = (seccomp: object) => ({ container: { type: "MESOS", linuxInfo: { seccomp } } });
const docker = (rest: object) => ({ container: { type: "DOCKER", docker: { image: "i", ...rest } } });

test("a Marathon app without the launcher gets what its agent or Docker does", () => {
  const own = (rest: object) => told({ id: "/a", cmd: "/server", ...rest })[1];
  assert.is(own({}), `/a: depends ${DEFAULT}`);
  assert.is(own(mesos({ unconfined: true })), "/a: no ");
  assert.is(own(mesos({ profileName: "p.json" })), "/a: depends p.json?");
  assert.is(own(docker({})), "/a: yes Docker's default");
  assert.is(own(docker({ privileged: true })), "/a: no ");
  const option = (value: string) => docker({ parameters: [{ key: "security-opt", value }] });
  assert.is(own(option("seccomp=unconfined")), "/a: no ");
  assert.is(own(option("seccomp:unconfined")), "/a: no ");
  assert.is(own(option("no-new-privileges")), "/a: yes Docker's default");
  assert.is(own(option("seccomp=/p/x.json")), "/a: yes /p/x.json");
});

test("parameters of Docker are options of docker run", () => {
  const of = (key: string, value: string, rest: object = {}) =>
    told({ id: "/a", cmd: "/s", ...rest, ...docker({ parameters: [{ key, value }] }) })[1];
  for (const value of ["1", "t", "T", "true", "TRUE", "True"]) {
    assert.is(of("privileged", value), "/a: no ");
  }
  assert.is(of("privileged", "0"), "/a: yes Docker's default");
  assert.is(of("privileged", "yes"), "/a: depends Docker's default?");
  assert.is(of("security-opt", "seccomp="), "/a: depends Docker's default?");
  assert.is(of("security-opt", "seccomp"), "/a: depends Docker's default?");
  assert.is(of("security-opt=seccomp=unconfined", ""), "/a: depends Docker's default?");
  const off = { key: "security-opt", value: "seccomp=unconfined" };
  const launched = (key: string, value: string, rest: object = {}) =>
    told(app({ ...rest, ...docker({ parameters: [off, { key, value }] }) }))[1];
  assert.is(launched("env", "A=b"), "/a: yes default.json");
  assert.is(launched("env", "SECCOMP_EXEC_UNCONFINED=true"), "/a: no ");
  const env = { env: { SECCOMP_EXEC_PROFILE: "strict.json" } };
  assert.is(launched("env", "SECCOMP_EXEC_PROFILE=default.json", env), "/a: depends a profile?");
  assert.is(launched("env-file", "/x"), "/a: depends default.json?");
  assert.is(launched("entrypoint", "/bin/x"), "/a: depends default.json?");
});

test("Marathon starts a command as its executor, its image and its validation have it", () => {
  const off = mesos({ unconfined: true });
  assert.is(told(app({ executor: "/opt/exec", ...off }))[1], "/a: depends default.json?");
  assert.is(told(app({ executor: "//cmd", ...off }))[1], "/a: yes default.json");
  assertTold(app({ args: ["x"], ...off }), [
    "Marathon app",
    "/a: refused ",
    'error task-refused at "exec seccomp-exec -- /server": Marathon refuses this: AppDefinition must either',
  ]);
  const pod = (exec: object, rest: object = {}, ...options: readonly string[]) =>
    told(
      {
        id: "/p",
        containers: [{ name: "c", exec, linuxInfo: { seccomp: { unconfined: true } }, ...rest }],
      },
      ...options,
    )[1];
  const image = { image: { kind: "DOCKER", id: "i" } };
  const command = { argv: ["seccomp-exec", "--", "/s"] };
  assert.is(pod({ command }), "/p c: yes default.json");
  assert.is(pod({ command }, image), "/p c: depends default.json?");
  assert.is(pod({ command }, image, "--entrypoint", "/bin/echo"), "/p c: depends default.json?");
  assert.is(pod({ command }, image, "--entrypoint", ""), "/p c: yes default.json");
  assert.is(pod({ command, overrideEntrypoint: true }, image), "/p c: yes default.json");
  assert.is(
    pod({ command: { shell: "exec seccomp-exec -- /s", argv: ["/s"] } }),
    "/p c: depends default.json?",
  );
});

test("Marathon's refusals are in its words, and what it drops is told", () => {
  assertTold(app(mesos({ profileName: "p.json", unconfined: true })), [
    "Marathon app",
    "/a: refused ",
    'error task-refused at {"profileName":"p.json","unconfined":true}: Marathon refuses this: Seccomp unconfined can NOT be true when Profile is defined',
  ]);
  assertTold(app(mesos({})), [
    "Marathon app",
    "/a: refused ",
    "error task-refused at {}: Marathon refuses this: Seccomp unconfined must be true when Profile is NOT defined",
  ]);
  const dropped = { container: { type: "DOCKER", linuxInfo: { seccomp: { profileName: "p.json" } } } };
  assertTold(app(dropped), [
    "Marathon app",
    "/a: yes Docker's default + default.json",
    'error task-setting-ignored at {"profileName":"p.json"}: the profile \'p.json\' has no effect',
  ]);
  const untyped = { cmd: "sleep 1", container: { linuxInfo: { seccomp: { profileName: "p.json" } } } };
  assertTold(app(untyped), [
    "Marathon app",
    "/a: depends Docker's default",
    'error task-setting-ignored at {"profileName":"p.json"}: the profile \'p.json\' has no effect: a container without a type is of type DOCKER',
  ]);
  const opted = { container: { type: "DOCKER", linuxInfo: { seccomp: { unconfined: true } } } };
  assertTold(app(opted), [
    "Marathon app",
    "/a: yes Docker's default + default.json",
    "warning task-setting-ignored at {\"unconfined\":true}: 'unconfined' has no effect",
  ]);
});

test("a Marathon pod is told container by container", () => {
  const pod = {
    id: "/p",
    environment: { SECCOMP_EXEC_PROFILE: "builtin:strict.json" },
    containers: [
      { name: "a", exec: { command: { shell: "exec seccomp-exec -- /a" } } },
      {
        name: "b",
        exec: { command: { argv: ["/b"] } },
        linuxInfo: { seccomp: { unconfined: true } },
      },
      {
        name: "c",
        environment: { SECCOMP_EXEC_PROFILE: "builtin:relaxed.json" },
        exec: { command: { argv: ["/x/seccomp-exec", "--", "/c"] } },
        linuxInfo: { seccomp: { unconfined: true } },
        healthCheck: { exec: { command: { shell: "true" } } },
      },
    ],
  };
  assertTold(pod, [
    "Marathon pod",
    `/p a: yes ${DEFAULT} + builtin:strict.json`,
    "/p b: no ",
    "/p c: yes builtin:relaxed.json",
    'warning task-beside-launcher at {"shell":"true"}: the command of its health check is started beside the launcher, and so runs without a filter',
  ]);
  assertTold({ ...pod, linuxInfo: { seccomp: { unconfined: true } } }, [
    "Marathon pod",
    "/p a: refused ",
    "/p b: refused ",
    "/p c: refused ",
    "warning task-beside-launcher",
    'error task-refused at {"unconfined":true}: Marathon refuses this: Seccomp configuration on executor level is not supported',
  ]);
});

test("groups are read with their groups, and an array with all its apps", () => {
  const group = {
    id: "/g",
    apps: [{ id: "a", cmd: "/a" }],
    groups: [{ id: "h", apps: [{ id: "/g/h/b", cmd: "exec seccomp-exec --unconfined -- /b" }] }],
  };
  assertTold(group, ["Marathon group", `/g/a: depends ${DEFAULT}`, `/g/h/b: depends ${DEFAULT}`]);
  assertTold([app({}), { id: "/b", cmd: "x" }], ["Marathon apps", "/a: yes", "/b: depends"]);
});

test("labels of Marathon are the launcher's variables, and replace those of the environment", () => {
  const labels = { SECCOMP_PROFILE: "builtin:strict.json" };
  const env = { MARATHON_APP_LABEL_SECCOMP_PROFILE: "builtin:relaxed.json" };
  const off = mesos({ unconfined: true });
  assert.is(told(app({ labels, env, ...off }))[1], "/a: yes builtin:strict.json");
  assert.is(told(app({ labels: { "seccomp-unconfined": "true" }, ...off }))[1], "/a: no ");
  const secret = { env: { SECCOMP_EXEC_PROFILE: { secret: "s" } }, ...off };
  assert.is(told(app(secret))[1], "/a: depends a profile?");
});

// How the launcher is found

test("the launcher is found in a line, wherever a shell would start it", () => {
  const of = (cmd: string) => told({ id: "/a", cmd, ...mesos({ unconfined: true }) }).slice(1);
  assert.equal(of("seccomp-exec -- /server"), ["/a: yes default.json"]);
  assert.equal(of("exec '/opt/x y/seccomp-exec' --profile builtin:log.json -- /server 'a b' $X"), [
    "/a: yes builtin:log.json",
  ]);
  assert.equal(of("SECCOMP_EXEC_PROFILE=builtin:strict.json exec seccomp-exec -- /server"), [
    "/a: yes builtin:strict.json",
  ]);
  assert.equal(of("exec seccomp-exec -- sh -c 'a; b && c'"), ["/a: yes default.json"]);
  assert.equal(of("exec seccomp-exec --profile $P -- /server"), ["/a: depends a profile?"]);
  assert.equal(of("echo seccomp-exec -- /server"), ["/a: no "]);
  assert.equal(of("/server # seccomp-exec -- x"), ["/a: no "]);
  const [state, finding] = of("cd /srv && exec seccomp-exec -- ./server > log 2>&1");
  assert.is(state, "/a: depends default.json?");
  assert.match(finding ?? "", /^warning task-beside-launcher at .*'cd \/srv' runs without/);
  assert.match(of("seccomp-exec -- a $(b)")[1] ?? "", "the commands in its arguments");
  assert.match(of("seccomp-exec -- a | b")[1] ?? "", "'b' runs without");
});

test("a task is confined by the launcher only if nothing else in the line decides", () => {
  const of = (cmd: string, rest: object = {}) =>
    told({ id: "/a", cmd, ...mesos({ unconfined: true }), ...rest })[1] ?? "";
  const certain = [
    "seccomp-exec -- /s\n",
    "A=1 B='x y' exec env C=2 seccomp-exec -- /s",
    'exec env "A=b" seccomp-exec -- /s > log 2>&1',
    "exec seccomp-exec -- /s '$(x)' \u0024{X:-y}",
  ];
  for (const line of certain) {
    assert.is(of(line), "/a: yes default.json", line);
  }
  const open = [
    "false && seccomp-exec -- /s",
    "exec ./server; seccomp-exec -- true",
    "seccomp-exec -- true & ./server",
    "seccomp-exec -- /s &",
    "(seccomp-exec -- /s)",
    "./server | seccomp-exec -- cat",
    "trap ./server EXIT; seccomp-exec -- true",
    "exit; seccomp-exec -- /s",
    "export SECCOMP_EXEC_UNCONFINED=true; seccomp-exec -- /s",
    "unset SECCOMP_EXEC_PROFILE; seccomp-exec -- /s",
    ". ./env.sh; exec seccomp-exec -- /s",
    "set -a; SECCOMP_EXEC_UNCONFINED=true; seccomp-exec -- /s",
    "X=$(./server) seccomp-exec -- /s",
    "X=`./server` exec seccomp-exec -- /s",
    "exec seccomp-exec -- /s > $(./server)",
    "exec seccomp-exec -- /s <(./server)",
    'seccomp-exec -- /s "$(./server)"',
    "seccomp-exec -- /s \u0024{X:-$(./server)}",
    "if x; then seccomp-exec -- /s; fi",
    "! seccomp-exec -- /s",
    "exec -a foo seccomp-exec -- /s",
    "env -u X seccomp-exec -- /s",
    "seccomp-exec -- /s; seccomp-exec -- /t",
  ];
  for (const line of open) {
    assert.is(of(line), "/a: depends default.json?", line);
  }
  assert.is(of("seccomp-exec() { ./server; }; seccomp-exec -- /s"), "/a: depends ");
  const none = [
    "seccomp-exec -- /bin/true && exec seccomp-exec --unconfined -- /s",
    "seccomp-exec --unconfined -- /s || exec seccomp-exec -- /s",
    "seccomp-exec --complain -- /s",
    '"A=b" seccomp-exec -- /s',
    "exec A=1 seccomp-exec -- /s",
    'A"=b" seccomp-exec -- /s',
  ];
  for (const line of none) {
    assert.is(of(line), "/a: no ", line);
  }
  const words = (...args: readonly string[]) => told({ id: "/a", args, ...mesos({ unconfined: true }) })[1];
  assert.is(words("sh", "-ec", "exec seccomp-exec -- /s"), "/a: yes default.json");
  assert.is(words("bash", "-lc", "exec seccomp-exec -- /s"), "/a: depends default.json?");
});

test("what the launcher will refuse is an error, in its words", () => {
  const refusal = (rest: object) => {
    const [, state, finding = ""] = told(app({ ...mesos({ unconfined: true }), ...rest }));
    assert.is(state, "/a: refused ");
    assert.ok(finding.startsWith("error task-launcher-refuses "));
    return finding;
  };
  assert.match(refusal({ env: { SECCOMP_EXEC_PROFLE: "x" } }), "there is no such variable");
  assert.match(refusal({ cmd: "seccomp-exec --profil x -- y" }), "unknown option '--profil'");
  assert.match(refusal({ cmd: "seccomp-exec y" }), "expected an option or '--'");
  assert.match(refusal({ cmd: "seccomp-exec --dry-run -- y" }), "does not run the command");
  const both = { SECCOMP_EXEC_PROFILE: "a", SECCOMP_EXEC_UNCONFINED: "true" };
  assert.match(refusal({ env: both }), "names a profile and SECCOMP_EXEC_UNCONFINED is true");
});

test("variables of the launcher have no effect where it does not start the command", () => {
  const of = (rest: object, ...options: readonly string[]) =>
    told({ id: "/a", cmd: "/server", ...mesos({ unconfined: true }), ...rest }, ...options).slice(2);
  const env = { SECCOMP_EXEC_PROFILE: "strict.json" };
  assert.equal(of({ env }), [
    "warning task-setting-ignored at \"/server\": SECCOMP_EXEC_PROFILE has no effect: the launcher does not start the command of '/a'",
  ]);
  assert.match(
    of({ env: { MESOS_SECCOMP_PROFILE_NAME: "x" } })[0] ?? "",
    "MESOS_SECCOMP_PROFILE_NAME has no effect",
  );
  assert.match(of({ labels: { SECCOMP_PROFILE: "x" } })[0] ?? "", "the label SECCOMP_PROFILE has no effect");
  assert.equal(of({ env: { SECCOMP_OTHER: "x" }, labels: { SECCOMP_TEAM: "x" } }), []);
  assert.equal(of({ env, cmd: "exec seccomp-exec -- /server" }), []);
  const image = { env, cmd: undefined, ...docker({}) };
  assert.equal(of(image), [], "its entrypoint may be the launcher");
  assert.match(of(image, "--entrypoint", "/server")[0] ?? "", "SECCOMP_EXEC_PROFILE has no effect");
});

test("a verb of the launcher runs, and confines nothing", () => {
  const off = mesos({ unconfined: true });
  for (const cmd of ["seccomp-exec manifest --check FILE DIR", "exec seccomp-exec record -o $P -- x"]) {
    assert.equal(told(app({ cmd, ...off })).slice(1), ["/a: no "]);
  }
  const { stdout, status } = run(["task", "examples/mesos/manifest-task.json"]);
  assert.match(stdout, "launcher: runs its verb manifest, which confines nothing; the agent's default, if");
  assert.is(status, 0);
  assert.match(told(app({ cmd: "seccomp-exec manifests DIR", ...off }))[2] ?? "", "task-launcher-refuses");
});

test("profiles are looked up in --profile-dir, and must be valid", () => {
  const named = (name: string) =>
    told(
      { id: "/a", cmd: `seccomp-exec --profile ${name} -- x`, ...mesos({ unconfined: true }) },
      "--profile-dir",
      PROFILES,
    );
  assert.equal(named("site.json").slice(1), ["/a: yes site.json"]);
  assert.match(
    named("sites.json")[2] ?? "",
    /^error task-profile-missing at "seccomp-exec --profile .*there is no profile 'sites\.json'/,
  );
  assert.match(named("bad.json")[2] ?? "", "the profile is not valid");
  const [, state, finding = ""] = told(
    { id: "/a", cmd: "x", ...mesos({ profileName: "x.json" }) },
    "--profile-dir",
    PROFILES,
  );
  assert.is(state, "/a: refused ");
  assert.match(finding, /^error task-profile-missing at "x\.json": .*x\.json/);
});

test("the policy in force on this machine binds its tasks, and not those of images", () => {
  const policy = JSON.stringify({ allowUnconfined: false, defaultProfile: "builtin:strict.json" });
  const files = {
    "seccomp-exec/policy.json": policy,
    "app.json": JSON.stringify(app({ cmd: "seccomp-exec --unconfined -- x" })),
    "plain.json": JSON.stringify(app(mesos({ unconfined: true }))),
    "image.json": JSON.stringify(app({ cmd: "seccomp-exec --unconfined -- x", ...docker({}) })),
  };
  const of = (file: string) => runWithEtc(files, ["task", `/etc/${file}`]);
  assert.match(of("app.json").stdout, /task-launcher-refuses[\s\S]*refused/);
  assert.is(of("app.json").status, 1);
  assert.match(of("plain.json").stdout, /confined {2}builtin:strict\.json {2}launcher: 'defaultProfile'/);
  assert.is(of("image.json").status, 0);
});

// Metronome and Mesos

test("Metronome has no setting: what it refuses and what has no effect", () => {
  const job = (run: object) => ({ id: "j", run: { cmd: "exec seccomp-exec -- x", ...run } });
  assertTold(job({ ucr: { image: { id: "i" }, linuxInfo: {} } }), [
    "Metronome job",
    "j: refused ",
    "error task-refused at {}: Metronome refuses the job: it knows no 'linuxInfo' here",
  ]);
  assertTold(job({ linuxInfo: { seccomp: { profileName: "x" } } }), [
    "Metronome job",
    `j: yes ${DEFAULT} + default.json`,
    'error task-setting-ignored at {"seccomp":{"profileName":"x"}}: Metronome has no setting for seccomp',
  ]);
});

test("a Mesos task is told, with its checks", () => {
  const info = (command: object, rest: object = {}) => ({
    name: "t",
    task_id: { value: "t" },
    command,
    ...rest,
  });
  const off = { container: { type: "MESOS", linux_info: { seccomp: { unconfined: true } } } };
  assert.is(
    told(info({ shell: false, value: "seccomp-exec", arguments: ["x", "--", "y"] }, off))[1],
    "t: yes default.json",
  );
  const both = { seccomp: { profile_name: "p", unconfined: true } };
  assertTold(info({ value: "x" }, { container: { type: "MESOS", linux_info: both } }), [
    "Mesos task",
    "t: refused ",
    'error task-refused at {"profile_name":"p","unconfined":true}: Mesos refuses this: Invalid Seccomp configuration: \'profile_name\' given even though',
  ]);
  const checked = { health_check: { type: "COMMAND", command: { value: "true" } }, ...off };
  assertTold(info({ value: "seccomp-exec -- x" }, checked), [
    "Mesos task",
    "t: yes default.json",
    "warning task-beside-launcher",
  ]);
  const behind = {
    check: { type: "COMMAND", command: { command: { value: "seccomp-exec -- true" } } },
    ...off,
  };
  assertTold(info({ value: "seccomp-exec -- x" }, behind), ["Mesos task", "t: yes default.json"]);
});

test("a Mesos task with an executor and a command is refused, and an unknown type is not sure", () => {
  const info = (rest: object) => ({
    task_id: { value: "t" },
    command: { value: "exec seccomp-exec -- /s" },
    ...rest,
  });
  assertTold(info({ executor: { command: { value: "./server" } } }), [
    "Mesos task",
    "t: refused ",
    "error task-refused at",
  ]);
  const container = (type: string) => ({
    container: { type, linux_info: { seccomp: { unconfined: true } } },
  });
  assert.is(told(info(container("MESOS")))[1], "t: yes default.json");
  assert.is(told(info(container("docker")))[1], "t: depends default.json?");
});

// Kubernetes

/** A pod with these lines in its spec, and these in its only container. */
function pod(spec: string, container: string): string {
  const indented = (text: string, by: string) => text.replaceAll(/^/gm, by);
  return [
    "apiVersion: v1",
    "kind: Pod",
    "metadata: { name: p }",
    "spec:",
    ...(spec === "" ? [] : [indented(spec, "  ")]),
    "  containers:",
    "    - name: c",
    "      image: i",
    ...(container === "" ? [] : [indented(container, "      ")]),
    "",
  ].join("\n");
}

const context = (profile: string) => `securityContext: { seccompProfile: { ${profile} } }`;
const DEFAULTED = context("type: RuntimeDefault");

test("the profile of a container in Kubernetes: its own, or else that of the pod", () => {
  const of = (spec: string, container: string, ...options: readonly string[]) =>
    told(pod(spec, container), ...options)[1];
  assert.is(of("", ""), "Pod/p c: no ");
  assert.is(of("", "", "--seccomp-default"), "Pod/p c: yes the runtime's default");
  assert.is(of(DEFAULTED, ""), "Pod/p c: yes the runtime's default");
  assert.is(of(DEFAULTED, context("type: Unconfined")), "Pod/p c: no ");
  assert.is(of(context("type: Unconfined"), "", "--seccomp-default"), "Pod/p c: no ");
  assert.is(
    of(DEFAULTED, context("type: Localhost, localhostProfile: site.json"), "--profile-dir", PROFILES),
    "Pod/p c: yes site.json",
  );
  assert.is(of("", "securityContext: { privileged: yes }"), "Pod/p c: no ");
});

test("what Kubernetes refuses is told in its words, and what it ignores", () => {
  const refusal = (profile: string) => {
    const lines = told(pod("", context(profile)));
    assert.is(lines[1], "Pod/p c: refused ");
    assert.is(lines.length, 3);
    return lines[2] ?? "";
  };
  assert.match(
    refusal("type: Localhost"),
    "localhostProfile: Required value: must be set when seccomp type is Localhost",
  );
  assert.match(
    refusal("type: Localhost, localhostProfile: /x"),
    'Invalid value: "/x": must be a relative path',
  );
  assert.match(refusal("type: Localhost, localhostProfile: a/../x"), "must not contain '..'");
  assert.match(
    refusal("type: RuntimeDefault, localhostProfile: x"),
    "can only be set when seccomp type is Localhost",
  );
  assert.match(refusal("type: Default"), 'Unsupported value: "Default"');
  assert.match(refusal("localhostProfile: x"), "type is required");
  assert.match(refusal("type: Localhost, localhostProfile: 5"), "localhostProfile is no string");
  assertTold(pod(DEFAULTED, 'securityContext: { privileged: "true" }'), [
    "Kubernetes Pod",
    "Pod/p c: refused ",
    'error task-refused at "true": Kubernetes refuses this: privileged is no boolean',
  ]);
  assertTold(pod(DEFAULTED, "securityContext: { privileged: true }"), [
    "Kubernetes Pod",
    "Pod/p c: no ",
    "error task-setting-ignored at { type: RuntimeDefault }: RuntimeDefault has no effect on 'Pod/p c', which is privileged",
  ]);
  const old = pod("", "").replace(
    "{ name: p }",
    "\n  name: p\n  annotations:\n    seccomp.security.alpha.kubernetes.io/pod: runtime/default\n    container.seccomp.security.alpha.kubernetes.io/c: unconfined",
  );
  assertTold(old, [
    "Kubernetes Pod",
    "Pod/p c: no ",
    "error task-setting-ignored at seccomp.security.alpha.kubernetes.io/pod: the annotation",
    "warning task-setting-ignored at container.seccomp.security.alpha.kubernetes.io/c: the annotation",
  ]);
  const missing = told(
    pod("", context("type: Localhost, localhostProfile: none.json")),
    "--profile-dir",
    PROFILES,
  );
  assert.is(missing[1], "Pod/p c: refused ");
  assert.match(missing[2] ?? "", /^error task-profile-missing at none\.json: .*none\.json/);
});

test("the launcher in a container of Kubernetes, its variables, and what runs beside it", () => {
  const command = 'command: ["seccomp-exec", "--", "x"]';
  const env = (value: string) => `env: [{ name: SECCOMP_EXEC_PROFILE, ${value} }]`;
  const of = (container: string) => told(pod("", container)).slice(1);
  assert.equal(of(command), ["Pod/p c: yes default.json"]);
  assert.equal(of(`${command}\n${env("value: builtin:strict.json")}`), ["Pod/p c: yes builtin:strict.json"]);
  assert.equal(of(`${command}\n${env("valueFrom: {}")}`), ["Pod/p c: depends a profile?"]);
  assert.equal(of(`command: [seccomp-exec, --profile, $(P), --, x]`), ["Pod/p c: depends a profile?"]);
  assert.equal(of("command: [seccomp-exec, --profile, $$$(P), --, x]"), ["Pod/p c: depends a profile?"]);
  assert.equal(of("command: [seccomp-exec, --profile, $$(P), --, x]"), ["Pod/p c: yes $(P)"]);
  assert.equal(of(`${command}\nenvFrom: [{ secretRef: { name: x } }]`), ["Pod/p c: depends default.json?"]);
  assert.equal(of(`command: [sh, -c, "exec seccomp-exec -- x"]`), ["Pod/p c: yes default.json"]);
  assert.equal(of(`args: [seccomp-exec, --, x]`), ["Pod/p c: depends default.json?"]);
  assert.equal(of(env("value: strict.json")), ["Pod/p c: depends strict.json?"]);
  const probed = `${command}\nlivenessProbe: { exec: { command: [cat, x] } }\nlifecycle: { preStop: { exec: { command: [seccomp-exec, --, y] } } }`;
  assertTold(pod(DEFAULTED, probed), [
    "Kubernetes Pod",
    "Pod/p c: yes the runtime's default + default.json",
    "warning task-beside-launcher at [cat, x]: its liveness probe is started beside the launcher, and so runs under the runtime's default alone",
  ]);
});

test("every kind with a pod in it is read, in lists and in several documents, as YAML and JSON", () => {
  const spec = {
    initContainers: [{ name: "i" }],
    containers: [{ name: "c" }],
    ephemeralContainers: [{ name: "e" }],
  };
  const kind = (name: string, rest: object) => ({
    apiVersion: "x/v1",
    kind: name,
    metadata: { name: "n" },
    ...rest,
  });
  const template = { template: { spec } };
  const objects = [
    kind("Deployment", { spec: template }),
    kind("StatefulSet", { spec: template }),
    kind("DaemonSet", { spec: template }),
    kind("ReplicaSet", { spec: template }),
    kind("Job", { spec: template }),
    kind("CronJob", { spec: { jobTemplate: { spec: template } } }),
    kind("PodTemplate", template),
    kind("Rollout", { spec: template }),
    kind("ConfigMap", { data: { x: "y" } }),
  ];
  const expected = objects
    .slice(0, -1)
    .flatMap((object) => ["i (init)", "c", "e (ephemeral)"].map((name) => `${object.kind}/n ${name}: no `));
  const list = { apiVersion: "v1", kind: "List", items: objects };
  assert.equal(told(list).slice(1), expected);
  assert.equal(told(objects.map((object) => `---\n${JSON.stringify(object)}\n`).join("")).slice(1), expected);
  assert.equal(told(kind("Pod", { spec: { os: { name: "windows" }, containers: [{ name: "c" }] } })), [
    "Kubernetes Pod",
  ]);
});

// Compose

test("a Compose service: security_opt, privileged, and what they are inherited from", () => {
  const of = (service: string, more = "") => told(`${more}services:\n  s: ${service}\n`)[1];
  assert.is(of("{ image: i }"), "s: yes Docker's default");
  assert.is(of('{ security_opt: ["seccomp:unconfined"] }'), "s: no ");
  assert.is(of('{ security_opt: ["seccomp=unconfined"] }'), "s: no ");
  assert.is(of('{ security_opt: ["no-new-privileges:true"] }'), "s: yes Docker's default");
  assert.is(of('{ security_opt: ["seccomp=a.json", "seccomp=unconfined"] }'), "s: no ");
  assert.is(of('{ security_opt: ["seccomp=$P"] }'), "s: depends $P?");
  assert.is(of("{ privileged: true }"), "s: no ");
  const anchor = "x-base: &base\n  security_opt: [seccomp=unconfined]\n  privileged: true\n";
  assert.is(of("\n    <<: *base\n    privileged: false", anchor), "s: no ");
  assert.is(
    of('{ <<: *base, security_opt: ["apparmor=x"], privileged: false }', anchor),
    "s: yes Docker's default",
  );
  const base = "\n  b: { security_opt: [seccomp=unconfined] }";
  assert.is(of(`{ extends: b }${base}`), "s: no ");
  assert.is(of(`{ extends: { service: b } }${base}`), "s: no ");
  assert.is(of("{ privileged: $P }"), "s: depends Docker's default?");
  assert.is(of('{ privileged: "\u0024{P:-true}" }'), "s: depends Docker's default?");
  assert.is(of('{ security_opt: ["$O"] }'), "s: depends Docker's default?");
  assert.is(of('{ security_opt: ["sec\u0024{X}comp=unconfined"] }'), "s: depends Docker's default?");
  assert.is(of('{ security_opt: ["apparmor=$X"] }'), "s: yes Docker's default");
  assert.is(of('{ security_opt: ["SECCOMP=unconfined"] }'), "s: depends Docker's default?");
});

test("what Compose refuses is an error", () => {
  const refusal = (service: string, more = "") => {
    const [, state, finding = ""] = told(`services:\n  s: ${service}\n${more}`);
    assert.is(state, "s: refused ");
    return finding;
  };
  assert.match(refusal("{ extends: s }"), /^error task-refused at s: .*in a circle/);
  assert.match(refusal("{ extends: { service: x } }"), "there is no service 'x'");
  assert.match(refusal("{ security_opt: seccomp=unconfined }"), "security_opt must be a list");
  assert.match(refusal("{ security_opt: [{ seccomp: unconfined }] }"), "a security_opt must be a text");
  assert.match(refusal("{ security_opt: [seccomp] }"), "has no value");
  assert.match(refusal('{ security_opt: ["seccomp="] }'), "has no value");
});

test("the profile of a Compose service is relative to the file", () => {
  const directory = directoryOf({
    "site.json": answering(1001),
    "compose.yaml": "services:\n  s:\n    security_opt:\n      - seccomp=./site.json\n",
    "bad.yaml": "services:\n  s:\n    security_opt:\n      - seccomp:none.json\n",
  });
  const good = run(["task", join(directory, "compose.yaml")]);
  assert.is(good.status, 0);
  assert.match(good.stdout, /confined {2}\.\/site\.json {2}security_opt \(.*\/site\.json\)/);
  const bad = run(["task", join(directory, "bad.yaml")]);
  assert.is(bad.status, 1);
  assert.match(bad.stdout, /bad\.yaml:4:9: error: the task will not start: .*none\.json/);
  assert.match(bad.stdout, /\n {2}s {2}refused/);
});

test("the launcher in a Compose service, and its health check", () => {
  const of = (service: string, ...options: readonly string[]) =>
    told(`services:\n  s:\n${service.replaceAll(/^/gm, "    ")}\n`, ...options).slice(1);
  const D = "Docker's default";
  assert.equal(of("command: seccomp-exec -- x 'y z'"), [`s: yes ${D} + default.json?`]);
  assert.equal(of("entrypoint: [seccomp-exec, --profile, builtin:strict.json, --]\ncommand: x"), [
    `s: yes ${D} + builtin:strict.json`,
  ]);
  assert.equal(of("command: seccomp-exec -- x", "--entrypoint", ""), [`s: yes ${D} + default.json`]);
  assert.equal(of("entrypoint: ''\ncommand: seccomp-exec -- x"), [`s: yes ${D} + default.json`]);
  assert.equal(of("entrypoint: seccomp-exec '$P' -- x"), [`s: yes ${D} + a profile?`]);
  assert.equal(of("entrypoint: seccomp-exec --profile '$$P' -- x"), [`s: yes ${D} + $P`]);
  assert.equal(of("command: x"), [`s: yes ${D}`]);
  assert.equal(of("command: x", "--entrypoint", '["seccomp-exec","--"]'), [`s: yes ${D} + default.json`]);
  assert.equal(of("command: x", "--entrypoint", "seccomp-exec --unconfined --"), [`s: yes ${D}`]);
  assert.equal(of("environment: [SECCOMP_EXEC_PROFILE=strict.json]"), [`s: yes ${D} + strict.json?`]);
  assert.equal(of("command: seccomp-exec -- x\nenvironment:\n  SECCOMP_EXEC_PROFILE:"), [
    `s: yes ${D} + a profile?`,
  ]);
  assert.equal(of("entrypoint: seccomp-exec -- x\nenv_file: x.env"), [`s: yes ${D} + default.json?`]);
  assert.equal(of("entrypoint: seccomp-exec --profile strict.json -- x\nenv_file: x.env"), [
    `s: yes ${D} + strict.json`,
  ]);
  assert.equal(of("command: seccomp-exec -- x\nenvironment:\n  SECCOMP_EXEC_PROFILE: $P"), [
    `s: yes ${D} + a profile?`,
  ]);
  const checked = (test_: string) => of(`command: seccomp-exec -- x\nhealthcheck:\n  test: ${test_}`).length;
  assert.is(checked("curl x"), 2);
  assert.is(checked("[CMD, curl, x]"), 2);
  assert.is(checked("[CMD-SHELL, curl x]"), 2);
  assert.is(checked("[NONE]"), 1);
  assert.is(checked("[CMD, seccomp-exec, --, curl, x]"), 1);
  assert.is(checked("seccomp-exec -- curl x"), 1);
});

test("what docker stack deploy ignores, and what is in other files, is told", () => {
  assertTold("services:\n  s:\n    security_opt: [seccomp=unconfined]\n    deploy: { mode: global }\n", [
    "Docker Compose file",
    "s: no ",
    "warning task-setting-ignored at seccomp=unconfined: security_opt has no effect in a swarm",
  ]);
  assertTold("include: [a.yaml]\nservices:\n  s: { extends: { file: b.yaml, service: t } }\n", [
    "Docker Compose file",
    "s: depends Docker's default?",
    "note not-examined at include: the files of 'include' are not read",
    "note not-examined at extends: the service that this one extends",
  ]);
});

test("YAML that means different things to different readers is refused", () => {
  assert.match(told("services:\n  a: {}\n  a: {}\n")[1] ?? "", /^error yaml-syntax .*duplicate key 'a'/);
  const bases = "x-a: &a { image: i }\nservices:\n  s:\n    <<: *a\n    <<: *a\n";
  assert.match(told(bases)[1] ?? "", /^error yaml-syntax .*duplicate key '<<'/);
  assert.match(
    told(
      pod(
        "securityContext:\n  seccompProfile: { type: RuntimeDefault }\n  <<: { seccompProfile: { type: Unconfined } }",
        "",
      ),
    )[1] ?? "",
    /^error yaml-syntax at seccompProfile: the merge key '<<' after 'seccompProfile' brings in another/,
  );
  assert.is(
    told(
      pod(
        "securityContext:\n  <<: { seccompProfile: { type: Unconfined } }\n  seccompProfile: { type: RuntimeDefault }",
        "",
      ),
    )[1],
    "Pod/p c: yes the runtime's default",
  );
  assert.match(told("services: *x\n")[1] ?? "", /^error yaml-syntax/);
  assert.match(told("services: &x\n  a: *x\n")[1] ?? "", /^error yaml-syntax .*no anchor '&x' ends before/);
  const laughs = Array.from({ length: 40 }, (_, i) => `x-${i + 1}: &a${i + 1} [*a${i}, *a${i}]\n`).join("");
  assert.match(told(`x-0: &a0 y\n${laughs}services: {}\n`)[1] ?? "", /^error yaml-syntax .*too large/);
  const deep = Array.from({ length: 200 }, (_, i) => `x-${i + 1}: &a${i + 1} [*a${i}]\n`).join("");
  assert.match(told(`x-0: &a0 y\n${deep}services: {}\n`)[1] ?? "", /^error yaml-syntax .*too large/);
  assert.match(told("a: b\n---\nservices: {}\n")[1] ?? "", "has 2 documents");
});

// Other files

test("what is no task definition says what it looks like", () => {
  const of = (text: string) => told(text)[1] ?? "";
  assert.match(
    of(answering(1)),
    /^error task-unknown-kind at .*: this is no task definition: it looks like a seccomp profile/,
  );
  assert.match(of("{}"), "it is an empty object");
  assert.match(of('{"a": 1, "b": 2}'), "it has the keys 'a', 'b'");
  assert.match(of("x: {{ .Values.x }}\n"), "looks like a template");
  assert.match(of('# an image\nFROM scratch\nENTRYPOINT ["x"]\n'), "looks like a Dockerfile");
  assert.match(of('{"id": "/a", "cmd": "x",}'), /^error json-trailing-comma at ,:/);
  assert.match(of(""), /^error json-empty/);
  const { stdout, status } = run(["task", join(PROFILES, "none.json")]);
  assert.is(status, 1);
  assert.match(stdout, /none\.json: error: this file cannot be read: No such file.* \[unreadable\]/);
});

test.run();
