/**
 * The verdict of a policy on the execve(2) that starts a command, whose arguments are hardly known beforehand.
 */

import type { Comparison, PolicyRule } from "./policy.ts";
import { fails, precedence, strictest, type Verdict } from "./verdict.ts";

/** The outcome of the call. */
export type ExecVerdict =
  | { readonly kind: "allowed" }
  /** With any arguments, it fails, kills or waits for a tracer that does not exist. */
  | { readonly kind: "denied"; readonly verdicts: readonly Verdict[] }
  /** It depends on a comparison whose outcome cannot be known. */
  | { readonly kind: "undecided"; readonly verdicts: readonly Verdict[]; readonly comparison: Comparison };

/** The path, the arguments and the environment, in this order: execve(2). Each is a non-null address. */
export const EXEC_POINTERS = ["path", "argument list", "environment"] as const;

/**
 * Judges an execve(2) whose path, arguments and environment have unknown addresses.
 *
 * @param rules the rules of execve
 * @param bits the width of an argument on the architecture
 */
export function execVerdict(
  rules: readonly PolicyRule[],
  defaultVerdict: Verdict,
  bits: 32 | 64,
): ExecVerdict {
  const sure: Verdict[] = [];
  const unsure: { readonly verdict: Verdict; readonly comparison: Comparison }[] = [];
  for (const { conditions, verdict } of rules) {
    const known = conditions.map((condition) => outcome(condition, bits));
    const comparison = conditions[known.indexOf(undefined)];
    if (known.includes(false)) {
      continue;
    }
    if (comparison === undefined) {
      sure.push(verdict);
    } else {
      unsure.push({ verdict, comparison });
    }
  }
  const certain = sure.length === 0 ? defaultVerdict : strictest(sure);
  // Where a rule certainly applies, only a more restrictive one matters.
  const others = unsure.filter(
    ({ verdict }) => sure.length === 0 || precedence(verdict) < precedence(certain),
  );
  const verdicts = [...new Set([certain, ...others.map(({ verdict }) => verdict)])];
  if (!verdicts.some(fails)) {
    return { kind: "allowed" };
  }
  const deciding = others.find(({ verdict }) => fails(verdict) !== fails(certain));
  return deciding === undefined
    ? { kind: "denied", verdicts }
    : { kind: "undecided", verdicts, comparison: deciding.comparison };
}

/** Whether a comparison holds for every possible value of the argument, or for none; undefined if it depends. */
function outcome({ index, op, value, mask }: Comparison, bits: 32 | 64): boolean | undefined {
  const least = index < EXEC_POINTERS.length ? 1n : 0n;
  const most = (1n << BigInt(bits)) - 1n;
  switch (op) {
    case "SCMP_CMP_EQ":
      return value < least || value > most ? false : undefined;
    case "SCMP_CMP_NE":
      return value < least || value > most ? true : undefined;
    case "SCMP_CMP_LT":
      return value <= least ? false : value > most ? true : undefined;
    case "SCMP_CMP_LE":
      return value < least ? false : value >= most ? true : undefined;
    case "SCMP_CMP_GT":
      return value < least ? true : value >= most ? false : undefined;
    case "SCMP_CMP_GE":
      return value <= least ? true : value > most ? false : undefined;
    case "SCMP_CMP_MASKED_EQ":
      return maskedOutcome(value, mask & most, least, most);
  }
}

function maskedOutcome(value: bigint, mask: bigint, least: bigint, most: bigint): boolean | undefined {
  if ((value & ~mask) !== 0n) {
    return false;
  }
  if (mask === 0n) {
    return true;
  }
  // Only all bits of an address together show that it is not null.
  return value < least && mask === most ? false : undefined;
}

/** Describes the argument of execve(2) that a comparison tests. */
export function execArgument({ index }: Comparison): string {
  const pointer = EXEC_POINTERS[index];
  return pointer === undefined
    ? `argument ${index}, which execve does not use`
    : `the address of its ${pointer} (argument ${index})`;
}
