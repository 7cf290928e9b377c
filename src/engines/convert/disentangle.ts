/**
 * Rewrites the rules for a call so that no two of them with different actions can apply together: then all engines agree on
 * their meaning.
 */

import { canBothApply } from "../../analysis/comparisons.ts";
import { precedence, type Verdict } from "../../policy/verdict.ts";
import { canMeet, type Piece, subtract } from "./piece.ts";

/** Maximum number of pieces that are written for one call. */
const MAX_PIECES = 500;

/** Whether two rules with different verdicts can apply together. */
export function isEntangled(pieces: readonly Piece[]): boolean {
  return pieces.some((a, i) => pieces.slice(0, i).some((b) => a.verdict !== b.verdict && meet(a, b)));
}

/**
 * Subtracts from each rule the more restrictive ones (and the earlier ones that are equally restrictive). What gets the default
 * then needs no rule.
 *
 * @param pieces the rules for one call, in the order of the file
 * @returns undefined if that takes more than {@link MAX_PIECES}
 */
export function disentangle(pieces: readonly Piece[], defaultVerdict: Verdict): Piece[] | undefined {
  const sorted = [...pieces].sort((a, b) => precedence(a.verdict) - precedence(b.verdict) || a.rule - b.rule);
  const found: Piece[] = [];
  for (const [i, piece] of sorted.entries()) {
    if (piece.verdict === defaultVerdict) {
      continue;
    }
    let left = [piece];
    for (const stricter of sorted.slice(0, i)) {
      if (stricter.verdict !== piece.verdict) {
        left = distinct(left.flatMap((one) => (meet(one, stricter) ? subtract(one, stricter) : [one])));
      }
      if (left.length > MAX_PIECES) {
        return undefined;
      }
    }
    found.push(...left);
  }
  return distinct(found);
}

/** Whether both can apply to one call on one machine. */
function meet(a: Piece, b: Piece): boolean {
  return canMeet(a, b) && canBothApply(a, b, 64);
}

function distinct(pieces: readonly Piece[]): Piece[] {
  return [...new Map(pieces.map((piece) => [pieceKey(piece), piece])).values()];
}

/** Equal for pieces with the same meaning. */
export function pieceKey({ includes, excludes, conditions, verdict }: Piece): string {
  return JSON.stringify([includes, excludes, conditions, verdict], (_, value: unknown) =>
    typeof value === "bigint" ? value.toString(16) : value,
  );
}
