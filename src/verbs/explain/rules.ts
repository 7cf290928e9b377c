/**
 * The rules of a profile about a call: which of them decide, and why the others do not.
 */

import type { CallOutcomes } from "../../analysis/call-outcomes.ts";
import { termOf } from "../../analysis/change.ts";
import { leastChange } from "../../analysis/range-changes.ts";
import { ARGUMENTS } from "../../analysis/words.ts";
import { decidingOf } from "../../audit/deciding.ts";
import { argumentInWords, parameterName } from "../../calls/comparison.ts";
import type { Position } from "../../diagnostic.ts";
import { type LintInput, rulePointer } from "../../lint/input.ts";
import type { ExactReading } from "../../load/exact-reading.ts";
import { either } from "../../plural.ts";
import { applies, holdsFor } from "../../policy/applying.ts";
import { evaluate } from "../../policy/evaluate.ts";
import { narrowedRule } from "../../policy/judged.ts";
import type { PolicyRule } from "../../policy/policy.ts";
import { ruleAlternatives } from "../../policy/resolve.ts";
import { isForArch, isForKernel, verdictOf } from "../../policy/rule-verdict.ts";
import { holds, type Target } from "../../policy/target.ts";
import { formatVerdict } from "../../policy/verdict.ts";
import { formatKernelVersion } from "../../profile/kernel-version.ts";
import { namePath, type Rule } from "../../profile/profile.ts";
import { hidesArguments, hidingCalls } from "../../tables/hidden-arguments.ts";
import { multiplexedCalls, multiplexers } from "../../tables/multiplexers.ts";
import { narrowArguments } from "../../tables/narrow-arguments.ts";
import { multiplexedId, syscallId, syscallName } from "../../tables/syscalls.ts";
import { conditionInWords } from "../conditions.ts";
import type { CallsOn } from "./calls.ts";

/** A place in the text of a profile. */
export interface PlaceInText {
  /** JSON pointer. */
  readonly pointer: string;
  readonly position: Position | undefined;
  /** The line, without the spaces around it. */
  readonly text: string | undefined;
}

/** What decides calls. */
export interface DecidingPlace extends PlaceInText {
  /** In words: `rule for socket`, `defaultAction`. */
  readonly what: string;
}

/** A rule about a call. */
export interface RuleAnswer extends PlaceInText {
  /** The call that it names, by which it is about the call: another one for calls that are made through socketcall(2). */
  readonly name: string;
  readonly verdict: string;
  /** Its condition in words; empty if it has none. */
  readonly condition: string;
  readonly decides: boolean;
  /** Why it does not decide; empty if it decides some of the calls. */
  readonly why: string;
}

/** Finds places in a text. */
export class Places {
  constructor(
    private readonly reading: ExactReading,
    private readonly label: string,
  ) {}

  at(pointer: string): PlaceInText {
    const position = this.reading.locate(this.label, pointer);
    const line = position === undefined ? undefined : this.reading.line(this.label, position.line);
    return { pointer: this.reading.pointer(this.label, pointer), position, text: line?.trim() };
  }
}

/** What decides each of the outcomes. */
export function decidingPlaces(
  input: LintInput,
  { outcomes }: CallOutcomes,
  places: Places,
): readonly DecidingPlace[] {
  return outcomes.map(({ call, verdict }) => {
    const { what, pointer } = decidingOf(input, call, verdict);
    return { what, ...places.at(pointer) };
  });
}

/** All names by which rules can be about a call: its own, and those of calls that it makes, or with the same arguments in registers. */
export function namesAbout({ arch, id, known }: CallsOn): readonly string[] {
  if (id < 0) {
    return [];
  }
  const name = syscallName(id);
  const made = known.has(0) ? multiplexedId(id, known.get(0) ?? 0n) : undefined;
  const through = multiplexers
    .filter((each) => each.name === name)
    .flatMap(multiplexedCalls)
    .map((each) => each.name)
    .filter((each) => made === undefined || syscallId(each) === made);
  const inRegisters = hidesArguments(arch, id)
    ? (hidingCalls(arch).find((each) => each.id === id)?.inRegisters ?? -1)
    : -1;
  return [name, ...through, ...(inRegisters < 0 ? [] : [syscallName(inRegisters)])];
}

/** The rules about calls, in the order of the file. */
export function rulesAbout(
  input: LintInput,
  calls: CallsOn,
  deciding: readonly DecidingPlace[],
  places: Places,
): readonly RuleAnswer[] {
  const names = namesAbout(calls);
  return input.profile.rules.flatMap((rule) => {
    const name = names.find((each) => rule.names.includes(each));
    return name === undefined ? [] : [answerOf(input, calls, rule, name, deciding, places)];
  });
}

function answerOf(
  input: LintInput,
  calls: CallsOn,
  rule: Rule,
  name: string,
  deciding: readonly DecidingPlace[],
  places: Places,
): RuleAnswer {
  const own = rulePointer(input.profile, rule);
  const parts = partsOf(input, calls, rule, name);
  const isOwnName = name === syscallName(calls.id);
  const id = isOwnName ? calls.id : syscallId(name);
  const condition =
    rule.conditions.length === 0
      ? ""
      : conditionInWords(
          calls.arch,
          id,
          parts.map(({ conditions }) => conditions.map(termOf)),
        );
  const isUnseen =
    rule.conditions.length > 0 &&
    (!isOwnName || hidesArguments(calls.arch, calls.id)) &&
    !input.policy.wideArguments;
  const unselected = whyNotSelected(rule, input.target);
  const unmet = isUnseen ? undefined : whyUnmet(calls, parts);
  const at = `${own}/${namePath(rule, rule.names.indexOf(name))}`;
  const may = unselected === "" && unmet === undefined && !isUnseen;
  const decides =
    (may && decidesSome(input, calls, parts)) ||
    (unselected === "" && deciding.some(({ pointer }) => isWithin(pointer, places.at(own).pointer)));
  return {
    name,
    ...places.at(at),
    verdict: formatVerdict(verdictOf(rule.action, rule.errno, calls.arch), calls.arch),
    condition,
    decides,
    why: decides
      ? ""
      : unselected !== ""
        ? unselected
        : (unmet ??
          (isUnseen ? "its condition is about memory, which no filter sees" : "a stricter rule decides")),
  };
}

/** Whether calls that a rule applies to get its verdict: one call of each part is tried. */
function decidesSome(
  { policy }: LintInput,
  { token, nr, known }: CallsOn,
  parts: readonly PolicyRule[],
): boolean {
  return parts.some(({ conditions, verdict }) => {
    const args = Array.from({ length: ARGUMENTS }, (_, index) => known.get(index) ?? 0n);
    for (const one of conditions) {
      if (!known.has(one.index)) {
        args[one.index] = leastChange(args[one.index] ?? 0n, termOf(one));
      }
    }
    return applies({ conditions, verdict }, args) && evaluate(policy, { arch: token, nr, args }) === verdict;
  });
}

function isWithin(pointer: string, rule: string): boolean {
  return pointer === rule || pointer.startsWith(`${rule}/`);
}

/** The rules that a rule resolves to, as they judge the call. */
function partsOf(input: LintInput, calls: CallsOn, rule: Rule, name: string): readonly PolicyRule[] {
  const written = ruleAlternatives(rule.conditions, verdictOf(rule.action, rule.errno, calls.arch));
  const narrow = input.policy.wideArguments ? 0 : narrowArguments(calls.arch, syscallId(name));
  return written.map((one) => narrowedRule(one, narrow));
}

/** Why no part of a rule applies to the arguments that are known; undefined if one may. */
function whyUnmet({ arch, id, known }: CallsOn, parts: readonly PolicyRule[]): string | undefined {
  const failing = new Set<number>();
  for (const { conditions } of parts) {
    const fails = conditions.filter(({ index, ...one }) => {
      const value = known.get(index);
      return value !== undefined && !holdsFor({ index, ...one }, value);
    });
    if (fails.length === 0) {
      return undefined;
    }
    for (const { index } of fails) {
      failing.add(index);
    }
  }
  return [...failing]
    .map(
      (index) =>
        `${parameterName(arch, id, index)} is ${argumentInWords(arch, id, index, known.get(index) ?? 0n, known)}`,
    )
    .join(", ");
}

/** Why a rule is not for this machine and caller; empty if it is. */
export function whyNotSelected({ includes, excludes }: Rule, target: Target): string {
  const why: string[] = [];
  const { arch, kernel } = target;
  if (!isForArch({ includes, excludes }, arch)) {
    why.push(
      includes.arches.length > 0 && !isForArch({ includes, excludes: { ...excludes, arches: [] } }, arch)
        ? `it is for ${either(includes.arches)} only`
        : `it is not for ${either(excludes.arches)}`,
    );
  }
  if (!isForKernel({ includes, excludes }, kernel)) {
    const isTooOld = includes.minKernel !== undefined && kernel < includes.minKernel;
    const bound = formatKernelVersion((isTooOld ? includes.minKernel : excludes.minKernel) ?? 0);
    why.push(isTooOld ? `it is for Linux ${bound} and later` : `it is for Linux before ${bound}`);
  }
  const lacking = includes.caps.filter((name) => holds(target, name) !== true);
  if (lacking.length > 0) {
    why.push(`the caller lacks ${lacking.join(", ")}`);
  }
  const held = excludes.caps.filter((name) => holds(target, name) === true);
  if (held.length > 0) {
    why.push(`the caller has ${held.join(", ")}`);
  }
  return why.join("; ");
}
