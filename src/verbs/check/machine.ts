/**
 * The machine that a profile is checked for, if nobody names one: this one, or the first that the profile lists if it lists only others.
 */

import type { Diagnostic, DiagnosticCode } from "../../diagnostic.ts";
import { essentialCalls } from "../../lint/essentials.ts";
import type { LintInput } from "../../lint/input.ts";
import type { Target } from "../../policy/target.ts";
import type { Profile } from "../../profile/profile.ts";
import { architectureByScmp } from "../../tables/architectures.ts";
import { architecturesRunBy } from "../../tables/run-by.ts";

/**
 * The machine for whose architecture the profile is meant.
 *
 * @param machine this machine
 */
export function targetFor(
  { archMap = [], architectures = [] }: Pick<Profile, "archMap" | "architectures">,
  machine: Target,
): Target {
  const words = [...archMap.map(({ architecture }) => architecture), ...architectures];
  const listed = words.flatMap((word) => architectureByScmp(word) ?? []);
  const run = architecturesRunBy(machine.arch);
  const [arch] = listed;
  return arch === undefined || listed.some((one) => run.includes(one)) ? machine : { ...machine, arch };
}

const NOTHING_STARTS: readonly DiagnosticCode[] = ["denies-execve", "denies-exit", "denies-dynamic-loader"];

/**
 * That nothing runs on this machine, which the profile does not list: a remark, but for what was found for the other machine too.
 *
 * @param input the profile on this machine
 */
export function notesHere(input: LintInput, found: readonly Diagnostic[]): readonly Diagnostic[] {
  return essentialCalls(input)
    .filter(({ code }) => NOTHING_STARTS.includes(code) && !found.some((one) => one.code === code))
    .map(
      (finding): Diagnostic => ({
        ...finding,
        severity: "note",
        weight: "remark",
        message: `on ${input.target.arch.name}, which the profile does not list, ${finding.message}`,
        ...(finding.hint === undefined ? {} : { hint: `to use it there, ${finding.hint}` }),
      }),
    );
}
