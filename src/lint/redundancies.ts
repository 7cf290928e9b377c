/**
 * Rules and conditions that can be left out: what never applies, what always holds, and what other rules say already.
 */

import { argumentVectors } from "../analysis/argument-vectors.ts";
import type { Diagnostic } from "../diagnostic.ts";
import { applies, holdsFor } from "../policy/evaluate.ts";
import { split } from "../policy/resolve.ts";
import { isForArch } from "../policy/rule-verdict.ts";
import { rank, type Verdict } from "../policy/verdict.ts";
import type { Rule, Selector } from "../profile/profile.ts";
import { syscallId, syscallSince } from "../tables/syscalls.ts";
import { listed } from "../words.ts";
import { type LintInput, nativeOf, rulePointer } from "./input.ts";
import { type Part, partsByName, ruleVerdict } from "./parts.ts";

/** Warns of rules that can never apply, of conditions that always hold, and of rules that add nothing to the others. */
export function redundancies(input: LintInput): Diagnostic[] {
  const { profile } = input;
  const found: Diagnostic[] = [];
  const others = new Others(input);
  for (const rule of profile.rules) {
    const pointer = rulePointer(profile, rule);
    const contradiction = contradictionIn(rule);
    if (contradiction !== undefined) {
      found.push({
        code: "never-applies",
        severity: "warning",
        message: `the rule can never apply: ${contradiction}`,
        pointer,
      });
      continue;
    }
    found.push(...conditionsThatHold(rule, pointer));
    found.push(...others.sayTheSame(rule, pointer));
  }
  return found;
}

/** Why no machine and no call can meet a rule's demands. */
function contradictionIn({ includes, excludes, conditions }: Rule): string | undefined {
  const cap = includes.caps.find((name) => excludes.caps.includes(name));
  if (cap !== undefined) {
    return `'includes' and 'excludes' both name ${cap}`;
  }
  if (includes.arches.length > 0 && includes.arches.every((word) => excludes.arches.includes(word))) {
    return "'excludes' names every architecture that 'includes' names";
  }
  if (excludes.minKernel !== undefined && (includes.minKernel ?? 0) >= excludes.minKernel) {
    return "'excludes' leaves out every kernel that 'includes' lets in";
  }
  const rules = split(conditions, 0);
  const { vectors, complete } = argumentVectors(rules, 64);
  if (complete && !vectors.some((args) => rules.some((rule) => applies(rule, args)))) {
    return "no arguments meet its conditions";
  }
  return undefined;
}

function conditionsThatHold({ conditions }: Rule, pointer: string): Diagnostic[] {
  return split(conditions, 0)
    .flatMap((rule) => rule.conditions)
    .flatMap((comparison, i): Diagnostic[] => {
      const { vectors } = argumentVectors([{ conditions: [comparison], verdict: 0 }], 64);
      if (!vectors.every((args) => holdsFor(comparison, args[comparison.index] ?? 0n))) {
        return [];
      }
      return [
        {
          code: "condition-always-holds",
          severity: "warning",
          message: "the condition holds for every argument",
          hint:
            comparison.op === "SCMP_CMP_MASKED_EQ"
              ? "SCMP_CMP_MASKED_EQ compares the argument under the mask 'value' with 'valueTwo', and the mask is 0"
              : "remove it",
          pointer: `${pointer}/args/${i}`,
        },
      ];
    });
}

/** More rules for one call than these are not held against each other. */
const MOST_RULES = 200;

class Others {
  private readonly byName: ReadonlyMap<string, readonly Part[]>;
  /** For each rule the youngest call that it names. */
  private readonly youngest: readonly number[];

  constructor(private readonly input: LintInput) {
    this.byName = partsByName(input);
    this.youngest = input.profile.rules.map(({ names }) => Math.max(0, ...names.map(sinceOf)));
  }

  /** Whether all that a rule says is said without it. */
  sayTheSame(rule: Rule, pointer: string): Diagnostic[] {
    const names = [...new Set(rule.names)].filter((name) => syscallId(name) >= 0);
    if (!isForArch(rule, this.input.target.arch) || names.length === 0 || this.isYoungest(rule)) {
      return [];
    }
    const useless = names.filter((name) => this.isUseless(rule, name));
    if (useless.length === 0) {
      return [];
    }
    const whole = useless.length === names.length;
    const verdict = ruleVerdict(rule, this.input.target.arch);
    const why = verdict === this.input.policy.defaultVerdict ? ": that is the default" : "";
    return [
      {
        code: "redundant-rule",
        severity: "warning",
        message: whole
          ? `the rule says nothing that would not be so without it${why}`
          : `the rule says nothing new of ${listed(useless)}${why}`,
        hint: whole ? "remove it" : "remove these names from it",
        pointer:
          whole || useless.length > 1 ? pointer : `${pointer}/names/${rule.names.indexOf(useless[0] ?? "")}`,
      },
    ];
  }

  /** Whether the rule names a younger call than all the others, and so makes older what is younger than the profile. */
  private isYoungest(rule: Rule): boolean {
    const own = Math.max(0, ...rule.names.map(sinceOf));
    return this.input.profile.rules.every((other, i) => other === rule || (this.youngest[i] ?? 0) < own);
  }

  private isUseless(rule: Rule, name: string): boolean {
    const parts = (this.byName.get(name) ?? []).filter(
      (part) => part.rule === rule || alwaysWith(part.rule, rule),
    );
    if (parts.length > MOST_RULES) {
      return false;
    }
    const { vectors, complete } = argumentVectors(parts, nativeOf(this.input).bits);
    const without = parts.filter((part) => part.rule !== rule);
    // A rule that is more restrictive than what applies only sometimes is needed; it is enough to look at the
    // verdicts, since every rule that may apply beside can only make them more restrictive.
    return (
      complete &&
      vectors.every((args) => this.verdict(parts, args) === this.verdict(without, args)) &&
      !this.hidesLooser(rule, name)
    );
  }

  /** Whether the rule restricts a rule that applies only on some machines. */
  private hidesLooser(rule: Rule, name: string): boolean {
    const verdict = ruleVerdict(rule, this.input.target.arch);
    return (this.byName.get(name) ?? []).some(
      (part) => part.rule !== rule && !alwaysWith(part.rule, rule) && part.verdict !== verdict,
    );
  }

  private verdict(parts: readonly Part[], args: readonly bigint[]): Verdict {
    let strictest: Verdict | undefined;
    for (const part of parts) {
      if (applies(part, args) && (strictest === undefined || rank(part.verdict) < rank(strictest))) {
        strictest = part.verdict;
      }
    }
    return strictest ?? this.input.policy.defaultVerdict;
  }
}

/** Whether a rule is included wherever another one is. */
function alwaysWith(a: Rule, b: Rule): boolean {
  return isImplied(a.includes, b.includes) && (isEmpty(a.excludes) || same(a.excludes, b.excludes));
}

function isImplied(a: Selector, b: Selector): boolean {
  return isEmpty(a) || same(a, b);
}

function isEmpty({ caps, arches, minKernel }: Selector): boolean {
  return caps.length === 0 && arches.length === 0 && minKernel === undefined;
}

function same(a: Selector, b: Selector): boolean {
  return JSON.stringify([a.caps, a.arches, a.minKernel]) === JSON.stringify([b.caps, b.arches, b.minKernel]);
}

function sinceOf(name: string): number {
  const id = syscallId(name);
  return id < 0 ? 0 : syscallSince(id);
}
