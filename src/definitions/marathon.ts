/**
 * Marathon: apps, groups of them, and pods. Fields by its RAML (docs/docs/rest-api/public/api/v2/types), what they become by
 * TaskBuilder.scala and TaskGroupBuilder.scala.
 */

import type { Beside, Definition, Finding, OwnFilter, Start, Task } from "./model.ts";
import {
  argvStart,
  besideOf,
  containerizer,
  droppedSetting,
  imageStart,
  isolatorFilter,
  labelVariables,
  lineStart,
  mount,
  profilesOf,
  type RefusalWords,
  seccompObject,
  variablesOf,
  withVariables,
} from "./parts.ts";
import { at, isTrue, itemsAt, textAt, type Value } from "./value.ts";

/** Validation of seccomp in Marathon's SeccompConversion and PodsValidation. */
const WORDS: RefusalWords = {
  who: "Marathon",
  both: "Seccomp unconfined can NOT be true when Profile is defined",
  neither: "Seccomp unconfined must be true when Profile is NOT defined",
};

const APP_KEYS = [
  "cmd",
  "args",
  "container",
  "instances",
  "cpus",
  "mem",
  "healthChecks",
  "env",
  "constraints",
];

/** What a JSON value is to Marathon; undefined: nothing. */
export function marathonKind(root: Value): string | undefined {
  if (root.kind === "list") {
    const kinds = root.items.map(marathonKind);
    return kinds.length > 0 && kinds.every((kind) => kind === "Marathon app") ? "Marathon apps" : undefined;
  }
  const inner = at(root, "app") ?? root;
  if (at(inner, "id") === undefined && at(root, "apps") === undefined) {
    return undefined;
  }
  if (at(inner, "containers")?.kind === "list") {
    return "Marathon pod";
  }
  if (["apps", "groups", "pods"].some((key) => at(root, key)?.kind === "list")) {
    return "Marathon group";
  }
  return APP_KEYS.some((key) => at(inner, key) !== undefined) ? "Marathon app" : undefined;
}

export function readMarathon(root: Value, kind: string): Definition {
  const found = members(root, "");
  return {
    kind,
    tasks: found.flatMap(({ tasks }) => tasks),
    findings: found.flatMap(({ findings }) => findings),
  };
}

type Read = Omit<Definition, "kind">;

function members(root: Value, group: string): readonly Read[] {
  if (root.kind === "list") {
    return root.items.flatMap((item) => members(item, group));
  }
  const inner = at(root, "app") ?? root;
  if (at(inner, "containers")?.kind === "list") {
    return [readPod(inner, group)];
  }
  if (["apps", "groups", "pods"].some((key) => at(root, key)?.kind === "list")) {
    const path = idOf(root, group);
    return ["apps", "groups", "pods"].flatMap((key) =>
      itemsAt(root, key).flatMap((item) => members(item, path)),
    );
  }
  return [readApp(inner, group)];
}

/** The id of a member of a group; a relative one is below it. */
function idOf(value: Value, group: string): string {
  const id = textAt(value, "id") ?? "";
  return id.startsWith("/") || group === "" ? id : `${group.replace(/\/$/, "")}/${id}`;
}

function readApp(app: Value, group: string): Read {
  const container = at(app, "container");
  const docker = at(container, "docker");
  // appContainer.raml: a container without a type is one of Docker's.
  const type = textAt(container, "type")?.toUpperCase();
  const isDocker = container !== undefined && (type ?? "DOCKER") === "DOCKER";
  const image = at(docker, "image");
  const seccomp = seccompObject(at(container, "linuxInfo", "seccomp"), "profileName");
  const { own, findings } = isDocker
    ? ofDocker(docker, seccomp, type === undefined)
    : isolatorFilter(seccomp, "linuxInfo.seccomp", WORDS);
  const volumes = itemsAt(container, "volumes").map((volume) =>
    mount(textAt(volume, "hostPath"), textAt(volume, "containerPath")),
  );
  const { variables, more } = containerizer(isDocker ? docker : undefined);
  const both = bothCommands(app);
  const task: Task = {
    name: idOf(app, group) || "app",
    place: app,
    start: appStart(app, image !== undefined),
    environment: withVariables(
      new Map([...variablesOf(at(app, "env")), ...labelVariables(at(app, "labels"))]),
      variables,
    ),
    startDoubt: executorDoubt(app),
    ...more,
    own: both === undefined ? own : { kind: "refused", source: "Marathon refuses it" },
    profilesOf: profilesOf(image !== undefined, volumes),
    beside: [...itemsAt(app, "healthChecks"), ...listed(at(app, "check"))].flatMap(checkOf),
  };
  return { tasks: [task], findings: both === undefined ? findings : [...findings, both] };
}

/** AppValidation.scala, containsCmdArgsOrContainer. */
function bothCommands(app: Value): Finding | undefined {
  const cmd = at(app, "cmd");
  return cmd === undefined || itemsAt(app, "args").length === 0
    ? undefined
    : {
        code: "task-refused",
        severity: "error",
        message:
          "Marathon refuses this: AppDefinition must either contain one of 'cmd' or 'args', and/or a 'container'.",
        hint: "leave out one of 'cmd' and 'args'",
        place: cmd,
      };
}

/** An executor of its own gets the command, and does with it what it likes (Executor.scala). */
function executorDoubt(app: Value): string | undefined {
  const executor = textAt(app, "executor") ?? "";
  return executor === "" || executor === "//cmd" ? undefined : `but its executor ${executor} starts it`;
}

function ofDocker(
  docker: Value | undefined,
  seccomp: ReturnType<typeof seccompObject>,
  byDefault: boolean,
): { readonly own: OwnFilter; readonly findings: readonly Finding[] } {
  const dropped =
    seccomp === undefined
      ? []
      : [
          droppedSetting(
            seccomp,
            byDefault
              ? "a container without a type is of type DOCKER, under which Marathon drops linuxInfo without a word"
              : "Marathon drops linuxInfo under type DOCKER without a word",
            'use type MESOS, or the launcher; Docker takes parameters: {"key": "security-opt", "value": "seccomp=..."}',
          ),
        ];
  const own: OwnFilter = byDefault
    ? {
        kind: "open",
        name: "Docker",
        profile: "Docker's default",
        source: "the container has no type, and Marathon takes DOCKER",
      }
    : containerizer(docker).own;
  return { own, findings: dropped };
}

function appStart(app: Value, hasImage: boolean): Start {
  const cmd = lineStart(at(app, "cmd"));
  if (cmd !== undefined) {
    return cmd;
  }
  const args = at(app, "args");
  if (args?.kind === "list" && args.items.length > 0 && !hasImage) {
    return argvStart(args);
  }
  return imageStart(args);
}

function listed(value: Value | undefined): readonly Value[] {
  return value === undefined ? [] : [value];
}

/** A health check or check that runs a command; of an app and of a pod. */
function checkOf(check: Value): readonly Beside[] {
  const command = at(check, "command") ?? at(check, "exec", "command");
  const start = lineStart(at(command, "value") ?? at(command, "shell")) ?? argvOf(at(command, "argv"));
  return command === undefined ? [] : besideOf("the command of its health check", start, command);
}

function argvOf(value: Value | undefined): Start | undefined {
  return value?.kind === "list" ? argvStart(value) : undefined;
}

function readPod(pod: Value, group: string): Read {
  const id = idOf(pod, group);
  const level = at(pod, "linuxInfo", "seccomp");
  const atPod: Finding[] =
    level === undefined
      ? []
      : [
          {
            code: "task-refused",
            severity: "error",
            message: "Marathon refuses this: Seccomp configuration on executor level is not supported",
            hint: "write it into the linuxInfo of each container",
            place: level,
          },
        ];
  const read = itemsAt(pod, "containers").map((container) => {
    const { own, findings } = isolatorFilter(
      seccompObject(at(container, "linuxInfo", "seccomp"), "profileName"),
      "linuxInfo.seccomp",
      WORDS,
    );
    const image = at(container, "image");
    const command = at(container, "exec", "command");
    const [shell, argv] = [at(command, "shell"), at(command, "argv")];
    // TaskGroupBuilder.scala, computeCommandInfo: without the override they are arguments of the image's entrypoint.
    const isWhole = image === undefined || isTrue(at(container, "exec", "overrideEntrypoint"));
    const start: Start = lineStart(shell) ?? (isWhole ? argvOf(argv) : undefined) ?? imageStart(argv);
    const mounts = itemsAt(container, "volumeMounts").map((one) => {
      const volume = itemsAt(pod, "volumes").find((other) => textAt(other, "name") === textAt(one, "name"));
      return mount(textAt(volume, "host"), textAt(one, "mountPath"));
    });
    const environment = new Map([
      ...variablesOf(at(pod, "environment")),
      ...variablesOf(at(container, "environment")),
      ...labelVariables(at(pod, "labels"), at(container, "labels")),
    ]);
    const task: Task = {
      name: `${id || "pod"} ${textAt(container, "name") ?? "container"}`,
      place: container,
      start,
      startDoubt:
        shell !== undefined && argv !== undefined
          ? "but it has 'shell' and 'argv', of which one counts"
          : undefined,
      environment,
      own: atPod.length > 0 ? { kind: "refused", source: "Marathon refuses the pod" } : own,
      profilesOf: profilesOf(image !== undefined, mounts),
      beside: [at(container, "healthCheck"), at(container, "check")].flatMap((check) =>
        check === undefined ? [] : checkOf(check),
      ),
    };
    return { task, findings };
  });
  return {
    tasks: read.map(({ task }) => task),
    findings: [...atPod, ...read.flatMap(({ findings }) => findings)],
  };
}
