/**
 * The calls that two policies or filters judge differently, each with the condition under which they do and a call that shows it.
 */

import { replaced } from "../lists.ts";
import { type Architecture, architectureOfCall, architectures, siblingOf } from "../tables/architectures.ts";
import { seenNumber } from "../tables/syscalls.ts";
import { type ChangedCalls, isAlways } from "./change.ts";
import { MAX_STEPS_PER_CALL } from "./differences.ts";
import { ALL_BITS, type Domain, interval } from "./domain.ts";
import { RangeComparison } from "./range-changes.ts";
import { anyCallOf, layoutOf, numberRanges, tokensBut } from "./regions.ts";
import { type Judge, judgeOf, partsOf, type Side } from "./sides.ts";
import { ARCH, NR } from "./words.ts";
import { Work } from "./work.ts";

/** The changes of an architecture's calls. */
export interface ArchitectureChanges {
  readonly arch: Architecture;
  /** Which of the two are policies that do not list it: all its calls get the verdict on foreign ones there. */
  readonly unlisted: readonly [boolean, boolean];
  readonly calls: readonly ChangedCalls[];
}

/** The result of {@link changesBetween}. */
export interface Changes {
  /** The machine's own first, then as the policies list them; those without changes as well. */
  readonly architectures: readonly ArchitectureChanges[];
  /** The changes of calls of all other architectures. */
  readonly others: readonly ChangedCalls[];
}

/** Work limit for all numbers together. */
const MAX_STEPS = 3_000_000;

/**
 * Compares two sides on all calls.
 *
 * @param native the architecture of the machine
 * @param among compares only these syscalls, by id; absent: every number
 */
export function changesBetween(a: Side, b: Side, native: Architecture, among?: ReadonlySet<number>): Changes {
  const comparison = new SideComparison(a, b, native.bigEndian, new Work(MAX_STEPS));
  const listed = listedBy(native, a, b);
  return {
    architectures: listed.map((arch) => comparison.of(arch, listed, among)),
    others: among === undefined ? comparison.ofOthers(listed) : [],
  };
}

/** The architectures that a side lists, or whose AUDIT_ARCH_* a filter compares; the native one first. */
export function listedBy(native: Architecture, ...sides: readonly Side[]): readonly Architecture[] {
  const found = sides
    .flatMap(partsOf)
    .flatMap((side) =>
      side.kind === "policy"
        ? side.policy.architectures
        : architectures.filter((arch) => mentions(side, arch)),
    );
  return [...new Set(found.includes(native) ? [native, ...found] : found)];
}

function mentions({ instructions }: Extract<Side, { kind: "filter" }>, { token }: Architecture): boolean {
  return instructions.some((one) => one.kind === "branch" && one.operand === token);
}

function isUnlisted(side: Side, arch: Architecture): boolean {
  return partsOf(side).every((one) => one.kind === "policy" && !one.policy.architectures.includes(arch));
}

/** Numbers from the first to the last, and whose they are. */
type Range = readonly [first: number, last: number, of: Architecture | undefined];

class SideComparison {
  constructor(
    private readonly a: Side,
    private readonly b: Side,
    private readonly bigEndian: boolean,
    private readonly work: Work,
  ) {}

  of(arch: Architecture, listed: readonly Architecture[], among?: ReadonlySet<number>): ArchitectureChanges {
    const { a, b } = this;
    const calls: ChangedCalls[] = [];
    for (const [first, last, of] of among === undefined
      ? this.ranges(arch, listed)
      : numbersOf(arch, among)) {
      calls.push(...this.inRange(interval(arch.token, arch.token), first, last, of));
    }
    return { arch, unlisted: [isUnlisted(a, arch), isUnlisted(b, arch)], calls: joined(calls) };
  }

  /** The ranges of numbers that belong to an architecture, and to none that shares its AUDIT_ARCH_* and is listed itself. */
  private *ranges(arch: Architecture, listed: readonly Architecture[]): Iterable<Range> {
    const sibling = siblingOf(arch);
    const owners = [arch, ...(sibling === undefined ? [] : [sibling])];
    const mixed = [this.a, this.b]
      .flatMap(partsOf)
      .some((side) => side.kind === "policy" && side.policy.mixesX32);
    for (const [first, last] of numberRanges(owners, mixed)) {
      const of = architectureOfCall(owners, arch.token, first) ?? owners.find(isMain);
      if (of === arch || (of !== undefined && !listed.includes(of) && isMain(arch))) {
        yield [first, last, of];
      }
    }
  }

  ofOthers(listed: readonly Architecture[]): readonly ChangedCalls[] {
    const tokens = new Set(listed.map(({ token }) => token));
    return this.inRange(tokensBut([...tokens]), 0, ALL_BITS, undefined);
  }

  private inRange(
    tokens: Domain,
    first: number,
    last: number,
    arch: Architecture | undefined,
  ): readonly ChangedCalls[] {
    const judge = (side: Side): Judge => judgeOf(side, tokens.low, first, arch, this.bigEndian);
    const judges = [judge(this.a), judge(this.b)] as const;
    const { always } = judges[0];
    if (always !== undefined && always === judges[1].always) {
      return [];
    }
    const layout = layoutOf({ arch }, this.bigEndian);
    const any = replaced(replaced(anyCallOf(arch, layout), NR, interval(first, last)), ARCH, tokens);
    const work = new Work(Math.min(MAX_STEPS_PER_CALL, this.work.left));
    const found = new RangeComparison(judges, layout, arch, work).changed(any);
    this.work.spend(work.steps);
    return found;
  }
}

/** The numbers of syscalls. */
function* numbersOf(arch: Architecture, among: ReadonlySet<number>): Iterable<Range> {
  for (const id of among) {
    const number = seenNumber(arch, id);
    if (number >= 0) {
      yield [number, number, arch];
    }
  }
}

/** Whether an architecture has the numbers that no bit marks. */
function isMain({ numberBit }: Architecture): boolean {
  return numberBit === 0;
}

/** Neighbouring ranges of numbers without a call and with the same changes as one range. */
function joined(calls: readonly ChangedCalls[]): readonly ChangedCalls[] {
  const all: ChangedCalls[] = [];
  for (const one of calls) {
    const before = all.at(-1);
    if (before !== undefined && before.last + 1 === one.first && areAlike(before, one)) {
      all[all.length - 1] = { ...before, last: one.last };
    } else {
      all.push(one);
    }
  }
  return all;
}

function areAlike(a: ChangedCalls, b: ChangedCalls): boolean {
  const isPlain = ({ id, changes, cutShort }: ChangedCalls): boolean =>
    id < 0 && cutShort === undefined && changes.length === 1 && isAlways(changes[0]);
  return isPlain(a) && isPlain(b) && String(a.changes[0]?.verdicts) === String(b.changes[0]?.verdicts);
}
