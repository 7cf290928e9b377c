/**
 * Parts that several formats have in common: lists of words, environments, Docker's options.
 */

import { DEFAULT_PROFILE_DIR } from "../task/operator.ts";
import type { Beside, Finding, OwnFilter, Start, Task, Word } from "./model.ts";
import { at, isTrue, itemsAt, type ListValue, membersAt, type Place, textAt, type Value } from "./value.ts";

/** The words of a list, as they are. */
export function literalWords(list: Value | undefined): readonly Word[] {
  return itemsAt(list).map((item) => ({
    text: item.kind === "scalar" ? item.text : "",
    literal: item.kind === "scalar",
  }));
}

export function argvStart(list: ListValue): Start {
  return { kind: "argv", words: literalWords(list), edit: { kind: "list", list } };
}

export function lineStart(value: Value | undefined): Start | undefined {
  return value?.kind === "scalar"
    ? { kind: "shell", line: value.text, edit: { kind: "line", scalar: value } }
    : undefined;
}

/** A task that its image starts, with arguments or without; of a scheduler that has no field for the entrypoint. */
export function imageStart(args: Value | undefined): Start {
  const list = args?.kind === "list" && args.items.length > 0 ? args : undefined;
  return {
    kind: "image",
    words: list === undefined ? undefined : literalWords(list),
    edit: {
      kind: "none",
      why: "the image's entrypoint starts it, and this definition cannot replace that",
      hint: "build the image with the launcher as its ENTRYPOINT (docs/containers.md); give --entrypoint '' if it has none",
      words: list === undefined ? undefined : { kind: "list", list },
    },
  };
}

/** The values of a mapping of variables; what is no plain value is known only later. */
export function variablesOf(map: Value | undefined): [string, string | undefined][] {
  return membersAt(map).map(({ key, value }) => [
    key,
    value.kind === "scalar" && value.type !== "null" ? value.text : undefined,
  ]);
}

/** The longest name and value of a label that Marathon puts into the environment (EnvironmentHelper.scala). */
const MAX_LABEL = 512;
const MAX_LABEL_NAME = 493;

/** The variables that Marathon makes of labels; they replace others of these names (TaskGroupBuilder.scala, TaskBuilder.scala). */
export function labelVariables(...labels: readonly (Value | undefined)[]): [string, string | undefined][] {
  return labels
    .flatMap((map) => variablesOf(map))
    .filter(([name, value = ""]) => name.length < MAX_LABEL_NAME && value.length < MAX_LABEL)
    .map(([name, value]) => [
      `MARATHON_APP_LABEL_${name.replaceAll(/[^a-zA-Z0-9_]+/g, "_").toUpperCase()}`,
      value,
    ]);
}

/** A directory of the machine in a container: its path there, and in the container. */
export type Mount = readonly [source: string | undefined, target: string | undefined];

export function mount(source: string | undefined, target: string | undefined): Mount {
  return [source, target];
}

/** Whose profiles a container has: those of the machine if their directory is mounted at its own place. */
export function profilesOf(isImage: boolean, mounts: readonly Mount[]): Task["profilesOf"] {
  const isMounted = mounts.some((paths) =>
    paths.every((path) => path?.replace(/\/+$/, "") === DEFAULT_PROFILE_DIR),
  );
  return isImage ? (isMounted ? "mounted" : "image") : "machine";
}

/** The seccomp option among the values of --security-opt: the last one counts (daemon/daemon_unix.go, parseSecurityOpt). */
export function seccompOption(
  options: readonly Value[],
): { readonly value: string; readonly place: Place } | undefined {
  return options
    .flatMap((option) => {
      const value = option.kind === "scalar" ? /^seccomp[=:](.*)$/s.exec(option.text)?.[1] : undefined;
      return value === undefined ? [] : [{ value, place: option }];
    })
    .at(-1);
}

/** The filter of Docker on a container. */
export function dockerFilter(
  option: ReturnType<typeof seccompOption>,
  privileged: boolean,
  named: string,
  where: "beside" | "machine",
): OwnFilter {
  if (option?.value === "unconfined") {
    return { kind: "none", source: `${named} switches Docker's own filter off` };
  }
  if (option !== undefined && option.value !== "builtin") {
    return {
      kind: "profile",
      name: option.value,
      by: "Docker",
      source: named,
      place: option.place,
      where,
      ...(privileged
        ? { unless: "but older versions of Docker put no filter on a privileged container" }
        : {}),
    };
  }
  return privileged
    ? { kind: "none", source: "privileged: Docker puts no filter on it" }
    : { kind: "default", name: "Docker", source: "Docker's own filter is on" };
}

/** What the `docker` object of a task of the Docker containerizer comes to. */
export interface Containerizer {
  readonly own: OwnFilter;
  /** The variables of its parameters. */
  readonly variables: readonly [string, string | undefined][];
  readonly more: Pick<Task, "moreVariables" | "startDoubt">;
}

/** Its parameters are options of docker run, as --KEY=VALUE. */
export function containerizer(docker: Value | undefined): Containerizer {
  const parameters = itemsAt(docker, "parameters");
  const valuesOf = (key: string): readonly Value[] =>
    parameters.flatMap((one) => {
      const value = at(one, "value");
      return textAt(one, "key") === key && value !== undefined ? [value] : [];
    });
  const variables = valuesOf("env").map((value): [string, string | undefined] => {
    const [, name = "", set] = /^([^=]*)(?:=(.*))?$/s.exec(textAt(value) ?? "") ?? [];
    return [name, set];
  });
  return {
    own: parametersFilter(docker, parameters, valuesOf),
    variables,
    more: {
      ...(valuesOf("env-file").length === 0 ? {} : { moreVariables: "the parameter env-file" }),
      ...(valuesOf("entrypoint").length === 0
        ? {}
        : { startDoubt: "but the parameter entrypoint replaces what starts it" }),
    },
  };
}

function parametersFilter(
  docker: Value | undefined,
  parameters: readonly Value[],
  valuesOf: (key: string) => readonly Value[],
): OwnFilter {
  const options = valuesOf("security-opt");
  const flags = valuesOf("privileged").map((value) => goBoolean(textAt(value) ?? ""));
  const field = isTrue(at(docker, "privileged"));
  const last = flags.at(-1);
  const odd = parameters.find((one) => textAt(one, "key")?.includes("=") !== false);
  const doubt =
    odd !== undefined
      ? `docker run is given the option '${textAt(odd, "key") ?? ""}'`
      : flags.includes(undefined)
        ? "the parameter privileged is no boolean"
        : field && last === false
          ? "privileged is true, and its parameter false"
          : oddOption(options);
  const option = seccompOption(options);
  if (doubt !== undefined && option?.value !== "unconfined") {
    return { kind: "open", name: "Docker", profile: option?.value || "Docker's default", source: doubt };
  }
  return dockerFilter(option, field || last === true, "security-opt", "machine");
}

/** What is wrong with the values of --security-opt, so that Docker refuses them or reads something else. */
export function oddOption(options: readonly Value[]): string | undefined {
  const odd = options.find((option) => {
    const text = textAt(option);
    return text === undefined || (/seccomp/i.test(text) && !/^seccomp[=:]./s.test(text));
  });
  return odd === undefined
    ? undefined
    : `security-opt has ${textAt(odd) === undefined ? "what is no text" : `'${textAt(odd)}'`}`;
}

/** A boolean as Go's strconv.ParseBool reads it; undefined: it is none. */
function goBoolean(text: string): boolean | undefined {
  return ["1", "t", "T", "TRUE", "true", "True"].includes(text)
    ? true
    : ["0", "f", "F", "FALSE", "false", "False"].includes(text)
      ? false
      : undefined;
}

/** The environment with variables that come from elsewhere too; one with two values is known only later. */
export function withVariables(
  environment: Task["environment"],
  more: Containerizer["variables"],
): Task["environment"] {
  const all = new Map(environment);
  for (const [name, value] of more) {
    all.set(name, all.has(name) && all.get(name) !== value ? undefined : value);
  }
  return all;
}

/** A seccomp object of Marathon (profileName) or Mesos (profile_name). */
export interface SeccompObject {
  readonly value: Value;
  readonly profile: string | undefined;
  readonly profilePlace: Place;
  readonly unconfined: boolean;
}

export function seccompObject(value: Value | undefined, nameKey: string): SeccompObject | undefined {
  if (value?.kind !== "map") {
    return undefined;
  }
  const name = at(value, nameKey);
  return {
    value,
    profile: name?.kind === "scalar" ? name.text : undefined,
    profilePlace: name ?? value,
    unconfined: isTrue(at(value, "unconfined")),
  };
}

/** The errors of a scheduler for a seccomp object, in its own words. */
export interface RefusalWords {
  readonly who: string;
  readonly both: string;
  readonly neither: string;
}

/** What Mesos's isolator does under the Mesos containerizer, or why the scheduler refuses it. */
export function isolatorFilter(
  seccomp: SeccompObject | undefined,
  source: string,
  words: RefusalWords,
): { readonly own: OwnFilter; readonly findings: readonly Finding[] } {
  if (seccomp === undefined) {
    return {
      own: {
        kind: "open",
        name: "Mesos",
        profile: "the agent's default",
        source: "the agent's default, if its isolator is on and names one",
      },
      findings: [],
    };
  }
  const { profile, unconfined, value, profilePlace } = seccomp;
  const wrong =
    profile !== undefined && unconfined
      ? words.both
      : profile === undefined && !unconfined
        ? words.neither
        : undefined;
  if (wrong !== undefined) {
    return {
      own: { kind: "refused", source: `${words.who} refuses it` },
      findings: [
        {
          code: "task-refused",
          severity: "error",
          message: `${words.who} refuses this: ${wrong}`,
          hint: profile === undefined ? "name a profile, or set unconfined to true" : "keep one of the two",
          place: value,
        },
      ],
    };
  }
  return {
    own:
      profile === undefined
        ? { kind: "none", source: `${source}.unconfined switches the agent's filter off` }
        : {
            kind: "profile",
            name: profile,
            by: "Mesos",
            source,
            place: profilePlace,
            where: "mesos",
            unless: "if the agent's isolator is on",
          },
    findings: [],
  };
}

/** The finding for a seccomp object that nothing reads. */
export function droppedSetting(seccomp: SeccompObject, why: string, hint: string): Finding {
  const { profile, unconfined } = seccomp;
  const what =
    profile !== undefined ? `the profile '${profile}'` : unconfined ? "'unconfined'" : "this setting";
  return {
    code: "task-setting-ignored",
    severity: profile === undefined ? "warning" : "error",
    message: `${what} has no effect: ${why}`,
    hint,
    place: seccomp.value,
  };
}

/** The command of a health check, if it has one. */
export function besideOf(what: string, start: Start | undefined, place: Place): readonly Beside[] {
  return start === undefined ? [] : [{ what, start, place }];
}
