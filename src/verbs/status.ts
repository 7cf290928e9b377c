/**
 * `status`: whether processes are confined, and by which profiles.
 */

import { decodeBytes, printable } from "../bytes.ts";
import { Refusal } from "../diagnostic.ts";
import type { ByteString, Host } from "../host.ts";
import { kernelVersion } from "../load/target.ts";
import { counted } from "../plural.ts";
import { jsonReport } from "./json.ts";
import { type KnownFilter, KnownFilters } from "./known-filters.ts";
import { whatTasksName } from "./list.ts";
import type { VerbHost } from "./output.ts";
import { USUAL_CALLERS } from "./prepare-filters.ts";
import { type Mode, type Process, readProcess, readThread, type Thread } from "./processes.ts";
import { renderMessage } from "./render.ts";
import { type SurveyedProfile, surveyBuiltins, surveyDirectory } from "./survey.ts";
import { archOf, JSON_OPTION } from "./target-options.ts";
import { type Answer, defineVerb, EXIT_NO, EXIT_YES, UsageError, type VerbArguments } from "./verb.ts";

const OPTIONS = [
  { name: "--identify", help: "find out by which profiles: stops each process for a moment, and takes root" },
  {
    name: "--profile-dir",
    value: "DIR",
    help: "with --identify: the profiles to compare with, beside those that tasks can name",
  },
  JSON_OPTION,
] as const;

export const status = defineVerb({
  name: "status",
  operands: ["PID..."],
  summary: "show whether processes are confined, and with --identify by which profiles",
  details: `Prints for each process its mode of seccomp, the number of its filters, and whether it has no_new_privs, as
/proc/PID/task/*/status have them. Each thread has filters of its own: where they differ, it says how many threads have which.

With --identify it reads the filters from the kernel and compares them, instruction by instruction, with those that launches install
for the profiles that tasks on this machine can name (seccomp-exec list) and for those that are compiled in. A name is printed only if
the filters are equal, so it is a proof of what the process runs under; the filter of a container engine, of another version of
seccomp-exec, or of a profile that has changed since is "unknown". This takes CAP_SYS_ADMIN and a kernel with
CONFIG_CHECKPOINT_RESTORE, and stops each thread of the process, one after another, for some microseconds by ptrace(2): a call
such as epoll_wait(2) may then return early with EINTR.`,
  options: OPTIONS,
  exits: { yes: "all processes are shown", no: "a process is not there, or its filters cannot be read" },
  example: "seccomp-exec status $$",
  run,
});

/** By which profiles the filters of a thread were made, the oldest first. */
type Profiles = readonly (KnownFilter | undefined)[];

/** Threads with the same filters, as far as is known. */
interface Alike {
  readonly count: number;
  readonly mode: Mode;
  readonly filters: number | undefined;
  readonly noNewPrivs: boolean;
  readonly profiles: Profiles | undefined;
}

/** A process as it is shown; it has one group of threads at least. */
interface Shown {
  readonly pid: number;
  readonly command: string;
  readonly groups: readonly Alike[];
}

function run(
  host: VerbHost,
  { options, operands }: VerbArguments<typeof OPTIONS, readonly ["PID..."]>,
): Answer {
  const pids = operands.map(pidOf);
  const identification = options["--identify"]
    ? new Identification(host, options["--profile-dir"])
    : undefined;
  const shown: Shown[] = [];
  const errors: object[] = [];
  for (const pid of pids) {
    try {
      shown.push(look(host, pid, identification));
    } catch (error) {
      if (!(error instanceof Refusal)) {
        throw error;
      }
      host.write(2, renderMessage("error", error.message, error.hint));
      errors.push({ pid, message: error.message, hint: error.hint });
    }
  }
  if (options["--json"]) {
    host.writeLines(jsonReport({ processes: shown.map(toJson), errors }));
  } else {
    host.write(1, shown.map((process) => `${inWords(process)}\n`).join(""));
  }
  return errors.length > 0 ? EXIT_NO : EXIT_YES;
}

function pidOf(word: ByteString): number {
  const pid = /^[0-9]{1,9}$/.test(word) ? Number(word) : 0;
  if (pid < 1) {
    throw new UsageError(`'${decodeBytes(word)}' is not the number of a process`);
  }
  return pid;
}

/** @throws Refusal */
function look(host: Host, pid: number, identification: Identification | undefined): Shown {
  const process = readProcess(host, pid);
  const groups = new Map<string, Alike>();
  for (const thread of process.threads) {
    const profiles = identification?.of(process, thread);
    if (profiles === "ended") {
      continue;
    }
    const { mode, filters, noNewPrivs } = thread;
    const key = JSON.stringify([mode, filters, noNewPrivs, profiles]);
    const count = (groups.get(key)?.count ?? 0) + 1;
    groups.set(key, { count, mode, filters, noNewPrivs, profiles });
  }
  if (groups.size === 0) {
    throw new Refusal(`process ${pid} has ended`);
  }
  return { pid, command: process.command, groups: [...groups.values()] };
}

/** ptrace(2) and seccomp_get_filter() of kernel/seccomp.c at v6.12 */
const EPERM = 1;
const EIO = 5;
const EACCES = 13;

/** Finds the profiles of processes' filters, the oldest first. */
class Identification {
  private profiles: readonly SurveyedProfile[] | undefined;
  /** By the capabilities that launches may have resolved profiles for: most processes have the same ones. */
  private readonly known = new Map<string, KnownFilters>();

  /** @param directory of further profiles */
  constructor(
    private readonly host: Host,
    private readonly directory: ByteString | undefined,
  ) {}

  /**
   * `ended`: the thread has ended since it was seen.
   *
   * @throws Refusal
   */
  of({ pid }: Process, { tid, mode, capabilities }: Thread): Profiles | "ended" {
    if (mode !== "filter") {
      return [];
    }
    const filters = this.host.readFilters(tid);
    if (typeof filters === "number") {
      if (readThread(this.host, pid, tid) === undefined) {
        return "ended";
      }
      const whose = tid === pid ? `${pid}` : `thread ${tid} of ${pid}`;
      throw new Refusal(
        `the filters of ${whose} cannot be read: ${this.host.errorMessage(filters)}`,
        hintFor(filters),
      );
    }
    const known = this.knownFor(capabilities);
    return filters.map((hex) => known.recognise(hex));
  }

  private knownFor(capabilities: readonly bigint[]): KnownFilters {
    const key = capabilities.join();
    const known = this.known.get(key) ?? this.make([...capabilities, ...USUAL_CALLERS]);
    this.known.set(key, known);
    return known;
  }

  private make(callers: readonly bigint[]): KnownFilters {
    const { host, directory } = this;
    this.profiles ??= [
      ...whatTasksName(host, false).profiles,
      ...(directory === undefined ? [] : surveyDirectory(host, directory)),
      ...surveyBuiltins(host),
    ];
    const machine = { arch: archOf(host, {}), kernel: kernelVersion(host, {}) };
    return new KnownFilters(this.profiles, machine, callers);
  }
}

function hintFor(errno: number): string | undefined {
  switch (errno) {
    case EPERM:
    case EACCES:
      return "it takes root with CAP_SYS_ADMIN, without a filter of its own, and no other tracer of the process";
    case EIO:
      return "the kernel is built without CONFIG_CHECKPOINT_RESTORE";
    default:
      return undefined;
  }
}

function inWords({ pid, command, groups }: Shown): string {
  const threads = groups.reduce((sum, { count }) => sum + count, 0);
  const said =
    groups.length === 1
      ? groups.map(confinement).join()
      : `${threads} threads: ${groups.map((group) => `${group.count} ${confinement(group)}`).join("; ")}`;
  return `${pid} ${command}: ${said}`;
}

function confinement({ mode, filters, noNewPrivs, profiles }: Alike): string {
  const by =
    mode === "filter"
      ? profiles === undefined
        ? filters === undefined
          ? "under filters"
          : `under ${counted(filters, "filter")}`
        : `under ${profiles.map(profileText).join(" and ")}`
      : mode === "strict"
        ? "under seccomp's strict mode"
        : "not confined";
  return `${by}${noNewPrivs ? ", no_new_privs" : ""}`;
}

function profileText(profile: KnownFilter | undefined): string {
  if (profile === undefined) {
    return "an unknown filter";
  }
  const { name, sha256, options, denies } = profile;
  const how = options.length === 0 ? "" : ` with ${options.join(" ")}`;
  return `${printable(name)} (sha256:${sha256})${how}${denying(denies)}`;
}

function denying(denies: KnownFilter["denies"]): string {
  return denies === null
    ? ", which denies nothing if --complain was given too"
    : denies
      ? ""
      : ", which denies nothing";
}

/** What holds for every thread; and, where they differ, for which number of them what else. */
function toJson({ pid, command, groups }: Shown) {
  const [first] = groups;
  const counts = groups.map(({ filters }) => filters);
  return {
    pid,
    command,
    mode: MODES_FROM_WEAKEST.find((mode) => groups.some((one) => one.mode === mode)),
    filters: counts.includes(undefined) ? undefined : Math.min(...counts.map(Number)),
    noNewPrivs: groups.every(({ noNewPrivs }) => noNewPrivs),
    profiles: first?.profiles
      ?.filter((_, i, all) => groups.every(({ profiles }) => startsAlike(profiles ?? [], all, i)))
      .map(profileToJson),
    threads:
      groups.length === 1
        ? undefined
        : groups.map((group) => ({ ...group, profiles: group.profiles?.map(profileToJson) })),
  };
}

const MODES_FROM_WEAKEST: readonly Mode[] = ["none", "filter", "strict"];

/** Whether two threads have the same known filters up to this one: a filter is inherited, and never removed. */
function startsAlike(some: Profiles, others: Profiles, last: number): boolean {
  const upTo = (all: Profiles): string => JSON.stringify(all.slice(0, last + 1));
  return some.length > last && upTo(some) === upTo(others);
}

function profileToJson(profile: KnownFilter | undefined) {
  return profile === undefined ? null : { ...profile, name: printable(profile.name) };
}
