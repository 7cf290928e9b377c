/**
 * `manifest`: what a profile directory holds and means, to be compared between machines.
 */

import { compileForKernel } from "../bpf/compile.ts";
import { decodeBytes, printable } from "../bytes.ts";
import { InvalidInput, Refusal } from "../diagnostic.ts";
import type { ByteString, Host } from "../host.ts";
import { verdictsOn } from "../lint/input.ts";
import { ExactReading } from "../load/exact-reading.ts";
import { programToHex } from "../load/prepared.ts";
import { counted } from "../plural.ts";
import type { Policy } from "../policy/policy.ts";
import { formatVerdict } from "../policy/verdict.ts";
import { formatKernelVersion } from "../profile/kernel-version.ts";
import { type Architecture, architectureByName } from "../tables/architectures.ts";
import { syscallNames, syscallSince } from "../tables/syscalls.ts";
import { VERSION } from "../version.ts";
import { jsonReport } from "./json.ts";
import type { VerbHost } from "./output.ts";
import { renderMessage } from "./render.ts";
import { labelOf, readText } from "./stream.ts";
import { isValid, type SurveyedProfile, surveyDirectory, surveyedPolicy } from "./survey.ts";
import { DIR_OPTION, directoryGiven, JSON_OPTION } from "./target-options.ts";
import { type Answer, defineVerb, EXIT_NO, EXIT_YES, UsageError, type VerbArguments } from "./verb.ts";

const OPTIONS = [
  DIR_OPTION,
  {
    name: "--check",
    value: "FILE",
    input: true,
    help: "say which profiles of the directory differ from this manifest",
  },
  { ...JSON_OPTION, help: "with --check: print JSON; a manifest is JSON anyway" },
] as const;

export const manifest = defineVerb({
  name: "manifest",
  operands: ["[DIR]"],
  summary: "describe the profiles of a directory by digests, or compare it with such a description",
  details: `Prints JSON: of each profile the name, the SHA-256 of the file, the SHA-256 of the compiled filter on each architecture of the
launcher, and how many calls get which verdict; and whether a launch by this user uses a prepared filter. Filters are resolved for
a caller without capabilities and the newest kernel that this program knows, whatever this machine is, so that equal directories have equal manifests.

With --check it compares the directory with a manifest that was made elsewhere, and reports each profile that differs, is missing or is
there in addition. It is the way to make sure that all agents of a cluster hold the same profiles. Prepared filters are reported, but are
no difference: they only save time.`,
  options: OPTIONS,
  exits: {
    yes: "all profiles are valid; with --check: and nothing differs",
    no: "a profile is not valid; with --check: or something differs",
  },
  example: "seccomp-exec manifest ./profiles",
  run,
});

/** The version of the format: docs/operations.md. */
const FORMAT = 1;

/** The architectures that the launcher is built for. */
const ARCHITECTURES: readonly string[] = ["x86_64", "aarch64"];

/** The one whose verdicts are counted. */
const COUNTED = "x86_64";

interface Entry {
  readonly name: string;
  /** Absent if the file cannot be read. */
  readonly sha256?: string | undefined;
  /** By architecture; none if the profile is not valid. */
  readonly filters: Readonly<Record<string, string>>;
  /** How many calls of x86_64 get a verdict. */
  readonly verdicts: Readonly<Record<string, number>>;
  /** Why it is not valid; absent if it is. */
  readonly error?: string;
  /** `used`, or why a launch by the user who made the manifest does not use a prepared filter. */
  readonly prepared: string;
}

interface Manifest {
  readonly manifest: typeof FORMAT;
  /** The version of seccomp-exec. */
  readonly version: string;
  /** The kernel for which filters are resolved: the first one that has every call of the tables. */
  readonly kernel: string;
  readonly profiles: readonly Entry[];
}

function run(
  host: VerbHost,
  { options, operands: [operand] }: VerbArguments<typeof OPTIONS, readonly ["[DIR]"]>,
): Answer {
  const directory = directoryGiven(operand, options["--profile-dir"]);
  if (directory === undefined) {
    throw new UsageError("manifest needs a directory", "seccomp-exec manifest DIR");
  }
  const profiles = surveyDirectory(host, directory);
  const kernel = newestKernel();
  const here: Manifest = {
    manifest: FORMAT,
    version: VERSION,
    kernel: formatKernelVersion(kernel),
    profiles: profiles.map((profile) => entryOf(host, profile, kernel)),
  };
  const label = printable(decodeBytes(directory));
  const file = options["--check"];
  if (file === undefined) {
    host.writeLines(`${JSON.stringify(here, null, 2)}\n`);
    for (const { name, error } of here.profiles) {
      if (error !== undefined) {
        host.write(2, renderMessage("error", `${label}/${name}: ${error}`));
      }
    }
    return profiles.every(isValid) ? EXIT_YES : EXIT_NO;
  }
  const there = readManifest(host, file);
  const found = differences(here, there);
  const invalid = here.profiles.flatMap(({ name, error }) =>
    error === undefined ? [] : [`${name}: it is not valid: ${error}`],
  );
  if (options["--json"]) {
    const differences = found.map(({ name, why }) => ({ profile: printable(name), why }));
    const notValid = here.profiles.flatMap(({ name, error }) =>
      error === undefined ? [] : [{ profile: printable(name), why: error }],
    );
    host.writeLines(
      jsonReport({
        directory: label,
        manifest: printable(labelOf(file)),
        profiles: here.profiles.length,
        notValid,
        differences,
      }),
    );
    return found.length === 0 && invalid.length === 0 ? EXIT_YES : EXIT_NO;
  }
  const lines = [...invalid, ...found.map(({ name, why }) => `${name}: ${why}`)].map(
    (line) => `${label}/${printable(line)}\n`,
  );
  const bad = invalid.length === 0 ? "" : `${invalid.length} of them not valid, `;
  const sum =
    found.length === 0
      ? `as in ${labelOf(file)}`
      : `${counted(found.length, "difference")} from ${labelOf(file)}`;
  const last = `${label}: ${counted(here.profiles.length, "profile")}, ${bad}${printable(sum)}`;
  host.write(1, `${lines.join("")}${last}\n`);
  return found.length === 0 && invalid.length === 0 ? EXIT_YES : EXIT_NO;
}

/** The first kernel that has every call of the tables. */
function newestKernel(): number {
  return syscallNames().reduce((newest, _, id) => Math.max(newest, syscallSince(id)), 0);
}

function entryOf(host: Host, profile: SurveyedProfile, kernel: number): Entry {
  const { name, sha256, unprepared } = profile;
  const error = errorOf(profile);
  const policies = ARCHITECTURES.flatMap((word) => {
    const arch = architectureByName(word) as Architecture;
    const policy = surveyedPolicy(profile, { arch, kernel, caps: 0n });
    return policy === undefined ? [] : [{ arch, policy }];
  });
  const filters = policies.map(({ arch, policy }) => {
    const hex = programToHex(compileForKernel(policy, name));
    return [arch.name, host.sha256(hex)] as const;
  });
  const main = policies.find(({ arch }) => arch.name === COUNTED);
  return {
    name: printable(name),
    sha256,
    filters: Object.fromEntries(filters),
    verdicts: main === undefined ? {} : verdictCounts(main.policy, main.arch),
    ...(error === undefined ? {} : { error }),
    prepared: unprepared ?? USED,
  };
}

const USED = "used";

/** Why a profile is not valid. */
function errorOf({ diagnostics }: SurveyedProfile): string | undefined {
  const error = diagnostics.find(({ severity }) => severity === "error");
  return error === undefined ? undefined : printable(error.message);
}

/** How many calls of an architecture get each verdict; calls whose arguments decide are counted apart. */
function verdictCounts(policy: Policy, arch: Architecture): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const name of syscallNames()) {
    const [verdict, ...others] = verdictsOn(policy, arch, name);
    if (verdict !== undefined) {
      const key = others.length === 0 ? formatVerdict(verdict, arch) : "by arguments";
      counts[key] = (counts[key] ?? 0) + 1;
    }
  }
  return counts;
}

/** @throws Refusal */
function readManifest(host: Host, file: ByteString): Manifest {
  const label = labelOf(file);
  const value = parsed(new ExactReading(host.jsonPlaces, undefined), readText(host, file), label);
  const { manifest: format, profiles } = (value ?? {}) as Partial<Manifest>;
  if (typeof format === "number" && format !== FORMAT) {
    throw new Refusal(
      `${label} is a manifest of format ${format}, and this version of seccomp-exec reads format ${FORMAT}`,
      MAKE_IT,
    );
  }
  if (format !== FORMAT) {
    throw new Refusal(`${label} is not a manifest`, MAKE_IT);
  }
  if (!Array.isArray(profiles)) {
    throw new Refusal(`${label} is not a whole manifest: 'profiles' must be a list`, MAKE_IT);
  }
  const broken = profiles.findIndex((entry) => !isEntry(entry));
  if (broken >= 0) {
    throw new Refusal(
      `${label} is not a whole manifest: 'profiles' has at ${broken} what does not describe a profile`,
      MAKE_IT,
    );
  }
  return value as Manifest;
}

const MAKE_IT = "make it with seccomp-exec manifest DIR";

/** Whether a value of the manifest has what is compared. */
function isEntry(value: unknown): value is Entry {
  const { name, sha256, filters } = (value ?? {}) as Partial<Record<keyof Entry, unknown>>;
  return (
    typeof name === "string" &&
    (sha256 === undefined || typeof sha256 === "string") &&
    typeof filters === "object" &&
    filters !== null
  );
}

function parsed(reading: ExactReading, text: string, label: string): unknown {
  try {
    return reading.parseJson(text, label);
  } catch (error) {
    throw error instanceof InvalidInput
      ? new Refusal(
          `${label} is not a manifest: ${error.diagnostics[0]?.message ?? "it is not JSON"}`,
          MAKE_IT,
        )
      : error;
  }
}

/** What differs about a profile. */
interface Difference {
  readonly name: string;
  readonly why: string;
}

function differences(here: Manifest, there: Manifest): readonly Difference[] {
  const wanted = new Map(there.profiles.map((entry) => [entry.name, entry]));
  const found = new Map(here.profiles.map((entry) => [entry.name, entry]));
  const names = [...new Set([...wanted.keys(), ...found.keys()])].sort();
  return names.flatMap((name) => {
    const [mine, theirs] = [found.get(name), wanted.get(name)];
    if (mine === undefined) {
      return [{ name, why: "it is missing" }];
    }
    if (theirs === undefined) {
      return [{ name, why: "the manifest does not have it" }];
    }
    const why = difference(mine, theirs, there.version);
    return why === undefined ? [] : [{ name, why }];
  });
}

function difference(mine: Entry, theirs: Entry, version: string): string | undefined {
  if (mine.sha256 !== theirs.sha256) {
    return mine.sha256 === undefined
      ? "it cannot be read"
      : theirs.sha256 === undefined
        ? "it could not be read where the manifest was made"
        : `the text differs: its SHA-256 is ${mine.sha256}, and not ${theirs.sha256}`;
  }
  const arch = ARCHITECTURES.find((one) => mine.filters[one] !== theirs.filters?.[one]);
  return arch === undefined
    ? undefined
    : `the text is the same, but its filter for ${arch} differs: seccomp-exec ${version} made the manifest, and this is ${VERSION}`;
}
