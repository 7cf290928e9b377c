/**
 * The algebra of comparisons, compared with the evaluator's operators on values at and around every edge.
 */

import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { arbitraryValue } from "../../test/support/generators/arbitrary.ts";
import { randomly } from "../../test/support/generators/randomly.ts";
import { argumentVectors } from "../../test/support/oracles/argument-vectors.ts";
import { witnesses } from "../../test/support/oracles/witnesses.ts";
import { applies, holdsFor } from "../policy/applying.ts";
import type { Comparison, PolicyRule } from "../policy/policy.ts";
import { OPERATORS } from "../profile/profile.ts";
import {
  alwaysHolds,
  both,
  canBothApply,
  canonical,
  exactly,
  negate,
  oneAlwaysApplies,
} from "./comparisons.ts";

const comparison: fc.Arbitrary<Comparison> = fc
  .record({ op: fc.constantFrom(...OPERATORS), value: arbitraryValue(), mask: arbitraryValue() })
  .map(({ op, value, mask }) =>
    op === "SCMP_CMP_MASKED_EQ"
      ? { index: 0, op, mask, value: value & mask }
      : { index: 0, op, mask: 0n, value },
  );

/** The same, or a comparison of the lower 32 bits. */
const ofAnyWidth: fc.Arbitrary<Comparison> = fc
  .tuple(comparison, fc.boolean())
  .map(([one, isNarrow]) =>
    isNarrow && one.op !== "SCMP_CMP_MASKED_EQ" ? { ...one, value: one.value & 0xffffffffn, bits: 32 } : one,
  );

/** Values that distinguish all of these. */
function values(...all: readonly Comparison[]): readonly bigint[] {
  const found = witnesses(all, 64);
  assert.ok(found.complete);
  return found.values;
}

function any(comparisons: readonly Comparison[], value: bigint): boolean {
  return comparisons.some((one) => holdsFor(one, value));
}

test("a negation holds exactly where the comparison does not", () => {
  const bit = fc.integer({ min: 0, max: 63 });
  fc.assert(
    fc.property(comparison, fc.array(arbitraryValue(), { minLength: 20 }), bit, (one, random, n) => {
      const not = negate(one);
      // If a mask matches, one bit more or less decides.
      for (const value of [...values(one), ...random].flatMap((near) => [near, near ^ (1n << BigInt(n))])) {
        assert.is(any(not, value), !holdsFor(one, value), `${value}`);
      }
    }),
    { numRuns: 1000, seed: 1 },
  );
});

test("a join of comparisons of 64 and of 32 bits holds exactly where both hold, and so does the canonical form", () => {
  fc.assert(
    fc.property(ofAnyWidth, ofAnyWidth, fc.array(arbitraryValue(), { minLength: 20 }), (a, b, random) => {
      const joint = both(a, b);
      const near = random.flatMap((value) => [
        value,
        value ^ 1n,
        value & 0xffffffffn,
        a.value,
        b.value | (1n << 40n),
      ]);
      for (const value of near) {
        assert.is(any(joint, value), holdsFor(a, value) && holdsFor(b, value), `${value}`);
        const same = canonical(a);
        assert.is(same === undefined || holdsFor(same, value), holdsFor(a, value), `${value}`);
      }
    }),
    { numRuns: 1000, seed: 7 },
  );
});

test("a join holds exactly where both hold, and is made of comparisons that libseccomp knows", () => {
  fc.assert(
    fc.property(comparison, comparison, (a, b) => {
      const joint = both(a, b);
      // A few of many blocks are enough to find values at their edges.
      for (const value of values(a, b, ...joint.slice(0, 6))) {
        assert.is(any(joint, value), holdsFor(a, value) && holdsFor(b, value), `${value}`);
      }
    }),
    { numRuns: 1000, seed: 2 },
  );
});

test("a join takes one comparison where one is enough", () => {
  const one = (op: Comparison["op"], value: bigint): Comparison => ({ index: 0, op, value, mask: 0n });
  assert.equal(both(one("SCMP_CMP_GE", 4n), one("SCMP_CMP_LE", 4n)), [one("SCMP_CMP_EQ", 4n)]);
  assert.equal(both(one("SCMP_CMP_GT", 4n), one("SCMP_CMP_NE", 5n)), [one("SCMP_CMP_GE", 6n)]);
  assert.equal(both(one("SCMP_CMP_NE", 7n), one("SCMP_CMP_NE", 7n)), [one("SCMP_CMP_NE", 7n)]);
  assert.equal(both(one("SCMP_CMP_LT", 7n), one("SCMP_CMP_GT", 7n)), []);
  const range = both(one("SCMP_CMP_GE", 3n), one("SCMP_CMP_LE", 7n));
  assert.equal(
    range.map(({ op, value, mask }) => `${op} ${value} ${BigInt.asUintN(64, ~mask)}`),
    ["SCMP_CMP_MASKED_EQ 3 0", "SCMP_CMP_MASKED_EQ 4 3"],
  );
});

test("comparisons for equality alone mean the same", () => {
  fc.assert(
    fc.property(comparison, fc.array(arbitraryValue(), { minLength: 20 }), (one, random) => {
      const exact = exactly(one);
      assert.ok(exact.length <= 64);
      for (const value of [...values(one), ...random]) {
        assert.is(any(exact, value), holdsFor(one, value), `${value}`);
      }
      assert.ok(exact.every(({ op }) => op === "SCMP_CMP_EQ" || op === "SCMP_CMP_MASKED_EQ"));
    }),
    { numRuns: 1000, seed: 4 },
  );
});

test("a comparison that holds for every value is recognised", () => {
  const max = 2n ** 64n - 1n;
  const one = (op: Comparison["op"], value: bigint, mask = 0n): Comparison => ({ index: 0, op, value, mask });
  assert.ok(alwaysHolds(one("SCMP_CMP_GE", 0n)) && alwaysHolds(one("SCMP_CMP_LE", max)));
  assert.ok(alwaysHolds(one("SCMP_CMP_MASKED_EQ", 0n)));
  assert.not(alwaysHolds(one("SCMP_CMP_NE", max)) || alwaysHolds(one("SCMP_CMP_GE", 1n)));
});

test("two rules can both apply exactly where there are arguments for which they do", () => {
  const conditions = fc
    .uniqueArray(fc.tuple(fc.nat(2), comparison), { selector: ([index]) => index, maxLength: 3 })
    .map((all) => all.map(([index, one]) => ({ ...one, index })));
  fc.assert(
    fc.property(conditions, conditions, fc.constantFrom(32 as const, 64 as const), (a, b, bits) => {
      const rules: [PolicyRule, PolicyRule] = [
        { conditions: a, verdict: 0 },
        { conditions: b, verdict: 0 },
      ];
      const { vectors, complete } = argumentVectors(rules, bits);
      const found = vectors.some((args) => rules.every((rule) => applies(rule, args)));
      if (complete) {
        assert.is(canBothApply(...rules, bits), found);
      }
    }),
    { numRuns: 500, seed: 3 },
  );
});

test("one of several rules always applies exactly where no arguments are a counterexample", () => {
  let always = 0;
  const small = fc.bigInt({ min: 0n, max: 3n });
  const conditions = fc
    .record({ index: fc.nat(1), op: fc.constantFrom(...OPERATORS), value: small, mask: small })
    .map(({ index, op, value, mask }) =>
      op === "SCMP_CMP_MASKED_EQ" ? { index, op, mask, value: value & mask } : { index, op, mask: 0n, value },
    );
  fc.assert(
    fc.property(fc.array(conditions, { minLength: 1, maxLength: 5 }), (all) => {
      const rules = all.map((one): PolicyRule => ({ conditions: [one], verdict: 0 }));
      const { vectors, complete } = argumentVectors(rules, 64);
      assert.ok(complete);
      const expected = vectors.every((args) => rules.some((rule) => applies(rule, args)));
      always += expected ? 1 : 0;
      assert.is(oneAlwaysApplies(rules, 64), expected);
    }),
    { numRuns: 1000, seed: 5 },
  );
  assert.ok(always > 200 && always < 900, `${always}`);
});

test("if it takes too long to decide, no rule counts as always applying", () => {
  const random = randomly(1);
  // With so many combinations of three bits almost every number meets one, and a number that meets none is hard to find.
  const rules = Array.from({ length: 220 }, (): PolicyRule => {
    const bits = [0, 1, 2].map(() => 1n << BigInt(random(32)));
    const mask = bits.reduce((all, bit) => all | bit);
    const value = bits.reduce((all, bit) => (random(2) === 0 ? all : all | bit), 0n);
    return { conditions: [{ index: 0, op: "SCMP_CMP_MASKED_EQ", mask, value }], verdict: 0 };
  });
  assert.not(oneAlwaysApplies(rules, 64));
});

test.run();
