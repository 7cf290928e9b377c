/**
 * Makes sure that a profile does not forbid the one call that has to be made under it: the exec of the command.
 */

import { Refusal } from "../diagnostic.ts";
import { evaluateBlind } from "../policy/evaluate.ts";
import type { Policy } from "../policy/policy.ts";
import { denies, formatVerdict } from "../policy/verdict.ts";
import type { Architecture } from "../tables/architectures.ts";
import { syscallId } from "../tables/syscalls.ts";

/**
 * Refuses a profile under which execve(2) would fail or kill.
 *
 * The arguments of execve are addresses that nobody knows beforehand; so where rules compare them, the most
 * restrictive of what may come out counts.
 */
export function checkExec(policy: Policy, label: string): void {
  const verdict = evaluateBlind(policy.rules[syscallId("execve")] ?? [], policy.defaultVerdict);
  if (!denies(verdict)) {
    return;
  }
  const native = policy.architectures[0] as Architecture;
  throw new Refusal(
    `${label} does not let the command start: execve gets ${formatVerdict(verdict, native)}`,
    "allow execve: the launcher has to make this call under the filter",
  );
}
