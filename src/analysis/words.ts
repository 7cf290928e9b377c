/**
 * What is known of a call: the values that each word of struct seccomp_data can have.
 */

import {
  SECCOMP_DATA_ARCH,
  SECCOMP_DATA_ARGS,
  SECCOMP_DATA_NR,
  SECCOMP_DATA_SIZE,
} from "../tables/seccomp.ts";
import { ANY, contains, type Domain, pick } from "./domain.ts";

/** Indexed by the words' offsets divided by four. */
export type Words = readonly Domain[];

/** The words of one call, with its instruction pointer. */
export type Sample = readonly number[];

const WORD = 4;
export const WORD_COUNT = SECCOMP_DATA_SIZE / WORD;
export const NR = SECCOMP_DATA_NR / WORD;
export const ARCH = SECCOMP_DATA_ARCH / WORD;
const FIRST_ARGUMENT = SECCOMP_DATA_ARGS / WORD;
/** The number of arguments. */
export const ARGUMENTS = 6;

/** Nothing is known. */
export const ANY_CALL: Words = new Array<Domain>(WORD_COUNT).fill(ANY);

/** The layout of the arguments in struct seccomp_data. */
export interface Layout {
  readonly bigEndian: boolean;
  /** If 32, a policy ignores the upper words, whatever they hold. */
  readonly bits: 32 | 64;
}

/** The word of an argument with its lower half. */
export function lowWordOf(index: number, { bigEndian }: Layout): number {
  return FIRST_ARGUMENT + 2 * index + (bigEndian ? 1 : 0);
}

/** The word of an argument with its upper half. */
export function highWordOf(index: number, { bigEndian }: Layout): number {
  return FIRST_ARGUMENT + 2 * index + (bigEndian ? 0 : 1);
}

/**
 * Words with the upper halves of arguments zero.
 *
 * @param indexes bit n: that of argument n; absent: those of all
 */
export function withoutUpperHalves(words: Words, layout: Layout, zero: Domain, indexes = ~0): Words {
  const all = Array.from({ length: ARGUMENTS }, (_, i) => i).filter((i) => ((indexes >> i) & 1) === 1);
  const upper = new Set(all.map((i) => highWordOf(i, layout)));
  return words.map((domain, word) => (upper.has(word) ? zero : domain));
}

/** One of the calls. */
export function sampleOf(words: Words): Sample {
  return words.map((domain) => pick(domain) as number);
}

/** Whether a call is one of these. */
export function includes(words: Words, sample: Sample): boolean {
  return words.every((domain, word) => domain === ANY || contains(domain, sample[word] as number));
}

/** The arguments of a call, 64 bits each. */
export function argumentsOf(sample: Sample, layout: Layout): readonly bigint[] {
  return Array.from({ length: ARGUMENTS }, (_, i) => {
    const [low, high] = [sample[lowWordOf(i, layout)] as number, sample[highWordOf(i, layout)] as number];
    return (BigInt(high) << 32n) | BigInt(low);
  });
}
