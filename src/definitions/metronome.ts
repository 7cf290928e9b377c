/**
 * Metronome: jobs. It has no setting for seccomp (api/v1/schema of Metronome 0.6).
 */

import type { Definition, Finding, OwnFilter, Start, Task } from "./model.ts";
import {
  argvStart,
  containerizer,
  imageStart,
  isolatorFilter,
  lineStart,
  mount,
  profilesOf,
  variablesOf,
  withVariables,
} from "./parts.ts";
import { at, itemsAt, membersAt, type Place, textAt, type Value } from "./value.ts";

export function isMetronome(root: Value): boolean {
  return root.kind === "list"
    ? root.items.length > 0 && root.items.every(isMetronome)
    : at(root, "id") !== undefined && at(root, "run")?.kind === "map";
}

export function readMetronome(root: Value): Definition {
  const jobs = (root.kind === "list" ? root.items : [root]).map(readJob);
  return {
    kind: jobs.length === 1 ? "Metronome job" : "Metronome jobs",
    tasks: jobs.map(({ task }) => task),
    findings: jobs.flatMap(({ findings }) => findings),
  };
}

/** No isolator's words are needed: there is no setting. */
const NO_WORDS = { who: "Metronome", both: "", neither: "" };

function readJob(job: Value): { readonly task: Task; readonly findings: readonly Finding[] } {
  const run = at(job, "run");
  const docker = at(run, "docker");
  const isImage = docker !== undefined || at(run, "ucr") !== undefined;
  const strict = [...stray(at(run, "ucr")), ...stray(at(run, "ucr", "image"))];
  const others = [...stray(job), ...stray(run), ...stray(docker)];
  const own: OwnFilter =
    strict.length > 0
      ? { kind: "refused", source: "Metronome refuses the job" }
      : docker === undefined
        ? isolatorFilter(undefined, "", NO_WORDS).own
        : at(run, "ucr") !== undefined
          ? { kind: "open", name: "Docker", profile: "Docker's default", source: "it has 'docker' and 'ucr'" }
          : containerizer(docker).own;
  const { variables, more } = containerizer(docker);
  const isBoth = at(run, "cmd") !== undefined && itemsAt(run, "args").length > 0;
  const volumes = itemsAt(run, "volumes").map((volume) =>
    mount(textAt(volume, "hostPath"), textAt(volume, "containerPath")),
  );
  const task: Task = {
    name: textAt(job, "id") ?? "job",
    place: job,
    start: startOf(run, isImage),
    environment: withVariables(new Map(variablesOf(at(run, "env"))), variables),
    startDoubt: isBoth ? "but it has 'cmd' and 'args', of which one counts" : undefined,
    ...more,
    own,
    profilesOf: profilesOf(isImage, volumes),
    beside: [],
  };
  const hint =
    "put the launcher in front of the command, or set SECCOMP_EXEC_PROFILE for an image that starts with it";
  const refused = strict.map(
    ({ key, place }): Finding => ({
      code: "task-refused",
      severity: "error",
      message: `Metronome refuses the job: it knows no '${key}' here`,
      hint,
      place,
    }),
  );
  const ignored = others.map(
    ({ key, place }): Finding => ({
      code: "task-setting-ignored",
      severity: "error",
      message: `Metronome has no setting for seccomp: '${key}' has no effect`,
      hint,
      place,
    }),
  );
  return { task, findings: [...refused, ...ignored] };
}

/** The keys by which other schedulers ask for seccomp. */
function stray(value: Value | undefined): readonly { readonly key: string; readonly place: Place }[] {
  return membersAt(value)
    .filter(({ key }) => ["linuxInfo", "linux_info", "seccomp"].includes(key))
    .map(({ key, value: place }) => ({ key, place }));
}

function startOf(run: Value | undefined, isImage: boolean): Start {
  const line = lineStart(at(run, "cmd"));
  if (line !== undefined) {
    return line;
  }
  const args = at(run, "args");
  return args?.kind === "list" && args.items.length > 0 && !isImage ? argvStart(args) : imageStart(args);
}
