/**
 * Makes sure that a profile does not forbid the one call that has to be made under it: the exec of the command.
 */

import { Refusal } from "../diagnostic.ts";
import { execArgument, execVerdict } from "../policy/exec-verdict.ts";
import type { Policy } from "../policy/policy.ts";
import { actionOf, formatVerdict } from "../policy/verdict.ts";
import type { Architecture } from "../tables/architectures.ts";
import { SECCOMP_RET_TRACE } from "../tables/seccomp.ts";
import { syscallId } from "../tables/syscalls.ts";

/**
 * Refuses a profile under which execve(2) would fail or kill, or may do so for all that is known.
 *
 * The arguments of execve are addresses that nobody knows beforehand, except that they are not null.
 */
export function checkExec(policy: Policy, label: string): void {
  const native = policy.architectures[0] as Architecture;
  const found = execVerdict(policy.rules.of(syscallId("execve")) ?? [], policy.defaultVerdict, native.bits);
  if (found.kind === "allowed") {
    return;
  }
  const verdicts = found.verdicts.map((verdict) => formatVerdict(verdict, native)).join(" or ");
  if (found.kind === "undecided") {
    throw new Refusal(
      `${label} does not say for sure that the command may start: execve gets ${verdicts}, depending on ${execArgument(found.comparison)}, which nobody knows before the call`,
      "allow execve without conditions: a filter sees addresses, not the path or the arguments that stand there",
    );
  }
  throw new Refusal(
    `${label} does not let the command start: execve gets ${verdicts}`,
    found.verdicts.some((verdict) => actionOf(verdict) === SECCOMP_RET_TRACE)
      ? "allow execve: without a tracer that lets it through, it would fail under SCMP_ACT_TRACE"
      : "allow execve: the launcher has to make this call under the filter",
  );
}
