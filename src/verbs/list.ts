/**
 * `list`: the profiles of a directory, with their digests and what is to be known of them.
 */

import { decodeBytes, encodeBytes, printable } from "../bytes.ts";
import type { Diagnostic } from "../diagnostic.ts";
import type { ByteString, Host } from "../host.ts";
import { ENOENT } from "../load/errno.ts";
import { requestedDirectory } from "../load/load-profile.ts";
import { processStatus } from "../load/target.ts";
import { counted } from "../plural.ts";
import { DEFAULT_PROFILE_DIR, type OperatorPolicy, permits, permittedNames } from "../task/operator.ts";
import { jsonReport } from "./json.ts";
import { operatorInForce } from "./operator-in-force.ts";
import type { VerbHost } from "./output.ts";
import { isValid, type SurveyedProfile, surveyBuiltins, surveyDirectory, surveyNamed } from "./survey.ts";
import { DIR_OPTION, directoryGiven, JSON_OPTION } from "./target-options.ts";
import { type Answer, defineVerb, EXIT_NO, EXIT_YES, type VerbArguments } from "./verb.ts";

const OPTIONS = [DIR_OPTION, JSON_OPTION] as const;

export const list = defineVerb({
  name: "list",
  operands: ["[DIR]"],
  summary: "list the profiles that tasks can name, with their digests",
  details: `Lists the profiles of a directory: name, SHA-256 of the text, whether a launch by this user uses a prepared filter, and what is
wrong. A file of seccompiler with several filters is listed as FILE#NAME, each of them. DIR is by default the directory in which a launch looks up names: that of the operator's policy, of
MESOS_SECCOMP_CONFIG_DIR, or ${DEFAULT_PROFILE_DIR}; where that does not exist, the profiles that are compiled in. Under a policy, those are listed that it permits. Without DIR, a profile
that a launch by this user refuses, because others could change it, is "refused" here too.

The digest is that of sha256sum, and that which --verbose reports of a launch.`,
  options: OPTIONS,
  exits: { yes: "all profiles are valid", no: "otherwise" },
  example: "seccomp-exec list ./profiles",
  run,
});

function run(
  host: VerbHost,
  { options, operands: [operand] }: VerbArguments<typeof OPTIONS, readonly ["[DIR]"]>,
): Answer {
  const given = directoryGiven(operand, options["--profile-dir"]);
  const { label, profiles } = given === undefined ? whatTasksName(host, true) : inDirectory(host, given);
  if (options["--json"]) {
    host.writeLines(toJson(label, profiles));
  } else {
    host.write(1, table(label, profiles));
  }
  return profiles.every(isValid) ? EXIT_YES : EXIT_NO;
}

/** What is listed, and where it is. */
interface Listed {
  readonly label: string;
  readonly profiles: readonly SurveyedProfile[];
}

function inDirectory(host: Host, directory: ByteString): Listed {
  return { label: printable(decodeBytes(directory)), profiles: surveyDirectory(host, directory) };
}

/**
 * The profiles that tasks on this machine can name.
 *
 * @param asLaunches whether a file that others could change is an error where a launch refuses it
 */
export function whatTasksName(host: Host, asLaunches: boolean): Listed {
  const operator = operatorInForce(host);
  const reader = {
    asRoot: asLaunches && processStatus(host).euid === 0,
    operator: asLaunches ? operator : undefined,
  };
  const asked =
    operator === undefined ? requestedDirectory(host.env, undefined)?.path : encodedDirectory(operator);
  const compiledIn = asked === undefined && host.probeLink(DEFAULT_PROFILE_DIR) === ENOENT;
  const directory = asked ?? DEFAULT_PROFILE_DIR;
  const found = (compiledIn ? surveyBuiltins(host) : surveyDirectory(host, directory, reader)).filter(
    ({ name }) => permits(operator, encodeBytes(name)),
  );
  // Paths, profiles that are compiled in, and names of which there is no file.
  const others = (operator === undefined ? [] : permittedNames(operator))
    .filter((one) => found.every(({ name }) => name !== one))
    .map(encodeBytes);
  return {
    label: compiledIn
      ? `compiled in, as there is no directory ${DEFAULT_PROFILE_DIR}`
      : printable(decodeBytes(directory)),
    profiles: [...found, ...surveyNamed(host, others, asked, reader)],
  };
}

function encodedDirectory({ profileDir }: OperatorPolicy): ByteString | undefined {
  return profileDir === undefined ? undefined : encodeBytes(profileDir);
}

/** Digits of a digest that are shown in the table. */
const SHOWN = 16;

function table(label: string, profiles: readonly SurveyedProfile[]): string {
  const rows = profiles.map((profile) => [
    printable(profile.name),
    profile.sha256?.slice(0, SHOWN) ?? "-",
    stateOf(profile),
    remark(profile),
  ]);
  const widths = [0, 1, 2].map((i) => Math.max(0, ...rows.map((row) => row[i]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  const hints = profiles.flatMap((one) =>
    stateOf(one) === "refused" ? (firstError(one.diagnostics)?.hint ?? []) : [],
  );
  const said = [...new Set(hints)].map((hint) => `hint: ${printable(hint)}`);
  return [...lines, ...said, `${label}: ${counted(profiles.length, "profile")}`, ""].join("\n");
}

function stateOf(profile: SurveyedProfile): string {
  if (isValid(profile)) {
    return profile.unprepared === undefined ? "prepared" : "not prepared";
  }
  return profile.diagnostics.some(({ code }) => code === "unreadable") ? "refused" : "not valid";
}

function firstError(diagnostics: SurveyedProfile["diagnostics"]): Diagnostic | undefined {
  return diagnostics.find(({ severity }) => severity === "error");
}

/** The first error, or how many warnings there are, or why a prepared filter is not used. */
function remark(profile: SurveyedProfile): string {
  const { diagnostics, unprepared } = profile;
  const error = firstError(diagnostics);
  if (error !== undefined) {
    return printable(error.message);
  }
  const warnings = diagnostics.filter(({ severity }) => severity === "warning").length;
  const said = warnings === 0 ? [] : [`a launch warns: ${counted(warnings, "warning")}`];
  return [...said, ...(unprepared === undefined || unprepared === "there is none" ? [] : [unprepared])].join(
    "; ",
  );
}

function toJson(label: string, profiles: readonly SurveyedProfile[]): string {
  const shown = profiles.map((profile) => ({
    name: printable(profile.name),
    sha256: profile.sha256,
    valid: isValid(profile),
    prepared: profile.unprepared === undefined,
    why: profile.unprepared,
    diagnostics: profile.diagnostics.map(({ code, severity, message, hint }) => ({
      code,
      severity,
      message,
      hint,
    })),
  }));
  return jsonReport({ directory: label, profiles: shown });
}
