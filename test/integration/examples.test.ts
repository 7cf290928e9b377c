/**
 * The files of examples/: each is what its scheduler takes, and starts its task under the profile that it says.
 */

import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import * as assert from "uvu/assert";
import { ALLOWED, denied, PROBE, ran } from "../support/programs/expect.ts";
import { answering, directoryOf, runCommandWithEtc } from "../support/programs/files.ts";
import { type Outcome, PROGRAM, runCommand } from "../support/programs/program.ts";
import { test } from "../support/running/test.ts";
import {
  instructions,
  type Keys,
  MARATHON,
  MESOS_TASK,
  METRONOME,
  marathonTask,
  mesosTask,
  metronomeTask,
  serviceTask,
  type Task,
  unknownKeys,
  withCommand,
} from "./support/definitions.ts";

const EXAMPLES = "examples";
const INSTALLED = "/usr/local/bin/seccomp-exec";

/** The profiles of an agent, which can be told apart by the errno that the probe gets. */
const ETC = directoryOf({
  "dcos/mesos/seccomp/default.json": answering(1000),
  "dcos/mesos/seccomp/relaxed.json": answering(1001),
  "dcos/mesos/seccomp/strict.json": answering(1002),
});
const [DEFAULT, RELAXED, STRICT] = [denied(1000), denied(1001), denied(1002)];

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

/** Has systemd check a unit on a machine where the launcher is installed. */
function verified(unit: string, files: Record<string, string>): void {
  assert.ok(hasCommand("systemd-analyze"), "systemd-analyze is missing; on Debian: apt-get install systemd");
  const units = directoryOf(files);
  const bin = directoryOf({ "seccomp-exec": { content: readFileSync(PROGRAM), mode: 0o755 } });
  const script = `mount --bind ${bin} /usr/local/bin && exec systemd-analyze verify --man=no ${units}/${unit}`;
  const env = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", SYSTEMD_UNIT_PATH: `${units}:` };
  const { status, stdout, stderr } = runCommand(["unshare", "--mount", "sh", "-c", script], { env });
  // Of what it does not know it says so, with status 0.
  assert.equal({ status, stdout, stderr }, { status: 0, stdout: "", stderr: "" });
}

function hasCommand(name: string): boolean {
  return (process.env["PATH"] ?? "").split(":").some((directory) => existsSync(`${directory}/${name}`));
}

/** Every file of examples/ but its README. */
const FILES = readdirSync(EXAMPLES, { recursive: true, encoding: "utf8" })
  .filter((file) => statSync(`${EXAMPLES}/${file}`).isFile() && file !== "README.md")
  .sort();

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
  const repositories = readFileSync("test/cli/repositories.test.ts", "utf8");
  for (const file of FILES.filter((name) => repositories.includes(`"examples/${name}"`))) {
    covered.add(file);
  }
  assert.equal([...covered].sort(), FILES);
});

test("the README has a row for every example, and no other", () => {
  const linked = [...read("README.md").matchAll(/\]\(([a-z]+\/[^)]+)\)/g)].map(([, file]) => file);
  assert.equal(linked.sort(), FILES);
});

test.run();
