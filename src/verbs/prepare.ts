/**
 * `prepare`: compiles the filters of profiles beforehand, so that launches need not.
 */

import { decodeBytes, encodeBytes, printable } from "../bytes.ts";
import { type Diagnostic, Refusal } from "../diagnostic.ts";
import type { ByteString, Host } from "../host.ts";
import { findPrepared } from "../launch/find-prepared.ts";
import { contextOf, trustedBeside } from "../load/files.ts";
import { isProfileName, PART, type ProfileText } from "../load/load-profile.ts";
import { formatPrepared, preparedSuffix, type Saying } from "../load/prepared.ts";
import { attainable, processStatus } from "../load/target.ts";
import { counted } from "../plural.ts";
import type { Target } from "../policy/target.ts";
import { architectureByName } from "../tables/architectures.ts";
import { canBeDirectory, pathIn } from "./directory-operand.ts";
import { findingMember, jsonReport } from "./json.ts";
import { loadForVerb } from "./loaded-profile.ts";
import { OutputError, type VerbHost } from "./output.ts";
import { prepareFilters, USUAL_CALLERS } from "./prepare-filters.ts";
import { type Located, locate, renderFinding, renderRefusal, shortened, styleFor } from "./render.ts";
import { labelOf } from "./stream.ts";
import { hintOf } from "./suggest.ts";
import { CALLER_OPTIONS, JSON_OPTION, targetOf } from "./target-options.ts";
import { type Answer, defineVerb, EXIT_NO, EXIT_YES, UsageError, type VerbArguments } from "./verb.ts";

const OPTIONS = [
  ...CALLER_OPTIONS,
  {
    name: "--check",
    help: "write nothing: report the profiles whose prepared filters launches would not use",
  },
  JSON_OPTION,
] as const;

export const prepare = defineVerb({
  name: "prepare",
  operands: ["PROFILE..."],
  summary: "compile and prove profiles beforehand, so that launches are faster",
  details: `Writes a file with filters beside each profile: PROFILE.ARCH.filters. A launch takes the filter for its kernel and its
capabilities from there, and compiles the profile itself if there is none. Filters are made for commands without
capabilities, for root in a container and for root, for what a command started here can come to hold, and for --caps.

Each filter is proven to be equal to the profile before it is written. A launch uses the file only for exactly this text
and version of seccomp-exec, and only if whoever could write it could also change the profile: it and its directory belong to
the profile's owner or to root, and no other user can write to them. So run this again when the profile, the kernel or
seccomp-exec has changed. It prints the warnings about the profile. A launch with the prepared filter repeats only those about
keys that no format knows and about arguments that a rule compares twice: the filter may let through what was to be denied.

A directory stands for all *.json, *.yaml and *.yml files in it. Those that are prepared already are left as they are, and prepared
filters whose profile is gone are reported. Name it with a slash: ./profiles, or '.'. A profile that cannot be prepared does not stop
the others.`,
  // Only an executable for the other architecture could use filters for it.
  options: OPTIONS,
  exits: {
    yes: "all filters are written, or were there, and will be used; with --check: they are there",
    no: "otherwise",
  },
  example: "seccomp-exec prepare ./profile.json",
  run,
});

type Options = VerbArguments<typeof OPTIONS>["options"];

/** What became of a profile: its filters were written, they were there, or neither. */
type Outcome = "prepared" | "kept" | "failed";

/** One profile. */
interface Prepared {
  /** What it is called in messages. */
  readonly label: string;
  readonly outcome: Outcome;
  /** The file of its filters; undefined if it can have none. */
  readonly file?: ByteString | undefined;
  /** How many filters were written. */
  readonly filters?: number | undefined;
  /** Why it has none that launches would use. */
  readonly why?: Refusal | undefined;
  readonly findings: readonly Located[];
}

/** A directory whose profiles were prepared. */
interface PreparedDirectory {
  readonly path: ByteString;
  readonly profiles: readonly Prepared[];
  /** Prepared filters whose profile is gone. */
  readonly gone: readonly ByteString[];
}

interface Manner {
  /** Whether filters that launches would use are left as they are. */
  readonly keep: boolean;
  readonly write: boolean;
}

/** Says each result when it is known, as text, or all of them at the end, as JSON. */
interface Reporter {
  profile(result: Prepared): void;
  directory(result: PreparedDirectory): void;
  end(): void;
}

function run(host: VerbHost, { options, operands }: VerbArguments<typeof OPTIONS>): Answer {
  const check = options["--check"];
  const reporter = options["--json"] ? jsonReporter(host) : textReporter(host);
  const done: Prepared[] = [];
  const preparer = (reference: ByteString, how: Manner): Prepared => {
    const result = orWhyNot(reference, () => prepareOne(host, options, reference, how));
    reporter.profile(result);
    done.push(result);
    return result;
  };
  for (const operand of operands) {
    const names = canBeDirectory(operand) ? host.listDirectory(operand) : undefined;
    if (typeof names === "object") {
      const profiles = names
        .filter(isProfileName)
        .sort()
        .map((name) => preparer(pathIn(operand, name), { keep: true, write: !check }));
      reporter.directory({ path: operand, profiles, gone: withoutProfile(operand, names) });
    } else {
      preparer(operand, { keep: check, write: !check });
    }
  }
  reporter.end();
  return done.some(({ outcome }) => outcome === "failed") ? EXIT_NO : EXIT_YES;
}

/** A profile that cannot be prepared does not stop the others. */
function orWhyNot(reference: ByteString, prepare: () => Prepared): Prepared {
  try {
    return prepare();
  } catch (error) {
    if (!(error instanceof Refusal) || error instanceof UsageError || error instanceof OutputError) {
      throw error;
    }
    return { label: labelOf(reference), outcome: "failed", why: error, findings: [] };
  }
}

function withoutProfile(directory: ByteString, names: readonly ByteString[]): readonly ByteString[] {
  return [...names]
    .sort()
    .filter((name) => {
      const profile = profileOf(name);
      return profile !== undefined && !names.includes(profile);
    })
    .map((name) => pathIn(directory, name));
}

function textReporter(host: VerbHost): Reporter {
  return {
    profile: ({ label, outcome, file, filters, why, findings }) => {
      const style = styleFor(host, 2);
      host.write(2, findings.map((one) => renderFinding(one, style)).join(""));
      if (outcome === "kept") {
        host.write(1, `${shownPath(file ?? "")}: as it should be\n`);
      } else if (outcome === "prepared") {
        host.write(
          1,
          `${shownPath(file ?? "")}: ${counted(filters ?? 0, "filter")}, proven equal to the profile\n`,
        );
      } else if (why instanceof NotPrepared) {
        host.write(1, `${printable(label)}: not prepared: ${why.message}\n`);
      } else if (why !== undefined) {
        host.write(2, renderRefusal(why));
      }
    },
    directory: ({ path, profiles, gone }) => {
      for (const file of gone) {
        host.write(1, `${shownPath(file)}: its profile is gone; no launch uses it, and it can be removed\n`);
      }
      const count = (outcome: Outcome): number => profiles.filter((one) => one.outcome === outcome).length;
      host.write(
        1,
        `${shownPath(path)}: ${counted(profiles.length, "profile")}: ${count("prepared")} prepared now, ${count("kept")} already prepared, ${count("failed")} not prepared\n`,
      );
    },
    end: () => undefined,
  };
}

function jsonReporter(host: VerbHost): Reporter {
  const profiles: object[] = [];
  const gone: string[] = [];
  return {
    profile: ({ label, outcome, file, filters, why, findings }) => {
      profiles.push({
        profile: label,
        outcome,
        file: file === undefined ? undefined : shownPath(file),
        filters,
        why: why?.message,
        hint: why && hintOf(why),
        diagnostics: findings.map(findingMember),
      });
    },
    directory: (result) => {
      gone.push(...result.gone.map(shownPath));
    },
    end: () => host.writeLines(jsonReport({ profiles, withoutProfile: gone })),
  };
}

/** The name of the profile for which a file of this name has filters; undefined if it is no such file. */
function profileOf(name: ByteString): ByteString | undefined {
  const [, whole, arch = ""] = /^(.+)\.([^.]+)\.filters$/s.exec(name) ?? [];
  if (architectureByName(arch) === undefined) {
    return undefined;
  }
  const mark = whole?.lastIndexOf(PART) ?? -1;
  return mark > 0 ? whole?.slice(0, mark) : whole;
}

function shownPath(path: ByteString): string {
  return printable(decodeBytes(path));
}

/** With `--check`: why launches would not use what there is. */
class NotPrepared extends Refusal {}

/** @throws Refusal */
function prepareOne(host: VerbHost, options: Options, reference: ByteString, how: Manner): Prepared {
  const loaded = loadForVerb(host, reference, options);
  const { label } = loaded;
  const located = (diagnostics: readonly Diagnostic[]): readonly Located[] =>
    diagnostics.map((one) => locate(loaded.reading, label, one));
  if (loaded.kind === "unreadable") {
    return { label, outcome: "failed", findings: located(loaded.diagnostics) };
  }
  const { profile, read } = loaded;
  if (profile.origin.kind !== "file") {
    const why = profile.origin.kind === "builtin" ? "is compiled in, with its filters" : "is not a file";
    throw new Refusal(`${label} ${why}`, "name a file: its filters are written beside it");
  }
  const { path } = profile.origin;
  const target = targetOf(host, options, 0n);
  const callers = callersOf(host, target);
  const part = profile.part === undefined ? "" : PART + encodeBytes(profile.part);
  const suffix = part + preparedSuffix(target.arch.name);
  const file = `${path}${suffix}`;
  const wide = options["--wide-arguments"];
  if (how.keep && read.profile !== undefined) {
    const why = whyUnprepared(host, { text: profile.text, path, suffix }, target, callers, wide);
    if (why === undefined) {
      return { label, outcome: "kept", file, findings: [] };
    }
    if (!how.write) {
      return { label, outcome: "failed", file, why: new NotPrepared(why), findings: [] };
    }
  }
  const tell = (one: Diagnostic): Saying => sayingOf(locate(loaded.reading, label, one));
  const { filters, diagnostics } = prepareFilters(read, label, target, callers, wide, tell);
  const findings = located(diagnostics);
  if (filters === undefined) {
    const why = new Refusal(`${label} is not prepared, since no launch would use it`);
    return { label, outcome: "failed", file, why, findings };
  }
  try {
    write(host, file, encodeBytes(formatPrepared(host, profile.text, filters)));
    checkUse(host, path, suffix);
  } catch (error) {
    if (error instanceof Refusal) {
      return { label, outcome: "failed", file, why: error, findings };
    }
    throw error;
  }
  return { label, outcome: "prepared", file, filters: filters.filters.length, findings };
}

/** The sets of capabilities for which filters are made. */
function callersOf(host: Host, target: Target): readonly bigint[] {
  const status = processStatus(host);
  return [...USUAL_CALLERS, attainable(status, status.noNewPrivs), target.caps];
}

/** Why launches of all these callers would not use the prepared filters; undefined: they would. */
function whyUnprepared(
  host: Host,
  { text, path, suffix }: { readonly text: string; readonly path: ByteString; readonly suffix: string },
  { arch, kernel }: Target,
  callers: readonly bigint[],
  wideArguments: boolean,
): string | undefined {
  const profile: ProfileText = {
    text,
    label: decodeBytes(path),
    origin: { kind: "file", path, context: contextOf(host, path, suffix) },
  };
  return callers
    .map((caps) => findPrepared(host, profile, { arch: arch.name, kernel, caps }, wideArguments))
    .flatMap((found) => (found.kind === "unusable" ? [found.why] : []))[0];
}

/** A finding as a launch says it. */
function sayingOf({ diagnostic, position }: Located): Saying {
  const hint = hintOf(diagnostic);
  return {
    ...(position === undefined ? {} : { at: `${position.line}:${position.column}` }),
    message: shortened(diagnostic.message),
    ...(hint === undefined ? {} : { hint }),
  };
}

function write(host: Host, path: ByteString, bytes: ByteString): void {
  const errno = host.replaceFile(path, bytes, false);
  if (errno !== 0) {
    throw new Refusal(`${decodeBytes(path)} cannot be written: ${host.errorMessage(errno)}`);
  }
}

/** Reads what was written as a launch would. */
function checkUse(host: Host, profile: ByteString, suffix: string): void {
  const seen = trustedBeside(contextOf(host, profile, suffix));
  if (seen.kind === "unusable") {
    throw new Refusal(
      `${decodeBytes(profile)}${suffix} is written, but launches will not use it: ${seen.why}`,
      "keep the profile in a directory of its owner's or root's where no other user can write",
    );
  }
}
