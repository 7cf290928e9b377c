/**
 * Conditions on the arguments of a call in words: `domain is none of AF_ALG, AF_VSOCK`.
 */

import type { ComparisonTerm, Term, TestTerm } from "../analysis/change.ts";
import { ALL_BITS } from "../analysis/domain.ts";
import { argumentInWords, parameterName } from "../calls/comparison.ts";
import { hex } from "../calls/numbers.ts";
import type { Comparison } from "../policy/policy.ts";
import type { Architecture } from "../tables/architectures.ts";
import { SECCOMP_DATA_ARGS } from "../tables/seccomp.ts";

/** All terms hold. */
type Terms = readonly Term[];

/** At least one of the lists of terms holds entirely, in words. Empty if they always do. */
export function conditionInWords(arch: Architecture, id: number, when: readonly Terms[]): string {
  const groups = new Map<string, { readonly terms: Terms; readonly equal: ComparisonTerm[] }>();
  for (const terms of when) {
    const [equality, ...more] = terms.filter(isEquality);
    // Alternatives that differ in one value only are told together.
    const one = more.length === 0 ? equality : undefined;
    const rest = one === undefined ? terms : terms.filter((term) => term !== one);
    const key = `${one?.comparison.index} ${textOf(arch, id, rest)}`;
    const group = groups.get(key) ?? { terms: rest, equal: [] };
    groups.set(key, group);
    if (one !== undefined) {
      group.equal.push(one);
    }
  }
  return [...groups.values()]
    .map(({ terms, equal }) =>
      [...(equal.length === 0 ? [] : [oneOf(arch, id, equal)]), ...wordsOf(arch, id, terms, equal)].join(
        " and ",
      ),
    )
    .join(", or ");
}

function isEquality(term: Term): term is ComparisonTerm {
  return term.kind === "comparison" && term.comparison.op === "SCMP_CMP_EQ" && term.holds;
}

function textOf(arch: Architecture, id: number, terms: Terms): string {
  return wordsOf(arch, id, terms, []).join(" and ");
}

/** An argument is one of several values. */
function oneOf(arch: Architecture, id: number, equal: readonly ComparisonTerm[]): string {
  const values = equal.map(({ comparison: { index, value } }) => argumentInWords(arch, id, index, value));
  const [first] = equal;
  const name = first === undefined ? "" : parameterName(arch, id, first.comparison.index);
  return values.length === 1 ? `${name} == ${values[0]}` : `${name} is one of ${values.join(", ")}`;
}

/** Each term in words, those that exclude values of one argument together. */
function wordsOf(
  arch: Architecture,
  id: number,
  terms: Terms,
  equal: readonly ComparisonTerm[],
): readonly string[] {
  const known = new Map(
    [...equal.slice(0, 1), ...terms.filter(isEquality)].map(({ comparison: { index, value } }) => [
      index,
      value,
    ]),
  );
  const show = (index: number, value: bigint): string => argumentInWords(arch, id, index, value, known);
  const excluded = new Map<string, string[]>();
  const words: (string | { readonly name: string })[] = [];
  for (const term of terms) {
    if (term.kind === "test") {
      words.push(testInWords(arch, term));
      continue;
    }
    const { holds } = term;
    const { op, index, value, mask } = term.comparison;
    const name = parameterName(arch, id, index);
    if (op === "SCMP_CMP_EQ" && !holds) {
      const values = excluded.get(name);
      if (values === undefined) {
        excluded.set(name, [show(index, value)]);
        words.push({ name });
      } else {
        values.push(show(index, value));
      }
    } else if (op === "SCMP_CMP_MASKED_EQ") {
      words.push(maskedInWords(name, mask, value, holds, (bits) => show(index, bits)));
    } else {
      words.push(`${name} ${signOf(op, holds)} ${show(index, value)}`);
    }
  }
  return words.map((word) => {
    if (typeof word === "string") {
      return word;
    }
    const values = excluded.get(word.name) ?? [];
    return values.length === 1
      ? `${word.name} != ${values[0]}`
      : `${word.name} is none of ${values.join(", ")}`;
  });
}

/** A masked comparison; where the mask leaves out the low bits only, the range of values. */
function maskedInWords(
  name: string,
  mask: bigint,
  value: bigint,
  holds: boolean,
  show: (bits: bigint) => string,
): string {
  const low = (mask & -mask) - 1n;
  const isPrefix = [64n, 32n].some((bits) => mask + low === (1n << bits) - 1n) && low > 0n;
  if (isPrefix && value < LARGE) {
    const [first, last] = [show(value), show(value | low)];
    return value === 0n
      ? `${name} ${holds ? "<=" : ">"} ${last}`
      : `${name} is ${holds ? "" : "not "}${first} to ${last}`;
  }
  const inNames = show(mask);
  // A mask of which only some bits are flags is easier to find in the profile as a number.
  const shownMask = inNames.includes("0x") ? hex(mask) : inNames;
  return `(${name} & ${shownMask}) ${holds ? "==" : "!="} ${value === 0n ? "0" : inNames.includes("0x") ? hex(value) : show(value)}`;
}

/** From here on a range says less than a mask. */
const LARGE = 0x10000n;

function signOf(op: Comparison["op"], holds: boolean): string {
  switch (op) {
    case "SCMP_CMP_GT":
      return holds ? ">" : "<=";
    case "SCMP_CMP_GE":
      return holds ? ">=" : "<";
    default:
      return holds ? "==" : "!=";
  }
}

/** A test of a filter: of a half of an argument, or of the instruction pointer. */
function testInWords(arch: Architecture, { test: { word, test }, holds }: TestTerm): string {
  const isUpper = (word % 2 === 1) !== arch.bigEndian;
  const argument = (word * 4 - SECCOMP_DATA_ARGS) >> 3;
  const whole = argument < 0 ? "the instruction pointer" : `arg${argument}`;
  const name = isUpper ? `${whole} >> 32` : `(u32)${whole}`;
  const masked = (mask: number): string => (mask === ALL_BITS ? name : `(${name} & ${hex(BigInt(mask))})`);
  const value = hex(BigInt(test.value));
  switch (test.op) {
    case "eq":
      return `${masked(test.mask)} ${holds ? "==" : "!="} ${value}`;
    case "gt":
      return `${masked(test.mask)} ${holds ? ">" : "<="} ${value}`;
    case "ge":
      return `${masked(test.mask)} ${holds ? ">=" : "<"} ${value}`;
    case "set":
      return `(${name} & ${value}) ${holds ? "!=" : "=="} 0`;
  }
}
