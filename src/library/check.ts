/**
 * Checks the text of a profile: its mistakes, and what may be unintended.
 */

import { ENGINE_CHOICES } from "../engines/engines.ts";
import { judge } from "../verbs/check/judge.ts";
import { type Engine, engines } from "./convert.ts";
import { type Diagnostic, located } from "./diagnostic.ts";
import { checkOptions, checkText, MEANING } from "./options.ts";
import type { MeaningOptions } from "./policy.ts";
import { type ReadOptions, readSource } from "./profile.ts";
import { internalTarget, type Target } from "./target.ts";

/** What a profile is checked for. */
export interface CheckOptions extends ReadOptions, MeaningOptions {
  /** The machine and the caller. */
  readonly target: Target;
  /** Also check that this engine accepts the text and means the same. */
  readonly for?: Engine;
}

/** A finding that a comment in the profile accepts. */
export interface AcceptedDiagnostic {
  /** The finding. */
  readonly diagnostic: Diagnostic;
  /** The reason that the comment gives. */
  readonly reason: string;
}

/** The result of {@link check}. */
export interface Report {
  /** Whether no diagnostic is an error: the launcher would take the profile. */
  readonly valid: boolean;
  /** All findings that no comment accepts, in the order of the text; those about the whole text first. */
  readonly diagnostics: readonly Diagnostic[];
  /** Findings that a comment in the profile accepts: `seccomp-exec: accept CODE: REASON`. */
  readonly accepted: readonly AcceptedDiagnostic[];
}

/**
 * Checks the text of a profile. Reports all of its mistakes; if there are none, also what may be unintended: rules that overlap or
 * add nothing, ways around a rule, calls that programs need, calls that are dangerous.
 *
 * @throws RangeError if the target or the engine is not one
 *
 * @example
 * ```ts
 * import { check } from "seccomp-exec";
 *
 * const text = `{
 *   "defaultAction": "SCMP_ACT_ALLOW",
 *   "syscalls": [
 *     { "names": ["mkdri", "mkdirat"], "action": "SCMP_ACT_ERRNO" }
 *   ]
 * }`;
 * const { valid, diagnostics } = check(text, { target: { architecture: "x86_64", kernel: "6.12" } });
 * console.log(valid); //=> false
 * const [first] = diagnostics;
 * console.log(first?.severity, first?.position?.line, first?.message); //=> error 4 unknown syscall 'mkdri'
 * console.log(first?.hint); //=> did you mean 'mkdir'?
 * ```
 */
export function check(text: string, options: CheckOptions): Report {
  checkText(text);
  const kinds = { ...MEANING, filter: "string", target: "object", for: engines } as const;
  checkOptions("the options of check", options, kinds, ["target"]);
  const { for: engine, unknownSyscalls = "enosys", wideArguments = false } = options;
  const target = internalTarget(options.target);
  const { read, reading, diagnostics } = readSource(text, options);
  const { open, accepted } =
    read === undefined
      ? { open: diagnostics, accepted: [] }
      : judge(read, reading.value(""), {
          target,
          hostArch: undefined,
          engines: engine === undefined ? [] : ENGINE_CHOICES[engine].engines,
          meaning: { unknownSyscalls, wideArguments },
        });
  const shown = [...located(reading, open)].sort(byPosition);
  return {
    valid: !shown.some(({ severity }) => severity === "error"),
    diagnostics: shown,
    accepted: accepted
      .flatMap(({ diagnostic, reason }) =>
        located(reading, [diagnostic]).map((one) => ({ diagnostic: one, reason })),
      )
      .sort((a, b) => byPosition(a.diagnostic, b.diagnostic)),
  };
}

/** In the order of the text. Those without a position come first, except for the note that not all rules were examined. */
function byPosition(a: Diagnostic, b: Diagnostic): number {
  return lineOf(a) - lineOf(b) || (a.position?.column ?? 0) - (b.position?.column ?? 0);
}

function lineOf({ code, position }: Diagnostic): number {
  return position?.line ?? (code === "not-examined" ? Number.MAX_SAFE_INTEGER : 0);
}
