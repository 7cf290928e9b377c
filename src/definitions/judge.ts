/**
 * Judges a task: under which filters it will really run, and why; and what is wrong with that.
 */

import { FAMILIES } from "../task/variables.ts";
import { findLauncher } from "./launcher.ts";
import type { Finding, OwnFilter, ProfilePlace, Task, Word } from "./model.ts";
import type { Place } from "./value.ts";

/** What the rim knows: the launcher itself, and files. */
export interface Oracle {
  /**
   * What the launcher does with these arguments in that environment.
   *
   * @param args the argument vector, the launcher first
   */
  launch(
    args: readonly string[],
    env: ReadonlyMap<string, string | undefined>,
    profilesOf: Task["profilesOf"],
  ): LauncherAnswer;
  /** Whether an engine finds a profile. */
  find(name: string, where: ProfilePlace): Existence;
  /** The words of the image's entrypoint, if the caller named them. */
  readonly entrypoint: readonly string[] | undefined;
  /** Whether the kubelet runs with seccompDefault. */
  readonly seccompDefault: boolean;
  /** The words that are a verb of the launcher where its options would be. */
  readonly verbs: readonly string[];
}

/** Whether a profile exists and is valid; if not, why. `unknown`: it would have to be looked up on another machine. */
export type Existence =
  | { readonly kind: "there"; readonly label: string }
  | { readonly kind: "unknown"; readonly why: string }
  | { readonly kind: "missing"; readonly message: string; readonly hint?: string | undefined };

export type LauncherAnswer =
  | {
      readonly kind: "profile";
      readonly name: string;
      readonly source: string;
      readonly existence: Existence;
    }
  | { readonly kind: "unconfined"; readonly source: string }
  | { readonly kind: "refused"; readonly message: string; readonly hint?: string | undefined };

/** A filter that a task runs under. */
export interface Filter {
  /** Who installs it: "launcher", "Docker", "Kubernetes", "Mesos". */
  readonly by: string;
  readonly profile: string;
  readonly source: string;
  /** Of a profile that is looked up. */
  readonly existence?: Existence;
  /** Undefined: it is there for certain. */
  readonly only?: string;
}

/** What a task gets. */
export interface Verdict {
  /** `depends`: on what the definition does not say. `refused`: the task does not start. */
  readonly confined: "yes" | "no" | "depends" | "refused";
  /** In the order in which they are installed; all of them apply. */
  readonly filters: readonly Filter[];
  readonly why: string;
  readonly findings: readonly Finding[];
  /** Whether the launcher is in its command. */
  readonly launcher: boolean;
  /** Whether only variables say so: the launcher is taken for the entrypoint of the image. */
  readonly assumed: boolean;
}

export function judge(task: Task, oracle: Oracle): Verdict {
  const own = ownFilter(task.own, oracle);
  const started = byLauncher(task, oracle);
  const filters = [...own.filters, ...started.filters];
  const findings = [...own.findings, ...started.findings, ...besideFindings(task, oracle, started, own)];
  const refused = own.refused ?? started.refused;
  const why = [refused ?? started.why, refused === undefined ? own.why : ""]
    .filter((part) => part !== "")
    .join("; ");
  const confined =
    refused !== undefined
      ? "refused"
      : filters.some(({ only }) => only === undefined)
        ? "yes"
        : filters.length > 0 || started.open
          ? "depends"
          : "no";
  return {
    confined,
    filters: refused === undefined ? filters : [],
    why,
    findings,
    launcher: started.present,
    assumed: started.assumed === true,
  };
}

interface Part {
  readonly filters: readonly Filter[];
  readonly findings: readonly Finding[];
  readonly why: string;
  /** Why the task does not start. */
  readonly refused?: string;
}

function ownFilter(own: OwnFilter, oracle: Oracle): Part {
  switch (own.kind) {
    case "none":
      return { filters: [], findings: [], why: own.source };
    case "kubelet":
      return ownFilter(oracle.seccompDefault ? KUBELET_DEFAULT : KUBELET_NOTHING, oracle);
    case "refused":
      return { filters: [], findings: [], why: "", refused: own.source };
    case "default":
      return {
        filters: [{ by: own.name, profile: `${own.name}'s default`, source: own.source }],
        findings: [],
        why: own.source,
      };
    case "open":
      return {
        filters: [{ by: own.name, profile: own.profile, source: own.source, only: own.source }],
        findings: [],
        why: own.source,
      };
    case "profile": {
      const existence = oracle.find(own.name, own.where);
      const missing = existence.kind === "missing" ? existence : undefined;
      const filter = { by: own.by, profile: own.name, source: own.source, existence };
      const condition = own.unless === undefined ? "" : `, ${own.unless}`;
      return {
        filters: [own.unless === undefined ? filter : { ...filter, only: own.unless }],
        findings: missing === undefined ? [] : [missingProfile(missing.message, missing.hint, own.place)],
        why: `${own.source}${placeWords(existence)}${condition}`,
        ...(missing === undefined ? {} : { refused: missing.message }),
      };
    }
  }
}

const KUBELET_DEFAULT: OwnFilter = {
  kind: "default",
  name: "the runtime",
  source: "no seccompProfile: the kubelet's seccompDefault counts",
};
const KUBELET_NOTHING: OwnFilter = {
  kind: "none",
  source: "no seccompProfile: Kubernetes puts no filter on it, unless the kubelet has seccompDefault",
};

/** Where a profile is, or why nobody looked, in brackets. */
function placeWords(existence: Existence): string {
  switch (existence.kind) {
    case "there":
      return ` (${existence.label})`;
    case "unknown":
      return ` (not looked up: ${existence.why})`;
    case "missing":
      return "";
  }
}

function missingProfile(message: string, hint: string | undefined, place: Place): Finding {
  return {
    code: "task-profile-missing",
    severity: "error",
    message: `the task will not start: ${message}`,
    ...(hint === undefined ? {} : { hint }),
    place,
  };
}

interface LauncherPart extends Part {
  /** Whether the launcher is in the command. */
  readonly present: boolean;
  /** Whether something unknown decides. */
  readonly open: boolean;
  /** Whether it is only assumed that it is there. */
  readonly assumed?: true;
}

const NO_LAUNCHER: LauncherPart = { filters: [], findings: [], why: "", present: false, open: false };

function byLauncher(task: Task, oracle: Oracle): LauncherPart {
  const { start } = task;
  const found = findLauncher(start, oracle.entrypoint);
  if (found.kind === "present") {
    const answers = found.launches.map(({ words, assignments }) =>
      answered(task, oracle, words, new Map([...task.environment, ...assignments])),
    );
    const weakest = weakestOf(answers);
    if (weakest === undefined) {
      return NO_LAUNCHER;
    }
    const part = asPart(task, weakest, found.doubt ?? task.startDoubt);
    return found.also === undefined
      ? part
      : { ...part, findings: [...part.findings, besideLine(found.also, task)] };
  }
  // What only the launcher reads says that the image starts with it.
  if (start.kind === "image" && oracle.entrypoint === undefined && asksLauncher(task.environment)) {
    const words = ["seccomp-exec", "--", "command"].map((text) => ({ text, literal: true }));
    const answer = answered(task, oracle, words, task.environment);
    return { ...asPart(task, answer, "if the image's entrypoint is the launcher"), assumed: true };
  }
  return NO_LAUNCHER;
}

/** Answers by which a task may be confined, the weakest first; those that are not here confine nothing. */
const MAY_CONFINE: readonly string[] = ["unknown", "refused", "profile"];

/** Of several starts of the launcher, the one that confines least counts. */
function weakestOf(answers: readonly Answer[]): Answer | undefined {
  const rank = ({ kind }: Answer): number => MAY_CONFINE.indexOf(kind);
  return [...answers].sort((one, other) => rank(one) - rank(other))[0];
}

/** Whether a variable that only the launcher reads is set. */
function asksLauncher(environment: Task["environment"]): boolean {
  return [...environment.keys()].some((name) =>
    FAMILIES.some(({ prefix }) => !prefix.startsWith("MESOS_") && name.startsWith(prefix)),
  );
}

type Answer =
  | LauncherAnswer
  | { readonly kind: "unknown"; readonly why: string }
  | { readonly kind: "complains" }
  /** The launcher runs a verb, and no command. */
  | { readonly kind: "verb"; readonly name: string };

function answered(task: Task, oracle: Oracle, words: readonly Word[], env: Task["environment"]): Answer {
  const [, verb] = words;
  if (verb?.literal === true && oracle.verbs.includes(verb.text)) {
    return { kind: "verb", name: verb.text };
  }
  const end = words.findIndex(({ text }) => text === "--");
  const options = end < 0 ? words : words.slice(0, end);
  const open = options.find(({ literal }) => !literal);
  if (open !== undefined) {
    return { kind: "unknown", why: `the launcher's options hold '${open.text}', known only when it starts` };
  }
  const hidden = [...env].find(([name, value]) => value === undefined && isAsking(name));
  if (hidden !== undefined) {
    return { kind: "unknown", why: `${hidden[0]} is known only when the task starts` };
  }
  const answer = oracle.launch(
    words.map(({ text }) => text),
    env,
    task.profilesOf,
  );
  return answer.kind === "profile" &&
    answer.existence.kind !== "missing" &&
    options.some(({ text }) => text === "--complain")
    ? { kind: "complains" }
    : answer;
}

function isAsking(name: string): boolean {
  return FAMILIES.some(({ prefix }) => name.startsWith(prefix));
}

function asPart(task: Task, answer: Answer, doubt: string | undefined): LauncherPart {
  // Only the command line counts before every variable.
  const isOpen =
    task.moreVariables !== undefined && answer.kind === "profile" && !answer.source.startsWith("--");
  const only =
    doubt ??
    (isOpen ? `unless ${task.moreVariables} says otherwise by a variable of the launcher` : undefined);
  const base = { present: true, open: only !== undefined, findings: [] };
  const condition = only === undefined ? "" : `, ${only}`;
  const more =
    task.moreVariables === undefined || answer.kind !== "unconfined" || answer.source.startsWith("--")
      ? ""
      : `, unless ${task.moreVariables} names a profile`;
  switch (answer.kind) {
    case "unknown":
      return {
        ...base,
        filters: [{ by: "launcher", profile: "a profile", source: answer.why, only: answer.why }],
        why: `launcher: ${answer.why}${condition}`,
        open: true,
      };
    case "unconfined":
      return unfiltered(`${answer.source} asks for no filter${condition}${more}`);
    case "complains":
      return unfiltered(`--complain denies nothing, what the profile denies is only logged${condition}`);
    case "verb":
      return unfiltered(`runs its verb ${answer.name}, which confines nothing${condition}`);
    case "refused":
      return {
        ...base,
        filters: [],
        why: "",
        ...(only === undefined ? { refused: "the launcher refuses it" } : {}),
        findings: [
          {
            code: "task-launcher-refuses",
            severity: "error",
            message: `the launcher will refuse this task: ${answer.message}`,
            ...(answer.hint === undefined ? {} : { hint: answer.hint }),
            place: startPlace(task),
          },
        ],
      };
    case "profile": {
      const { name, source, existence } = answer;
      const filter = { by: "launcher", profile: name, source, existence };
      const missing = existence.kind === "missing" ? existence : undefined;
      return {
        ...base,
        filters: [only === undefined ? filter : { ...filter, only }],
        why: `launcher: ${source}${placeWords(existence)}${condition}`,
        findings:
          missing === undefined ? [] : [missingProfile(missing.message, missing.hint, startPlace(task))],
        ...(missing === undefined || only !== undefined ? {} : { refused: missing.message }),
      };
    }
  }
}

/** The launcher puts no filter on the task. */
function unfiltered(why: string): LauncherPart {
  return { present: true, open: false, filters: [], findings: [], why: `launcher: ${why}` };
}

/** Where the command of a task is. */
export function startPlace({ start: { edit }, place }: Pick<Task, "start" | "place">): Place {
  switch (edit.kind) {
    case "line":
    case "split":
      return edit.scalar;
    case "list":
      return edit.list;
    case "file":
      return edit.file;
    default:
      return place;
  }
}

function besideLine(also: string, task: Task): Finding {
  return {
    code: "task-beside-launcher",
    severity: "warning",
    message: `only a part of this line is started by the launcher: '${also}' runs without its filter`,
    hint: "write exec seccomp-exec -- /bin/sh -c 'LINE', or see task --wrap",
    place: startPlace(task),
  };
}

/** The health checks and hooks that run beside the launcher. */
function besideFindings(
  task: Task,
  oracle: Oracle,
  { present }: LauncherPart,
  own: Part,
): readonly Finding[] {
  if (!present) {
    return [];
  }
  const definite = own.filters.filter(({ only }) => only === undefined).map(({ profile }) => profile);
  const gets = definite.length > 0 ? `under ${definite.join(" and ")} alone` : "without a filter";
  return task.beside.flatMap(({ what, start, place }) => {
    const found = findLauncher(start, oracle.entrypoint);
    return found.kind === "present" && found.doubt === undefined
      ? []
      : [
          {
            code: "task-beside-launcher" as const,
            severity: "warning" as const,
            message: `${what} is started beside the launcher, and so runs ${gets}`,
            hint: "put the launcher in front of its command too, with the same profile",
            place,
          },
        ];
  });
}
