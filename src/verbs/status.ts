/**
 * `status`: whether processes are confined, and by which profiles.
 */

import { decodeBytes, printable } from "../bytes.ts";
import { Refusal } from "../diagnostic.ts";
import type { ByteString, Host } from "../host.ts";
import { kernelVersion } from "../load/target.ts";
import { counted } from "../plural.ts";
import { type KnownFilter, KnownFilters } from "./known-filters.ts";
import { whatTasksName } from "./list.ts";
import type { VerbHost } from "./output.ts";
import { USUAL_CALLERS } from "./prepare-filters.ts";
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
  details: `Prints for each process its mode of seccomp, the number of its filters, and whether it has no_new_privs, as /proc/PID/status has them.

With --identify it reads the filters from the kernel and compares them, instruction by instruction, with those that launches install
for the profiles that tasks on this machine can name (seccomp-exec list) and for those that are compiled in. A name is printed only if
the filters are equal, so it is a proof of what the process runs under; the filter of a container engine, of another version of
seccomp-exec, or of a profile that has changed since is "unknown". This takes CAP_SYS_ADMIN and a kernel with
CONFIG_CHECKPOINT_RESTORE, and stops the first thread of the process for some microseconds by ptrace(2): a call such as
epoll_wait(2) may then return early with EINTR.`,
  options: OPTIONS,
  exits: { yes: "all processes are shown", no: "a process is not there, or its filters cannot be read" },
  example: "seccomp-exec status $$",
  run,
});

/** What /proc/PID/status says. */
interface Process {
  readonly pid: number;
  readonly command: string;
  readonly mode: Mode;
  /** undefined: the kernel does not say, before 5.9. */
  readonly filters: number | undefined;
  readonly noNewPrivs: boolean;
  readonly capabilities: readonly bigint[];
}

type Mode = "none" | "strict" | "filter";

/** The values of `Seccomp:`, proc_pid_status(5). */
const MODES: readonly Mode[] = ["none", "strict", "filter"];

type Profiles = readonly (KnownFilter | undefined)[];

function run(
  host: VerbHost,
  { options, operands }: VerbArguments<typeof OPTIONS, readonly ["PID..."]>,
): Answer {
  const pids = operands.map(pidOf);
  const identification = options["--identify"]
    ? new Identification(host, options["--profile-dir"])
    : undefined;
  const shown: { readonly process: Process; readonly profiles: Profiles | undefined }[] = [];
  let failed = false;
  for (const pid of pids) {
    try {
      const process = readProcess(host, pid);
      const profiles = identification?.of(process);
      shown.push({ process, profiles });
    } catch (error) {
      if (!(error instanceof Refusal)) {
        throw error;
      }
      host.write(2, renderMessage("error", error.message, error.hint));
      failed = true;
    }
  }
  host.write(
    1,
    options["--json"]
      ? `${JSON.stringify(shown.map(toJson), null, 2)}\n`
      : shown.map(({ process, profiles }) => `${inWords(process, profiles)}\n`).join(""),
  );
  return failed ? EXIT_NO : EXIT_YES;
}

function pidOf(word: ByteString): number {
  const pid = /^[0-9]{1,9}$/.test(word) ? Number(word) : 0;
  if (pid < 1) {
    throw new UsageError(`'${decodeBytes(word)}' is not the number of a process`);
  }
  return pid;
}

const MAX_SIZE = 1 << 16;

/** @throws Refusal */
function readProcess(host: Host, pid: number): Process {
  const { errno, bytes } = host.readBytes(`/proc/${pid}/status`, MAX_SIZE);
  if (errno !== 0) {
    throw new Refusal(`there is no process ${pid} in /proc: ${host.errorMessage(errno)}`);
  }
  const fields = new Map(
    decodeBytes(bytes ?? "")
      .split("\n")
      .map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim()]),
  );
  const mode = MODES[Number(fields.get("Seccomp") ?? Number.NaN)];
  if (mode === undefined) {
    throw new Refusal(
      `/proc/${pid}/status does not show the mode of seccomp`,
      "the kernel may have no seccomp",
    );
  }
  const count = fields.get("Seccomp_filters");
  const capabilities = ["CapBnd", "CapPrm"].flatMap((name) => {
    const digits = fields.get(name) ?? "";
    return /^[0-9a-f]{1,16}$/.test(digits) ? [BigInt(`0x${digits}`)] : [];
  });
  return {
    pid,
    command: printable(fields.get("Name") ?? "?"),
    mode,
    filters: count === undefined ? undefined : Number(count),
    noNewPrivs: fields.get("NoNewPrivs") === "1",
    capabilities,
  };
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

  /** @throws Refusal */
  of({ pid, mode, capabilities }: Process): Profiles {
    if (mode !== "filter") {
      return [];
    }
    const filters = this.host.readFilters(pid);
    if (typeof filters === "number") {
      throw new Refusal(
        `the filters of ${pid} cannot be read: ${this.host.errorMessage(filters)}`,
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
      ...whatTasksName(host).profiles,
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

function inWords(
  { pid, command, mode, filters, noNewPrivs }: Process,
  profiles: Profiles | undefined,
): string {
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
  return `${pid} ${command}: ${by}${noNewPrivs ? ", no_new_privs" : ""}`;
}

function profileText(profile: KnownFilter | undefined): string {
  if (profile === undefined) {
    return "an unknown filter";
  }
  const { name, sha256, options, denies } = profile;
  const how = options.length === 0 ? "" : ` with ${options.join(" ")}`;
  return `${printable(name)} (sha256:${sha256})${how}${DENYING[denies]}`;
}

const DENYING: Readonly<Record<KnownFilter["denies"], string>> = {
  yes: "",
  no: ", which denies nothing",
  unknown: ", which denies nothing if --complain was given too",
};

function toJson({
  process,
  profiles,
}: {
  readonly process: Process;
  readonly profiles: Profiles | undefined;
}) {
  const { capabilities: _, ...rest } = process;
  return {
    ...rest,
    profiles: profiles?.map((profile) =>
      profile === undefined ? null : { ...profile, name: printable(profile.name) },
    ),
  };
}
