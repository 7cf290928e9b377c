/**
 * Whether a changed profile judges the calls that are meant as they should be, and all others as before.
 */

import { allGet } from "../../../analysis/call-outcomes.ts";
import type { ChangedCalls } from "../../../analysis/change.ts";
import { changesBetween } from "../../../analysis/changes.ts";
import { MAX_STEPS_PER_CALL } from "../../../analysis/differences.ts";
import { ALL_BITS, type Domain, divide, interval } from "../../../analysis/domain.ts";
import { possibleChanges } from "../../../analysis/possible-changes.ts";
import { RangeComparison } from "../../../analysis/range-changes.ts";
import { anyCallOf, layoutOf, sectionAt } from "../../../analysis/regions.ts";
import { type Judge, judgeOfSection } from "../../../analysis/sides.ts";
import { ARCH, highWordOf, type Layout, lowWordOf, NR, type Words } from "../../../analysis/words.ts";
import { Work } from "../../../analysis/work.ts";
import { parameterName } from "../../../calls/comparison.ts";
import { allows } from "../../../lint/input.ts";
import { replaced } from "../../../lists.ts";
import type { Policy } from "../../../policy/policy.ts";
import { formatVerdict, type Verdict } from "../../../policy/verdict.ts";
import type { Architecture } from "../../../tables/architectures.ts";
import { multiplexed, multiplexers } from "../../../tables/multiplexers.ts";
import { isNarrow, narrowArguments } from "../../../tables/narrow-arguments.ts";
import { seenNumber, syscallCount, syscallName } from "../../../tables/syscalls.ts";
import { conditionInWords } from "../../conditions.ts";
import type { CallsOn } from "../calls.ts";
import type { Wish } from "./plans.ts";

/** What a change does. */
export interface Judgement {
  /** Whether all calls that are meant get what is wanted. */
  readonly does: boolean;
  /** The other calls that it changes, in words: `socketcall on x86: ALLOW -> ERRNO(EPERM)`. */
  readonly others: readonly string[];
}

/**
 * The changes on another machine of calls that are not meant, in words. A value of another parameter means something else there.
 *
 * @param after undefined: the changed profile is invalid there
 */
export function changesElsewhere(
  before: Policy,
  after: Policy | undefined,
  calls: CallsOn,
  wish: Wish,
  machine: Architecture,
): readonly string[] {
  if (after === undefined) {
    return [`all calls on ${machine.name}: the changed profile is invalid there`];
  }
  const possible = possibleChanges(before, after);
  const ids = possible ?? Array.from({ length: syscallCount() }, (_, id) => id);
  return before.architectures.flatMap((arch) => {
    const isAlike = [...wish.known.keys()].every(
      (index) => parameterName(arch, calls.id, index) === parameterName(calls.arch, calls.id, index),
    );
    const comparison = new Comparison(before, after, wish, machine, isAlike);
    return [...ids].flatMap((id) => comparison.otherChanges(arch, id));
  });
}

/** Judges a change. */
export function judgeChange(
  before: Policy,
  after: Policy,
  calls: CallsOn,
  wish: Wish,
  native: Architecture,
): Judgement {
  const isWanted = (verdict: Verdict): boolean => allows(verdict) === (wish.want === "allow");
  const does = allGet(after, calls, isWanted, native.bigEndian);
  if (!does) {
    return { does, others: [] };
  }
  const possible = possibleChanges(before, after);
  const comparison = new Comparison(before, after, wish, native);
  if (possible !== undefined) {
    const others = before.architectures.flatMap((arch) =>
      [...possible].flatMap((id) => comparison.otherChanges(arch, id)),
    );
    return { does, others };
  }
  const { architectures, others } = changesBetween(
    { kind: "policy", policy: before },
    { kind: "policy", policy: after },
    native,
  );
  return {
    does,
    others: [
      ...architectures.flatMap(({ arch, calls: some }) =>
        some.flatMap((one) =>
          one.id < 0 ? [inWords(arch, one, native)] : comparison.otherChanges(arch, one.id),
        ),
      ),
      ...others.map((one) => inWords(undefined, one, native)),
    ],
  };
}

/** Compares the calls of one number that are not meant. */
class Comparison {
  constructor(
    private readonly before: Policy,
    private readonly after: Policy,
    private readonly wish: Wish,
    private readonly native: Architecture,
    /** Whether the known arguments are of the same parameters as those that are meant. */
    private readonly isAlike = true,
  ) {}

  /** The changes of calls that are not meant, in words. */
  otherChanges(arch: Architecture, id: number): readonly string[] {
    const { before, after, wish, native } = this;
    const nr = seenNumber(arch, id);
    if (nr < 0) {
      return [];
    }
    const name = syscallName(id);
    const isNamed = name === wish.name;
    const layout = layoutOf({ arch }, native.bigEndian);
    const any = replaced(
      replaced(anyCallOf(arch, layout), NR, interval(nr, nr)),
      ARCH,
      interval(arch.token, arch.token),
    );
    const meant = !isNamed ? throughMultiplexer(name, wish) : this.isAlike ? wish.known : undefined;
    const mask = isNamed ? undefined : multiplexers.find((each) => each.name === name)?.callMask;
    const narrow = before.wideArguments ? 0 : narrowArguments(arch, id);
    const judges = [before, after].map((policy) =>
      judgeOfSection(sectionAt(policy, arch.token, nr), arch, native.bigEndian),
    ) as [Judge, Judge];
    const parts = meant === undefined ? [any] : outside(any, meant, narrow, mask, layout);
    return parts
      .flatMap((words) =>
        new RangeComparison(judges, layout, arch, new Work(MAX_STEPS_PER_CALL)).changed(words),
      )
      .map((one) => inWords(arch, one, native));
  }
}

/** The first argument by which a multiplexer makes the call that is meant with any arguments; undefined if it is none of it. */
function throughMultiplexer(name: string, wish: Wish): ReadonlyMap<number, bigint> | undefined {
  const via = multiplexed(wish.name);
  return via?.via === name && wish.known.size === 0 ? new Map([[0, BigInt(via.call)]]) : undefined;
}

/** All calls but those with these arguments, in disjoint parts. */
function outside(
  any: Words,
  known: ReadonlyMap<number, bigint>,
  narrow: number,
  mask: bigint | undefined,
  layout: Layout,
): readonly Words[] {
  const parts: Words[] = [];
  let rest: Words | undefined = any;
  for (const [index, value] of known) {
    const words = [
      { word: lowWordOf(index, layout), value: Number(value & LOW), mask: Number((mask ?? LOW) & LOW) },
      ...(isNarrow(narrow, index) || mask !== undefined || layout.bits === 32
        ? []
        : [{ word: highWordOf(index, layout), value: Number(value >> 32n), mask: ALL_BITS }]),
    ];
    for (const { word, value: own, mask: bits } of words) {
      if (rest !== undefined) {
        const { holds, fails } = divide(rest[word] as Domain, { mask: bits, op: "eq", value: own });
        if (fails !== undefined) {
          parts.push(replaced(rest, word, fails));
        }
        rest = holds === undefined ? undefined : replaced(rest, word, holds);
      }
    }
  }
  return parts;
}

const LOW = 0xffffffffn;

function inWords(
  arch: Architecture | undefined,
  { id, first, last, changes }: ChangedCalls,
  native: Architecture,
): string {
  const name = id >= 0 ? syscallName(id) : first === last ? `number ${first}` : `numbers ${first} to ${last}`;
  const verdicts = changes.map(({ verdicts: [a, b], when }) => {
    const change = [a, b].map((verdict) => formatVerdict(verdict, arch ?? native)).join(" -> ");
    const condition = arch === undefined || when === undefined ? "" : conditionInWords(arch, id, when);
    return condition === "" ? change : `${change} if ${condition}`;
  });
  const on = arch === undefined ? "" : ` on ${arch.name}`;
  return `${name}${on}${verdicts.length === 0 ? "" : `: ${[...new Set(verdicts)].join(", ")}`}`;
}
