/**
 * The calls on which two policies differ, each with arguments that show it.
 */

import { evaluate } from "../policy/evaluate.ts";
import type { Call, Policy, PolicyRule } from "../policy/policy.ts";
import type { Verdict } from "../policy/verdict.ts";
import type { Architecture } from "../tables/architectures.ts";
import { seenNumber, syscallCount } from "../tables/syscalls.ts";
import { argumentVectors } from "./argument-vectors.ts";

/** A call, and what two policies say of it. */
export interface Difference {
  readonly arch: Architecture;
  /** The syscall's id. */
  readonly id: number;
  readonly call: Call;
  readonly verdicts: readonly [Verdict, Verdict];
}

/** What {@link differences} found. */
export interface Differences {
  /** One for each syscall and pair of different verdicts. */
  readonly differences: readonly Difference[];
  /** The ids of the syscalls of which not all arguments could be looked at: there may be more differences. */
  readonly incomplete: readonly number[];
}

/**
 * Compares what two policies say of an architecture's calls that at least one of them has rules for. Each is judged by
 * {@link evaluate} for every way in which the conditions of both can turn out.
 *
 * @param bitsOfB how many bits of an argument the second one looks at
 */
export function differences(
  arch: Architecture,
  a: Policy,
  b: Policy,
  bitsOfB: 32 | 64 = arch.bits,
): Differences {
  const found: Difference[] = [];
  const incomplete: number[] = [];
  const sameDefault = a.defaultVerdict === b.defaultVerdict;
  for (let id = 0; id < syscallCount(); id += 1) {
    const [ofA, ofB] = [a.rules.of(id), b.rules.of(id)];
    const nr = seenNumber(arch, id);
    if (
      nr < 0 ||
      (ofA === undefined && ofB === undefined) ||
      (sameDefault && bitsOfB === arch.bits && sameRules(ofA, ofB))
    ) {
      continue;
    }
    const { vectors, complete } = argumentVectors([...(ofA ?? []), ...(ofB ?? [])], arch.bits);
    if (!complete) {
      incomplete.push(id);
    }
    const seen = new Set<string>();
    for (const args of bitsOfB < arch.bits ? [...vectors, ...vectors.map(withUpperHalves)] : vectors) {
      const call: Call = { arch: arch.token, nr, args };
      const seenByB = { ...call, args: args.map((arg) => BigInt.asUintN(bitsOfB, arg)) };
      const verdicts = [evaluate(a, call), evaluate(b, seenByB)] as const;
      const key = verdicts.join(" ");
      if (verdicts[0] !== verdicts[1] && !seen.has(key)) {
        seen.add(key);
        found.push({ arch, id, call, verdicts });
      }
    }
  }
  return { differences: found, incomplete };
}

/** The same lower halves below upper ones that no profile has. */
function withUpperHalves(args: readonly bigint[]): bigint[] {
  return args.map((arg) => BigInt.asUintN(32, arg) | (0x5eccn << 32n));
}

function sameRules(a: readonly PolicyRule[] | undefined, b: readonly PolicyRule[] | undefined): boolean {
  if (a === b) {
    return true;
  }
  return (
    a !== undefined && b !== undefined && a.length === b.length && a.every((rule, i) => sameRule(rule, b[i]))
  );
}

function sameRule(a: PolicyRule, b: PolicyRule | undefined): boolean {
  return (
    b !== undefined &&
    a.verdict === b.verdict &&
    a.conditions.length === b.conditions.length &&
    a.conditions.every((condition, i) => {
      const other = b.conditions[i];
      return (
        other !== undefined &&
        condition.index === other.index &&
        condition.op === other.op &&
        condition.value === other.value &&
        condition.mask === other.mask
      );
    })
  );
}
