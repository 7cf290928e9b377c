/**
 * Values that an argument can never have, since the kernel takes fewer bits of it.
 */

import type { Diagnostic } from "../diagnostic.ts";
import { listed } from "../plural.ts";
import { isIn32Bits } from "../policy/judged.ts";
import type { Condition, Rule } from "../profile/profile.ts";
import { isNarrow, narrowArguments } from "../tables/narrow-arguments.ts";
import { syscallId } from "../tables/syscalls.ts";
import { type LintInput, rulePointer } from "./input.ts";

const LOW = 0xffffffffn;
const HIGH = 0xffffffff00000000n;
const SIGN = 0x80000000n;

/** Warns of comparisons with values that are neither 32-bit numbers nor negative ones with their sign extended. */
export function* impossibleValues({ profile, policy }: LintInput): Iterable<Diagnostic> {
  if (policy.wideArguments) {
    return;
  }
  for (const rule of profile.rules) {
    for (const [i, condition] of rule.conditions.entries()) {
      const { key, effect } = impossibleIn(condition) ?? {};
      const names = key === undefined ? [] : narrowNames(rule, condition.index, policy.architectures);
      if (key !== undefined && names.length > 0) {
        yield {
          code: "impossible-value",
          severity: "warning",
          message: `the kernel takes 32 bits of argument ${condition.index} of ${listed(names)}, which never has this value: ${effect}`,
          hint: "write a number below 2^32, or a negative number as 64 bits (-1 is 18446744073709551615)",
          pointer: `${rulePointer(profile, rule)}/args/${i}/${key}`,
        };
      }
    }
  }
}

/** The names of a rule whose calls take the argument in 32 bits on an architecture of the policy. */
function narrowNames(
  rule: Rule,
  index: number,
  architectures: LintInput["policy"]["architectures"],
): readonly string[] {
  return rule.names.filter((name) => {
    const id = syscallId(name);
    return id >= 0 && architectures.some((arch) => isNarrow(narrowArguments(arch, id), index));
  });
}

/** Which number of a condition no 32 bits equal, and what is compared instead. */
function impossibleIn({
  op,
  value,
  valueTwo,
}: Condition): { readonly key: "value" | "valueTwo"; readonly effect: string } | undefined {
  if (op === "SCMP_CMP_MASKED_EQ") {
    const upper = value & HIGH;
    const wanted = valueTwo & upper;
    const isNegative = wanted === upper && (value & valueTwo & SIGN) !== 0n;
    return wanted === 0n || isNegative
      ? undefined
      : { key: "valueTwo", effect: "only the lower 32 bits of the mask are compared" };
  }
  if (isIn32Bits(value)) {
    return undefined;
  }
  switch (op) {
    case "SCMP_CMP_EQ":
    case "SCMP_CMP_NE":
      return { key: "value", effect: `it is compared with the lower half, ${value & LOW}` };
    case "SCMP_CMP_LT":
    case "SCMP_CMP_LE":
      return { key: "value", effect: "the condition always holds" };
    case "SCMP_CMP_GT":
    case "SCMP_CMP_GE":
      return { key: "value", effect: "the condition never holds" };
  }
}
