/**
 * Mesos: TaskInfo and TaskGroupInfo as JSON, as mesos-execute reads them (include/mesos/mesos.proto at 1.11.0).
 */

import type { Beside, Definition, Edit, Finding, Start, Task } from "./model.ts";
import {
  argvStart,
  besideOf,
  containerizer,
  droppedSetting,
  imageStart,
  isolatorFilter,
  lineStart,
  literalWords,
  mount,
  profilesOf,
  type RefusalWords,
  seccompObject,
  withVariables,
} from "./parts.ts";
import { at, isTrue, itemsAt, textAt, type Value } from "./value.ts";

/** src/linux/seccomp and the isolator of Mesos 1.11.0. */
const WORDS: RefusalWords = {
  who: "Mesos",
  both: "Invalid Seccomp configuration: 'profile_name' given even though 'unconfined' Seccomp setting is enabled",
  neither: "Missing Seccomp profile name",
};

function isTask(value: Value): boolean {
  return at(value, "task_id") !== undefined;
}

/** What a JSON value is to Mesos; undefined: nothing. */
export function mesosKind(root: Value): string | undefined {
  const tasks = itemsAt(root, "tasks");
  if (tasks.length > 0 && tasks.every(isTask)) {
    return "Mesos task group";
  }
  return isTask(root) ? "Mesos task" : undefined;
}

export function readMesos(root: Value, kind: string): Definition {
  const tasks = isTask(root) ? [root] : itemsAt(root, "tasks");
  const read = tasks.map(readTask);
  return {
    kind,
    tasks: read.map(({ task }) => task),
    findings: read.flatMap(({ findings }) => findings),
  };
}

function readTask(info: Value): { readonly task: Task; readonly findings: readonly Finding[] } {
  const container = at(info, "container");
  const isDocker = textAt(container, "type") === "DOCKER";
  const seccomp = seccompObject(at(container, "linux_info", "seccomp"), "profile_name");
  const { own, findings } = isDocker
    ? {
        own: containerizer(at(container, "docker")).own,
        findings:
          seccomp === undefined
            ? []
            : [
                droppedSetting(
                  seccomp,
                  "the Docker containerizer does not read linux_info",
                  "use type MESOS, or the launcher",
                ),
              ],
      }
    : isolatorFilter(seccomp, "linux_info.seccomp", WORDS);
  const { variables: given, more } = containerizer(isDocker ? at(container, "docker") : undefined);
  const type = at(container, "type");
  const isOdd = type !== undefined && !["DOCKER", "MESOS"].includes(textAt(type) ?? "");
  const both = executorAndCommand(info);
  const hasImage = isDocker || at(container, "mesos", "image") !== undefined;
  const command = at(info, "command");
  const volumes = itemsAt(container, "volumes").map((volume) =>
    mount(textAt(volume, "host_path"), textAt(volume, "container_path")),
  );
  const task: Task = {
    name: textAt(info, "name") ?? textAt(info, "task_id", "value") ?? "task",
    place: info,
    start: commandStart(command, hasImage),
    environment: withVariables(variables(command), given),
    startDoubt: isOdd ? "but Mesos knows no such type of container" : undefined,
    ...more,
    own: both === undefined ? own : { kind: "refused", source: "Mesos refuses it" },
    profilesOf: profilesOf(hasImage, volumes),
    beside: [...checkOf(at(info, "health_check")), ...checkOf(at(info, "check"))],
  };
  return { task, findings: both === undefined ? findings : [...findings, both] };
}

/** src/master/validation.cpp, validateExecutor. */
function executorAndCommand(info: Value): Finding | undefined {
  const executor = at(info, "executor");
  return executor === undefined || at(info, "command") === undefined
    ? undefined
    : {
        code: "task-refused",
        severity: "error",
        message:
          "Mesos refuses this: Task should have at least one (but not both) of CommandInfo or ExecutorInfo present",
        hint: "leave out one of 'executor' and 'command'",
        place: executor,
      };
}

/** CommandInfo: `shell` is true unless it is given. */
function commandStart(command: Value | undefined, hasImage: boolean): Start {
  const file = at(command, "value");
  const shell = at(command, "shell");
  if (shell === undefined || isTrue(shell)) {
    return lineStart(file) ?? imageStart(undefined);
  }
  const list = at(command, "arguments");
  const words = list?.kind === "list" ? literalWords(list) : undefined;
  if (file?.kind !== "scalar") {
    return list?.kind === "list" && !hasImage ? argvStart(list) : imageStart(list);
  }
  // The first argument is only the name that the command sees.
  const edit: Edit = { kind: "file", file, list: list?.kind === "list" ? list : undefined };
  return { kind: "argv", words: [{ text: file.text, literal: true }, ...(words ?? []).slice(1)], edit };
}

function variables(command: Value | undefined): Task["environment"] {
  return new Map(
    itemsAt(command, "environment", "variables").map((variable) => {
      const isSecret = textAt(variable, "type") === "SECRET" || at(variable, "secret") !== undefined;
      return [textAt(variable, "name") ?? "", isSecret ? undefined : textAt(variable, "value")];
    }),
  );
}

/** HealthCheck.command is a CommandInfo; CheckInfo.command holds one. */
function checkOf(check: Value | undefined): readonly Beside[] {
  const outer = at(check, "command");
  const command = at(outer, "command") ?? outer;
  return command === undefined
    ? []
    : besideOf("the command of its health check", commandStart(command, false), command);
}
