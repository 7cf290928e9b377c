/**
 * Calls that differ from others by few values of one argument, however the rules arrive at that.
 */

import type { ComparisonTerm, Term } from "./change.ts";
import { contains, type Domain } from "./domain.ts";
import { ARCH, ARGUMENTS, highWordOf, type Layout, lowWordOf, NR, type Words } from "./words.ts";

/** Maximum number of values that are listed. */
const MOST = 8;
/** Maximum width of an interval in which they are looked for. */
const WIDEST = 64;

/**
 * A condition in values for some of the calls of a number: `x is one of A, B`, or `x is neither A nor B`.
 *
 * @param inside the calls to describe, in sets
 * @param outside all others
 * @param any all of them
 * @returns undefined if more than a few values tell them apart
 */
export function conditionInValues(
  inside: readonly Words[],
  outside: readonly Words[],
  any: Words,
  layout: Layout,
): readonly (readonly Term[])[] | undefined {
  return (
    fewValues(inside, any, layout)?.map((term) => [term]) ??
    wrap(fewValues(outside, any, layout)?.map((term) => ({ ...term, holds: false })))
  );
}

function wrap(terms: readonly Term[] | undefined): readonly (readonly Term[])[] | undefined {
  return terms && [terms];
}

/** The values of one argument that all of the calls have, if nothing else matters. */
function fewValues(
  calls: readonly Words[],
  any: Words,
  layout: Layout,
): readonly ComparisonTerm[] | undefined {
  const found = new Map<string, ComparisonTerm>();
  for (const words of calls) {
    const terms = valuesOf(words, any, layout);
    if (terms === undefined) {
      return undefined;
    }
    for (const term of terms) {
      const { index, value, bits } = term.comparison;
      found.set(`${index} ${value} ${bits}`, term);
    }
  }
  const terms = [...found.values()];
  const isOne = new Set(terms.map(({ comparison: { index, bits } }) => `${index} ${bits}`)).size === 1;
  return isOne && terms.length <= MOST
    ? terms.sort((a, b) => (a.comparison.value < b.comparison.value ? -1 : 1))
    : undefined;
}

function valuesOf(words: Words, any: Words, layout: Layout): readonly ComparisonTerm[] | undefined {
  const touched = words.flatMap((domain, word) =>
    word === NR || word === ARCH || domain === any[word] ? [] : [word],
  );
  for (let index = 0; index < ARGUMENTS; index += 1) {
    const [low, high] = [lowWordOf(index, layout), highWordOf(index, layout)];
    if (touched.includes(low) && touched.every((word) => word === low || word === high)) {
      const upper = touched.includes(high) ? single(words[high] as Domain) : 0;
      const bits = touched.includes(high) || layout.bits === 32 ? {} : ({ bits: 32 } as const);
      return upper === undefined
        ? undefined
        : listed(words[low] as Domain)?.map((lower) => ({
            kind: "comparison",
            comparison: {
              index,
              op: "SCMP_CMP_EQ",
              value: (BigInt(upper) << 32n) | BigInt(lower),
              mask: 0n,
              ...bits,
            },
            holds: true,
          }));
    }
  }
  return undefined;
}

function single({ low, high }: Domain): number | undefined {
  return low === high ? low : undefined;
}

function listed(domain: Domain): readonly number[] | undefined {
  const width = domain.high - domain.low + 1;
  return width > WIDEST
    ? undefined
    : Array.from({ length: width }, (_, i) => domain.low + i).filter((value) => contains(domain, value));
}
