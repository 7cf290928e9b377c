/**
 * Domains: the values that a 32-bit word can still have after tests with known outcomes.
 */

import type { Comparator } from "../bpf/opcodes.ts";
import { CutShort, type Work } from "./work.ts";

/** A test of a word: the word under the mask, compared with a value (unsigned). */
export interface WordTest {
  readonly mask: number;
  readonly op: Comparator;
  readonly value: number;
}

/** All bits of a word. */
export const ALL_BITS = 0xffffffff;

/** A word under a mask with some bits clear, and a value that it does not have. */
interface Masked {
  readonly mask: number;
  readonly value: number;
}

/** The values from `low` to `high` that have `bits` where `fixed` is 1, except `excluded` and `others`. */
export interface Domain {
  readonly low: number;
  readonly high: number;
  readonly fixed: number;
  readonly bits: number;
  /** Each once, between `low` and `high`. */
  readonly excluded: readonly number[];
  readonly others: readonly Masked[];
}

/** Every value. */
export const ANY: Domain = { low: 0, high: ALL_BITS, fixed: 0, bits: 0, excluded: [], others: [] };

/** One value, or an interval. */
export function interval(low: number, high: number): Domain {
  return { ...ANY, low, high };
}

/** The outcomes of a test: the values for which it holds, and the rest; undefined if there are none. */
export interface Division {
  readonly holds: Domain | undefined;
  readonly fails: Domain | undefined;
}

/** Thrown if a domain is too intricate to decide whether it has a value. */
export class TooIntricate extends CutShort {}

/**
 * Divides a domain by a test.
 *
 * @throws CutShort if it cannot be decided whether a part has a value, or the work limit is reached
 */
export function divide(domain: Domain, asked: WordTest, work?: Work): Division {
  work?.step();
  const test = ofWholeWord(domain, asked);
  if (isInterval(domain) && test.mask === ALL_BITS && (test.op === "ge" || test.op === "gt")) {
    return halves(domain, test.op === "gt" ? test.value + 1 : test.value);
  }
  return { holds: inhabited(holding(domain, test), work), fails: inhabited(failing(domain, test), work) };
}

function isInterval({ fixed, excluded, others }: Domain): boolean {
  return fixed === 0 && excluded.length === 0 && others.length === 0;
}

/** The values of an interval from a value on, and those below it. */
function halves(domain: Domain, from: number): Division {
  const { low, high } = domain;
  if (from <= low) {
    return { holds: domain, fails: undefined };
  }
  return from > high
    ? { holds: undefined, fails: domain }
    : { holds: interval(from, high), fails: interval(low, from - 1) };
}

/** The outcome of a test for all values of a domain; undefined if it depends on the value. */
export function outcome(domain: Domain, asked: WordTest, work?: Work): boolean | undefined {
  const test = ofWholeWord(domain, asked);
  const { op, mask, value } = test;
  const { low, high, fixed, bits, excluded, others } = domain;
  if (op === "eq" && (fixed & mask & (bits ^ value)) !== 0) {
    return false;
  }
  // Simple tests need no division.
  if (mask === ALL_BITS && op !== "set") {
    if (op === "eq" ? value < low || value > high : op === "ge" ? high < value : high <= value) {
      return false;
    }
    if (op === "eq" ? low === high : op === "ge" ? low >= value : low > value) {
      return true;
    }
    if (fixed === 0 && others.length === 0 && (op !== "eq" || !excluded.includes(value))) {
      return undefined;
    }
  } else if (op === "eq" && (value & ~mask) === 0 && low === 0 && high === ALL_BITS && others.length === 0) {
    if ((mask & ~fixed) === 0) {
      return true;
    }
    if (excluded.length === 0) {
      return undefined;
    }
  }
  const { holds, fails } = divide(domain, test, work);
  return holds === undefined ? false : fails === undefined ? true : undefined;
}

/** The same test without a mask, if all values of the domain have the same bits outside of the mask. */
function ofWholeWord({ low, high }: Domain, test: WordTest): WordTest {
  const { mask, op, value } = test;
  if (mask === ALL_BITS || op === "set") {
    return test;
  }
  const outside = ~mask >>> 0;
  const differing = low ^ high;
  // From the highest bit on in which the ends differ, all bits may differ.
  if (differing !== 0 && (outside & (ALL_BITS >>> Math.clz32(differing))) !== 0) {
    return test;
  }
  const known = (low & outside) >>> 0;
  if (op === "eq") {
    return (value & outside) === 0 ? { mask: ALL_BITS, op, value: value + known } : test;
  }
  const least = op === "gt" ? value + 1 : value;
  if (least <= (low & mask) >>> 0) {
    return { mask: ALL_BITS, op: "ge", value: low };
  }
  // A value between the ends has none of the known bits, as the ends themselves under the mask.
  return {
    mask: ALL_BITS,
    op: "ge",
    value: least > (high & mask) >>> 0 ? high + 1 : least + known,
  };
}

/** Whether a word passes a test. */
export function passes({ mask, op, value }: WordTest, word: number): boolean {
  const seen = (word & mask) >>> 0;
  switch (op) {
    case "eq":
      return seen === value;
    case "gt":
      return seen > value;
    case "ge":
      return seen >= value;
    case "set":
      return (seen & value) !== 0;
  }
}

function inhabited(domain: Domain | undefined, work: Work | undefined): Domain | undefined {
  return domain !== undefined && (isRoomy(domain) || pick(domain, work) !== undefined) ? domain : undefined;
}

/** Whether a domain has more values than its exclusions can cover. */
function isRoomy({ low, high, fixed, excluded, others }: Domain): boolean {
  const size =
    fixed === 0 ? high - low + 1 : low === 0 && high === ALL_BITS ? 2 ** (32 - bitCount(fixed)) : 0;
  let out = excluded.length;
  for (const { mask } of others) {
    out += 2 ** (32 - bitCount(mask));
  }
  return size > out;
}

function bitCount(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** The values for which a test holds. */
function holding(domain: Domain, { mask, op, value }: WordTest): Domain | undefined {
  switch (op) {
    case "eq":
      return equal(domain, mask, value);
    case "set":
      return unequal(domain, (mask & value) >>> 0, 0);
    default:
      return atLeast(domain, mask, op === "gt" ? value + 1 : value);
  }
}

/** The values for which a test fails. */
function failing(domain: Domain, { mask, op, value }: WordTest): Domain | undefined {
  switch (op) {
    case "eq":
      return unequal(domain, mask, value);
    case "set":
      return equal(domain, (mask & value) >>> 0, 0);
    default:
      return atMost(domain, mask, op === "gt" ? value : value - 1);
  }
}

function equal(domain: Domain, mask: number, value: number): Domain | undefined {
  if ((value & ~mask) !== 0) {
    return undefined;
  }
  if (mask === ALL_BITS) {
    return contains(domain, value) ? interval(value, value) : undefined;
  }
  if ((domain.fixed & mask & (domain.bits ^ value)) !== 0) {
    return undefined;
  }
  return fix(domain, mask, value);
}

/**
 * Fixes bits of a domain. The excluded values then concern only the other bits; if one of those is left, its value is known as
 * well.
 */
function fix(domain: Domain, mask: number, value: number): Domain | undefined {
  let [fixed, bits, left] = [(domain.fixed | mask) >>> 0, (domain.bits | value) >>> 0, domain.others];
  for (let again = true; again; ) {
    again = false;
    const still: Masked[] = [];
    for (const other of left) {
      const open = (other.mask & ~fixed) >>> 0;
      if ((other.mask & fixed & (bits ^ other.value)) !== 0) {
        continue;
      }
      if (open === 0) {
        return undefined;
      }
      if ((open & (open - 1)) === 0) {
        fixed = (fixed | open) >>> 0;
        bits = (bits | (open & ~other.value)) >>> 0;
        again = true;
      } else {
        still.push({ mask: open, value: (other.value & open) >>> 0 });
      }
    }
    left = still;
  }
  return withinFixed({ ...domain, fixed, bits, others: left });
}

/** The ends of the interval cannot be beyond the values that the fixed bits leave. If these are the upper bits, they are an interval. */
function withinFixed(domain: Domain): Domain | undefined {
  const { low, high, fixed, bits } = domain;
  const open = ~fixed >>> 0;
  const last = (bits | open) >>> 0;
  if (bits > high || last < low) {
    return undefined;
  }
  return (open & (open + 1)) === 0
    ? between({ ...domain, fixed: 0, bits: 0 }, Math.max(low, bits), Math.min(high, last))
    : domain;
}

function unequal(domain: Domain, mask: number, value: number): Domain | undefined {
  if ((value & ~mask) !== 0) {
    return domain;
  }
  if (mask === 0) {
    return undefined;
  }
  const { low, high } = domain;
  if (mask !== ALL_BITS) {
    if ((domain.fixed & mask & (domain.bits ^ value)) !== 0) {
      return domain;
    }
    const below = ~mask >>> 0;
    const last = (value | below) >>> 0;
    if (last < low || value > high) {
      return domain;
    }
    if ((below & (below + 1)) === 0 && (value <= low || last >= high)) {
      return value <= low && last >= high
        ? undefined
        : between(domain, value <= low ? last + 1 : low, last >= high ? value - 1 : high);
    }
    const open = (mask & ~domain.fixed) >>> 0;
    if ((open & (open - 1)) === 0) {
      return open === 0 ? undefined : fix(domain, open, (open & ~value) >>> 0);
    }
    return { ...domain, others: [...domain.others, { mask: open, value: (value & open) >>> 0 }] };
  }
  if (value < low || value > high || domain.excluded.includes(value)) {
    return domain;
  }
  // At an end the interval shrinks, so that long lists of values do not accumulate.
  if (value === low || value === high) {
    return low === high
      ? undefined
      : between(domain, value === low ? low + 1 : low, value === high ? high - 1 : high);
  }
  return { ...domain, excluded: [...domain.excluded, value] };
}

/** A part of a domain's interval, without the excluded values at its ends. */
function between(domain: Domain, from: number, to: number): Domain | undefined {
  let [low, high] = [from, to];
  if (domain.excluded.length === 0) {
    return low > high ? undefined : { ...domain, low, high };
  }
  const excluded = new Set(domain.excluded);
  while (excluded.has(low)) {
    low += 1;
  }
  while (excluded.has(high)) {
    high -= 1;
  }
  return low > high
    ? undefined
    : { ...domain, low, high, excluded: domain.excluded.filter((value) => value > low && value < high) };
}

function atLeast(domain: Domain, mask: number, value: number): Domain | undefined {
  if (value <= 0) {
    return domain;
  }
  if (mask !== ALL_BITS) {
    return ordered(domain, mask, value, true);
  }
  return value <= domain.low ? domain : value > domain.high ? undefined : between(domain, value, domain.high);
}

function atMost(domain: Domain, mask: number, value: number): Domain | undefined {
  if (value < 0) {
    return undefined;
  }
  if (mask !== ALL_BITS) {
    return ordered(domain, mask, value, false);
  }
  return value >= domain.high ? domain : value < domain.low ? undefined : between(domain, domain.low, value);
}

/** Compares part of the bits by size only if they are the upper bits, which keep the order of the word. */
function ordered(domain: Domain, mask: number, value: number, least: boolean): Domain | undefined {
  const below = ~mask >>> 0;
  if ((below & (below + 1)) !== 0) {
    throw new TooIntricate(
      "because the filter compares scattered bits of a word by size, which the analysis does not support",
    );
  }
  return least
    ? atLeast(
        domain,
        ALL_BITS,
        value > ALL_BITS
          ? value
          : (((value + below) & mask) >>> 0) + (value + below > ALL_BITS ? ALL_BITS + 1 : 0),
      )
    : atMost(domain, ALL_BITS, ((value & mask) | below) >>> 0);
}

/** Whether a value is one of a domain. */
export function contains({ low, high, fixed, bits, excluded, others }: Domain, value: number): boolean {
  return (
    value >= low &&
    value <= high &&
    (value & fixed) >>> 0 === bits &&
    !excluded.includes(value) &&
    others.every((other) => (value & other.mask) >>> 0 !== other.value)
  );
}

/** Equal for domains that were constructed in the same way. */
export function domainKey({ low, high, fixed, bits, excluded, others }: Domain): string {
  return [low, high, fixed, bits, excluded, ...others.map(({ mask, value }) => `${mask}/${value}`)].join(" ");
}

/** Maximum number of states that the search for a value tries. */
const MAX_STATES = 20_000;

/**
 * A value of the domain, the least one if it is easy to find; undefined if there is none.
 *
 * @throws CutShort
 */
export function pick(domain: Domain, work?: Work): number | undefined {
  const { low, high, fixed, excluded, others } = domain;
  if (low > high) {
    return undefined;
  }
  if (contains(domain, low)) {
    return low;
  }
  if (fixed === 0 && others.length === 0) {
    const out = new Set(excluded);
    for (let value = low; value <= high; value += 1) {
      if (!out.has(value)) {
        return value;
      }
    }
    return undefined;
  }
  // Most domains have so many values that one of these few belongs to them.
  for (const filling of [0, low, 0x10000, high, ALL_BITS, 0x5a5aa5a5, 0xa5a55a5a, 0x0ff0f00f, 0xc33c3cc3]) {
    const value = ((filling & ~fixed) | domain.bits) >>> 0;
    if (contains(domain, value)) {
      return value;
    }
  }
  return search(domain, work);
}

/**
 * Tries digits from the highest bit on. The lower bits depend only on the excluded values that the word may still equal and on
 * whether it is at an end of the interval, so no such state is tried twice.
 */
function search(
  { low, high, fixed, bits, excluded, others }: Domain,
  work: Work | undefined,
): number | undefined {
  const failed = new Set<string>();
  const all = [...others, ...excluded.map((value) => ({ mask: ALL_BITS, value }))];
  const from = (
    bit: number,
    value: number,
    atLow: boolean,
    atHigh: boolean,
    left: readonly number[],
  ): number | undefined => {
    work?.step();
    if (bit < 0) {
      return left.length === 0 ? value >>> 0 : undefined;
    }
    const state = `${bit} ${atLow} ${atHigh} ${left.join()}`;
    if (failed.has(state)) {
      return undefined;
    }
    const at = 1 << bit;
    const [lowest, highest] = [(low >>> bit) & 1, (high >>> bit) & 1];
    for (const digit of [0, 1]) {
      const here = digit === 1 ? at : 0;
      const outside = (atLow && digit < lowest) || (atHigh && digit > highest);
      if (outside || ((fixed & at) !== 0 && (bits & at) !== here)) {
        continue;
      }
      // Excluded values that differ in this digit are ruled out.
      const still = left.filter((i) => {
        const { mask, value: other } = all[i] as Masked;
        return (mask & at) === 0 || (other & at) === here;
      });
      const found = from(
        bit - 1,
        value | here,
        atLow && digit === lowest,
        atHigh && digit === highest,
        still,
      );
      if (found !== undefined) {
        return found;
      }
    }
    failed.add(state);
    if (failed.size > MAX_STATES) {
      throw new TooIntricate(`because the masks on one argument have more than ${MAX_STATES} combinations`);
    }
    return undefined;
  };
  return from(
    31,
    0,
    true,
    true,
    all.map((_, i) => i),
  );
}
