/**
 * What a policy makes of the calls of one number, or of those with some known arguments: each verdict that they can get, with the
 * condition on the other arguments and a call that shows it.
 */

import { replaced } from "../lists.ts";
import { holdsFor } from "../policy/applying.ts";
import { evaluate } from "../policy/evaluate.ts";
import type { Call, Policy, PolicyRule } from "../policy/policy.ts";
import type { Verdict } from "../policy/verdict.ts";
import { architectureOfCall, architectures } from "../tables/architectures.ts";
import type { Change, Term } from "./change.ts";
import { MAX_STEPS_PER_CALL } from "./differences.ts";
import { interval } from "./domain.ts";
import { NOBODY } from "./outcomes.ts";
import { RangeComparison } from "./range-changes.ts";
import { alwaysVerdict, anyCallOf, layoutOf, regions, type Section, sectionAt } from "./regions.ts";
import { judgeOfSection } from "./sides.ts";
import { ARCH, NR } from "./words.ts";
import { CutShort, Work } from "./work.ts";

/** Calls of one number, of which some arguments may be known. */
export interface AskedCalls {
  /** AUDIT_ARCH_*. */
  readonly token: number;
  /** As in seccomp_data.nr. */
  readonly nr: number;
  /** The known arguments, by index. */
  readonly known: ReadonlyMap<number, bigint>;
}

/** One verdict, and the calls that get it. */
export interface CallOutcome {
  readonly verdict: Verdict;
  /** At least one of the lists holds entirely; a list without terms always does. Undefined: the search was cut short. */
  readonly when: readonly (readonly Term[])[] | undefined;
  /** One of the calls. */
  readonly call: Call;
}

/** The result of {@link outcomesOf}. */
export interface CallOutcomes {
  readonly outcomes: readonly CallOutcome[];
  /** Why there may be more; undefined if there are none. */
  readonly cutShort: string | undefined;
}

/** What a policy makes of calls. */
export function outcomesOf(policy: Policy, asked: AskedCalls, bigEndian: boolean): CallOutcomes {
  const { token, nr, known } = asked;
  const section = specialised(sectionAt(policy, token, nr), known);
  const always = alwaysVerdict(section);
  const any = [0n, 0n, 0n, 0n, 0n, 0n];
  if (always !== undefined) {
    return { outcomes: [outcomeOf(policy, asked, always, [[]], any)], cutShort: undefined };
  }
  const arch = section.arch ?? architectureOfCall(architectures, token, nr);
  const layout = layoutOf({ arch }, bigEndian);
  const calls = replaced(
    replaced(anyCallOf(arch, layout), NR, interval(nr, nr)),
    ARCH,
    interval(token, token),
  );
  const comparison = new RangeComparison(
    [judgeOfSection(section, arch, bigEndian), NOBODY],
    layout,
    arch,
    new Work(MAX_STEPS_PER_CALL),
  );
  const found = comparison.changed(calls);
  return {
    outcomes: found.flatMap(({ changes }) =>
      changes.map(({ verdicts: [verdict], when, call }: Change) =>
        outcomeOf(policy, asked, verdict, when, call.args),
      ),
    ),
    cutShort: found.find(({ cutShort }) => cutShort !== undefined)?.cutShort,
  };
}

/**
 * Whether all calls get a verdict of some kind.
 *
 * @returns false as well if the search was cut short
 */
export function allGet(
  policy: Policy,
  { token, nr, known }: AskedCalls,
  isOne: (verdict: Verdict) => boolean,
  bigEndian: boolean,
): boolean {
  const section = specialised(sectionAt(policy, token, nr), known);
  try {
    return regions(section, bigEndian, new Work(MAX_STEPS_PER_CALL), ({ verdict }) => isOne(verdict));
  } catch (error) {
    if (error instanceof CutShort) {
      return false;
    }
    throw error;
  }
}

function outcomeOf(
  policy: Policy,
  { token, nr, known }: AskedCalls,
  verdict: Verdict,
  when: Change["when"],
  args: readonly bigint[],
): CallOutcome {
  const call = { arch: token, nr, args: args.map((arg, i) => known.get(i) ?? arg) };
  if (evaluate(policy, call) !== verdict) {
    throw new Error("a call does not get the verdict of its calls");
  }
  return { verdict, when, call };
}

/** A section without the conditions on arguments that are known. */
function specialised(section: Section, known: ReadonlyMap<number, bigint>): Section {
  if (known.size === 0) {
    return section;
  }
  const rules = section.rules.flatMap((rule): PolicyRule[] => {
    const isPossible = rule.conditions.every((one) => {
      const value = known.get(one.index);
      return value === undefined || holdsFor(one, value);
    });
    const conditions = rule.conditions.filter(({ index }) => !known.has(index));
    return isPossible ? [{ conditions, verdict: rule.verdict }] : [];
  });
  return { ...section, rules };
}
