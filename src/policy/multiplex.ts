/**
 * Carries the rules of socket calls and System V IPC over to `socketcall` and `ipc`, by which 32-bit programs
 * can make the same calls.
 */

import type { Architecture } from "../tables/architectures.ts";
import { type MultiplexedCall, multiplexedCalls, multiplexers } from "../tables/multiplexers.ts";
import { syscallId, syscallIds, syscallNumber } from "../tables/syscalls.ts";
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
    const present = rules[id] ?? [];
    // What the multiplexer's own unconditional rules say at least; a rule that is not stricter adds nothing.
    const ceiling = present.reduce(
      (least, { conditions, verdict }) => (conditions.length === 0 ? Math.min(least, rank(verdict)) : least),
      Number.POSITIVE_INFINITY,
    );
    const added: PolicyRule[] = [];
    // The rules of one call are often those of many, which then need to be looked at once.
    let last: { readonly rules: readonly PolicyRule[]; readonly verdict: Verdict | undefined } | undefined;
    const calls = multiplexedCalls(multiplexer);
    const ids = syscallIds(calls.map(({ name }) => name));
    for (let i = 0; i < calls.length; i += 1) {
      const own = rules[ids[i] as number];
      if (own === undefined) {
        continue;
      }
      if (last?.rules !== own) {
        last = { rules: own, verdict: blindRule(own, defaultVerdict) };
      }
      if (last.verdict !== undefined && rank(last.verdict) < ceiling) {
        added.push({
          conditions: [
            {
              index: 0,
              op: "SCMP_CMP_MASKED_EQ",
              value: BigInt((calls[i] as MultiplexedCall).call),
              mask: multiplexer.callMask,
            },
          ],
          verdict: last.verdict,
        });
      }
    }
    if (added.length > 0) {
      rules[id] = [...present, ...added];
    }
  }
}

/** What rules say of a call whose arguments cannot be seen; undefined: no more than the default does. */
function blindRule(rules: readonly PolicyRule[], defaultVerdict: Verdict): Verdict | undefined {
  const verdict = evaluateBlind(rules, defaultVerdict);
  // Where the default is the more restrictive outcome, it also is what a call without a rule gets.
  const says = rank(verdict) < rank(defaultVerdict) || rules.some((rule) => rule.conditions.length === 0);
  return says ? verdict : undefined;
}
