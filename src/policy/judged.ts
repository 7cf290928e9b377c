/**
 * The rules of a call as they judge it on one architecture: its conditions compare what the kernel takes of each argument
 * there, and are left out where it takes the arguments from memory.
 */

import type { Architecture } from "../tables/architectures.ts";
import { type HidingCall, hidingCalls } from "../tables/hidden-arguments.ts";
import { isNarrow, narrowArguments } from "../tables/narrow-arguments.ts";
import { evaluateBlind } from "./applying.ts";
import type { Comparison, Policy, PolicyRule } from "./policy.ts";
import { strictest } from "./verdict.ts";

/** What the rules of a policy for a call depend on. */
export type Judging = Pick<Policy, "rules" | "defaultVerdict" | "wideArguments">;

/**
 * The rules that judge a call on an architecture; undefined if it has none. Equal ones are the same list, so that lists can be
 * compared by identity.
 *
 * @param id the syscall's id
 */
export function judgedRules(
  policy: Judging,
  arch: Architecture,
  id: number,
): readonly PolicyRule[] | undefined {
  const { rules } = policy;
  if (policy.wideArguments || rules.conditional.size === 0) {
    return rules.of(id);
  }
  for (const hiding of hidingCalls(arch)) {
    if (hiding.id === id) {
      return hiddenRules(policy, hiding);
    }
  }
  const own = rules.of(id);
  return own === undefined || !rules.conditional.has(id)
    ? own
    : narrowedRules(policy, own, narrowArguments(arch, id));
}

/** The rules with their conditions on some arguments narrowed ({@link narrowed}). */
function narrowedRules(
  { rules }: Judging,
  own: readonly PolicyRule[],
  narrow: number,
): readonly PolicyRule[] {
  return rules.variant(own, narrow, () => {
    const changed = own.map((rule) => narrowedRule(rule, narrow));
    return changed.every((rule, i) => rule === own[i]) ? own : changed;
  });
}

/**
 * A rule as it judges calls whose arguments are partly taken in 32 bits.
 *
 * @param narrow bit n: the kernel takes 32 bits, or fewer, of argument n
 */
export function narrowedRule(rule: PolicyRule, narrow: number): PolicyRule {
  let changed = false;
  const conditions = rule.conditions.map((one) => {
    if (!isNarrow(narrow, one.index)) {
      return one;
    }
    const judged = narrowed(one);
    changed ||= judged !== one;
    return judged;
  });
  return changed ? { conditions, verdict: rule.verdict } : rule;
}

const LOW = 0xffffffffn;
/** From this value on, a 64-bit number is a negative 32-bit number with its sign extended. */
const NEGATIVE = 0xffffffff80000000n;

/** Whether a value is a 32-bit number, or a negative one with its sign extended. */
export function isIn32Bits(value: bigint): boolean {
  return value <= LOW || value >= NEGATIVE;
}

/**
 * A comparison of an argument that the kernel takes in 32 bits: of these bits, with the value as the kernel would take it as an
 * argument. A value above every 32-bit number, and no negative one with its sign extended, stays above them in comparisons by
 * size.
 */
export function narrowed(comparison: Comparison): Comparison {
  const { index, op, value, mask } = comparison;
  if (op === "SCMP_CMP_MASKED_EQ") {
    return mask <= LOW ? comparison : { index, op, value: value & LOW, mask: mask & LOW };
  }
  if (op === "SCMP_CMP_EQ" || op === "SCMP_CMP_NE" || isIn32Bits(value)) {
    return { index, op, value: value & LOW, mask, bits: 32 };
  }
  const isBelow = op === "SCMP_CMP_LT" || op === "SCMP_CMP_LE";
  return { index, op: isBelow ? "SCMP_CMP_LE" : "SCMP_CMP_GT", value: LOW, mask, bits: 32 };
}

/**
 * The rules of a call whose arguments are in memory, where no filter sees them: where its conditions, or those of the call that
 * takes the same arguments in registers, would decide, the more restrictive outcome counts.
 */
function hiddenRules(
  { rules, defaultVerdict }: Judging,
  { id, inRegisters }: HidingCall,
): readonly PolicyRule[] | undefined {
  const own = rules.of(id);
  const others = rules.conditional.has(inRegisters) ? (rules.of(inRegisters) ?? []) : [];
  if (others.length === 0 && !rules.conditional.has(id)) {
    return own;
  }
  return rules.variant(own ?? others, `hidden ${id} ${inRegisters}`, () => {
    const verdicts = [evaluateBlind(own ?? [], defaultVerdict)];
    if (others.length > 0) {
      verdicts.push(evaluateBlind(others, defaultVerdict));
    }
    return [{ conditions: [], verdict: strictest(verdicts) }];
  });
}
