/**
 * The rules of a merged profile: those of the first as they are, with fewer or more names, and new ones behind them.
 */

import { addTo } from "../groups.ts";
import { verdictOf } from "../policy/rule-verdict.ts";
import type { Verdict } from "../policy/verdict.ts";
import type { Profile, Rule } from "../profile/profile.ts";
import { syscallId } from "../tables/syscalls.ts";
import {
  canApply,
  type Part,
  type PartLists,
  type Reading,
  regionKey,
  ruleKey,
  type Source,
  writable,
} from "./parts.ts";
import { type Answer, argsOf, argsOfRule, type RuleToWrite } from "./rule-text.ts";

/** A profile that is merged. */
export interface Merged {
  readonly profile: Profile;
  /** The comment of one of its rules. */
  comment(rule: Rule): string | undefined;
}

/** A rule of the first profile, with the names that it keeps and gets. */
export interface KeptRule {
  readonly rule: Rule;
  readonly names: readonly string[];
}

/** The rules of the result. */
export interface Draft {
  /** In the order of the first profile; without names: the rule is removed. Empty if its text is not kept. */
  readonly kept: readonly KeptRule[];
  readonly added: readonly RuleToWrite[];
}

/** A rule that names can be added to. */
interface Home {
  readonly rule: Rule;
  readonly key: string;
  readonly names: string[];
  readonly comment: string | undefined;
  readonly isKept: boolean;
}

/**
 * Makes rules of parts.
 *
 * @param parts of each call
 * @param keepsText whether the rules of the first profile stay where they are
 * @param answerOf how a verdict is written
 */
export function draftOf(
  merged: readonly Merged[],
  parts: PartLists,
  keepsText: boolean,
  reading: Reading,
  answerOf: (verdict: Verdict) => Answer,
): Draft {
  const { arch } = reading;
  const { wholes, made } = divided(parts, reading);
  const homes: Home[] = [];
  for (const [index, { profile, comment }] of merged.entries()) {
    for (const rule of profile.rules) {
      const names = wholes.get(sourceKey(index, rule)) ?? new Set<string>();
      if (keepsText && index === 0) {
        homes.push({
          rule,
          key: ruleKey(rule, arch),
          names: [...keptNames(rule, names)],
          comment: comment(rule),
          isKept: true,
        });
        continue;
      }
      const own = [...new Set(rule.names)].filter((name) => names.has(name));
      if (own.length > 0) {
        settle(homes, rule, own, comment(rule), ruleKey(rule, arch));
      }
    }
  }
  const rules = merged.flatMap(({ profile, comment }) => profile.rules.map((rule) => ({ rule, comment })));
  // A comment on what is allowed says nothing about what is then denied.
  const commentOf = ({ rule: number, verdict }: Part): string | undefined => {
    const from = rules[number];
    return from !== undefined && verdictOf(from.rule.action, from.rule.errno, arch) === verdict
      ? from.comment(from.rule)
      : undefined;
  };
  return {
    kept: homes.filter(({ isKept }) => isKept),
    added: [
      ...homes
        .filter(({ isKept }) => !isKept)
        .map(({ rule, names, comment }) => asWritten(rule, names, comment)),
      ...made.map(
        ({ part, names }): RuleToWrite => ({
          ...answerOf(part.verdict),
          comment: commentOf(part),
          names: [...names].sort(),
          args: argsOf(part.conditions),
          includes: part.includes,
          excludes: part.excludes,
        }),
      ),
    ],
  };
}

/** Names of a rule of the first profile: unknown ones have no effect and stay, unless no other does. */
function keptNames(rule: Rule, kept: ReadonlySet<string>): readonly string[] {
  const { names } = rule;
  if (!canApply(rule)) {
    return names;
  }
  const known = names.filter((name) => syscallId(name) >= 0);
  return known.length > 0 && !known.some((name) => kept.has(name))
    ? []
    : names.filter((name) => kept.has(name) || syscallId(name) < 0);
}

/** Adds names to a rule with the same meaning, or makes a new one. */
function settle(
  homes: Home[],
  rule: Rule,
  names: readonly string[],
  comment: string | undefined,
  key: string,
): void {
  const alike = homes.filter(
    (home) => home.key === key && home.names.length > 0 && home.rule.singleName !== true,
  );
  const shares = ({ names: present }: Home): number =>
    rule.names.reduce((count, name) => count + (present.includes(name) ? 1 : 0), 0);
  const best = alike.reduce<Home | undefined>(
    (found, home) => (shares(home) > (found === undefined ? 0 : shares(found)) ? home : found),
    undefined,
  );
  const isSaid = (home: Home): boolean => comment === undefined || comment === "" || comment === home.comment;
  const [only] = alike;
  const home = best ?? (only !== undefined && alike.length === 1 && isSaid(only) ? only : undefined);
  if (home === undefined) {
    homes.push({ rule, key, names: [...names], comment, isKept: false });
  } else {
    home.names.push(...names.filter((name) => !home.names.includes(name)));
  }
}

function asWritten(rule: Rule, names: readonly string[], comment: string | undefined): RuleToWrite {
  const { action, errno, includes, excludes } = rule;
  return { action, errno, includes, excludes, comment, names, args: argsOfRule(rule) };
}

/** A part that was made, and the calls that it is for. */
interface Made {
  readonly part: Part;
  readonly names: Set<string>;
}

/** The names for which whole rules are right, by rule, and the other parts. */
function divided(
  parts: PartLists,
  reading: Reading,
): {
  readonly wholes: ReadonlyMap<string, ReadonlySet<string>>;
  readonly made: readonly Made[];
} {
  const wholes = new Map<string, Set<string>>();
  const made = new Map<string, Made>();
  for (const [name, list] of parts) {
    const bySource = new Map<string, (Part & { readonly source: Source })[]>();
    const others: Part[] = [];
    for (const part of list) {
      if (part.source === undefined) {
        others.push(part);
      } else {
        addTo(bySource, sourceKey(part.source.profile, part.source.rule), [
          part as Part & { source: Source },
        ]);
      }
    }
    for (const [key, some] of bySource) {
      if (some.length === some[0]?.source.parts) {
        const names = wholes.get(key) ?? new Set();
        wholes.set(key, names.add(name));
      } else {
        others.push(...some);
      }
    }
    for (const part of others.flatMap((one) => writable(one, name, reading))) {
      const key = `${part.verdict} ${regionKey(part)}`;
      const one = made.get(key) ?? { part, names: new Set<string>() };
      made.set(key, one);
      one.names.add(name);
    }
  }
  return { wholes, made: [...made.values()].sort((a, b) => a.part.rule - b.part.rule) };
}

function sourceKey(profile: number, { index }: Rule): string {
  return `${profile}/${index}`;
}
