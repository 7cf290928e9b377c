/**
 * Which place of a profile decides a call.
 */

import { applies } from "../policy/applying.ts";
import { selects } from "../policy/rule-verdict.ts";
import { precedence } from "../policy/verdict.ts";
import { namePath, type Rule } from "../profile/profile.ts";
import { syscallId } from "../tables/syscalls.ts";
import { type LintInput, rulePointer } from "./input.ts";
import { type Part, partsByName } from "./parts.ts";
import type { NamedCall } from "./proof.ts";

export interface Place {
  /** The call's name in the rule that decides, or the default action. */
  readonly pointer: string;
  readonly isDefault: boolean;
}

/** The place that decides a call: the most restrictive rule that applies to it, or the default action. */
export function decidingPlace(input: LintInput, { name, args }: NamedCall): Place {
  const { profile, target } = input;
  let deciding: Part | undefined;
  for (const part of syscallId(name) < 0 ? [] : (partsByName(input).get(name) ?? [])) {
    const isStricter = deciding === undefined || precedence(part.verdict) < precedence(deciding.verdict);
    if (isStricter && selects(part.rule, target) && applies(part, args)) {
      deciding = part;
    }
  }
  return deciding === undefined
    ? { pointer: `${profile.base}/defaultAction`, isDefault: true }
    : { pointer: nameIn(input, deciding.rule, name), isDefault: false };
}

/**
 * Where a way around a rule is to be closed: at the rule that lets a call through, or at the one that denies the other call if the
 * default action lets it through.
 */
export function openingPlace(input: LintInput, through: NamedCall, denied: NamedCall): string {
  const opened = decidingPlace(input, through);
  return opened.isDefault ? decidingPlace(input, denied).pointer : opened.pointer;
}

function nameIn({ profile }: LintInput, rule: Rule, name: string): string {
  return `${rulePointer(profile, rule)}/${namePath(rule, rule.names.indexOf(name))}`;
}
