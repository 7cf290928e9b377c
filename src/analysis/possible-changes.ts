/**
 * The syscalls that two policies may judge differently, found by comparing their rules without judging any call.
 */

import type { Comparison, Policy, PolicyRule } from "../policy/policy.ts";
import { hidingCalls } from "../tables/hidden-arguments.ts";
import { syscallCount, syscallSince } from "../tables/syscalls.ts";

/**
 * The ids of the syscalls that may be judged differently. All other calls are judged alike: what a policy makes of a call depends on
 * the rules of its syscall, those of the one that takes its arguments in registers, and whether it is younger than the profile.
 *
 * @returns undefined if any call may be judged differently
 */
export function possibleChanges(a: Policy, b: Policy): ReadonlySet<number> | undefined {
  if (!areAlikeButForRules(a, b)) {
    return undefined;
  }
  const found = new Set<number>();
  const [from, to] = [Math.min(a.youngest ?? 0, b.youngest ?? 0), Math.max(a.youngest ?? 0, b.youngest ?? 0)];
  for (let id = 0; id < syscallCount(); id += 1) {
    const since = syscallSince(id);
    if (!areEqualRules(a.rules.of(id), b.rules.of(id)) || (since > from && since <= to)) {
      found.add(id);
    }
  }
  for (const arch of a.architectures) {
    for (const { id, inRegisters } of hidingCalls(arch)) {
      if (found.has(inRegisters)) {
        found.add(id);
      }
    }
  }
  return found;
}

function areAlikeButForRules(a: Policy, b: Policy): boolean {
  return (
    a.defaultVerdict === b.defaultVerdict &&
    a.foreignVerdict === b.foreignVerdict &&
    a.youngerVerdict === b.youngerVerdict &&
    a.wideArguments === b.wideArguments &&
    // Numbers without a syscall are younger than any profile; on old kernels they may be those of other calls.
    (a.youngest === undefined) === (b.youngest === undefined) &&
    !a.mixesX32 &&
    !b.mixesX32 &&
    a.architectures.length === b.architectures.length &&
    a.architectures.every((arch, i) => arch === b.architectures[i])
  );
}

/** Whether two lists of rules are the same, rule by rule. */
export function areEqualRules(
  a: readonly PolicyRule[] | undefined,
  b: readonly PolicyRule[] | undefined,
): boolean {
  return (
    a === b ||
    (a !== undefined &&
      b !== undefined &&
      a.length === b.length &&
      a.every((rule, i) => isSameRule(rule, b[i] as PolicyRule)))
  );
}

function isSameRule(a: PolicyRule, b: PolicyRule): boolean {
  return (
    a === b ||
    (a.verdict === b.verdict &&
      a.conditions.length === b.conditions.length &&
      a.conditions.every((one, i) => isSameComparison(one, b.conditions[i] as Comparison)))
  );
}

function isSameComparison(a: Comparison, b: Comparison): boolean {
  return (
    a.index === b.index && a.op === b.op && a.value === b.value && a.mask === b.mask && a.bits === b.bits
  );
}
