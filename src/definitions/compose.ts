/**
 * Docker Compose (compose-spec, and compose-go for what it does not say).
 */

import type { Beside, Definition, Edit, Finding, Start, Task, Word } from "./model.ts";
import { besideOf, dockerFilter, mount, oddOption, profilesOf, seccompOption } from "./parts.ts";
import { shellTokens } from "./shell-words.ts";
import {
  at,
  isTrue,
  itemsAt,
  type MapValue,
  memberOf,
  membersAt,
  type Place,
  textAt,
  type Value,
} from "./value.ts";

export function isCompose(root: Value): boolean {
  return at(root, "services")?.kind === "map";
}

export function readCompose(root: Value): Definition {
  const services: Services = new Map(
    membersAt(root, "services").flatMap(({ key, value }) => (value.kind === "map" ? [[key, value]] : [])),
  );
  const read = [...services].map(([name, service]) => readService(services, name, service));
  return {
    kind: "Docker Compose file",
    tasks: read.map(({ task }) => task),
    findings: [...included(root), ...read.flatMap(({ findings }) => findings)],
  };
}

function included(root: Value): readonly Finding[] {
  const include = memberOf(root, "include");
  return include === undefined
    ? []
    : [notRead("the files of 'include' are not read", include.keyStart, include.keyEnd)];
}

function notRead(message: string, start: number, end: number): Finding {
  const hint = "docker compose config writes one file with everything in it";
  return { code: "not-examined", severity: "note", message, hint, place: { start, end } };
}

function refused(message: string, hint: string, place: Place): Finding {
  return {
    code: "task-refused",
    severity: "error",
    message: `Docker Compose refuses this: ${message}`,
    hint,
    place,
  };
}

/** What Compose refuses in the security_opt of a service: the wrong type (its schema), and an option without a value (parseSecurityOpts). */
function wrongOptions(map: MapValue): readonly Finding[] {
  const options = at(map, "security_opt");
  if (options !== undefined && options.kind !== "list") {
    return [refused("security_opt must be a list", "write security_opt: [seccomp=...]", options)];
  }
  return itemsAt(options).flatMap((option) => {
    const text = textAt(option);
    if (option.kind !== "scalar" || option.type !== "string") {
      return [refused("a security_opt must be a text", "write seccomp=...", option)];
    }
    return text === "seccomp" || text === "seccomp=" || text === "seccomp:"
      ? [refused(`the security_opt '${text}' has no value`, "write seccomp=PROFILE", option)]
      : [];
  });
}

/** Why what a variable of Compose stands for, or an odd option, decides about Docker's filter; undefined: nothing does. */
function filterDoubt(service: Service, options: readonly Value[]): string | undefined {
  const privileged = service.last("privileged");
  const open = options.find((option) => /^[^=:]*\$/.test(textAt(option) ?? ""));
  if (privileged !== undefined && hasVariable(textAt(privileged) ?? "$")) {
    return `privileged is ${textAt(privileged) ?? "no boolean"}`;
  }
  return open === undefined ? oddOption(options) : `security_opt has ${textAt(open) ?? ""}`;
}

/** The services of a file by their names. */
type Services = ReadonlyMap<string, MapValue>;

/** Maximum number of services that one extends, one through the other. */
const MAX_CHAIN = 10;

/** A service with those that it extends. */
class Service {
  /** From the outermost base to the service itself. */
  readonly chain: readonly MapValue[];
  /** Of what is not read, or what Compose refuses. */
  readonly findings: readonly Finding[];

  constructor(services: Services, service: MapValue) {
    const chain: MapValue[] = [service];
    const findings: Finding[] = [];
    for (let extended = memberOf(service, "extends"); extended !== undefined; ) {
      const name = textAt(extended.value, "service") ?? textAt(extended.value);
      const isElsewhere = at(extended.value, "file") !== undefined;
      const base = isElsewhere ? undefined : services.get(name ?? "");
      if (base === undefined || chain.includes(base) || chain.length >= MAX_CHAIN) {
        if (!isElsewhere && (base === undefined || chain.includes(base))) {
          findings.push(
            refused(
              base === undefined
                ? `there is no service '${name ?? ""}'`
                : "services that extend one another in a circle",
              "name another service, or leave out 'extends'",
              extended.value,
            ),
          );
        } else if (isElsewhere || chain.length >= MAX_CHAIN) {
          const { keyStart, keyEnd } = extended;
          findings.push(
            notRead(
              isElsewhere
                ? "the service that this one extends is in a file that is not read"
                : "services that extend one another this often are not followed to the end",
              keyStart,
              keyEnd,
            ),
          );
        }
        break;
      }
      chain.unshift(base);
      extended = memberOf(base, "extends");
    }
    this.chain = chain;
    this.findings = findings;
  }

  /** A value of which the last one counts. */
  last(...keys: readonly string[]): Value | undefined {
    return this.chain
      .map((service) => at(service, ...keys))
      .filter((value) => value !== undefined)
      .at(-1);
  }

  /** The items of lists that are put together. */
  all(key: string): readonly Value[] {
    return this.chain.flatMap((service) => itemsAt(service, key));
  }
}

function readService(
  services: Services,
  name: string,
  map: MapValue,
): { readonly task: Task; readonly findings: readonly Finding[] } {
  const service = new Service(services, map);
  const options = service.all("security_opt");
  const option = seccompOption(options);
  const findings = [...service.findings, ...service.chain.flatMap(wrongOptions)];
  const isRefused = findings.some(({ severity }) => severity === "error");
  const doubt = filterDoubt(service, options);
  const privileged = isTrue(service.last("privileged"));
  const isPartial = service.findings.length > 0 && option === undefined && !privileged;
  const isOpen = option !== undefined && hasVariable(option.value);
  const mounts = service.all("volumes").map((volume) => {
    const [source, target] = textAt(volume)?.split(":") ?? [];
    return mount(textAt(volume, "source") ?? source, textAt(volume, "target") ?? target);
  });
  const task: Task = {
    name,
    place: map,
    start: startOf(service, map),
    environment: new Map(service.chain.flatMap((one) => variablesOf(at(one, "environment")))),
    ...(service.last("env_file") === undefined ? {} : { moreVariables: "env_file" }),
    own: isRefused
      ? { kind: "refused", source: "Docker Compose refuses it" }
      : isPartial
        ? {
            kind: "open",
            name: "Docker",
            profile: "Docker's default",
            source: "the service that it extends is not read",
          }
        : isOpen
          ? {
              kind: "open",
              name: "Docker",
              profile: option.value,
              source: `security_opt names ${option.value}`,
            }
          : doubt !== undefined && option?.value !== "unconfined"
            ? { kind: "open", name: "Docker", profile: option?.value ?? "Docker's default", source: doubt }
            : dockerFilter(option, privileged, "security_opt", "beside"),
    profilesOf: profilesOf(true, mounts),
    beside: [...healthCheck(service), ...hooks(service)],
  };
  return { task, findings: [...findings, ...underSwarm(service, option)] };
}

/** Keys of `deploy` by which it is meant for a swarm, though Compose reads some of them too. */
const OF_SWARM = [
  "mode",
  "replicas",
  "placement",
  "update_config",
  "rollback_config",
  "restart_policy",
  "endpoint_mode",
];

function underSwarm(service: Service, option: ReturnType<typeof seccompOption>): readonly Finding[] {
  const deploy = service.last("deploy");
  return option === undefined || !OF_SWARM.some((key) => at(deploy, key) !== undefined)
    ? []
    : [
        {
          code: "task-setting-ignored",
          severity: "warning",
          message:
            "security_opt has no effect in a swarm: docker stack deploy ignores it, and Swarm has no setting for seccomp",
          hint: "put the launcher in front of the command, if 'deploy' means a swarm",
          place: option.place,
        },
      ];
}

/** Whether Compose puts a variable in. */
function hasVariable(text: string): boolean {
  return /\$(?!\$)/.test(text.replaceAll("$$", ""));
}

/** A word without Compose's variables in it. */
function interpolated({ text, literal }: Word): Word {
  return { text: text.replaceAll("$$", "$"), literal: literal && !hasVariable(text) };
}

/** A word in which Compose puts no variable in. */
function literally(word: string): string {
  return word.replaceAll("$", "$$$$");
}

/** The variables of a mapping, or of a list of NAME=VALUE; one without a value is that of whoever runs Compose. */
function variablesOf(value: Value | undefined): [string, string | undefined][] {
  const pairs: [string, string | undefined][] =
    value?.kind === "list"
      ? value.items.map((item) => {
          const [, name = "", set] = /^([^=]*)(?:=(.*))?$/s.exec(textAt(item) ?? "") ?? [];
          return [name, set];
        })
      : membersAt(value).map(({ key, value: set }) => [key, at(set) === undefined ? undefined : textAt(set)]);
  return pairs.map(([name, set]) => [
    name,
    set === undefined || hasVariable(set) ? undefined : set.replaceAll("$$", "$"),
  ]);
}

/** The words of a command: those of a list, or of a text that Compose splits as a shell would, and gives to no shell. */
function wordsOf(value: Value | undefined): readonly Word[] | undefined {
  if (value?.kind === "list") {
    return value.items.map((item) =>
      interpolated({ text: textAt(item) ?? "", literal: item.kind === "scalar" }),
    );
  }
  if (value?.kind !== "scalar") {
    return undefined;
  }
  // Compose puts its variables in before it splits, whatever quotes there are. No argument has a NUL, which here means '$$'.
  const text = value.text.replaceAll("$$", "\0");
  const tokens = shellTokens(text);
  if (tokens === undefined) {
    return [{ text: value.text, literal: false }];
  }
  const end = tokens.findIndex(({ kind }) => kind === "end");
  return tokens
    .slice(0, end < 0 ? tokens.length : end)
    .flatMap((token) => (token.kind === "word" ? [token] : []))
    .map((word) => ({
      text: word.text.replaceAll("\0", "$"),
      literal: word.literal && !text.slice(word.start, word.end).includes("$"),
    }));
}

function editOf(value: Value | undefined): Edit | undefined {
  return value?.kind === "list"
    ? { kind: "list", list: value }
    : value?.kind === "scalar"
      ? { kind: "split", scalar: value }
      : undefined;
}

function startOf(service: Service, map: MapValue): Start {
  const entrypoint = service.last("entrypoint");
  const command = service.last("command");
  const first = wordsOf(entrypoint);
  const rest = wordsOf(command);
  const [edit, editRest] = [editOf(entrypoint), editOf(command)];
  if (first !== undefined && first.length > 0 && edit !== undefined) {
    return { kind: "argv", words: [...first, ...(rest ?? [])], edit };
  }
  // An empty entrypoint takes away the image's.
  if (first !== undefined && rest !== undefined && editRest !== undefined) {
    return { kind: "argv", words: rest, edit: editRest };
  }
  return {
    kind: "image",
    words: rest === undefined || rest.length === 0 ? undefined : rest,
    edit:
      entrypoint === undefined
        ? { kind: "member", key: "entrypoint", map, literally, words: editRest }
        : { kind: "none", why: "its entrypoint is empty, and it has no command", hint: "write the command" },
  };
}

/** A command of a health check: of Docker's three forms (CMD, CMD-SHELL, a text for a shell). */
function healthCheck(service: Service): readonly Beside[] {
  const test = service.last("healthcheck", "test");
  const what = "the command of its health check";
  if (test === undefined || isTrue(service.last("healthcheck", "disable"))) {
    return [];
  }
  if (test.kind === "scalar") {
    return besideOf(what, { kind: "shell", line: test.text, edit: { kind: "line", scalar: test } }, test);
  }
  const [form, line] = itemsAt(test);
  if (test.kind !== "list" || textAt(form) === "NONE") {
    return [];
  }
  if (textAt(form) === "CMD-SHELL") {
    return line?.kind === "scalar"
      ? besideOf(what, { kind: "shell", line: line.text, edit: { kind: "line", scalar: line } }, test)
      : [];
  }
  const words = (wordsOf(test) ?? []).slice(1);
  return besideOf(what, { kind: "argv", words, edit: { kind: "list", list: test, skip: 1 } }, test);
}

function hooks(service: Service): readonly Beside[] {
  return ["post_start", "pre_stop"].flatMap((key) =>
    service.all(key).flatMap((hook) => {
      const command = at(hook, "command");
      const [words, edit] = [wordsOf(command), editOf(command)];
      return words === undefined || edit === undefined
        ? []
        : besideOf(`its ${key} hook`, { kind: "argv", words, edit }, hook);
    }),
  );
}
