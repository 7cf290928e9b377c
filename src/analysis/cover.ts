/**
 * The shortest conditions that describe some cases: a disjunction of conjunctions of the facts by which cases differ.
 */

/** Which facts hold in a case; all cases have the same facts. */
export type Case = readonly boolean[];

/** A fact that a conjunction demands, by its index: that it holds, or that it does not. */
export interface Literal {
  readonly fact: number;
  readonly holds: boolean;
}

/** All literals must be true; empty: always. */
export type Conjunction = readonly Literal[];

/**
 * Conjunctions of which at least one is true in each of these cases, and none in any of the others. Each has as few literals as
 * is found without a search, and none is there without need.
 *
 * @param inside the cases to describe
 * @param outside the other cases that can occur
 */
export function cover(inside: readonly Case[], outside: readonly Case[]): readonly Conjunction[] {
  const found: Conjunction[] = [];
  for (const one of inside) {
    if (!found.some((conjunction) => isTrue(conjunction, one))) {
      found.push(shortest(one, outside));
    }
  }
  return withoutNeedless(found, inside);
}

/** Whether a conjunction is true in a case. */
export function isTrue(conjunction: Conjunction, one: Case): boolean {
  return conjunction.every(({ fact, holds }) => one[fact] === holds);
}

/** Literals of a case that no other case has all: one from each set of facts by which it differs from one of these. */
function shortest(one: Case, outside: readonly Case[]): Conjunction {
  const differing = outside.map((other) =>
    one.flatMap((holds, fact) => (other[fact] === holds ? [] : [fact])),
  );
  // A fact that holds says more than several that do not.
  const alone = one.findIndex((holds, fact) => holds && differing.every((facts) => facts.includes(fact)));
  if (alone >= 0 && differing.length > 0) {
    return [{ fact: alone, holds: true }];
  }
  const chosen = new Set(differing.flatMap((facts) => (facts.length === 1 ? facts : [])));
  for (;;) {
    const left = differing.filter((facts) => !facts.some((fact) => chosen.has(fact)));
    if (left.length === 0) {
      break;
    }
    chosen.add(mostFrequent(left, one));
  }
  return [...chosen].sort((a, b) => a - b).map((fact) => ({ fact, holds: one[fact] === true }));
}

/** The fact in most of the sets; of equally frequent ones the first that holds, or the first. */
function mostFrequent(sets: readonly (readonly number[])[], one: Case): number {
  const counts = new Map<number, number>();
  for (const fact of sets.flat()) {
    counts.set(fact, (counts.get(fact) ?? 0) + 1);
  }
  const rank = ([fact, count]: readonly [number, number]): number => 2 * count + (one[fact] === true ? 1 : 0);
  const [best] = [...counts].sort((a, b) => rank(b) - rank(a) || a[0] - b[0]);
  if (best === undefined) {
    throw new Error("two cases with the same facts belong to different groups");
  }
  return best[0];
}

/** Leaves out conjunctions whose cases the others have all. */
function withoutNeedless(found: readonly Conjunction[], inside: readonly Case[]): readonly Conjunction[] {
  const truths = found.map((conjunction) => inside.map((one) => isTrue(conjunction, one)));
  const counts = inside.map((_, i) => truths.filter((truth) => truth[i] === true).length);
  return found.filter((_, at) => {
    const truth = truths[at] ?? [];
    const isNeeded = truth.some((holds, i) => holds && (counts[i] ?? 0) < 2);
    if (!isNeeded) {
      for (const [i, holds] of truth.entries()) {
        counts[i] = (counts[i] ?? 0) - (holds ? 1 : 0);
      }
    }
    return isNeeded;
  });
}
