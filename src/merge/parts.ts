/**
 * The rules of a profile for each call, in parts that can be cut and joined.
 */

import { canonical, exactly } from "../analysis/comparisons.ts";
import { isPossible, type Piece } from "../engines/convert/piece.ts";
import { narrowed } from "../policy/judged.ts";
import type { Comparison, PolicyRule } from "../policy/policy.ts";
import { ruleAlternatives } from "../policy/resolve.ts";
import { verdictOf } from "../policy/rule-verdict.ts";
import type { Profile, Rule, Selector } from "../profile/profile.ts";
import { type Architecture, architectures, matchesArchName } from "../tables/architectures.ts";
import { isNarrow, narrowArguments } from "../tables/narrow-arguments.ts";
import { syscallId } from "../tables/syscalls.ts";

/** A rule, or a part of one: on which machines and for which arguments a verdict applies. */
export interface Part extends Piece {
  /** Of which rule this is an alternative as it is written; undefined: the part was made. */
  readonly source: Source | undefined;
}

/** A rule of one of the profiles. */
export interface Source {
  /** The profile's index. */
  readonly profile: number;
  readonly rule: Rule;
  /** How many parts the rule has. */
  readonly parts: number;
}

/** The parts of each call that rules name, by its name. Calls that the same rules name share a list. */
export type PartLists = ReadonlyMap<string, readonly Part[]>;

/** How conditions are read. */
export interface Reading {
  readonly arch: Architecture;
  readonly wideArguments: boolean;
}

/**
 * The parts of a profile.
 *
 * @param index the profile's
 * @param firstRule a number above those of all rules before
 */
export function partsOf(profile: Profile, index: number, firstRule: number, reading: Reading): PartLists {
  const rulesOf = new Map<string, number[]>();
  for (const [i, rule] of profile.rules.entries()) {
    for (const name of rule.names) {
      const rules = rulesOf.get(name);
      if (rules === undefined) {
        rulesOf.set(name, [i]);
      } else if (rules.at(-1) !== i) {
        rules.push(i);
      }
    }
  }
  const known = new Map<string, readonly Part[]>();
  const found = new Map<string, readonly Part[]>();
  for (const [name, rules] of rulesOf) {
    const id = syscallId(name);
    if (id < 0) {
      continue;
    }
    const narrow = reading.wideArguments ? 0 : narrowArguments(reading.arch, id);
    const key = `${rules.join()} ${rules.some((i) => profile.rules[i]?.conditions.length !== 0) ? narrow : ""}`;
    let parts = known.get(key);
    if (parts === undefined) {
      parts = rules.flatMap((i) => {
        const rule = profile.rules[i] as Rule;
        return partsOfRule(rule, { profile: index, number: firstRule + i, narrow, arch: reading.arch });
      });
      known.set(key, parts);
    }
    found.set(name, parts);
  }
  return found;
}

function partsOfRule(
  rule: Rule,
  { profile, number, narrow, arch }: { profile: number; number: number; narrow: number; arch: Architecture },
): readonly Part[] {
  const verdict = verdictOf(rule.action, rule.errno, arch);
  const [includes, excludes] = [selectorOf(rule.includes), selectorOf(rule.excludes)];
  if (!isPossible({ includes, excludes })) {
    return [];
  }
  // Only seccompiler's form has conditions that say which bits they compare.
  const isWritten = rule.conditions.every(({ bits }) => bits === undefined);
  const all = ruleAlternatives(rule.conditions, verdict).flatMap((one) =>
    isWritten ? [one] : withoutBits(one),
  );
  const parts = new Map<string, Piece>();
  for (const { conditions } of all) {
    const piece: Piece = {
      includes,
      excludes,
      conditions: conditionsOf(conditions, narrow),
      verdict,
      rule: number,
    };
    parts.set(regionKey(piece), piece);
  }
  const source: Source = { profile, rule, parts: parts.size };
  return [...parts.values()].map((piece) => ({ ...piece, source: isWritten ? source : undefined }));
}

/** The rule with masks in place of comparisons of 32 bits. */
function withoutBits({ conditions, verdict }: PolicyRule): readonly PolicyRule[] {
  return alternatives(conditions, (one) => (one.bits === undefined ? [one] : exactly(one))).map((list) => ({
    conditions: list,
    verdict,
  }));
}

function alternatives(
  conditions: readonly Comparison[],
  instead: (one: Comparison) => readonly Comparison[],
): readonly (readonly Comparison[])[] {
  return conditions.reduce<readonly (readonly Comparison[])[]>(
    (lists, one) => lists.flatMap((list) => instead(one).map((each) => [...list, each])),
    [[]],
  );
}

/** A part of a call in conditions that profiles can have, which do not say how many bits they compare. */
export function writable(part: Part, name: string, { arch, wideArguments }: Reading): readonly Part[] {
  if (part.conditions.every(({ bits }) => bits === undefined)) {
    return [part];
  }
  const narrow = wideArguments ? 0 : narrowArguments(arch, syscallId(name));
  return alternatives(part.conditions, (one) => {
    const { bits, ...plain } = one;
    return bits === undefined || isNarrow(narrow, one.index) ? [plain] : exactly(one);
  }).map((conditions) => ({ ...part, conditions }));
}

/** Whether a rule applies on any machine. */
export function canApply({ includes, excludes }: Rule): boolean {
  return isPossible({ includes: selectorOf(includes), excludes: selectorOf(excludes) });
}

/** Conditions in the form in which equal ones look equal. */
function conditionsOf(conditions: readonly Comparison[], narrow: number): readonly Comparison[] {
  return conditions
    .flatMap((one) => canonical(isNarrow(narrow, one.index) ? narrowed(one) : one) ?? [])
    .sort((a, b) => a.index - b.index);
}

function selectorOf({ caps, arches, minKernel }: Selector): Selector {
  return { caps: [...new Set(caps)].sort(), arches: [...new Set(arches.map(archWord))].sort(), minKernel };
}

/** One word for each architecture: Go's, as Docker's profiles have it. */
function archWord(word: string): string {
  const arch = architectures.find((one) => matchesArchName(one, word));
  return arch === undefined ? word : (arch.go ?? arch.name);
}

/** Equal for parts that apply to the same calls on the same machines, as far as that is seen in their form. */
export function regionKey({
  includes,
  excludes,
  conditions,
}: Pick<Piece, "includes" | "excludes" | "conditions">): string {
  const selector = ({ caps, arches, minKernel }: Selector): string =>
    `${[...caps].sort()};${[...arches].sort()};${minKernel ?? ""}`;
  const compared = conditions.map(({ index, op, value, mask, bits }) =>
    [index, op, value, mask, bits].join(),
  );
  return [selector(includes), selector(excludes), ...compared.sort()].join(" ");
}

/** Equal for rules that give the same verdict to the same calls on the same machines. */
export function ruleKey({ action, errno, conditions, includes, excludes }: Rule, arch: Architecture): string {
  const compared = conditions.map(({ index, op, value, valueTwo, bits }) =>
    [index, op, value, op === "SCMP_CMP_MASKED_EQ" ? value & valueTwo : "", bits].join(),
  );
  const selectors = { includes: selectorOf(includes), excludes: selectorOf(excludes), conditions: [] };
  return [verdictOf(action, errno, arch), errno.name, regionKey(selectors), ...compared.sort()].join(" ");
}
