/**
 * Whether rules apply to a call, and which of several counts.
 */

import type { Comparison, PolicyRule } from "./policy.ts";
import { precedence, type Verdict } from "./verdict.ts";

/**
 * The most restrictive verdict possible for a syscall with any arguments; each condition may hold or fail
 * independently.
 */
export function evaluateBlind(rules: readonly PolicyRule[], defaultVerdict: Verdict): Verdict {
  const always = rules.some((rule) => rule.conditions.length === 0);
  const strictest = mostRestrictive(rules);
  return strictest === undefined || (!always && precedence(strictest) >= precedence(defaultVerdict))
    ? defaultVerdict
    : strictest;
}

/** Whether the rule's conditions all hold. */
export function applies(rule: PolicyRule, args: readonly bigint[]): boolean {
  return rule.conditions.every((condition) => holdsFor(condition, args[condition.index] ?? 0n));
}

/** Whether a comparison holds for that argument, 64 bits of a register. */
export function holdsFor(comparison: Comparison, argument: bigint): boolean {
  const arg = comparison.bits === 32 ? argument & 0xffffffffn : argument;
  switch (comparison.op) {
    case "SCMP_CMP_EQ":
      return arg === comparison.value;
    case "SCMP_CMP_NE":
      return arg !== comparison.value;
    case "SCMP_CMP_LT":
      return arg < comparison.value;
    case "SCMP_CMP_LE":
      return arg <= comparison.value;
    case "SCMP_CMP_GT":
      return arg > comparison.value;
    case "SCMP_CMP_GE":
      return arg >= comparison.value;
    case "SCMP_CMP_MASKED_EQ":
      return (arg & comparison.mask) === comparison.value;
  }
}

/** The verdict of the most restrictive rule; the first of several that are equally restrictive. Undefined if there is none. */
export function mostRestrictive(rules: readonly PolicyRule[]): Verdict | undefined {
  let strictest: Verdict | undefined;
  for (const rule of rules) {
    if (strictest === undefined || precedence(rule.verdict) < precedence(strictest)) {
      strictest = rule.verdict;
    }
  }
  return strictest;
}
