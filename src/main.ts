/**
 * The entry of the toolkit bundle: reads the arguments, runs a launch or a verb, returns the exit status. Only this file is
 * given the host.
 */

import { auditDenials } from "./audit/audit.ts";
import { decodeBytes } from "./bytes.ts";
import { type Diagnostic, InvalidInput, Refusal } from "./diagnostic.ts";
import { CommandError } from "./failures/explain-command.ts";
import type { ByteString } from "./host.ts";
import { launch } from "./launch/launch.ts";
import type { LaunchTools } from "./launch/plan.ts";
import { ExactReading } from "./load/exact-reading.ts";
import { readYaml } from "./profile/yaml.ts";
import { POLICY_FILE } from "./task/operator.ts";
import { type CommandLine, parseCommandLine } from "./task/options.ts";
import { wrapperCommandLine } from "./task/wrapper.ts";
import { judgeVariables } from "./verbs/doubtful-variables.ts";
import { dryRun } from "./verbs/dry-run.ts";
import { helpText, shortHelp, unknownVerb, verbHelp } from "./verbs/help.ts";
import { recognised } from "./verbs/loaded-profile.ts";
import { withPlaceOfOption, withPlaceOfVerb } from "./verbs/misplaced.ts";
import { hostForVerbs, type VerbHost } from "./verbs/output.ts";
import { locate, renderForLaunch, renderMessage, renderRefusal, styleFor } from "./verbs/render.ts";
import { VERBS } from "./verbs/table.ts";
import { thoroughTools } from "./verbs/thorough-tools.ts";
import { EXIT_NO, EXIT_USAGE, EXIT_YES, UsageError, type Verb, type VerbRun } from "./verbs/verb.ts";
import { versionText } from "./verbs/version.ts";

/** The launcher itself failed: bad arguments, request, profile or filter. */
const EXIT_LAUNCHER_FAILED = 125;

globalThis.main = (native) => {
  const host = hostForVerbs(native);
  const reading = new ExactReading(native.jsonPlaces, readYaml);
  const tools = thoroughTools(
    reading,
    (label, warnings) => report(host, reading, label, warnings),
    (variables) => judgeVariables(host, variables),
    (audited) => auditDenials(host, audited, reading),
  );
  let failed: number = EXIT_LAUNCHER_FAILED;
  try {
    const invocation = invocationOf(host);
    failed = failureOf(invocation);
    return carryOut(host, invocation, tools);
  } catch (error) {
    if (error instanceof InvalidInput) {
      // A policy file is no profile, so its mistakes need no guess at what the file is instead.
      const { label, diagnostics } = error.label === POLICY_FILE ? error : recognised(host, error);
      report(host, reading, label, diagnostics);
      return EXIT_LAUNCHER_FAILED;
    }
    if (error instanceof Refusal) {
      host.write(2, renderRefusal(error));
      return error instanceof UsageError ? EXIT_USAGE : failed;
    }
    if (error instanceof CommandError) {
      host.write(2, renderMessage("error", error.message, error.hint));
      return error.status;
    }
    throw error;
  }
};

/** What the arguments ask for. */
type Invocation =
  /** No arguments. */
  | { readonly kind: "nothing" }
  | { readonly kind: "launch" | "dry-run"; readonly line: CommandLine }
  | { readonly kind: "verb"; readonly run: VerbRun; readonly failed: number }
  /** The launcher's help, or a verb's. */
  | { readonly kind: "help"; readonly verb?: Verb }
  | { readonly kind: "version" };

/**
 * Reads the command line.
 *
 * @throws UsageError for a verb's command line, Refusal for the launcher's
 */
function invocationOf(host: VerbHost): Invocation {
  const wrapped = wrapperCommandLine(host.execPath(), host.args);
  if (wrapped !== undefined) {
    return { kind: "launch", line: wrapped };
  }
  const [, first] = host.args;
  if (first === undefined) {
    return { kind: "nothing" };
  }
  if (first.startsWith("-")) {
    const line = withPlaceOfVerb(host.args, VERBS, () => parseCommandLine(host.args));
    const { kind } = line;
    return kind === "help" || kind === "version" ? { kind } : { kind, line };
  }
  const verb = VERBS.find(({ name }) => name === first);
  if (verb === undefined) {
    throw unknownVerb(first, VERBS, meantCommand(host, first, host.args.slice(2)));
  }
  const line = withPlaceOfOption(verb, VERBS, () => verb.read(host.args));
  return line.kind === "help" ? { kind: "help", verb } : { kind: "verb", run: line.run, failed: line.failed };
}

/** The exit status if what is asked for cannot be done. */
function failureOf(invocation: Invocation): number {
  switch (invocation.kind) {
    case "verb":
      return invocation.failed;
    case "help":
      return invocation.verb === undefined ? EXIT_LAUNCHER_FAILED : EXIT_NO;
    default:
      return EXIT_LAUNCHER_FAILED;
  }
}

/** @returns the exit status */
function carryOut(host: VerbHost, invocation: Invocation, tools: LaunchTools): number {
  switch (invocation.kind) {
    case "nothing":
      host.write(2, `${renderMessage("error", "there is neither a command nor a verb")}${shortHelp()}`);
      return EXIT_LAUNCHER_FAILED;
    case "help":
      return printed(host, invocation.verb === undefined ? helpText(VERBS) : verbHelp(invocation.verb));
    case "version":
      return printed(host, versionText());
    case "dry-run":
      dryRun(host, invocation.line, tools);
      host.finish();
      return EXIT_YES;
    case "launch":
      return launch(host, invocation.line, tools, (text) => host.write(2, text));
    case "verb": {
      const status = invocation.run(host);
      host.finish();
      return status;
    }
  }
}

/** @returns the exit status once all of the text is printed */
function printed(host: VerbHost, text: string): number {
  host.write(1, text);
  host.finish();
  return EXIT_YES;
}

/** The hint for a first word that is no verb: it was probably meant as a profile to use or check, or as a command. */
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

/** Maximum number of diagnostics of one text that a launch prints, since they go to the task's log. */
const MAX_SHOWN = 20;

function report(
  host: VerbHost,
  reading: ExactReading,
  label: string,
  diagnostics: readonly Diagnostic[],
): void {
  const style = styleFor(host, 2);
  // Errors first: they must be corrected.
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  const sorted = [...errors, ...diagnostics.filter(({ severity }) => severity !== "error")];
  for (const diagnostic of sorted.slice(0, MAX_SHOWN)) {
    host.write(2, renderForLaunch(locate(reading, label, diagnostic), style));
  }
  if (sorted.length > MAX_SHOWN) {
    host.write(2, renderMessage("warning", `${label}: ${sorted.length - MAX_SHOWN} more are not shown`));
  }
}
