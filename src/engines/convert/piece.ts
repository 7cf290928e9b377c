/**
 * A rule, or what is left of one when others are taken out of it, as engines can be told of it.
 */

import { alwaysHolds, both, negate } from "../../analysis/comparisons.ts";
import type { Comparison } from "../../policy/policy.ts";
import type { Verdict } from "../../policy/verdict.ts";
import type { Selector } from "../../profile/profile.ts";

/** On which machines, and for which arguments, something is said of a call. */
export interface Piece {
  readonly includes: Selector;
  readonly excludes: Selector;
  /** At most one for each argument; all have to hold. */
  readonly conditions: readonly Comparison[];
  readonly verdict: Verdict;
  /** The index in the profile of the rule that it comes from. */
  readonly rule: number;
}

/**
 * What is left of a piece where another one does not apply.
 *
 * The other one does not apply where any one of its demands is not met; so there is a piece for each of them, and they
 * may overlap, which is no harm, since all say the same.
 */
export function subtract(piece: Piece, other: Piece): Piece[] {
  const { includes, excludes } = other;
  const found: Piece[] = [];
  const add = (narrower: Piece): void => {
    if (isPossible(narrower)) {
      found.push(narrower);
    }
  };
  for (const name of includes.caps) {
    add(withExcludes(piece, { caps: joined(piece.excludes.caps, [name]) }));
  }
  for (const name of excludes.caps) {
    add(withIncludes(piece, { caps: joined(piece.includes.caps, [name]) }));
  }
  if (includes.minKernel !== undefined) {
    const before = piece.excludes.minKernel ?? Number.POSITIVE_INFINITY;
    add(withExcludes(piece, { minKernel: Math.min(before, includes.minKernel) }));
  }
  if (excludes.minKernel !== undefined) {
    add(withIncludes(piece, { minKernel: Math.max(piece.includes.minKernel ?? 0, excludes.minKernel) }));
  }
  if (includes.arches.length > 0) {
    add(withExcludes(piece, { arches: joined(piece.excludes.arches, includes.arches) }));
  }
  if (excludes.arches.length > 0) {
    const present = piece.includes.arches;
    const arches =
      present.length === 0 ? excludes.arches : present.filter((word) => excludes.arches.includes(word));
    if (arches.length > 0) {
      add(withIncludes(piece, { arches }));
    }
  }
  for (const condition of other.conditions) {
    for (const not of negate(condition)) {
      for (const conditions of withCondition(piece.conditions, not)) {
        add({ ...piece, conditions });
      }
    }
  }
  return found;
}

/** Conditions with one more, each list with at most one for an argument. */
function withCondition(conditions: readonly Comparison[], added: Comparison): (readonly Comparison[])[] {
  const present = conditions.find(({ index }) => index === added.index);
  if (present === undefined) {
    return [[...conditions, added]];
  }
  const others = conditions.filter((one) => one !== present);
  return both(present, added).map((joint) => (alwaysHolds(joint) ? others : [...others, joint]));
}

/** Whether there is a machine on which the piece can apply. */
export function isPossible({ includes, excludes }: Piece): boolean {
  return (
    !includes.caps.some((name) => excludes.caps.includes(name)) &&
    !(includes.arches.length > 0 && includes.arches.every((word) => excludes.arches.includes(word))) &&
    !(excludes.minKernel !== undefined && (includes.minKernel ?? 0) >= excludes.minKernel)
  );
}

/** Whether there is a machine on which both can apply. */
export function canMeet(a: Piece, b: Piece): boolean {
  const bothIncluded = intersection(a.includes.arches, b.includes.arches);
  return (
    bothIncluded !== undefined &&
    isPossible({
      ...a,
      includes: {
        caps: joined(a.includes.caps, b.includes.caps),
        arches: bothIncluded,
        minKernel: Math.max(a.includes.minKernel ?? 0, b.includes.minKernel ?? 0),
      },
      excludes: {
        caps: joined(a.excludes.caps, b.excludes.caps),
        arches: joined(a.excludes.arches, b.excludes.arches),
        minKernel: minimum(a.excludes.minKernel, b.excludes.minKernel),
      },
    })
  );
}

/** Words of both lists, of which an empty one stands for all words; undefined where there is none. */
function intersection(a: readonly string[], b: readonly string[]): readonly string[] | undefined {
  if (a.length === 0 || b.length === 0) {
    return a.length === 0 ? b : a;
  }
  const common = a.filter((word) => b.includes(word));
  return common.length === 0 ? undefined : common;
}

function minimum(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : b === undefined ? a : Math.min(a, b);
}

function joined(a: readonly string[], b: readonly string[]): readonly string[] {
  return [...new Set([...a, ...b])];
}

function withIncludes(piece: Piece, change: Partial<Selector>): Piece {
  return { ...piece, includes: { ...piece.includes, ...change } };
}

function withExcludes(piece: Piece, change: Partial<Selector>): Piece {
  return { ...piece, excludes: { ...piece.excludes, ...change } };
}
