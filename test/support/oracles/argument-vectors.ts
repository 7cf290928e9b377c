/**
 * Arguments of one syscall, with a vector for each combination of outcomes of the conditions of its rules.
 */

import { addTo } from "../../../src/groups.ts";
import { replaced } from "../../../src/lists.ts";
import type { Comparison, PolicyRule } from "../../../src/policy/policy.ts";
import { witnesses } from "./witnesses.ts";

/** The number of arguments of a call: struct seccomp_data of include/uapi/linux/seccomp.h at v6.18. */
const ARGUMENTS = 6;

/** The result of {@link argumentVectors}. */
export interface ArgumentVectors {
  /** Six arguments each; never empty. */
  readonly vectors: readonly (readonly bigint[])[];
  /** Their number; the vectors are made on demand. */
  readonly count: number;
  /** Whether every combination of outcomes is among them; false if a limit was reached. */
  readonly complete: boolean;
}

/** Maximum number of vectors. */
const MAX_VECTORS = 20_000;

/**
 * Covers all combinations of outcomes of the conditions of these rules. Arguments are independent, so these are all combinations
 * of the outcomes of each argument.
 *
 * @param bits the width of an argument on the architecture
 */
export function argumentVectors(rules: readonly PolicyRule[], bits: 32 | 64): ArgumentVectors {
  const byIndex = new Map<number, Comparison[]>();
  for (const { conditions } of rules) {
    for (const condition of conditions) {
      addTo(byIndex, condition.index, [condition]);
    }
  }
  const varied: (readonly [index: number, values: readonly bigint[]])[] = [];
  let count = 1;
  let complete = true;
  for (const [index, comparisons] of byIndex) {
    const found = witnesses(comparisons, bits);
    complete &&= found.complete;
    if (count * found.values.length > MAX_VECTORS) {
      complete = false;
      continue;
    }
    count *= found.values.length;
    varied.push([index, found.values]);
  }
  let vectors: (readonly bigint[])[] | undefined;
  return {
    get vectors() {
      vectors ??= combined(varied);
      return vectors;
    },
    count,
    complete,
  };
}

/** Vectors with all combinations of these values. */
function combined(
  varied: readonly (readonly [index: number, values: readonly bigint[]])[],
): (readonly bigint[])[] {
  return varied.reduce<(readonly bigint[])[]>(
    (vectors, [index, values]) =>
      vectors.flatMap((vector) => values.map((value) => replaced(vector, index, value))),
    [new Array<bigint>(ARGUMENTS).fill(0n)],
  );
}
