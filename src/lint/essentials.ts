/**
 * Profiles under which nothing starts, nothing ends, or everything goes.
 */

import type { Diagnostic, DiagnosticCode } from "../diagnostic.ts";
import { denies } from "../policy/verdict.ts";
import { syscallNames } from "../tables/syscalls.ts";
import { allows, type LintInput, namePointer, nativeOf, verdictsOn } from "./input.ts";

/**
 * What the loader of a dynamically linked program calls and cannot do without (glibc 2.36, musl 1.2): of each row one
 * call. `test/kernel/loader.test.ts` refuses them one by one.
 */
export const LOADER_CALLS: readonly (readonly string[])[] = [
  ["arch_prctl", "set_thread_area", "set_tls"],
  ["mmap", "mmap2"],
  ["mprotect"],
  ["openat", "open"],
  ["read"],
];

/** Warns of profiles that deny what every program needs, and of those that deny nothing. */
export function essentialCalls(input: LintInput): Diagnostic[] {
  const found: Diagnostic[] = [];
  const warn = (code: DiagnosticCode, message: string, hint: string, name?: string): void => {
    const pointer =
      name === undefined ? `${input.profile.base}/defaultAction` : namePointer(input.profile, name);
    found.push({ code, severity: "warning", message, hint, pointer });
  };
  if (isDenied(input, "execve")) {
    warn(
      "denies-execve",
      "the profile denies execve, so that no command can be started under it",
      "allow execve: the launcher, and every container runtime, makes this call under the filter",
      "execve",
    );
  }
  if (isDenied(input, "exit_group")) {
    warn(
      "denies-exit",
      "the profile denies exit_group, so that programs cannot end: C libraries try again for ever, or crash",
      "allow exit_group and exit",
      "exit_group",
    );
  }
  const missing = LOADER_CALLS.filter((row) => {
    const here = row.filter((name) => verdictsOn(input.policy, nativeOf(input), name).length > 0);
    return here.length > 0 && here.every((name) => isDenied(input, name));
  });
  if (missing.length > 0) {
    const names = missing.map(([name = ""]) => name);
    warn(
      "denies-dynamic-loader",
      `the profile denies ${names.join(", ")}, without which no dynamically linked program starts`,
      "allow them, unless it is for a static program",
      names[0],
    );
  }
  if (deniesNothing(input)) {
    warn(
      "denies-nothing",
      "the profile denies nothing on its own architectures",
      "a task under it may believe that it is confined: set a defaultAction that denies, or add rules that do",
    );
  }
  return found;
}

/** Whether a call is refused whatever its arguments are. */
function isDenied(input: LintInput, name: string): boolean {
  const verdicts = verdictsOn(input.policy, nativeOf(input), name);
  return verdicts.length > 0 && verdicts.every(denies);
}

function deniesNothing({ policy }: LintInput): boolean {
  return (
    allows(policy.defaultVerdict) &&
    policy.architectures.every((arch) =>
      syscallNames().every(
        (name, id) => policy.rules[id] === undefined || verdictsOn(policy, arch, name).every(allows),
      ),
    )
  );
}
