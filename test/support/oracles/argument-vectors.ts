/**
 * Arguments of one syscall, a vector for each way in which the conditions of its rules can turn out together.
 */

import { addTo } from "../../../src/groups.ts";
import { replaced } from "../../../src/lists.ts";
import type { Comparison, PolicyRule } from "../../../src/policy/policy.ts";
import { witnesses } from "./witnesses.ts";

/** How many arguments a call has: struct seccomp_data of include/uapi/linux/seccomp.h at v6.18. */
const ARGUMENTS = 6;

/** What {@link argumentVectors} found. */
export interface ArgumentVectors {
  /** Six arguments each; never empty. */
  readonly vectors: readonly (readonly bigint[])[];
  /** How many these are; they are made only where somebody asks for them. */
  readonly count: number;
  /** Whether every way in which the conditions can turn out is among them; false where a limit was reached. */
  readonly complete: boolean;
}

/** Maximum number of vectors. */
const MAX_VECTORS = 20_000;

/**
 * Covers all ways in which the conditions of these rules can turn out: arguments do not depend on each other, so the ways
 * are all combinations of those of each argument.
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
