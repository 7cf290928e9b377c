/**
 * A rule, or what remains of one after others are subtracted, in a form that engines can express.
 */

import { alwaysHolds, both, negate } from "../../analysis/comparisons.ts";
import type { Comparison } from "../../policy/policy.ts";
import type { Verdict } from "../../policy/verdict.ts";
import type { Selector } from "../../profile/profile.ts";

/** The machines and the arguments to which a verdict on a call applies. */
export interface Piece {
  readonly includes: Selector;
  readonly excludes: Selector;
  /** At most one per argument; all must hold. */
  readonly conditions: readonly Comparison[];
  readonly verdict: Verdict;
  /** The index in the profile of the rule that it comes from. */
  readonly rule: number;
}

/**
 * Subtracts a piece: what remains where the other one does not apply.
 *
 * The other one does not apply if any one of its demands is not met, so there is one piece for each demand. They may overlap,
 * which is harmless since all have the same verdict.
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

/** The part of a piece where another one applies as well, with the verdict of the first: pieces that may overlap. */
export function intersect(piece: Piece, other: Piece): Piece[] {
  const selectors = jointSelectors(piece, other);
  if (selectors === undefined) {
    return [];
  }
  let lists: (readonly Comparison[])[] = [piece.conditions];
  for (const condition of other.conditions) {
    lists = lists.flatMap((conditions) => withCondition(conditions, condition));
  }
  return lists.map((conditions) => ({ ...piece, ...selectors, conditions }));
}

/** Adds a condition; each resulting list has at most one condition per argument. */
function withCondition(conditions: readonly Comparison[], added: Comparison): (readonly Comparison[])[] {
  const present = conditions.find(({ index }) => index === added.index);
  if (present === undefined) {
    return [[...conditions, added]];
  }
  const others = conditions.filter((one) => one !== present);
  return both(present, added).map((joint) => (alwaysHolds(joint) ? others : [...others, joint]));
}

/** Whether the piece can apply on some machine. */
export function isPossible({ includes, excludes }: Pick<Piece, "includes" | "excludes">): boolean {
  return (
    !includes.caps.some((name) => excludes.caps.includes(name)) &&
    !(includes.arches.length > 0 && includes.arches.every((word) => excludes.arches.includes(word))) &&
    !(excludes.minKernel !== undefined && (includes.minKernel ?? 0) >= excludes.minKernel)
  );
}

/** Whether both can apply on some machine. */
export function canMeet(a: Piece, b: Piece): boolean {
  return jointSelectors(a, b) !== undefined;
}

/** The machines on which both apply; undefined if there are none. */
function jointSelectors(a: Piece, b: Piece): Pick<Piece, "includes" | "excludes"> | undefined {
  const arches = intersection(a.includes.arches, b.includes.arches);
  if (arches === undefined) {
    return undefined;
  }
  const includes: Selector = {
    caps: joined(a.includes.caps, b.includes.caps),
    arches,
    minKernel: maximum(a.includes.minKernel, b.includes.minKernel),
  };
  const excludes: Selector = {
    caps: joined(a.excludes.caps, b.excludes.caps),
    arches: joined(a.excludes.arches, b.excludes.arches),
    minKernel: minimum(a.excludes.minKernel, b.excludes.minKernel),
  };
  return isPossible({ includes, excludes }) ? { includes, excludes } : undefined;
}

/** The words in both lists, of which an empty one means all words; undefined if there are none. */
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

function maximum(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : b === undefined ? a : Math.max(a, b);
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
