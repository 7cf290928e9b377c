/**
 * What schedulers and service managers make of their definitions: the command line and the environment of a task.
 */

import * as assert from "uvu/assert";

/** What is executed where a task of a definition starts. */
export interface Task {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

type Json = { readonly [key: string]: unknown };

/**
 * The keys that an object may have, and what is below them: nothing more to check, another such object (in a list: of
 * each element), or names that are the author's own.
 */
export type Keys = { readonly [key: string]: Keys | "value" | "names" };

const SECCOMP: Keys = { seccomp: { profileName: "value", unconfined: "value" } };
const DOCKER: Keys = {
  image: "value",
  forcePullImage: "value",
  privileged: "value",
  parameters: { key: "value", value: "value" },
};

/** An app as Marathon's API takes it; of its keys those that an example may need. */
export const MARATHON: Keys = {
  id: "value",
  cmd: "value",
  args: "value",
  cpus: "value",
  mem: "value",
  disk: "value",
  instances: "value",
  user: "value",
  env: "names",
  labels: "names",
  fetch: { uri: "value", executable: "value", extract: "value", cache: "value" },
  container: {
    type: "value",
    docker: DOCKER,
    linuxInfo: SECCOMP,
    volumes: { containerPath: "value", hostPath: "value", mode: "value" },
  },
  healthChecks: { protocol: "value", command: { value: "value" }, intervalSeconds: "value" },
};

const POD_EXEC: Keys = { command: { shell: "value", argv: "value" } };

/** A pod as Marathon's API takes it. */
export const MARATHON_POD: Keys = {
  id: "value",
  containers: {
    name: "value",
    exec: POD_EXEC,
    resources: { cpus: "value", mem: "value" },
    environment: "names",
    linuxInfo: SECCOMP,
    healthCheck: { exec: POD_EXEC, intervalSeconds: "value" },
  },
  networks: { mode: "value" },
};

/** A job as Metronome's schema has it, which refuses every other key. */
export const METRONOME: Keys = {
  id: "value",
  description: "value",
  labels: "names",
  run: {
    cmd: "value",
    args: "value",
    cpus: "value",
    mem: "value",
    disk: "value",
    user: "value",
    env: "names",
    docker: DOCKER,
    ucr: { image: { id: "value", kind: "value", forcePull: "value" }, privileged: "value" },
    artifacts: { uri: "value", executable: "value", extract: "value", cache: "value" },
  },
};

/** A TaskInfo in the JSON of mesos.proto. */
export const MESOS_TASK: Keys = {
  name: "value",
  task_id: { value: "value" },
  agent_id: { value: "value" },
  resources: { name: "value", type: "value", scalar: { value: "value" } },
  command: {
    shell: "value",
    value: "value",
    arguments: "value",
    user: "value",
    environment: { variables: { name: "value", value: "value" } },
    uris: { value: "value", executable: "value", extract: "value", cache: "value" },
  },
  container: { type: "value", linux_info: { seccomp: { profile_name: "value", unconfined: "value" } } },
};

/** The keys, with their places, that this kind of object does not have. */
export function unknownKeys(value: unknown, keys: Keys, place = ""): string[] {
  if (Array.isArray(value)) {
    return value.flatMap((element, index) => unknownKeys(element, keys, `${place}/${index}`));
  }
  return Object.entries(value as Json).flatMap(([key, inner]) => {
    const below = Object.hasOwn(keys, key) ? keys[key] : undefined;
    const here = `${place}/${key}`;
    if (below === undefined) {
      return [here];
    }
    return typeof below === "string" ? [] : unknownKeys(inner, below, here);
  });
}

/** The task of a Marathon app: Marathon hands its labels on as variables. */
export function marathonTask(app: Json, entrypoint: readonly string[]): Task {
  const labels = Object.entries((app["labels"] ?? {}) as Record<string, string>).map(([name, value]) => [
    `MARATHON_APP_LABEL_${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, "_")}`,
    value,
  ]);
  const env = {
    MARATHON_APP_ID: String(app["id"]),
    ...Object.fromEntries(labels),
    ...(app["env"] as object),
  };
  const { type } = app["container"] as Json;
  return { argv: commandLine(app, type === "DOCKER" ? entrypoint : undefined), env };
}

/** A container of a Marathon pod, and its health check, which the agent starts beside it with the same environment. */
export function podTasks(container: Json): { readonly task: Task; readonly check: Task | undefined } {
  const env = (container["environment"] ?? {}) as Record<string, string>;
  const started = (exec: unknown): Task => {
    const { shell } = (exec as { command: { shell: string } }).command;
    return { argv: ["/bin/sh", "-c", shell], env };
  };
  const check = (container["healthCheck"] as Json | undefined)?.["exec"];
  return { task: started(container["exec"]), check: check === undefined ? undefined : started(check) };
}

/** The COMMAND health checks of a Marathon app, which the executor starts beside its task. */
export function marathonChecks(app: Json): Task[] {
  const checks = (app["healthChecks"] ?? []) as { protocol: string; command: { value: string } }[];
  return checks.map(({ protocol, command }) => {
    assert.is(protocol, "COMMAND");
    return { argv: ["/bin/sh", "-c", command.value], env: marathonTask(app, []).env };
  });
}

/** The task of a Metronome job. */
export function metronomeTask(job: Json, entrypoint: readonly string[]): Task {
  const run = job["run"] as Json;
  const argv = commandLine(run, run["docker"] === undefined ? undefined : entrypoint);
  return { argv, env: (run["env"] ?? {}) as Record<string, string> };
}

/** `cmd` goes to a shell, in place of an entrypoint; `args` go to the entrypoint. */
function commandLine({ cmd, args }: Json, entrypoint: readonly string[] | undefined): string[] {
  assert.ok((cmd === undefined) !== (args === undefined), "cmd or args, not both");
  if (cmd !== undefined) {
    return ["/bin/sh", "-c", cmd as string];
  }
  // Without an image a container of type MESOS is given arguments but no executable.
  assert.ok(entrypoint !== undefined, "args go with an image that has an entrypoint");
  return [...entrypoint, ...(args as string[])];
}

/** The task of a Mesos TaskInfo. */
export function mesosTask(task: Json): Task {
  const { shell = true, value, arguments: argv = [], environment } = task["command"] as Json;
  const variables = ((environment as Json | undefined)?.["variables"] ?? []) as {
    name: string;
    value: string;
  }[];
  const env = Object.fromEntries(variables.map(({ name, value }) => [name, value]));
  // The first of the arguments is what the executable sees as its own name.
  return shell === true
    ? { argv: ["/bin/sh", "-c", value as string], env }
    : { argv: [value as string, ...(argv as string[]).slice(1)], env };
}

/** The task of a systemd service with one command, whose words need no quotes. */
export function serviceTask(unit: string): Task {
  const [task, ...more] = serviceTasks(unit);
  assert.equal(more, [], "one command");
  return task as Task;
}

/** The commands of a systemd service, in the order in which they are run. */
export function serviceTasks(unit: string): readonly Task[] {
  // systemd.syntax(7): a backslash at the end of a line continues it.
  const joined = unit.replaceAll(/\\\n\s*/g, "");
  const values = (key: string): string[] =>
    [...joined.matchAll(new RegExp(`^${key}=(.*)$`, "gm"))].map(([, value = ""]) => value);
  const commands = values("ExecStart").filter(Boolean);
  assert.not.match(`${commands.join("")}${values("Environment").join("")}`, /["'\\$%]/);
  const variables = values("Environment").flatMap((line) => line.split(" "));
  const env = Object.fromEntries(variables.map((variable) => variable.split(/=(.*)/s).slice(0, 2)));
  return commands.map((command) => ({ argv: command.split(" "), env }));
}

/** The instructions of a Dockerfile without line continuations. */
export function instructions(dockerfile: string): { readonly name: string; readonly rest: string }[] {
  return dockerfile
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      const [, name = "", rest = ""] = /^([A-Z]+) (.+)$/.exec(line) ?? [];
      assert.is.not(name, "", `an instruction: ${line}`);
      return { name, rest };
    });
}

/** The task with another command behind the launcher's `--`, up to which nothing is changed. */
export function withCommand({ argv, env }: Task, command: readonly string[]): Task {
  const words = argv[0] === "/bin/sh" ? (argv[2]?.split(" ") ?? []) : argv;
  const end = words.indexOf("--");
  assert.ok(end > 0, `the launcher stands before the command: ${words.join(" ")}`);
  const changed = [...words.slice(0, end + 1), ...command];
  return { argv: argv[0] === "/bin/sh" ? ["/bin/sh", "-c", changed.join(" ")] : changed, env };
}
