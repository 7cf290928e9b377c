/**
 * The toolkit bundle's entry: arguments to verb to exit status. The host is handed in here and nowhere else.
 */

import { decodeBytes } from "./bytes.ts";
import { type Diagnostic, InvalidInput, Refusal } from "./diagnostic.ts";
import type { Host } from "./host.ts";
import { ExactReading } from "./launch/exact-reading.ts";
import { CommandError } from "./launch/find-command.ts";
import { launch } from "./launch/launch.ts";
import { parseCommandLine } from "./task/options.ts";
import { helpText } from "./verbs/help.ts";
import { renderDiagnostic, renderMessage } from "./verbs/render.ts";
import { VERSION } from "./version.ts";

/** The launcher itself failed: bad arguments, request, profile or filter. */
const EXIT_LAUNCHER_FAILED = 125;

globalThis.main = (host) => {
  const reading = new ExactReading((label, diagnostics) => {
    report(host, reading, label, diagnostics);
  });
  try {
    return run(host, reading);
  } catch (error) {
    if (error instanceof InvalidInput) {
      report(host, reading, error.label, error.diagnostics);
      return EXIT_LAUNCHER_FAILED;
    }
    if (error instanceof Refusal) {
      host.write(2, renderMessage("error", error.message, error.hint));
      return EXIT_LAUNCHER_FAILED;
    }
    if (error instanceof CommandError) {
      host.write(2, renderMessage("error", error.message));
      return error.status;
    }
    throw error;
  }
};

function run(host: Host, reading: ExactReading): number {
  const verb = host.args[1];
  if (verb !== undefined && !verb.startsWith("-")) {
    return runVerb(host, verb);
  }
  const commandLine = parseCommandLine(host.args);
  if (commandLine.options["--help"] !== undefined) {
    return runVerb(host, "help");
  }
  if (commandLine.options["--version"] !== undefined) {
    return runVerb(host, "version");
  }
  return launch(host, commandLine, reading);
}

function runVerb(host: Host, verb: string): number {
  switch (verb) {
    case "help":
      host.write(1, helpText());
      return 0;
    case "version":
      host.write(1, `seccomp-exec ${VERSION}\n`);
      return 0;
    default:
      throw new Refusal(
        `unknown verb '${decodeBytes(verb)}'`,
        "to run a command, write '--' before it: seccomp-exec [OPTIONS] -- COMMAND [ARG...]",
      );
  }
}

/** So many diagnostics are shown of one text; whoever launches a task has a log to protect. */
const MOST_SHOWN = 20;

function report(host: Host, reading: ExactReading, label: string, diagnostics: readonly Diagnostic[]): void {
  // Errors first, since they are what has to be mended.
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  const sorted = [...errors, ...diagnostics.filter(({ severity }) => severity !== "error")];
  for (const diagnostic of sorted.slice(0, MOST_SHOWN)) {
    host.write(2, renderDiagnostic(label, reading.position(label, diagnostic), diagnostic));
  }
  if (sorted.length > MOST_SHOWN) {
    host.write(2, renderMessage("warning", `${label}: ${sorted.length - MOST_SHOWN} more are not shown`));
  }
}
