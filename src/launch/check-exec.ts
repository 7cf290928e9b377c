/**
 * Checks that a profile allows the one call that the launcher must make under it: the execve(2) of the command.
 */

import { Refusal } from "../diagnostic.ts";
import { execArgument, execVerdict } from "../policy/exec-verdict.ts";
import type { Policy } from "../policy/policy.ts";
import { actionOf, formatVerdict } from "../policy/verdict.ts";
import type { Architecture } from "../tables/architectures.ts";
import { SECCOMP_RET_TRACE } from "../tables/seccomp.ts";
import { syscallId } from "../tables/syscalls.ts";

/**
 * Refuses a profile under which execve(2) fails or kills, or possibly does.
 * The arguments of execve are addresses that are unknown beforehand, except that they are not null.
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
      `${label} possibly does not let the command start: execve gets ${verdicts}, depending on ${execArgument(found.comparison)}, which is unknown before the call`,
      "allow execve without conditions: a filter sees addresses, not the path or the arguments at them",
    );
  }
  throw new Refusal(
    `${label} does not let the command start: execve gets ${verdicts}`,
    found.verdicts.some((verdict) => actionOf(verdict) === SECCOMP_RET_TRACE)
      ? "allow execve: without a tracer that lets it through, it would fail under SCMP_ACT_TRACE"
      : "allow execve: the launcher must make this call under the filter",
  );
}
