/**
 * Profiles under which no command can start, no program can end, or nothing is denied.
 */

import type { Diagnostic, DiagnosticCode } from "../diagnostic.ts";
import { execArgument, execVerdict } from "../policy/exec-verdict.ts";
import type { Comparison, Policy } from "../policy/policy.ts";
import { ruleAlternatives } from "../policy/resolve.ts";
import { ACTION_VALUES, denies, fails } from "../policy/verdict.ts";
import type { ActionName } from "../profile/profile.ts";
import { syscallId, syscallNames } from "../tables/syscalls.ts";
import { denyingPointer } from "./denials.ts";
import { allows, type LintInput, namePointer, nativeOf, rulePointer, verdictsOn } from "./input.ts";
import { partsByName } from "./parts.ts";
import { endings, starts } from "./start-findings.ts";

/** Warns of profiles that deny what every program needs, and of profiles that deny nothing. */
export function essentialCalls(input: LintInput): Diagnostic[] {
  const found: Diagnostic[] = [];
  const warn = (code: DiagnosticCode, message: string, hint: string, name?: string): void => {
    const pointer = name === undefined ? `${input.profile.base}/defaultAction` : denyingPointer(input, name);
    found.push({ code, severity: "warning", message, hint, pointer });
  };
  if (input.profile.form === "seccompiler") {
    return ofThread(input);
  }
  if (deniesEverything(input)) {
    warn(
      "denies-execve",
      "the profile denies every call, so no command can be started under it",
      input.profile.rules.length === 0
        ? "add rules that allow what the programs need"
        : "allow what the programs need: no rule lets a call through",
    );
    return found;
  }
  const exec = execVerdict(
    input.policy.rules.of(syscallId("execve")) ?? [],
    input.policy.defaultVerdict,
    nativeOf(input).bits,
  );
  if (exec.kind === "denied") {
    warn(
      "denies-execve",
      "the profile denies execve, so no command can be started under it",
      "allow execve: the launcher, and every container runtime, makes this call under the filter",
      "execve",
    );
  }
  if (exec.kind === "undecided") {
    found.push({
      code: "undecided-execve",
      severity: "warning",
      message: `whether a command can be started depends on ${execArgument(exec.comparison)}, which is not known before the call, so the launcher refuses the profile`,
      hint: "allow execve without conditions: a filter sees addresses, not the path or the arguments at them",
      pointer: comparisonPointer(input, exec.comparison),
    });
  }
  found.push(...endings(input), ...starts(input));
  if (deniesNothing(input.policy)) {
    found.push(nothingDenied(input));
  }
  return found;
}

/**
 * A filter of seccompiler is for a thread of a program that has started (Firecracker, docs/seccomp.md), and denies what starts and
 * ends programs on purpose: what is left is that a launch under it fails.
 */
function ofThread(input: LintInput): Diagnostic[] {
  const { policy } = input;
  if (deniesNothing(policy)) {
    return [nothingDenied(input)];
  }
  if (verdictsOn(policy, nativeOf(input), "execve").some(allows)) {
    return [];
  }
  return [
    {
      code: "denies-execve",
      severity: "note",
      message:
        "the filter denies execve, so no command can be started under it: filters of seccompiler are for threads of a program that runs",
      hint: "let the program install it, as Firecracker does; seccomp-exec starts no command under it",
      pointer: denyingPointer(input, "execve"),
    },
  ];
}

function nothingDenied({ profile }: LintInput): Diagnostic {
  return {
    code: "denies-nothing",
    severity: "warning",
    message: "the profile denies nothing on its own architectures",
    hint: "a task under it may appear confined: set a defaultAction that denies, or add rules that do",
    pointer: `${profile.base}/defaultAction`,
  };
}

/** The pointer to a comparison of execve: in the first rule for it that makes this comparison. */
function comparisonPointer(input: LintInput, { index, op, value, mask }: Comparison): string {
  for (const { rule } of partsByName(input).get("execve") ?? []) {
    // One condition at a time, to find its index in the file.
    const at = rule.conditions.findIndex((one) =>
      ruleAlternatives([one], 0).some(({ conditions: [same] }) =>
        [same?.index === index, same?.op === op, same?.value === value, same?.mask === mask].every(Boolean),
      ),
    );
    if (at >= 0) {
      return `${rulePointer(input.profile, rule)}/args/${at}`;
    }
  }
  return namePointer(input.profile, "execve");
}

/** Whether no rule, for any kernel and capabilities, lets a call through. */
function deniesEverything({ policy, profile }: LintInput): boolean {
  const deny = (action: ActionName): boolean => fails(ACTION_VALUES[action]);
  return denies(policy.defaultVerdict) && profile.rules.every(({ action }) => deny(action));
}

/** Whether a policy lets every call of its own architectures through. */
export function deniesNothing(policy: Policy): boolean {
  return (
    allows(policy.defaultVerdict) &&
    policy.architectures.every((arch) =>
      syscallNames().every(
        (name, id) => policy.rules.of(id) === undefined || verdictsOn(policy, arch, name).every(allows),
      ),
    )
  );
}
