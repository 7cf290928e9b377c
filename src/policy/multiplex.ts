/**
 * Extends the rules of socket calls and System V IPC to `socketcall` and `ipc`, through which 32-bit programs
 * can make the same calls.
 */

import type { Architecture } from "../tables/architectures.ts";
import { multiplexers } from "../tables/multiplexers.ts";
import { SECCOMP_RET_ALLOW } from "../tables/seccomp.ts";
import { multiplexedIds, syscallId, syscallNumber } from "../tables/syscalls.ts";
import { evaluateBlind } from "./applying.ts";
import type { Comparison, PolicyRule } from "./policy.ts";
import type { RuleTable } from "./rule-table.ts";
import { precedence, type Verdict } from "./verdict.ts";

/**
 * Adds to the rules of `socketcall` and `ipc` those that follow from the rules of the calls they make.
 *
 * The kernel takes the call number from the first argument; a pointer, which a filter cannot follow, leads to the call's
 * own arguments. So a rule with conditions becomes its most restrictive possible outcome, also considering the
 * multiplexer's own rules. Of two equally restrictive verdicts, the multiplexer's own counts.
 *
 * @param rules changed in place
 */
export function addMultiplexedRules(
  rules: RuleTable,
  architectures: readonly Architecture[],
  defaultVerdict: Verdict,
): void {
  for (const multiplexer of multiplexers) {
    const id = syscallId(multiplexer.name);
    if (!architectures.some((arch) => syscallNumber(arch, id) >= 0)) {
      continue;
    }
    const present = rules.of(id) ?? [];
    // The strictest of the multiplexer's own unconditional rules; a rule that is not stricter adds nothing.
    const ceiling = present.reduce(
      (least, { conditions, verdict }) =>
        conditions.length === 0 ? Math.min(least, precedence(verdict)) : least,
      Number.POSITIVE_INFINITY,
    );
    const added: PolicyRule[] = [];
    // Many calls often share their rules, which then are examined once.
    let last: { readonly own: readonly PolicyRule[]; readonly carried: readonly PolicyRule[] } | undefined;
    const codes = multiplexedIds(multiplexer.name);
    for (let call = 0; call < codes.length; call += 1) {
      const code = codes.charCodeAt(call);
      const own = code === 0 ? undefined : rules.of(code - 1);
      if (own === undefined) {
        continue;
      }
      if (last?.own !== own) {
        const carried = carry(own, present, defaultVerdict);
        last = { own, carried: carried.filter(({ verdict }) => precedence(verdict) < ceiling) };
      }
      if (last.carried.length > 0) {
        const value = BigInt(call);
        const isCall: Comparison = { index: 0, op: "SCMP_CMP_MASKED_EQ", value, mask: multiplexer.callMask };
        for (const { conditions, verdict } of last.carried) {
          added.push({ conditions: [isCall, ...conditions], verdict });
        }
      }
    }
    if (added.length > 0) {
      rules.set(id, [...present, ...added]);
    }
  }
}

/**
 * The rules for a call whose arguments cannot be seen, given the multiplexer's own rules.
 *
 * @param own the rules of the call
 * @param present the multiplexer's own rules
 */
function carry(
  own: readonly PolicyRule[],
  present: readonly PolicyRule[],
  defaultVerdict: Verdict,
): readonly PolicyRule[] {
  const verdict = evaluateBlind(own, defaultVerdict);
  if (
    precedence(verdict) < precedence(defaultVerdict) ||
    own.some(({ conditions }) => conditions.length === 0)
  ) {
    return [{ conditions: [], verdict }];
  }
  // By itself, the default is the more restrictive outcome, and a call without a rule gets it anyway. But if one of the
  // multiplexer's own rules allows the call, a stricter one of these may apply as well.
  const strictest = evaluateBlind([...own, { conditions: [], verdict: SECCOMP_RET_ALLOW }], defaultVerdict);
  return present
    .filter((rule) => precedence(strictest) < precedence(rule.verdict))
    .map(({ conditions }) => ({ conditions, verdict: strictest }));
}
