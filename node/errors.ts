/**
 * The error of this library, and what it says: the same as the launcher, about options instead of a command line.
 */

import { printable } from "../src/bytes.ts";
import { InvalidInput, Refusal } from "../src/diagnostic.ts";
import { CommandError } from "../src/failures/explain-command.ts";
import { type Diagnostic, located } from "../src/library/diagnostic.ts";
import type { ExactReading } from "../src/load/exact-reading.ts";
import { hintOf } from "../src/verbs/suggest.ts";
import { diagnosticText } from "./diagnostic-text.ts";
import { MissingKoffi } from "./native.ts";
import { ForeignRuntime } from "./runtime.ts";

/** What went wrong. */
export type ConfinementErrorCode =
  /** This is not Node.js on Linux for x64 or arm64. */
  | "ERR_SECCOMP_RUNTIME"
  /** koffi is not installed or cannot be loaded. */
  | "ERR_SECCOMP_KOFFI"
  /** The profile is invalid: `diagnostics` has all that is wrong. */
  | "ERR_SECCOMP_PROFILE"
  /** The profile cannot be honoured here, an option is invalid, or the kernel refuses the filter. */
  | "ERR_SECCOMP_REFUSED"
  /** The command of `execUnder` cannot be run; found out before anything was changed. */
  | "ERR_SECCOMP_COMMAND"
  /** execve(2) of `execUnder` failed after the filter was installed, which stays in force. */
  | "ERR_SECCOMP_EXEC"
  /** The kernel reports success, but the filter is not in force on all threads. */
  | "ERR_SECCOMP_NOT_CONFINED";

/** Why a process was not confined, or a command not started. */
export class ConfinementError extends Error {
  /** "ConfinementError", also where there are several copies of the class. */
  override readonly name = "ConfinementError";

  constructor(
    /** What went wrong, for programs. */
    readonly code: ConfinementErrorCode,
    /** Why, in one or more lines; the hint follows as a line of its own. */
    message: string,
    /** What to do about it. */
    readonly hint?: string,
    /** What is wrong with the profile, and where, if it is invalid. */
    readonly diagnostics: readonly Diagnostic[] = [],
    /** Whether the filter is in force on all threads all the same; it cannot be taken back. */
    readonly filterInstalled: boolean = false,
    /** The errno of the call that failed, if a single one is to blame: as errno(3). */
    readonly errno?: number,
  ) {
    super(hint === undefined ? message : `${message}\nhint: ${hint}`);
  }
}

/**
 * The error for what one of the shared stages throws.
 *
 * @param reading of the profile's text
 * @internal
 */
export function toConfinementError(error: unknown, reading: ExactReading): unknown {
  if (error instanceof InvalidInput) {
    const diagnostics = located(reading, error.diagnostics);
    // Errors first: they must be corrected.
    const sorted = [
      ...diagnostics.filter(({ severity }) => severity === "error"),
      ...diagnostics.filter(({ severity }) => severity !== "error"),
    ];
    const lines = sorted.map((one) => diagnosticText(one, error.label));
    return new ConfinementError("ERR_SECCOMP_PROFILE", lines.join("\n"), undefined, sorted);
  }
  if (error instanceof CommandError) {
    // The hints about a command that does not exist are about the launcher's command line.
    const hint = error.status === 127 ? undefined : error.hint;
    return new ConfinementError("ERR_SECCOMP_COMMAND", printable(error.message), hint);
  }
  if (error instanceof Refusal) {
    const hint = hintOf(error);
    return new ConfinementError(
      codeOf(error),
      aboutOptions(error.message),
      hint === undefined ? undefined : aboutOptions(hint),
    );
  }
  return error;
}

function codeOf(error: Refusal): ConfinementErrorCode {
  return error instanceof ForeignRuntime
    ? "ERR_SECCOMP_RUNTIME"
    : error instanceof MissingKoffi
      ? "ERR_SECCOMP_KOFFI"
      : "ERR_SECCOMP_REFUSED";
}

/** The launcher's options that this library has, too. */
const OPTION = /--(caps|kernel|unknown-syscalls|wide-arguments|no-new-privs|profile-dir|argv0)\b/g;

/** A message of the launcher with this library's names of options. */
function aboutOptions(text: string): string {
  return printable(
    text.replaceAll(OPTION, (_, name: string) =>
      name.replaceAll(/-(.)/g, (_all, letter: string) => letter.toUpperCase()),
    ),
  );
}
