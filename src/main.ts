/**
 * The toolkit bundle's entry: arguments to verb to exit status. The host is handed in here and nowhere else.
 */

import { decodeBytes } from "./bytes.ts";
import { type Diagnostic, InvalidInput, Refusal } from "./diagnostic.ts";
import { CommandError } from "./failures/explain-command.ts";
import type { ByteString } from "./host.ts";
import { launch } from "./launch/launch.ts";
import type { LaunchTools } from "./launch/plan.ts";
import { ExactReading } from "./load/exact-reading.ts";
import { POLICY_FILE } from "./task/operator.ts";
import { parseCommandLine } from "./task/options.ts";
import { judgeVariables } from "./verbs/doubtful-variables.ts";
import { dryRun } from "./verbs/dry-run.ts";
import { helpText, shortHelp, unknownVerb, verbHelp } from "./verbs/help.ts";
import { recognised } from "./verbs/loaded-profile.ts";
import { hostForVerbs, type VerbHost } from "./verbs/output.ts";
import { place, renderForLaunch, renderMessage, renderRefusal, styleFor } from "./verbs/render.ts";
import { VERBS } from "./verbs/table.ts";
import { thoroughTools } from "./verbs/thorough-tools.ts";
import { EXIT_NO, EXIT_USAGE, EXIT_YES, parseVerb, UsageError } from "./verbs/verb.ts";
import { versionText } from "./verbs/version.ts";

/** The launcher itself failed: bad arguments, request, profile or filter. */
const EXIT_LAUNCHER_FAILED = 125;

globalThis.main = (native) => {
  const host = hostForVerbs(native);
  const reading = new ExactReading(native.jsonPlaces);
  const tools = thoroughTools(
    reading,
    (label, warnings) => report(host, reading, label, warnings),
    (variables) => judgeVariables(host, variables),
  );
  try {
    return run(host, tools);
  } catch (error) {
    if (error instanceof InvalidInput) {
      // The policy may be anything but a profile.
      const { label, diagnostics } = error.label === POLICY_FILE ? error : recognised(host, error);
      report(host, reading, label, diagnostics);
      return EXIT_LAUNCHER_FAILED;
    }
    if (error instanceof Refusal) {
      host.write(2, renderRefusal(error));
      return EXIT_LAUNCHER_FAILED;
    }
    if (error instanceof CommandError) {
      host.write(2, renderMessage("error", error.message, error.hint));
      return error.status;
    }
    throw error;
  }
};

function run(host: VerbHost, tools: LaunchTools): number {
  const verb = host.args[1];
  if (verb === undefined) {
    host.write(2, `${renderMessage("error", "there is neither a command nor a verb")}${shortHelp()}`);
    return EXIT_LAUNCHER_FAILED;
  }
  if (!verb.startsWith("-")) {
    return runVerb(host, verb, host.args.slice(2));
  }
  const commandLine = parseCommandLine(host.args);
  if (commandLine.options["--help"] !== undefined) {
    return printed(host, helpText(VERBS));
  }
  if (commandLine.options["--version"] !== undefined) {
    return printed(host, versionText());
  }
  if (commandLine.options["--dry-run"] !== undefined) {
    return printed(host, dryRun(host, commandLine, tools));
  }
  return launch(host, commandLine, tools, (text) => host.write(2, text));
}

/** The exit status where all of it could be printed. */
function printed(host: VerbHost, text: string): number {
  host.write(1, text);
  host.finish();
  return EXIT_YES;
}

/** Runs a verb of the toolkit; what is thrown in it decides the exit status. */
function runVerb(host: VerbHost, name: ByteString, args: readonly ByteString[]): number {
  const verb = VERBS.find((known) => known.name === name);
  try {
    if (verb === undefined) {
      throw unknownVerb(name, VERBS, meantCommand(host, name, args));
    }
    const given = parseVerb(verb, args);
    if (given.options["--help"] !== undefined) {
      return printed(host, verbHelp(verb));
    }
    const status = verb.run(host, given);
    host.finish();
    return status;
  } catch (error) {
    if (error instanceof Refusal) {
      host.write(2, renderRefusal(error));
      return error instanceof UsageError ? EXIT_USAGE : EXIT_NO;
    }
    throw error;
  }
}

/** What was probably meant by a word that is no verb: a profile to run under or to look at, or a command. */
function meantCommand(host: VerbHost, name: ByteString, args: readonly ByteString[]): string {
  const word = decodeBytes(name);
  const at = args.indexOf("--");
  const isProfile = word.endsWith(".json") || word.startsWith("builtin:");
  const isHere = isProfile && !word.includes("/") && host.probeLink(name) === 0;
  const profile = isHere ? `./${word}` : word;
  if (isProfile && at >= 0) {
    return `to run a command under that profile: seccomp-exec --profile ${profile} -- ${decodeBytes(args[at + 1] ?? "COMMAND")}`;
  }
  if (isProfile) {
    return `to look at that profile: seccomp-exec check ${profile}; to run a command under it: seccomp-exec --profile ${profile} -- COMMAND`;
  }
  return "to run a command, write '--' before it: seccomp-exec [OPTIONS] -- COMMAND [ARG...]; seccomp-exec help lists the verbs";
}

/** So many diagnostics are shown of one text; whoever launches a task has a log to protect. */
const MOST_SHOWN = 20;

function report(
  host: VerbHost,
  reading: ExactReading,
  label: string,
  diagnostics: readonly Diagnostic[],
): void {
  const style = styleFor(host, 2);
  // Errors first, since they are what has to be mended.
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  const sorted = [...errors, ...diagnostics.filter(({ severity }) => severity !== "error")];
  for (const diagnostic of sorted.slice(0, MOST_SHOWN)) {
    host.write(2, renderForLaunch(place(reading, label, diagnostic), style));
  }
  if (sorted.length > MOST_SHOWN) {
    host.write(2, renderMessage("warning", `${label}: ${sorted.length - MOST_SHOWN} more are not shown`));
  }
}
