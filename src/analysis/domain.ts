/**
 * What is known of a 32-bit word: the values that it can still have after tests have turned out one way or the other.
 */

/** A test of a word: the word under the mask, compared with a value (unsigned). */
export interface WordTest {
  readonly mask: number;
  /** `set`: any bit of the value is set in the word. */
  readonly op: "eq" | "gt" | "ge" | "set";
  readonly value: number;
}

const ALL = 0xffffffff;

/** A word under a mask is, or is not, a value. */
interface Masked {
  readonly mask: number;
  readonly value: number;
}

/** The values from `low` to `high` that have `bits` where `fixed` is 1 and are none of `others`. */
export interface Domain {
  readonly low: number;
  readonly high: number;
  readonly fixed: number;
  readonly bits: number;
  readonly others: readonly Masked[];
}

/** Every value. */
export const ANY: Domain = { low: 0, high: ALL, fixed: 0, bits: 0, others: [] };

/** One value, or those of an interval. */
export function interval(low: number, high: number): Domain {
  return { ...ANY, low, high };
}

/** How a test turns out: the values for which it holds, and the others; undefined: there are none. */
export interface Split {
  readonly holds: Domain | undefined;
  readonly fails: Domain | undefined;
}

/** Thrown where a domain is too intricate for it to be told whether there is a value in it. */
export class TooIntricate extends Error {}

/** Divides a domain by a test. */
export function split(domain: Domain, test: WordTest): Split {
  return { holds: inhabited(holding(domain, test)), fails: inhabited(failing(domain, test)) };
}

function inhabited(domain: Domain | undefined): Domain | undefined {
  return domain !== undefined && pick(domain) !== undefined ? domain : undefined;
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
  if (mask === ALL) {
    return contains(domain, value) ? interval(value, value) : undefined;
  }
  if ((domain.fixed & mask & (domain.bits ^ value)) !== 0) {
    return undefined;
  }
  return { ...domain, fixed: (domain.fixed | mask) >>> 0, bits: (domain.bits | value) >>> 0 };
}

function unequal(domain: Domain, mask: number, value: number): Domain | undefined {
  if ((value & ~mask) !== 0) {
    return domain;
  }
  if (mask === 0) {
    return undefined;
  }
  if (mask === ALL) {
    if (value < domain.low || value > domain.high) {
      return domain;
    }
    // At an end the interval gets shorter, so that long lists of values do not add up.
    if (value === domain.low) {
      return domain.low === domain.high ? undefined : { ...domain, low: domain.low + 1 };
    }
    if (value === domain.high) {
      return { ...domain, high: domain.high - 1 };
    }
  }
  return { ...domain, others: [...domain.others, { mask, value }] };
}

function atLeast(domain: Domain, mask: number, value: number): Domain | undefined {
  if (value <= 0) {
    return domain;
  }
  if (mask !== ALL) {
    return ordered(domain, mask, value, true);
  }
  return value > domain.high ? undefined : { ...domain, low: Math.max(domain.low, value) };
}

function atMost(domain: Domain, mask: number, value: number): Domain | undefined {
  if (value < 0) {
    return undefined;
  }
  if (mask !== ALL) {
    return ordered(domain, mask, value, false);
  }
  return value < domain.low ? undefined : { ...domain, high: Math.min(domain.high, value) };
}

/** Orders of a part of the bits are told only where that part is the upper bits, which keep the order of the word. */
function ordered(domain: Domain, mask: number, value: number, least: boolean): Domain | undefined {
  const below = ~mask >>> 0;
  if ((below & (below + 1)) !== 0) {
    throw new TooIntricate();
  }
  return least
    ? atLeast(
        domain,
        ALL,
        value > ALL ? value : (((value + below) & mask) >>> 0) + (value + below > ALL ? ALL + 1 : 0),
      )
    : atMost(domain, ALL, ((value & mask) | below) >>> 0);
}

function contains({ low, high, fixed, bits, others }: Domain, value: number): boolean {
  return (
    value >= low &&
    value <= high &&
    (value & fixed) >>> 0 === bits &&
    others.every((other) => (value & other.mask) >>> 0 !== other.value)
  );
}

/** So many states are tried in the search for a value. */
const MOST_STATES = 20_000;

/**
 * A value of the domain, the least one where that is easily told; undefined where there is none.
 *
 * @throws TooIntricate
 */
export function pick(domain: Domain): number | undefined {
  const { low, high, fixed, others } = domain;
  if (low > high) {
    return undefined;
  }
  if (fixed === 0 && others.every(({ mask }) => mask === ALL)) {
    const excluded = new Set(others.map(({ value }) => value));
    for (let value = low; value <= high; value += 1) {
      if (!excluded.has(value)) {
        return value;
      }
    }
    return undefined;
  }
  return search(domain);
}

/**
 * Tries digits from the highest bit on. What can still come of the lower bits depends only on which values the word may
 * still be, and on whether it runs along an end of the interval; so no such state is tried twice.
 */
function search({ low, high, fixed, bits, others }: Domain): number | undefined {
  const failed = new Set<string>();
  const from = (
    bit: number,
    value: number,
    atLow: boolean,
    atHigh: boolean,
    left: readonly number[],
  ): number | undefined => {
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
      // Those that this digit does not fit are not this value any more.
      const still = left.filter((i) => {
        const { mask, value: other } = others[i] as Masked;
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
    if (failed.size > MOST_STATES) {
      throw new TooIntricate();
    }
    return undefined;
  };
  return from(
    31,
    0,
    true,
    true,
    others.map((_, i) => i),
  );
}
