/**
 * Rules that can never apply, and conditions that always hold.
 */

import { alwaysHolds, canHold, oneAlwaysApplies } from "../analysis/comparisons.ts";
import type { Diagnostic } from "../diagnostic.ts";
import { narrowedRule } from "../policy/judged.ts";
import type { PolicyRule } from "../policy/policy.ts";
import { ruleAlternatives } from "../policy/resolve.ts";
import { type Condition, NO_SELECTOR, type Rule } from "../profile/profile.ts";
import { narrowArguments } from "../tables/narrow-arguments.ts";
import { syscallId, syscallNumber } from "../tables/syscalls.ts";
import { type LintInput, nativeOf, rulePointer } from "./input.ts";

/** Warns of rules that can apply to no call on any machine, and of conditions that always hold. */
export function* contradictions(input: LintInput): Iterable<Diagnostic> {
  const { profile } = input;
  for (const rule of profile.rules) {
    if (rule.conditions.length === 0 && rule.includes === NO_SELECTOR && rule.excludes === NO_SELECTOR) {
      continue;
    }
    const pointer = rulePointer(profile, rule);
    const contradiction = contradictionIn(rule, input);
    if (contradiction === undefined) {
      yield* emptyConditions(rule, input, pointer);
      yield* unusedValues(rule, pointer);
    } else {
      yield {
        code: "never-applies",
        severity: "warning",
        message: `the rule can never apply: ${contradiction}`,
        pointer,
      };
    }
  }
}

/** Why a rule can never apply: no machine or no call meets it. */
export function contradictionIn(rule: Rule, input: LintInput): string | undefined {
  const { includes, excludes } = rule;
  const excludedCaps = new Set(excludes.caps);
  const cap = includes.caps.find((name) => excludedCaps.has(name));
  if (cap !== undefined) {
    return `'includes' and 'excludes' both name ${cap}`;
  }
  const excludedArches = new Set(excludes.arches);
  if (includes.arches.length > 0 && includes.arches.every((word) => excludedArches.has(word))) {
    return "'excludes' names every architecture that 'includes' names";
  }
  if (excludes.minKernel !== undefined && (includes.minKernel ?? 0) >= excludes.minKernel) {
    return "'excludes' excludes every kernel that 'includes' includes";
  }
  // The alternatives compare each argument once, and the arguments are independent of each other.
  const possible = judgedAlternatives(rule, input).some(({ conditions }) => conditions.every(canHold));
  return possible ? undefined : "no arguments meet its conditions";
}

/** The alternatives of a rule as they judge each of its names: narrowed where all of the calls take an argument in 32 bits. */
function judgedAlternatives({ conditions, names }: Rule, input: LintInput): readonly PolicyRule[] {
  const alternatives = ruleAlternatives(conditions, 0);
  if (conditions.length === 0 || input.policy.wideArguments) {
    return alternatives;
  }
  const arch = nativeOf(input);
  const narrow = names.reduce((all, name) => {
    const id = syscallId(name);
    return id < 0 || syscallNumber(arch, id) < 0 ? all : all & narrowArguments(arch, id);
  }, ~0);
  return alternatives.map((rule) => narrowedRule(rule, narrow));
}

function emptyConditions(rule: Rule, input: LintInput, pointer: string): Diagnostic[] {
  const rules = judgedAlternatives(rule, input);
  const comparisons = rules.flatMap((rule) => rule.conditions);
  const found = comparisons.flatMap((comparison, i): Diagnostic[] =>
    alwaysHolds(comparison)
      ? [
          {
            code: "condition-always-holds",
            severity: "warning",
            message: "the condition holds for every argument",
            hint:
              comparison.op === "SCMP_CMP_MASKED_EQ"
                ? (swapped(rule.conditions[i]) ??
                  "SCMP_CMP_MASKED_EQ compares the argument under the mask 'value' with 'valueTwo', and the mask is 0, or has only bits that the kernel does not take")
                : "remove it",
            pointer: `${pointer}/args/${i}`,
          },
        ]
      : [],
  );
  if (found.length > 0 || rules.length < 2) {
    return found;
  }
  return oneAlwaysApplies(rules, 64)
    ? [
        {
          code: "condition-always-holds",
          severity: "warning",
          message: "one of the conditions holds for every argument, and one is enough",
          hint: "if an argument is compared twice, each condition is a rule of its own",
          pointer: `${pointer}/args`,
        },
      ]
    : [];
}

/** The hint where 'valueTwo' has what 'value' lacks. */
function swapped(condition: Condition | undefined): string | undefined {
  return condition === undefined || condition.value !== 0n || condition.valueTwo === 0n
    ? undefined
    : `'value' and 'valueTwo' look swapped: 'value' is the mask, and 0 compares nothing; perhaps 'value' ${condition.valueTwo} and 'valueTwo' 0 are meant`;
}

function unusedValues({ conditions }: Rule, pointer: string): Diagnostic[] {
  return conditions.flatMap(({ op, value, valueTwo }, i): Diagnostic[] => {
    const masked = op === "SCMP_CMP_MASKED_EQ";
    // An empty mask is reported elsewhere.
    if (masked ? value === 0n || (valueTwo & ~value) === 0n : valueTwo === 0n) {
      return [];
    }
    return [
      {
        code: "value-two-unused",
        severity: "note",
        message: masked
          ? "'valueTwo' has bits that are not in the mask 'value'; they are ignored"
          : `${op} does not use 'valueTwo'`,
        hint: masked ? "remove them, or add them to 'value'" : "remove it, or write 0",
        pointer: `${pointer}/args/${i}/valueTwo`,
      },
    ];
  });
}
