/**
 * The files of examples/: each is what its scheduler takes, and starts its task under the profile that it says.
 */

import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import * as assert from "uvu/assert";
import { ALLOWED, denied, PROBE, ran } from "../support/programs/expect.ts";
import { answering, directoryOf, runCommandWithEtc } from "../support/programs/files.ts";
import { type Outcome, PROGRAM, runCommand } from "../support/programs/program.ts";
import { need, needs } from "../support/running/needs.ts";
import { test } from "../support/running/test.ts";
import {
  instructions,
  type Keys,
  MARATHON,
  MARATHON_POD,
  MESOS_TASK,
  METRONOME,
  marathonChecks,
  marathonTask,
  mesosTask,
  metronomeTask,
  podTasks,
  serviceTask,
  serviceTasks,
  type Task,
  unknownKeys,
  withCommand,
} from "./support/definitions.ts";
import { verified } from "./support/systemd.ts";

const EXAMPLES = "examples";
const INSTALLED = "/usr/local/bin/seccomp-exec";

/** The profiles of an agent, which can be told apart by the errno that the probe gets. */
const ETC = directoryOf({
  "dcos/mesos/seccomp/default.json": answering(1000),
  "dcos/mesos/seccomp/relaxed.json": answering(1001),
  "dcos/mesos/seccomp/strict.json": answering(1002),
});
const [DEFAULT, RELAXED, STRICT] = [denied(1000), denied(1001), denied(1002)];

/** Every file of examples/ but its README. */
const FILES = readdirSync(EXAMPLES, { recursive: true, encoding: "utf8" })
  .filter((file) => statSync(`${EXAMPLES}/${file}`).isFile() && file !== "README.md")
  .sort();

/** The examples that a test has read. */
const covered = new Set<string>();

function read(file: string): string {
  covered.add(file);
  return readFileSync(`${EXAMPLES}/${file}`, "utf8");
}

function readObject(file: string): Record<string, unknown> {
  return JSON.parse(read(file)) as Record<string, unknown>;
}

const dockerfile = instructions(read("docker/Dockerfile"));
const ENTRYPOINT = words("ENTRYPOINT");

/** The words of an instruction in its exec form, the one that starts no shell. */
function words(name: string): string[] {
  const found = dockerfile.filter((instruction) => instruction.name === name);
  assert.is(found.length, 1, `one ${name}`);
  return JSON.parse(found[0]?.rest ?? "") as string[];
}

/** Starts a task as its scheduler does, on a machine with this /etc, with the executable under test as the launcher. */
function start({ argv, env }: Task, etc = ETC): Outcome {
  const command = argv.map((word) =>
    (word === "/seccomp-exec" ? INSTALLED : word).replaceAll(INSTALLED, PROGRAM),
  );
  assert.ok(command.join(" ").includes(PROGRAM), `the launcher is where it is installed: ${argv.join(" ")}`);
  return runCommandWithEtc(etc, command, { env: { PATH: process.env["PATH"], ...env } });
}

/** What the task gets: the probe's answer, or no filter at all. */
function gets(task: Task, outcome: string): void {
  ran(start(withCommand(task, [PROBE])), outcome);
  const filter = outcome === ALLOWED ? "Seccomp:\t0\n" : "Seccomp:\t2\n";
  ran(start(withCommand(task, ["grep", "^Seccomp:", "/proc/self/status"])), filter);
}

const APPS: readonly (readonly [string, string])[] = [
  ["marathon/ucr-unconfined.json", ALLOWED],
  ["marathon/ucr-relaxed.json", RELAXED],
  ["marathon/docker-unconfined.json", ALLOWED],
  ["marathon/docker-relaxed.json", RELAXED],
  ["marathon/health-check.json", RELAXED],
];

for (const [file, outcome] of APPS) {
  test(`${file}: Marathon knows every key, and the task runs as the file says`, () => {
    const app = readObject(file);
    knows(app, MARATHON);
    gets(marathonTask(app, ENTRYPOINT), outcome);
  });

  test(`${file}: no other filter limits the task`, () => {
    const { container } = readObject(file) as { container: Container };
    if (container.type === "MESOS") {
      assert.equal(container.linuxInfo?.seccomp, { unconfined: true });
    } else {
      assert.is(container.type, "DOCKER");
      assert.not.ok("linuxInfo" in container, "Marathon drops it there");
      assert.equal(container.docker?.parameters, [{ key: "security-opt", value: "seccomp=unconfined" }]);
    }
  });
}

interface Container {
  readonly type: string;
  readonly linuxInfo?: { readonly seccomp: object };
  readonly docker?: { readonly parameters: readonly object[] };
}

test("marathon/health-check.json: the check is confined as the task is", () => {
  const checks = marathonChecks(readObject("marathon/health-check.json"));
  assert.is(checks.length, 1);
  for (const check of checks) {
    gets(check, RELAXED);
  }
});

test("marathon/pod.json: Marathon knows every key, and each task and its check run as the file says", () => {
  const pod = readObject("marathon/pod.json");
  knows(pod, MARATHON_POD);
  const containers = pod["containers"] as (Container & Record<string, unknown>)[];
  assert.is(containers.length, 2);
  const checked = containers.map((container, i) => {
    const outcome = [RELAXED, STRICT][i] ?? "";
    assert.equal(container.linuxInfo?.seccomp, { unconfined: true });
    const { task, check } = podTasks(container);
    gets(task, outcome);
    if (check !== undefined) {
      gets(check, outcome);
    }
    return check !== undefined;
  });
  assert.equal(checked, [true, false]);
});

test("mesos/confined-launcher-dir: what it names is confined, else the executor, and all else is the agent's", () => {
  const answer = { content: `#!/bin/sh\necho "$*"\nexec ${PROBE}\n`, mode: 0o755 };
  const programs = ["mesos-executor", "mesos-containerizer", "mesos-default-executor"];
  const mesos = directoryOf(Object.fromEntries(programs.map((name) => [name, answer])));
  const text = read("mesos/confined-launcher-dir");
  assert.match(text, INSTALLED);
  const script = directoryOf({ script: { content: text.replaceAll(INSTALLED, PROGRAM), mode: 0o755 } });
  const own = `${directoryOf({})}/own`;
  // Again after an upgrade of Mesos.
  for (let times = 0; times < 2; times += 1) {
    assert.equal(runCommand([`${script}/script`, mesos, own]), {
      status: 0,
      signal: null,
      stdout: "",
      stderr: "",
    });
    const started = (name: string, env = {}): Outcome =>
      runCommandWithEtc(ETC, [`${own}/${name}`, "--launcher_dir=x"], {
        env: { PATH: process.env["PATH"], ...env },
      });
    ran(started("mesos-executor"), `--launcher_dir=x\n${DEFAULT}`);
    const strict = { SECCOMP_EXEC_PROFILE: "strict.json" };
    ran(started("mesos-executor", strict), `--launcher_dir=x\n${STRICT}`);
    ran(started("mesos-containerizer"), `--launcher_dir=x\n${ALLOWED}`);
    ran(started("mesos-default-executor"), `--launcher_dir=x\n${ALLOWED}`);
    assert.equal(readdirSync(own).sort(), [...programs, "mesos-executor.real"].sort());
  }
  const other = `${directoryOf({})}/other`;
  const [containerizer, executor] = ["mesos-containerizer", "mesos-executor"].map((name) => {
    const made = runCommand([`${script}/script`, mesos, other, "mesos-containerizer"]);
    assert.equal(made, { status: 0, signal: null, stdout: "", stderr: "" });
    return runCommandWithEtc(ETC, [`${other}/${name}`, "launch"]);
  }) as [Outcome, Outcome];
  ran(containerizer, `launch\n${DEFAULT}`);
  ran(executor, `launch\n${ALLOWED}`);
});

/** The script with another launcher, in a directory with Mesos's programs in `mesos`; what it makes is to be in `own`. */
function launcherDirectory(launcher = PROGRAM): string {
  const text = read("mesos/confined-launcher-dir").replaceAll(INSTALLED, launcher);
  return directoryOf({
    script: { content: text, mode: 0o755 },
    "mesos/mesos-executor": { content: `#!/bin/sh\nexec ${PROBE}\n`, mode: 0o755 },
    "mesos/mesos-no-program": "",
    "empty/README": "",
    "not-executable": "",
    broken: { content: "#!/bin/false\n", mode: 0o755 },
  });
}

/** By what is wrong: the arguments, and the launcher if it is another one. */
const MISTAKES: Readonly<Record<string, readonly [args: string, error: string, launcher?: string]>> = {
  "a program's misspelt name": ["mesos own mesos-executer", "there is no program 'mesos-executer' in"],
  "one of two names": ["mesos own mesos-executor mesos-x", "there is no program 'mesos-x' in"],
  "a name that Mesos's programs have not": ["mesos own executor", "'executor' is not the name of a program"],
  "a file that is no program": ["mesos own mesos-no-program", "there is no program 'mesos-no-program' in"],
  "a path": ["mesos own mesos/mesos-executor", "'mesos/mesos-executor' is not the name of a program"],
  "no directory": ["none own", "there is no directory"],
  "a directory without programs": ["empty own", "there is no program 'mesos-executor' in"],
  "one directory for both": ["mesos ./mesos/", "the new directory is that of Mesos"],
  "too few arguments": ["mesos", "usage: confined-launcher-dir"],
  "no launcher": ["mesos own", "there is no launcher that can be executed at", "/none/seccomp-exec"],
  "a launcher that cannot be executed": ["mesos own", "there is no launcher that", "./not-executable"],
  "a launcher that does not run": ["mesos own", "does not run on this machine", "./broken"],
};

for (const [mistake, [args, error, launcher]] of Object.entries(MISTAKES)) {
  test(`mesos/confined-launcher-dir: ${mistake} is an error, and nothing is made`, () => {
    const cwd = launcherDirectory(launcher);
    const before = readdirSync(cwd, { recursive: true });
    const { status, stderr } = runCommand(["./script", ...args.split(" ")], { cwd });
    assert.match(stderr, /^confined-launcher-dir: error: /);
    assert.match(stderr, error);
    assert.is(status, 1);
    assert.equal(readdirSync(cwd, { recursive: true }), before);
  });
}

test("mesos/confined-launcher-dir: relative directories do for links that hold everywhere", () => {
  const cwd = launcherDirectory();
  const made = runCommand(["./script", "mesos", "own"], { cwd });
  assert.equal(made, { status: 0, signal: null, stdout: "", stderr: "" });
  ran(runCommandWithEtc(ETC, [`${cwd}/own/mesos-executor`]), DEFAULT);
});

for (const file of ["metronome/command.json", "metronome/docker.json"]) {
  test(`${file}: Metronome knows every key, and the task runs as the file says`, () => {
    const job = readObject(file);
    knows(job, METRONOME);
    assert.match(String(job["id"]), /^[a-z0-9]+(-[a-z0-9]+)*$/);
    for (const required of ["cpus", "mem", "disk"]) {
      assert.type((job["run"] as Record<string, unknown>)[required], "number");
    }
    gets(metronomeTask(job, ENTRYPOINT), STRICT);
  });
}

test("mesos/task.json: Mesos knows every key, and the task runs as the file says", () => {
  const task = readObject("mesos/task.json");
  knows(task, MESOS_TASK);
  gets(mesosTask(task), RELAXED);
});

test("mesos/task-group.json: Mesos knows every key, and each task runs as the file says", () => {
  const group = readObject("mesos/task-group.json");
  knows(group, { tasks: MESOS_TASK });
  const tasks = group["tasks"] as Record<string, unknown>[];
  assert.is(tasks.length, 2);
  for (const [index, outcome] of [RELAXED, DEFAULT].entries()) {
    gets(mesosTask(tasks[index] ?? {}), outcome);
  }
});

function knows(definition: object, keys: Keys): void {
  assert.equal(unknownKeys(definition, keys), []);
}

test("docker/Dockerfile: the launcher is the entrypoint of an empty image", () => {
  assert.equal(
    dockerfile.map(({ name }) => name),
    ["FROM", "COPY", "ENTRYPOINT", "CMD"],
  );
  assert.is(dockerfile[0]?.rest, "scratch");
  const copied = (dockerfile[1]?.rest ?? "").split(" ");
  assert.is(copied.pop(), "/");
  for (const [executable] of [ENTRYPOINT, words("CMD")]) {
    assert.ok(copied.includes((executable ?? "").slice(1)), `${executable} is copied into the image`);
  }
});

test("docker/Dockerfile: what runs in the image is under the compiled-in default profile", () => {
  const image = directoryOf({});
  const status = { argv: [...ENTRYPOINT, "grep", "^Seccomp:", "/proc/self/status"], env: {} };
  ran(start(status, image), "Seccomp:\t2\n");
  assert.match(
    start({ argv: [...ENTRYPOINT, "setarch", "-R", "true"], env: {} }, image).stderr,
    "not permitted",
  );
});

test("systemd/redis.service: systemd finds nothing wrong", () => {
  verified("redis.service", { "redis.service": read("systemd/redis.service") });
});

test("systemd/redis.service: the service is under the compiled-in profile that it names", () => {
  const task = serviceTask(read("systemd/redis.service"));
  assert.is(task.env["SECCOMP_EXEC_PROFILE"], "builtin:strict.json");
  // Not the agent's profile of that name.
  gets({ ...task, env: { ...task.env, SECCOMP_EXEC_PROFILE: "strict.json" } }, STRICT);
  ran(start(withCommand(task, ["grep", "^Seccomp:", "/proc/self/status"])), "Seccomp:\t2\n");
  assert.match(start(withCommand(task, ["chroot", "/", "true"])).stderr, "not permitted");
});

test("slurm/slurmd.service.d.conf: systemd finds nothing wrong with it as a drop-in", () => {
  verified("slurmd.service", {
    "slurmd.service": "[Service]\nExecStart=/bin/false\n",
    "slurmd.service.d/seccomp-exec.conf": read("slurm/slurmd.service.d.conf").replace(
      "/usr/sbin/slurmd",
      "/bin/true",
    ),
  });
});

test("podman/ and containerd/: systemd finds nothing wrong with the units", () => {
  for (const file of FILES.filter((name) => /^(podman|containerd)\/.*\.service$/.test(name))) {
    verified("web.service", { "web.service": readFileSync(`${EXAMPLES}/${file}`, "utf8") });
  }
});

const DROP_IN = "systemd/redis-server.service.d.conf";
const REDIS = "/lib/systemd/system/redis-server.service";
const REDIS_UNIT = need("redis-server's unit of Debian", () => existsSync(REDIS), "redis-server");

test(`${DROP_IN}: systemd finds nothing wrong with it as a drop-in of the distribution's unit`, () => {
  needs(REDIS_UNIT);
  verified("redis-server.service", { "redis-server.service.d/seccomp-exec.conf": read(DROP_IN) });
});

test(`${DROP_IN}: its command is that of the distribution's unit behind the launcher`, () => {
  needs(REDIS_UNIT);
  const { argv } = serviceTask(read(DROP_IN));
  const unit = serviceTask(readFileSync(REDIS, "utf8"));
  assert.equal(argv, [INSTALLED, "--profile", "builtin:strict.json", "--", ...unit.argv]);
  // The unit lets nothing but Redis be executed.
  assert.match(readFileSync(REDIS, "utf8"), "\nNoExecPaths=/\n");
  assert.match(read(DROP_IN), `\nExecPaths=${INSTALLED}\n`);
  ran(start(withCommand({ argv, env: {} }, ["grep", "^Seccomp:", "/proc/self/status"])), "Seccomp:\t2\n");
});

test(`${DROP_IN}: the unit's own filter lets the launcher install its own, with the line that the drop-in has`, () => {
  needs(REDIS_UNIT);
  const { argv } = serviceTask(read(DROP_IN));
  const task = withCommand({ argv, env: {} }, ["true"]);
  const under = (names: readonly string[]): Outcome => {
    const syscalls = [{ names, action: "SCMP_ACT_ALLOW" }];
    // systemd.exec(5), SystemCallFilter=: what is not listed ends the process.
    const profile = JSON.stringify({ defaultAction: "SCMP_ACT_KILL_PROCESS", syscalls });
    const file = `${directoryOf({ "unit.json": profile })}/unit.json`;
    return start({ argv: [PROGRAM, "--profile", file, "--", ...task.argv], env: {} });
  };
  const line = /^SystemCallFilter=(.*)$/m.exec(read(DROP_IN))?.[1] ?? "";
  assert.match(
    readFileSync(REDIS, "utf8"),
    "\nSystemCallFilter=@system-service\nSystemCallFilter=~ @privileged @resources\n",
  );
  const denied = new Set([...callsOf("@privileged"), ...callsOf("@resources")]);
  const allowed = [...callsOf("@system-service"), ...callsOf("@default")].filter((name) => !denied.has(name));
  assert.is(under(allowed).signal, "SIGSYS");
  ran(under([...allowed, line]), "");
});

/** The calls of one of systemd's sets, and of those that it names. */
function callsOf(set: string): string[] {
  const { status, stdout, stderr } = runCommand(["systemd-analyze", "syscall-filter", set]);
  assert.is(status, 0, stderr);
  const [, ...lines] = stdout.split("\n").map((text) => text.trim());
  const names = lines.filter((name) => name !== "" && !name.startsWith("#"));
  return names.flatMap((name) => (name.startsWith("@") ? callsOf(name) : [name]));
}

const MANIFEST_TASK = "mesos/manifest-task.json";

test(`${MANIFEST_TASK}: Mesos knows every key, and the task fails on an agent with other profiles`, () => {
  const task = readObject(MANIFEST_TASK);
  knows(task, MESOS_TASK);
  const { argv } = mesosTask(task);
  assert.is(argv[0], INSTALLED);
  // Mesos fetches the manifest into the sandbox, where the task starts.
  const check = (etc: string) =>
    runCommandWithEtc(etc, [PROGRAM, ...argv.slice(1)], {
      cwd: directoryOf({ "manifest.json": manifestOf(ETC) }),
    });
  ran(check(ETC), "/etc/dcos/mesos/seccomp: 3 profiles, as in manifest.json\n");
  const { status, stdout } = check(directoryOf({ "dcos/mesos/seccomp/default.json": answering(1) }));
  assert.match(stdout, "/etc/dcos/mesos/seccomp/relaxed.json: it is missing\n");
  assert.is(status, 1);
});

function manifestOf(etc: string): string {
  return runCommand([PROGRAM, "manifest", `${etc}/dcos/mesos/seccomp`]).stdout;
}

const AGENT = "systemd/seccomp-exec-agent";

test(`${AGENT}: systemd finds nothing wrong with the service and its timer`, () => {
  for (const unit of ["service", "timer"]) {
    verified(`seccomp-exec-agent.${unit}`, {
      "seccomp-exec-agent.service": read(`${AGENT}.service`),
      "seccomp-exec-agent.timer": read(`${AGENT}.timer`),
    });
  }
});

test(`${AGENT}: the service prepares the profiles, and fails where they are not those of the manifest`, () => {
  const profiles = { "default.json": answering(1), "a.json": answering(2) };
  const etc = directoryOf(
    Object.fromEntries(Object.entries(profiles).map(([name, text]) => [`dcos/mesos/seccomp/${name}`, text])),
  );
  mkdirSync(`${etc}/seccomp-exec`);
  writeFileSync(`${etc}/seccomp-exec/manifest.json`, manifestOf(etc));
  const [prepare, check, ...more] = serviceTasks(read(`${AGENT}.service`)).map(
    (task) => () => start(task, etc),
  );
  assert.equal(more, []);
  assert.match(prepare?.().stdout ?? "", "2 profiles: 2 prepared now");
  assert.match(prepare?.().stdout ?? "", "2 profiles: 0 prepared now, 2 already prepared, 0 not prepared");
  ran(check?.() as Outcome, "/etc/dcos/mesos/seccomp: 2 profiles, as in /etc/seccomp-exec/manifest.json\n");
  writeFileSync(`${etc}/dcos/mesos/seccomp/a.json`, answering(3));
  assert.is(prepare?.().status, 0);
  assert.is(check?.().status, 1);
});

test("cron/report: cron runs the job under the profile that the line names", () => {
  const lines = read("cron/report").trimEnd().split("\n");
  const jobs = lines.filter((line) => !line.startsWith("#"));
  assert.is(jobs.length, 1);
  // crontab(5): five fields of the time, the user, and the rest of the line, in which a percent sign is a line end.
  const [, user, command = ""] = /^(?:[\d*]+ +){5}(\w+) ([^%]+)$/.exec(jobs[0] ?? "") ?? [];
  assert.is(user, "report");
  gets({ argv: ["/bin/sh", "-c", command], env: { SHELL: "/bin/sh", LOGNAME: "report" } }, STRICT);
});

test("every example has a test", () => {
  const slurm = ["slurm-node.test.ts", "slurm-default.test.ts"]
    .map((file) => readFileSync(new URL(file, import.meta.url), "utf8"))
    .join("\n");
  for (const file of FILES.filter((name) => name.startsWith("slurm/"))) {
    const name = file.slice("slurm/".length);
    if (slurm.includes(`example("${name}")`) || slurm.includes(`"examples/slurm/${name}"`)) {
      covered.add(file);
    }
  }
  const elsewhere = [
    "test/cli/repositories",
    "test/cli/diff",
    "test/integration/podman",
    "test/integration/containerd",
  ]
    .map((file) => readFileSync(`${file}.test.ts`, "utf8"))
    .join("\n");
  for (const file of FILES.filter((name) => elsewhere.includes(`"examples/${name}"`))) {
    covered.add(file);
  }
  // Ansible is given the whole directory.
  assert.match(readFileSync("test/integration/ansible.test.ts", "utf8"), 'cpSync("examples/ansible", ');
  for (const file of FILES.filter((name) => name.startsWith("ansible/"))) {
    covered.add(file);
  }
  assert.equal([...covered].sort(), FILES);
});

test("the README has a row for every example, and no other", () => {
  const linked = [...read("README.md").matchAll(/\]\(([a-z]+\/[^)]+)\)/g)].map(([, file]) => file);
  assert.equal(linked.sort(), FILES);
});

test.run();
