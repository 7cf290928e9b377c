/**
 * The pieces of a profile as the rules of a file for another engine, with the comments of the rules that they come from.
 */

import { exactly } from "../../analysis/comparisons.ts";
import type { Diagnostic } from "../../diagnostic.ts";
import { narrowed } from "../../policy/judged.ts";
import type { Comparison } from "../../policy/policy.ts";
import type { Target } from "../../policy/target.ts";
import { acceptancesOf } from "../../profile/acceptances.ts";
import { commentIn } from "../../profile/comment-key.ts";
import type { Profile } from "../../profile/profile.ts";
import { isNarrow, narrowArguments } from "../../tables/narrow-arguments.ts";
import { syscallId } from "../../tables/syscalls.ts";
import { type EngineName, rawRule } from "../engine.ts";
import type { Carrier } from "./carrier.ts";
import type { Carried } from "./carry.ts";
import { disentangle, isEntangled, pieceKey } from "./disentangle.ts";
import { notCarried } from "./objections.ts";
import type { Piece } from "./piece.ts";
import type { WrittenRule } from "./write.ts";

/** How pieces become rules. */
export interface ArrangeOptions {
  readonly to: EngineName;
  /** The machine for which rules are resolved if the engine cannot select by it. */
  readonly target: Target;
  /** Whether conditions mean 64 bits of every argument, as the engines compare them ({@link Policy.wideArguments}). */
  readonly wideArguments: boolean;
}

/**
 * Assembles the pieces into rules: the profile's rules as they were, and new ones for calls that were rewritten.
 *
 * @param raw the JSON value of the whole document that the profile was read from
 * @param exact whether comparisons by size and inequalities are written as comparisons for equality
 */
export function arrange(
  profile: Profile,
  raw: unknown,
  { pieces, defaultVerdict }: Carried,
  carrier: Carrier,
  { to, target, wideArguments }: ArrangeOptions,
  exact: boolean,
): { readonly rules: readonly WrittenRule[]; readonly entangled: readonly Diagnostic[] } {
  const problems: Diagnostic[] = [];
  const rules = new Map<string, { names: string[]; piece: Piece; order: number; from: Set<number> }>();
  const add = (name: string, piece: Piece, order: number): void => {
    const key = `${order} ${pieceKey(piece)}`;
    const rule = rules.get(key);
    if (rule === undefined) {
      rules.set(key, { names: [name], piece, order, from: new Set([piece.rule]) });
    } else {
      if (rule.names.at(-1) !== name) {
        rule.names.push(name);
      }
      rule.from.add(piece.rule);
    }
  };
  for (const [name, asMeant] of pieces) {
    const narrow = wideArguments ? 0 : narrowArguments(target.arch, syscallId(name));
    const own = inWideComparisons(asMeant, narrow);
    if (own === undefined) {
      problems.push(tooManyRules(profile, name));
      continue;
    }
    const entangled = isEntangled(own);
    const disentangled = entangled ? disentangle(own, defaultVerdict) : own;
    const left = exact ? disentangled && inEqualities(disentangled) : disentangled;
    if (left === undefined) {
      const rule = profile.rules.find(({ names }) => names.includes(name));
      problems.push(
        notCarried(
          `the rules for ${name} overlap in too many ways`,
          `${profile.base}/syscalls/${rule?.index ?? 0}`,
          "write conditions that exclude each other",
        ),
      );
      continue;
    }
    for (const piece of left) {
      if (carrier.defaultRules || piece.verdict !== defaultVerdict) {
        // Rewritten pieces come last.
        add(name, piece, entangled ? profile.rules.length : piece.rule);
      }
    }
  }
  const written = [...rules.values()]
    .sort((a, b) => a.order - b.order)
    .map(({ names, piece, from }) => ({
      names: names.sort(),
      piece,
      comment: commentOf(profile, raw, [...from], to),
    }));
  return { rules: written, entangled: problems };
}

/** Maximum number of rules that are written for one call. */
const MAX_RULES = 500;

/** The same pieces with comparisons for equality only; undefined if they are too many. */
function inEqualities(pieces: readonly Piece[]): Piece[] | undefined {
  return withAlternatives(pieces, exactly);
}

/**
 * The same pieces in comparisons of all 64 bits of arguments, which the engines know: where 32 bits are compared, masked ones.
 *
 * @param narrow bit n: the kernel takes 32 bits, or fewer, of argument n
 * @returns undefined if they are too many
 */
function inWideComparisons(pieces: readonly Piece[], narrow: number): readonly Piece[] | undefined {
  const isNarrower = ({ index, bits }: Comparison): boolean => bits !== undefined || isNarrow(narrow, index);
  if (!pieces.some(({ conditions }) => conditions.some(isNarrower))) {
    return pieces;
  }
  return withAlternatives(pieces, (condition) => {
    const judged = isNarrow(narrow, condition.index) ? narrowed(condition) : condition;
    return judged.bits === undefined ? [judged] : exactly(judged);
  });
}

function tooManyRules({ base, rules }: Profile, name: string): Diagnostic {
  const rule = rules.find(({ names, conditions }) => names.includes(name) && conditions.length > 0);
  const isDword = rule?.conditions.some(({ bits }) => bits !== undefined) === true;
  return notCarried(
    `the conditions on ${name} compare ${isDword ? "" : "the "}32 bits${isDword ? "" : " that the kernel takes"}, which would need more than ${MAX_RULES} rules with masks`,
    `${base}/syscalls/${rule?.index ?? 0}`,
    isDword
      ? "write fewer conditions in one rule"
      : "write fewer conditions in one rule; with --wide-arguments they are written as they are, and compare 64 bits",
  );
}

/** Pieces with each condition replaced by others of which one must hold; undefined if there are too many. */
function withAlternatives(
  pieces: readonly Piece[],
  alternatives: (condition: Comparison) => readonly Comparison[],
): Piece[] | undefined {
  const found: Piece[] = [];
  for (const piece of pieces) {
    let lists: (readonly Comparison[])[] = [[]];
    for (const condition of piece.conditions) {
      const instead = alternatives(condition);
      lists = lists.flatMap((list) => instead.map((one) => [...list, one]));
      if (found.length + lists.length > MAX_RULES) {
        return undefined;
      }
    }
    found.push(...lists.map((conditions) => ({ ...piece, conditions })));
  }
  return found;
}

/**
 * The comment of a rule made of rules: that of the first, and the lines of all by which findings are accepted. The runtime-spec has
 * no comments, and gets only those lines, in a key that its readers ignore.
 */
function commentOf(
  { base }: Profile,
  raw: unknown,
  [first = -1, ...others]: readonly number[],
  to: EngineName,
): string | undefined {
  const object = rawRule(raw, base, first);
  const { comment } = object;
  const own = typeof comment === "string" && comment !== "" ? comment : (commentIn(object) ?? "");
  const kept = [first, ...others].flatMap((rule) => acceptancesOf(rawRule(raw, base, rule)));
  return withLines(to === "oci" ? "" : own, kept);
}

/** A comment with further lines, each once; undefined if it would be empty. */
export function withLines(comment: string, lines: readonly string[]): string | undefined {
  const added = [...new Set(lines)].filter((line) => !comment.split("\n").some((one) => one.trim() === line));
  const all = [...(comment === "" ? [] : [comment]), ...added];
  return all.length === 0 ? undefined : all.join("\n");
}
