/**
 * Witnesses: they cover every combination of outcomes of comparisons, checked by trying all values of small ones.
 */

import fc from "fast-check";
import * as assert from "uvu/assert";
import { holdsFor } from "../../../src/policy/applying.ts";
import type { Comparison } from "../../../src/policy/policy.ts";
import { OPERATORS } from "../../../src/profile/profile.ts";
import { arbitraryValue } from "../generators/arbitrary.ts";
import { test } from "../running/test.ts";
import { witnesses } from "./witnesses.ts";

function comparisonOf(value: fc.Arbitrary<bigint>): fc.Arbitrary<Comparison> {
  return fc
    .record({ op: fc.constantFrom(...OPERATORS), value, mask: value })
    .map((one) =>
      one.op === "SCMP_CMP_MASKED_EQ"
        ? { index: 0, ...one, value: one.value & one.mask }
        : { index: 0, ...one, mask: 0n },
    );
}

/** The outcomes of the comparisons, as one word. */
function outcome(comparisons: readonly Comparison[], value: bigint): string {
  return comparisons.map((one) => (holdsFor(one, value) ? "1" : "0")).join("");
}

test("all ways in which small comparisons can turn out are covered, and no other", () => {
  const small = comparisonOf(fc.bigInt({ min: 0n, max: 255n }));
  fc.assert(
    fc.property(fc.array(small, { maxLength: 6 }), (comparisons) => {
      const expected = new Set<string>();
      // Above 256 the outcomes do not change any more, except for bits that no mask has.
      for (let value = 0n; value < 512n; value += 1n) {
        expected.add(outcome(comparisons, value));
      }
      const { values, complete } = witnesses(comparisons, 64);
      assert.ok(complete);
      assert.equal(
        [...new Set(values.map((value) => outcome(comparisons, value)))].sort(),
        [...expected].sort(),
      );
    }),
    { numRuns: 1000, seed: 1 },
  );
});

test("random values at the edges of words turn out in no way that is not covered", () => {
  const large = comparisonOf(arbitraryValue());
  fc.assert(
    fc.property(
      fc.array(large, { maxLength: 6 }),
      fc.array(arbitraryValue(), { minLength: 50 }),
      (all, random) => {
        const covered = new Set(witnesses(all, 64).values.map((value) => outcome(all, value)));
        for (const value of random) {
          assert.ok(covered.has(outcome(all, value)), `${value}`);
        }
      },
    ),
    { numRuns: 500, seed: 2 },
  );
});

test("values stay within the width of an argument", () => {
  const high: Comparison = { index: 0, op: "SCMP_CMP_GE", value: 2n ** 40n, mask: 0n };
  const masked: Comparison = { index: 0, op: "SCMP_CMP_MASKED_EQ", value: 2n ** 40n, mask: 2n ** 40n };
  assert.equal(witnesses([high], 32).values, [0n]);
  assert.is(witnesses([high, masked], 64).values.length, 3, "below, and above with and without the bit");
  assert.ok(witnesses([high, masked], 32).values.every((value) => value < 2n ** 32n));
});

test("masks with too many combinations do not count as covered", () => {
  const bits = Array.from(
    { length: 40 },
    (_, i): Comparison => ({
      index: 0,
      op: "SCMP_CMP_MASKED_EQ",
      value: 1n << BigInt(i),
      mask: 1n << BigInt(i),
    }),
  );
  assert.not(witnesses(bits, 64).complete);
  assert.ok(witnesses(bits.slice(0, 8), 64).complete);
  assert.is(witnesses(bits.slice(0, 8), 64).values.length, 256);
});

test.run();
