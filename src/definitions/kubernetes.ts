/**
 * Kubernetes: objects with a pod in them, also several in a file. Fields by the core/v1 API; validation by
 * pkg/apis/core/validation/validation.go at v1.31.
 */

import type { Beside, Definition, Edit, Finding, OwnFilter, Start, Task, Word } from "./model.ts";
import { besideOf, mount, profilesOf } from "./parts.ts";
import { at, isTrue, itemsAt, type Member, memberOf, membersAt, textAt, type Value } from "./value.ts";

export function isKubernetes(root: Value): boolean {
  return at(root, "apiVersion") !== undefined && at(root, "kind") !== undefined;
}

export function readKubernetes(roots: readonly Value[]): Definition {
  const contested = contestedMembers(roots);
  if (contested.length > 0) {
    return { kind: "Kubernetes manifest", tasks: [], findings: contested.map(contestedKey) };
  }
  const objects = roots.flatMap(objectsOf);
  const read = objects.flatMap((object) => podsOf(object).map((pod) => readPod(pod, nameOf(object))));
  const [only] = objects;
  return {
    kind: objects.length === 1 ? `Kubernetes ${textAt(only, "kind") ?? "object"}` : "Kubernetes manifest",
    tasks: read.flatMap(({ tasks }) => tasks),
    findings: read.flatMap(({ findings }) => findings),
  };
}

/** The members that a later merge key has too; each value is looked at once, however many aliases mean it. */
function contestedMembers(roots: readonly Value[]): readonly Member[] {
  const seen = new Set<Value>(roots);
  const found: Member[] = [];
  for (const value of seen) {
    const members = value.kind === "map" ? value.members : [];
    found.push(...members.filter(({ contested, merged }) => contested === true && !merged));
    for (const inner of value.kind === "list" ? value.items : members.map((member) => member.value)) {
      seen.add(inner);
    }
  }
  return found;
}

function contestedKey({ key, keyStart, keyEnd }: Member): Finding {
  return {
    code: "yaml-syntax",
    severity: "error",
    message: `the merge key '<<' after '${key}' brings in another '${key}'`,
    hint: "parsers disagree about which of the two counts; write '<<' first, or remove one",
    place: { start: keyStart, end: keyEnd },
  };
}

/** The objects of a List, at any depth; the depth of the text bounds the recursion. */
function objectsOf(root: Value): readonly Value[] {
  return /List$/.test(textAt(root, "kind") ?? "") && at(root, "items")?.kind === "list"
    ? itemsAt(root, "items").flatMap(objectsOf)
    : [root];
}

function nameOf(object: Value): string {
  const name = textAt(object, "metadata", "name") ?? textAt(object, "metadata", "generateName");
  return [textAt(object, "kind"), name].filter((part) => part !== undefined).join("/");
}

interface Pod {
  readonly spec: Value;
  readonly metadata: Value | undefined;
}

/** Where the controllers keep their pod; other kinds that follow them are found as well. */
const TEMPLATES: readonly (readonly string[])[] = [
  [],
  ["spec", "template"],
  ["spec", "jobTemplate", "spec", "template"],
  ["template"],
];

function podsOf(object: Value): readonly Pod[] {
  return TEMPLATES.flatMap((path) => {
    const template = at(object, ...path);
    const spec = at(template, "spec");
    const isPod = at(spec, "containers")?.kind === "list" && textAt(spec, "os", "name") !== "windows";
    return spec !== undefined && isPod ? [{ spec, metadata: at(template, "metadata") }] : [];
  });
}

/** The lists of containers, and how their members are told apart. */
const CONTAINERS = [
  ["initContainers", " (init)"],
  ["containers", ""],
  ["ephemeralContainers", " (ephemeral)"],
] as const;

function readPod({ spec, metadata }: Pod, object: string): Omit<Definition, "kind"> {
  const ofPod = profileAt(at(spec, "securityContext"));
  const read = CONTAINERS.flatMap(([key, mark]) =>
    itemsAt(spec, key).map((container) => readContainer(spec, container, ofPod, `${object} `, mark)),
  );
  return {
    tasks: read.map(({ task }) => task),
    findings: [
      ...(ofPod?.problem === undefined ? [] : [ofPod.problem]),
      ...annotations(metadata),
      ...read.flatMap(({ findings }) => findings),
    ],
  };
}

/** The seccompProfile of a security context. */
interface Setting {
  readonly value: Value;
  readonly type: string;
  readonly localhost: string | undefined;
  /** Why the API server refuses it. */
  readonly problem: Finding | undefined;
}

const TYPES = ["Localhost", "RuntimeDefault", "Unconfined"];

function profileAt(context: Value | undefined): Setting | undefined {
  const value = at(context, "seccompProfile");
  if (value === undefined) {
    return undefined;
  }
  const type = textAt(value, "type") ?? "";
  const localhost = textAt(value, "localhostProfile");
  const wrong = ["type", "localhostProfile"].find((key) => !isText(at(value, key)));
  const message = wrong === undefined ? refusal(type, localhost) : `${wrong} is no string`;
  const problem: Finding | undefined =
    message === undefined
      ? undefined
      : {
          code: "task-refused",
          severity: "error",
          message: `Kubernetes refuses this: ${message}`,
          place: value,
        };
  return { value, type, localhost, problem };
}

function isText(value: Value | undefined): boolean {
  return value === undefined || (value.kind === "scalar" && value.type === "string");
}

/** What the API server refuses to decode: a string is no boolean. */
function wrongPrivileged(value: Value | undefined): Finding | undefined {
  const isBoolean =
    value === undefined ||
    (value.kind === "scalar" &&
      (value.type === "boolean" ||
        (value.type === "string" && value.style === "plain" && /^(?:y|yes|on|n|no|off)$/i.test(value.text))));
  return isBoolean
    ? undefined
    : {
        code: "task-refused",
        severity: "error",
        message: "Kubernetes refuses this: privileged is no boolean",
        hint: "write true or false, without quotes",
        place: value,
      };
}

/** validateSeccompProfileField and validateLocalDescendingPath. */
function refusal(type: string, localhost: string | undefined): string | undefined {
  if (type === "") {
    return "type: Required value: type is required when seccompProfile is set";
  }
  if (!TYPES.includes(type)) {
    return `type: Unsupported value: "${type}": supported values: ${TYPES.map((one) => `"${one}"`).join(", ")}`;
  }
  if (type !== "Localhost") {
    return localhost === undefined
      ? undefined
      : "localhostProfile: Invalid value: can only be set when seccomp type is Localhost";
  }
  if (localhost === undefined || localhost === "") {
    return "localhostProfile: Required value: must be set when seccomp type is Localhost";
  }
  if (localhost.startsWith("/")) {
    return `localhostProfile: Invalid value: "${localhost}": must be a relative path`;
  }
  return localhost.split("/").includes("..")
    ? `localhostProfile: Invalid value: "${localhost}": must not contain '..'`
    : undefined;
}

/** The annotations that asked for profiles: not read since 1.27. */
function annotations(metadata: Value | undefined): readonly Finding[] {
  return membersAt(metadata, "annotations").flatMap(({ key, value, keyStart, keyEnd }) =>
    /^(?:container\.)?seccomp\.security\.alpha\.kubernetes\.io\//.test(key)
      ? [
          {
            code: "task-setting-ignored" as const,
            severity: textAt(value) === "unconfined" ? ("warning" as const) : ("error" as const),
            message: `the annotation '${key}' has no effect: Kubernetes has not read it since 1.27`,
            hint: "write securityContext.seccompProfile",
            place: { start: keyStart, end: keyEnd },
          },
        ]
      : [],
  );
}

function readContainer(
  spec: Value,
  container: Value,
  ofPod: Setting | undefined,
  prefix: string,
  mark: string,
): { readonly task: Task; readonly findings: readonly Finding[] } {
  const context = at(container, "securityContext");
  const ofContainer = profileAt(context);
  // That of the container counts as a whole.
  const setting = ofContainer ?? ofPod;
  const privileged = isTrue(at(context, "privileged"));
  const mounts = itemsAt(container, "volumeMounts").map((one) => {
    const volume = itemsAt(spec, "volumes").find((other) => textAt(other, "name") === textAt(one, "name"));
    return mount(textAt(volume, "hostPath", "path"), textAt(one, "mountPath"));
  });
  const odd = wrongPrivileged(at(context, "privileged"));
  const refused = ofPod?.problem ?? ofContainer?.problem ?? odd;
  const task: Task = {
    name: `${prefix}${textAt(container, "name") ?? "container"}${mark}`,
    place: container,
    start: startOf(container),
    environment: new Map(
      itemsAt(container, "env").map((one) => {
        const value = textAt(one, "value") ?? (at(one, "valueFrom") === undefined ? "" : undefined);
        const { text, literal } = expanded(value ?? "");
        return [textAt(one, "name") ?? "", value !== undefined && literal ? text : undefined];
      }),
    ),
    ...(at(container, "envFrom") === undefined ? {} : { moreVariables: "envFrom" }),
    own: refused === undefined ? ownOf(setting, privileged, ofContainer === undefined) : REFUSED,
    profilesOf: profilesOf(true, mounts),
    beside: besides(container),
  };
  const problems = [ofContainer?.problem, odd].filter((problem) => problem !== undefined);
  return { task, findings: [...problems, ...ignoredFor(setting, privileged, refused, task.name)] };
}

const REFUSED: OwnFilter = { kind: "refused", source: "Kubernetes refuses it" };

function ownOf(setting: Setting | undefined, privileged: boolean, ofPod: boolean): OwnFilter {
  if (privileged) {
    return { kind: "none", source: "privileged: containerd and CRI-O put no filter on it" };
  }
  if (setting === undefined) {
    return { kind: "kubelet" };
  }
  const source = `seccompProfile of the ${ofPod ? "pod" : "container"}`;
  switch (setting.type) {
    case "Unconfined":
      return { kind: "none", source: `${source}: Unconfined` };
    case "RuntimeDefault":
      return { kind: "default", name: "the runtime", source: `${source}: RuntimeDefault` };
    default:
      return {
        kind: "profile",
        name: setting.localhost ?? "",
        by: "Kubernetes",
        source,
        place: at(setting.value, "localhostProfile") ?? setting.value,
        where: "kubelet",
      };
  }
}

/** A profile has no effect on a privileged container (containerd, generateSeccompSpecOpts; CRI-O, SetupSeccomp). */
function ignoredFor(
  setting: Setting | undefined,
  privileged: boolean,
  refused: Finding | undefined,
  name: string,
): readonly Finding[] {
  return privileged && setting !== undefined && setting.type !== "Unconfined" && refused === undefined
    ? [
        {
          code: "task-setting-ignored",
          severity: "error",
          message: `${setting.type} has no effect on '${name}', which is privileged: it runs without a filter`,
          hint: "leave out privileged and add the capabilities that are needed, or put the launcher in front of the command",
          place: setting.value,
        },
      ]
    : [];
}

/** Words of a command, in which the kubelet puts variables. */
function wordsOf(list: Value | undefined): readonly Word[] {
  return itemsAt(list).map((item) => expanded(item.kind === "scalar" ? item.text : ""));
}

/** A text with what the kubelet makes of each "$$"; it puts in the variables that are written $(NAME) (third_party/forked/golang/expansion). */
function expanded(text: string): Word {
  return { text: text.replaceAll("$$", "$"), literal: !text.replaceAll("$$", "").includes("$(") };
}

/** A word in which the kubelet puts no variable in. */
function literally(word: string): string {
  return word.replace(/\$(?=[$(])/g, "$$$$");
}

function startOf(container: Value): Start {
  const command = at(container, "command");
  const args = at(container, "args");
  const argWords = args?.kind === "list" && args.items.length > 0 ? wordsOf(args) : undefined;
  if (command?.kind === "list" && command.items.length > 0) {
    const words = [...wordsOf(command), ...(argWords ?? [])];
    return { kind: "argv", words, edit: { kind: "list", list: command } };
  }
  const words: Edit | undefined = args?.kind === "list" ? { kind: "list", list: args } : undefined;
  return {
    kind: "image",
    words: argWords,
    edit:
      container.kind === "map" && memberOf(container, "command") === undefined
        ? { kind: "member", key: "command", map: container, literally, words }
        : { kind: "none", why: "its 'command' is empty", hint: "leave it out, or write the command" },
  };
}

const PROBES = [
  ["livenessProbe", "its liveness probe"],
  ["readinessProbe", "its readiness probe"],
  ["startupProbe", "its startup probe"],
] as const;
const HOOKS = [
  ["postStart", "its postStart hook"],
  ["preStop", "its preStop hook"],
] as const;

function besides(container: Value): readonly Beside[] {
  const commands = [
    ...PROBES.map(([key, what]) => [what, at(container, key, "exec", "command")] as const),
    ...HOOKS.map(([key, what]) => [what, at(container, "lifecycle", key, "exec", "command")] as const),
  ];
  return commands.flatMap(([what, list]) =>
    list?.kind === "list"
      ? besideOf(what, { kind: "argv", words: wordsOf(list), edit: { kind: "list", list } }, list)
      : [],
  );
}
