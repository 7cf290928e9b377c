/**
 * The exact meaning of a policy: sections, which are the calls of one architecture in a range of numbers to which the same rules
 * apply; and the regions of each section, in which all calls get one verdict. Sections are disjoint and cover all calls, and so
 * do the regions of a section.
 */

import { replaced } from "../lists.ts";
import { decidedBy } from "../policy/evaluate.ts";
import { MAX_SYSCALL_NUMBER, type Policy, type PolicyRule, SKIPPED_CALL } from "../policy/policy.ts";
import type { Verdict } from "../policy/verdict.ts";
import { type Architecture, architectureOfCall, siblingOf } from "../tables/architectures.ts";
import { lastSyscallNumber, syscallCount, syscallNumber } from "../tables/syscalls.ts";
import { ALL_BITS, ANY, type Domain, divide, interval } from "./domain.ts";
import { regionsOfRules } from "./rule-regions.ts";
import { rulesInWords } from "./rules-in-words.ts";
import { ANY_CALL, ARCH, type Layout, NR, type Words, withoutUpperHalves } from "./words.ts";
import type { Work } from "./work.ts";

/** Calls to which the same rules apply. */
export interface Section {
  /** Their architecture; undefined if the policy lists none for them. */
  readonly arch: Architecture | undefined;
  /** The values of seccomp_data.arch: one AUDIT_ARCH_*, or all except those that the policy lists. */
  readonly tokens: Domain;
  /** The values of seccomp_data.nr: from `first` to `last`, unsigned. */
  readonly first: number;
  readonly last: number;
  /** The most restrictive rule that applies decides. */
  readonly rules: readonly PolicyRule[];
  /** The verdict if none applies. */
  readonly otherwise: Verdict;
}

/** Calls that get one verdict. */
export interface Region {
  /** The values of each word of struct seccomp_data, independent of the others. */
  readonly words: Words;
  readonly verdict: Verdict;
}

/** The sections of a policy, by architecture in the order of the policy, then by ascending numbers. */
export function sections(policy: Policy): readonly Section[] {
  const tokens = [...new Set(policy.architectures.map(({ token }) => token))];
  return [...tokens.flatMap((token) => sectionsOf(policy, token)), foreignSection(policy, tokens)];
}

function sectionsOf(policy: Policy, token: number): readonly Section[] {
  const owners = policy.architectures.filter((arch) => arch.token === token);
  const joined: Section[] = [];
  for (const [first, last] of numberRanges(owners, policy.mixesX32)) {
    const section = { ...sectionAt(policy, token, first), last };
    const before = joined.at(-1);
    if (before !== undefined && isDecidedAlike(before, section)) {
      joined[joined.length - 1] = { ...before, last };
    } else {
      joined.push(section);
    }
  }
  return joined;
}

/** The section of the calls with an AUDIT_ARCH_* that the policy lists and a number. */
export function sectionAt(policy: Policy, token: number, nr: number): Section {
  const decided = decidedBy(policy, token, nr);
  return {
    arch: architectureOfCall(policy.architectures, token, nr),
    tokens: interval(token, token),
    first: nr,
    last: nr,
    rules: decided.kind === "rules" ? decided.rules : NO_RULES,
    otherwise: decided.kind === "rules" ? policy.defaultVerdict : decided.verdict,
  };
}

const NO_RULES: readonly PolicyRule[] = [];

function isDecidedAlike(a: Section, b: Section): boolean {
  return a.arch === b.arch && a.rules === b.rules && a.otherwise === b.otherwise;
}

/** The calls of all architectures except those with these tokens. */
function foreignSection({ foreignVerdict }: Policy, tokens: readonly number[]): Section {
  return {
    arch: undefined,
    tokens: tokensBut(tokens),
    first: 0,
    last: SKIPPED_CALL,
    rules: NO_RULES,
    otherwise: foreignVerdict,
  };
}

/** All values of seccomp_data.arch except these. */
export function tokensBut(tokens: readonly number[]): Domain {
  const others = tokens.reduce<Domain | undefined>(
    (domain, value) => domain && divide(domain, { mask: ALL_BITS, op: "eq", value }).fails,
    ANY,
  );
  return others as Domain;
}

/** The verdict on all calls of a section, if one rule or none decides: that of most calls. */
export function alwaysVerdict({ rules, otherwise }: Section): Verdict | undefined {
  const [rule] = rules;
  return rule === undefined
    ? otherwise
    : rules.length === 1 && rule.conditions.length === 0
      ? rule.verdict
      : undefined;
}

/** The layout of the arguments of a section's calls. */
export function layoutOf({ arch }: Pick<Section, "arch">, bigEndian: boolean): Layout {
  return { bigEndian, bits: arch?.bits ?? 64 };
}

/** The calls of a section. */
export function callsOf({ arch, tokens, first, last }: Section, layout: Layout): Words {
  const any = anyCallOf(arch, layout);
  return replaced(replaced(any, NR, interval(first, last)), ARCH, tokens);
}

/** Every call of an architecture, whatever its number. */
export function anyCallOf(arch: Architecture | undefined, layout: Layout): Words {
  return hasUpperHalves(arch) ? ANY_CALL : layout.bigEndian ? NARROW_BIG_ENDIAN : NARROW_LITTLE_ENDIAN;
}

const NARROW_BIG_ENDIAN = narrowCalls(true);
const NARROW_LITTLE_ENDIAN = narrowCalls(false);

function narrowCalls(bigEndian: boolean): Words {
  return withoutUpperHalves(ANY_CALL, { bigEndian, bits: 32 }, interval(0, 0));
}

/** A 64-bit MIPS kernel passes the whole registers of a 32-bit program; elsewhere their upper halves are zero. */
export function hasUpperHalves(arch: Architecture | undefined): boolean {
  return arch === undefined || arch.bits === 64 || arch.column.startsWith("mips");
}

/**
 * Finds the regions of a section.
 *
 * @param visit called for each region; false stops
 * @returns whether all regions were visited
 * @throws CutShort if the work limit is reached
 */
export function regions(
  section: Section,
  bigEndian: boolean,
  work: Work,
  visit: (region: Region) => boolean,
): boolean {
  const layout = layoutOf(section, bigEndian);
  const rules = rulesInWords(section.rules, layout);
  return regionsOfRules(rules, section.otherwise, callsOf(section, layout), work, (words, verdict) =>
    visit({ words, verdict }),
  );
}

/**
 * All 2^32 numbers as ranges: each number of a table by itself, and the gaps, split where the meaning of numbers changes
 * (`evaluate.ts`). A policy does not distinguish the numbers of a range.
 *
 * @param owners the architectures with one token
 * @param mixed whether numbers of the other architecture with the same token have a meaning too
 */
export function numberRanges(
  owners: readonly Architecture[],
  mixed: boolean,
): (readonly [first: number, last: number])[] {
  const starts = new Set([0, MAX_SYSCALL_NUMBER + 1, 0x80000000, 0xc0000000, SKIPPED_CALL]);
  for (const arch of owners) {
    for (const base of [lastSyscallNumber(arch), MAX_SYSCALL_NUMBER]) {
      starts.add((base + 1 + arch.numberBit) >>> 0);
    }
    for (let id = 0; id < syscallCount(); id += 1) {
      for (const table of mixed ? [arch, siblingOf(arch) ?? arch] : [arch]) {
        const number = syscallNumber(table, id);
        if (number >= 0) {
          starts.add(number + arch.numberBit);
          starts.add(number + arch.numberBit + 1);
        }
      }
    }
  }
  const sorted = [...starts].sort((a, b) => a - b);
  return sorted.map((first, i) => [first, (sorted[i + 1] ?? SKIPPED_CALL + 1) - 1] as const);
}
