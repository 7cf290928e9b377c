/**
 * Makes sure that a profile does not forbid the one call that has to be made under it: the exec of the command.
 */

import { Refusal } from "../diagnostic.ts";
import { evaluateBlind } from "../policy/evaluate.ts";
import type { Comparison, Policy, PolicyRule } from "../policy/policy.ts";
import { actionOf, denies, formatVerdict } from "../policy/verdict.ts";
import type { Architecture } from "../tables/architectures.ts";
import { SECCOMP_RET_TRACE } from "../tables/seccomp.ts";
import { syscallId } from "../tables/syscalls.ts";

/**
 * Refuses a profile under which execve(2) would fail or kill.
 *
 * The arguments of execve are addresses that nobody knows beforehand, except that they are not null. So where rules
 * compare them with something else, the most restrictive of what may come out counts.
 */
export function checkExec(policy: Policy, label: string): void {
  const rules = policy.rules.of(syscallId("execve")) ?? [];
  const verdict = evaluateBlind(rules.flatMap(withoutNull), policy.defaultVerdict);
  const traced = actionOf(verdict) === SECCOMP_RET_TRACE;
  if (!denies(verdict) && !traced) {
    return;
  }
  const native = policy.architectures[0] as Architecture;
  throw new Refusal(
    `${label} does not let the command start: execve gets ${formatVerdict(verdict, native)}`,
    traced
      ? "allow execve: without a tracer that lets it through, it would fail under SCMP_ACT_TRACE"
      : "allow execve: the launcher has to make this call under the filter",
  );
}

/** The path, the arguments and the environment: execve(2). */
const POINTERS = 3;

/** A rule without its comparisons with null; none if they cannot hold. */
function withoutNull(rule: PolicyRule): PolicyRule[] {
  const conditions: Comparison[] = [];
  for (const condition of rule.conditions) {
    const { index, op, value } = condition;
    const isNull = op === "SCMP_CMP_EQ" && value === 0n;
    const isNotNull = (op === "SCMP_CMP_NE" || op === "SCMP_CMP_GT") && value === 0n;
    if (index < POINTERS && isNull) {
      return [];
    }
    if (index >= POINTERS || !isNotNull) {
      conditions.push(condition);
    }
  }
  return [{ ...rule, conditions }];
}
