/**
 * Carries the rules of socket calls and System V IPC over to `socketcall` and `ipc`, by which 32-bit programs
 * can make the same calls.
 */

import type { Architecture } from "../tables/architectures.ts";
import { multiplexedCalls, multiplexers } from "../tables/multiplexers.ts";
import { syscallId, syscallNumber } from "../tables/syscalls.ts";
import { evaluateBlind } from "./evaluate.ts";
import type { PolicyRule } from "./policy.ts";
import { rank, type Verdict } from "./verdict.ts";

/**
 * Adds to the rules of `socketcall` and `ipc` what follows from the rules of the calls behind them.
 *
 * The kernel takes the call number from the first argument; the call's own arguments are behind a pointer that
 * a filter cannot follow. So a rule with conditions stands there for the more restrictive of what may come out.
 *
 * @param rules by syscall id; changed in place
 */
export function addMultiplexedRules(
  rules: (readonly PolicyRule[] | undefined)[],
  architectures: readonly Architecture[],
  defaultVerdict: Verdict,
): void {
  for (const multiplexer of multiplexers) {
    const id = syscallId(multiplexer.name);
    if (!architectures.some((arch) => syscallNumber(arch, id) >= 0)) {
      continue;
    }
    const added: PolicyRule[] = [];
    for (const { name, call } of multiplexedCalls(multiplexer)) {
      const own = rules[syscallId(name)];
      if (own === undefined) {
        continue;
      }
      const verdict = evaluateBlind(own, defaultVerdict);
      // Where the default is the more restrictive outcome, it also is what a call without a rule gets.
      if (own.some((rule) => rule.conditions.length === 0) || rank(verdict) < rank(defaultVerdict)) {
        const value = BigInt(call);
        added.push({
          conditions: [{ index: 0, op: "SCMP_CMP_MASKED_EQ", value, mask: multiplexer.callMask }],
          verdict,
        });
      }
    }
    if (added.length > 0) {
      rules[id] = [...(rules[id] ?? []), ...added];
    }
  }
}
