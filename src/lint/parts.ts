/**
 * The rules of a profile, grouped by call.
 */

import { addTo } from "../groups.ts";
import { narrowedRule } from "../policy/judged.ts";
import type { PolicyRule } from "../policy/policy.ts";
import { ruleAlternatives } from "../policy/resolve.ts";
import { isForArch, verdictOf } from "../policy/rule-verdict.ts";
import { NO_SELECTOR, type Rule } from "../profile/profile.ts";
import { narrowArguments } from "../tables/narrow-arguments.ts";
import { syscallId } from "../tables/syscalls.ts";
import type { LintInput } from "./input.ts";

/** One of the rules that a rule of the profile resolves to. */
export interface Part extends PolicyRule {
  readonly rule: Rule;
}

const found = new WeakMap<LintInput, ReadonlyMap<string, readonly Part[]>>();

/**
 * The parts of all rules as they judge on the target's architecture, for any kernel and capabilities, by syscall name. Calls that
 * take their arguments in a struct keep their conditions.
 */
export function partsByName(input: LintInput): ReadonlyMap<string, readonly Part[]> {
  const known = found.get(input);
  if (known !== undefined) {
    return known;
  }
  const byName = new Map<string, Part[]>();
  // Names of one rule share its parts until another rule has one of the names too.
  const severalRules = new Set<string>();
  for (const rule of input.profile.rules) {
    const everywhere = rule.includes === NO_SELECTOR && rule.excludes === NO_SELECTOR;
    if (!everywhere && !isForArch(rule, input.target.arch)) {
      continue;
    }
    const { arch } = input.target;
    const written = ruleAlternatives(rule.conditions, verdictOf(rule.action, rule.errno, arch));
    // Names whose calls take the same arguments in 32 bits share the parts of a rule.
    const byNarrow = new Map<number, Part[]>();
    const isAlike = input.policy.wideArguments || rule.conditions.length === 0;
    for (const name of rule.names.length > 1 ? new Set(rule.names) : rule.names) {
      const narrow = isAlike ? 0 : narrowArguments(arch, syscallId(name));
      const parts = byNarrow.get(narrow) ?? written.map((one) => ({ ...narrowedRule(one, narrow), rule }));
      byNarrow.set(narrow, parts);
      if (!byName.has(name)) {
        byName.set(name, parts);
        continue;
      }
      if (!severalRules.has(name)) {
        severalRules.add(name);
        byName.set(name, [...(byName.get(name) ?? [])]);
      }
      addTo(byName, name, parts);
    }
  }
  found.set(input, byName);
  return byName;
}
