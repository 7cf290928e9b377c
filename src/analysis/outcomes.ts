/**
 * All verdicts that the calls of one number can get, each with the condition on their arguments.
 */

import { replaced } from "../lists.ts";
import type { Verdict } from "../policy/verdict.ts";
import type { Architecture } from "../tables/architectures.ts";
import type { Term } from "./change.ts";
import { interval } from "./domain.ts";
import { RangeComparison } from "./range-changes.ts";
import { anyCallOf, layoutOf } from "./regions.ts";
import { type Judge, judgeOf, type Side } from "./sides.ts";
import { ARCH, NR } from "./words.ts";
import { Work } from "./work.ts";

/** Calls of one number that get one verdict. */
export interface Outcome {
  readonly verdict: Verdict;
  /** At least one of the lists holds entirely; a list without terms always does. Undefined: not known, the search was cut short. */
  readonly when: readonly (readonly Term[])[] | undefined;
}

/** Work limit for one number: what takes more is no answer that people read. */
const MAX_STEPS_PER_CALL = 10_000;

/** The result of {@link outcomesOn}. */
export interface Outcomes {
  /** One at least, each verdict once, unless the search was cut short. */
  readonly outcomes: readonly Outcome[];
  /** Why there may be more; undefined if there are none. */
  readonly cutShort: string | undefined;
}

/**
 * The verdicts of a side on the calls of a number.
 *
 * @param nr as in seccomp_data.nr
 * @param bigEndian the byte order of the machine
 * @param work limits this search, and those of other numbers
 */
export function outcomesOn(
  side: Side,
  arch: Architecture,
  nr: number,
  bigEndian: boolean,
  work: Work,
): Outcomes {
  const judge = judgeOf(side, arch.token, nr, arch, bigEndian);
  if (judge.always !== undefined) {
    return { outcomes: [{ verdict: judge.always, when: ALWAYS }], cutShort: undefined };
  }
  const layout = layoutOf({ arch }, bigEndian);
  const any = replaced(
    replaced(anyCallOf(arch, layout), NR, interval(nr, nr)),
    ARCH,
    interval(arch.token, arch.token),
  );
  const own = new Work(Math.min(MAX_STEPS_PER_CALL, work.left));
  const { found, cutShort } = new RangeComparison([judge, NOBODY], layout, arch, own).described(any);
  work.spend(own.steps);
  return { outcomes: found.map(({ verdicts: [verdict], when }) => ({ verdict, when })), cutShort };
}

const ALWAYS = [[]];

/** A verdict that no filter gives: they are unsigned. */
const NO_VERDICT: Verdict = -1;

/** Beside this judge every verdict of another is a change. */
export const NOBODY: Judge = { always: NO_VERDICT, conditions: [], judge: () => NO_VERDICT };
