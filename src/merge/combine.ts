/**
 * Combines what two profiles say of a call: rules of which the most restrictive one that applies gives, for all arguments and on
 * every machine, what becomes of the verdicts of both.
 */

import { both, canBothApply, canonical, negate } from "../analysis/comparisons.ts";
import { disentangle } from "../engines/convert/disentangle.ts";
import { canMeet, intersect, type Piece, subtract } from "../engines/convert/piece.ts";
import type { Comparison } from "../policy/policy.ts";
import { denies, precedence, type Verdict } from "../policy/verdict.ts";
import { SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO } from "../tables/seccomp.ts";
import { joined, type Operation } from "./operation.ts";
import { type Part, regionKey } from "./parts.ts";

/** What a profile says of a call. */
export interface Said {
  readonly parts: readonly Part[];
  /** The verdict where no part applies. */
  readonly otherwise: Verdict;
}

/** Maximum number of parts for one call. */
const MAX_PARTS = 500;
/** Up to this number of parts, what remains of one is easier to read than one rule on top of another. */
const FEW_PARTS = 4;

/**
 * Combines them.
 *
 * Each profile gives the minimum of the verdicts of its parts that apply. The union is the maximum of the two, and a maximum of
 * minima is the minimum of the maxima of all pairs, so a part for each pair is right where both profiles have a part that applies; the
 * same holds for the intersection. Where only one of them has, its part meets the other's default.
 *
 * @param denial the verdict of a rest on what both let through
 * @returns undefined if they would be too many
 */
export function combine(
  operation: Operation,
  first: Said,
  second: Said,
  denial: Verdict,
): readonly Part[] | undefined {
  const both = operation === "rest" ? forRest(first, second, denial) : ([first, second] as const);
  if (both === undefined) {
    return undefined;
  }
  const [a, b] = both;
  const join = (ofA: Verdict, ofB: Verdict): Verdict => joined(operation, ofA, ofB, denial);
  const otherwise = join(a.otherwise, b.otherwise);
  const found: Part[] = [];
  for (const one of a.parts) {
    const besides = (other: Verdict): Verdict => join(one.verdict, other);
    found.push(...alone(one, b.parts, join(one.verdict, b.otherwise), otherwise, besides));
    if (found.length > MAX_PARTS) {
      return undefined;
    }
  }
  for (const one of b.parts) {
    const besides = (other: Verdict): Verdict => join(other, one.verdict);
    found.push(...alone(one, a.parts, join(a.otherwise, one.verdict), otherwise, besides));
    if (found.length > MAX_PARTS) {
      return undefined;
    }
  }
  for (const one of a.parts) {
    for (const other of b.parts) {
      if (meet(one, other)) {
        found.push(...shared(one, other, join(one.verdict, other.verdict)));
      }
      if (found.length > MAX_PARTS) {
        return undefined;
      }
    }
  }
  return found.length > MAX_PARTS ? undefined : needed(found, otherwise, a.otherwise === otherwise);
}

/**
 * A rest is no minimum of pairs: the less the second profile denies, the more is denied. So its parts must exclude each other, and
 * those of the first too where the denial is more restrictive than one of theirs.
 */
function forRest(first: Said, second: Said, denial: Verdict): readonly [Said, Said] | undefined {
  const asClass = (verdict: Verdict): Verdict => (denies(verdict) ? SECCOMP_RET_ERRNO : SECCOMP_RET_ALLOW);
  const otherwise = asClass(second.otherwise);
  const classes = second.parts.map((part): Part => {
    const verdict = asClass(part.verdict);
    return verdict === part.verdict ? part : { ...part, verdict, source: undefined };
  });
  const parts = disentangled({ parts: classes, otherwise });
  const isMilder = ({ verdict }: Part): boolean =>
    denies(verdict) && precedence(verdict) > precedence(denial);
  const own = first.parts.some(isMilder) ? disentangled(first) : first.parts;
  return parts === undefined || own === undefined
    ? undefined
    : [
        { parts: own, otherwise: first.otherwise },
        { parts, otherwise },
      ];
}

function disentangled({ parts, otherwise }: Said): readonly Part[] | undefined {
  return disentangle(parts, otherwise)?.map((piece) => asPart(piece, parts));
}

/** A piece as the part of the list that is the same, or as a part that was made. */
function asPart(piece: Piece, parts: readonly Part[]): Part {
  const conditions = piece.conditions.flatMap((one) => canonical(one) ?? []);
  const made: Part = { ...piece, conditions, source: undefined };
  const key = regionKey(made);
  const same = parts.find((part) => part.verdict === piece.verdict && regionKey(part) === key);
  return same ?? made;
}

/**
 * A part where the other profile has its default: whole, unless that would be wrong where the other has parts. What is stricter there
 * decides anyway; only the default is better cut out than repeated by a rule.
 *
 * @param otherwise the default of both together
 * @returns more than {@link MAX_PARTS}, but not all, if there are so many
 */
function alone(
  part: Part,
  others: readonly Part[],
  verdict: Verdict,
  otherwise: Verdict,
  besides: (other: Verdict) => Verdict,
): readonly Part[] {
  let left: readonly Piece[] = [withVerdict(part, verdict)];
  for (const other of others) {
    const there = besides(other.verdict);
    const isWrong = there !== verdict && precedence(there) >= precedence(verdict);
    if (!isWrong && (there !== otherwise || verdict === otherwise)) {
      continue;
    }
    const without: Piece[] = [];
    for (const one of left) {
      without.push(...(meet(one, other) ? subtract(one, other) : [one]));
      if (without.length > MAX_PARTS) {
        break;
      }
    }
    if (isWrong || without.length <= FEW_PARTS) {
      left = without;
    }
    if (left.length > MAX_PARTS) {
      break;
    }
  }
  return left.map((piece) => asPart(piece, [part]));
}

function withVerdict(part: Part, verdict: Verdict): Part {
  return part.verdict === verdict ? part : { ...part, verdict, source: undefined };
}

/** Where two parts both apply. */
function shared(a: Part, b: Part, verdict: Verdict): readonly Part[] {
  return intersect(a, b).map((piece) => asPart({ ...piece, verdict }, [a, b]));
}

/**
 * Without parts that others make needless, and those that say what the default says. What the first profile has without need it
 * keeps.
 *
 * @param sameDefault whether the default is the first profile's
 */
function needed(parts: readonly Part[], otherwise: Verdict, sameDefault: boolean): readonly Part[] {
  const isOfFirst = (part: Part): boolean => part.source?.profile === 0;
  const found = new Map<string, Part>();
  for (const part of parts) {
    const own = isOfFirst(part) ? `of ${part.rule}` : "";
    const key = `${part.verdict} ${regionKey(part)} ${own}`;
    if (found.get(key)?.source === undefined) {
      found.set(key, part);
    }
  }
  const distinct = [...found.values()];
  const isWithin = (part: Part, other: Part): boolean =>
    other.verdict === part.verdict && covers(other, part);
  const [own, added] = [distinct.filter(isOfFirst), distinct.filter((part) => !isOfFirst(part))];
  const news = added.filter(
    (part, i) =>
      !own.some((other) => isWithin(part, other)) &&
      !added.some((other, j) => j !== i && isWithin(part, other) && (j < i || !isWithin(other, part))),
  );
  const kept = own.filter((part) => !news.some((other) => isWithin(part, other)));
  const stricter = (part: Part, other: Part): boolean =>
    precedence(other.verdict) < precedence(part.verdict) && covers(other, part);
  const left = distinct.filter(
    (part) =>
      (kept.includes(part) && !news.some((other) => stricter(part, other))) ||
      (news.includes(part) && ![...kept, ...news].some((other) => stricter(part, other))),
  );
  return left.filter(
    (part) =>
      part.verdict !== otherwise ||
      (sameDefault && isOfFirst(part)) ||
      left.some(
        (other) =>
          other.verdict !== otherwise &&
          precedence(other.verdict) >= precedence(otherwise) &&
          meet(part, other),
      ),
  );
}

/** Whether a part applies wherever another does, as far as their form shows it. */
function covers(a: Part, b: Part): boolean {
  const all = <T>(some: readonly T[], of: readonly T[]): boolean => some.every((one) => of.includes(one));
  return (
    all(a.includes.caps, b.includes.caps) &&
    all(a.excludes.caps, b.excludes.caps) &&
    all(a.excludes.arches, b.excludes.arches) &&
    (a.includes.arches.length === 0 ||
      (b.includes.arches.length > 0 && all(b.includes.arches, a.includes.arches))) &&
    (a.includes.minKernel ?? 0) <= (b.includes.minKernel ?? 0) &&
    (a.excludes.minKernel ?? Number.POSITIVE_INFINITY) >=
      (b.excludes.minKernel ?? Number.POSITIVE_INFINITY) &&
    a.conditions.every((one) => b.conditions.some((other) => follows(one, other)))
  );
}

/** Whether a comparison holds wherever another does. */
function follows(one: Comparison, from: Comparison): boolean {
  return (
    one.index === from.index &&
    (isSame(one, from) || negate(one).every((not) => both(not, from).length === 0))
  );
}

function isSame(a: Comparison, b: Comparison): boolean {
  return a.op === b.op && a.value === b.value && a.mask === b.mask && a.bits === b.bits;
}

/** Whether both can apply to one call on one machine. */
function meet(a: Piece, b: Piece): boolean {
  return canMeet(a, b) && (a.conditions.length === 0 || b.conditions.length === 0 || canBothApply(a, b, 64));
}
