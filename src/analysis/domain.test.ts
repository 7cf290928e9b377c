/**
 * Domains compared with the values themselves: small ones with all values, others at their edges.
 */

import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { passes } from "../../test/support/oracles/graphs.ts";
import {
  ALL_BITS,
  ANY,
  contains,
  type Domain,
  divide,
  interval,
  outcome,
  passes as passesHere,
  pick,
  TooIntricate,
  type WordTest,
} from "./domain.ts";

const WORD = fc.oneof(
  fc.nat(40),
  fc.constantFrom(0x7fffffff, 0x80000000, 0xffffffff, 0xfffffffe, 0x40000000),
  fc.nat(0xffffffff),
);
const TEST: fc.Arbitrary<WordTest> = fc.record({
  mask: fc.oneof({ weight: 2, arbitrary: fc.constant(0xffffffff) }, { weight: 1, arbitrary: WORD }),
  op: fc.constantFrom("eq", "gt", "ge", "set"),
  value: WORD,
});

/** Narrows a domain by tests with given outcomes; undefined if it becomes empty, or that cannot be decided. */
function narrow(
  start: Domain,
  tests: readonly (readonly [WordTest, boolean])[],
): Domain | "intricate" | undefined {
  try {
    return tests.reduce<Domain | undefined>(
      (domain, [one, way]) => domain && divide(domain, one)[way ? "holds" : "fails"],
      start,
    );
  } catch (error) {
    if (error instanceof TooIntricate) {
      return "intricate";
    }
    throw error;
  }
}

test("a domain has a value exactly where there is one, and has exactly those", () => {
  let [empty, told] = [0, 0];
  const small = fc.record({
    mask: fc.constantFrom(0xff, 0xf0, 0xffffffff, 0xfffffff0, 0xffffffc0, 3, 0x81, 0),
    op: fc.constantFrom("eq", "gt", "ge", "set"),
    value: fc.oneof(fc.nat(270), fc.constantFrom(16, 32, 64, 128, 192, 224, 240)),
  }) as fc.Arbitrary<WordTest>;
  fc.assert(
    fc.property(fc.array(fc.tuple(small, fc.boolean()), { maxLength: 6 }), (tests) => {
      const domain = narrow(interval(0, 255), tests);
      if (domain === "intricate") {
        return;
      }
      told += 1;
      const values = Array.from({ length: 256 }, (_, i) => i).filter((word) =>
        tests.every(([one, way]) => passes(one, word) === way),
      );
      const found = domain === undefined ? undefined : pick(domain);
      empty += values.length === 0 ? 1 : 0;
      assert.is(found !== undefined, values.length > 0, JSON.stringify(tests));
      assert.ok(found === undefined || values.includes(found));
      const all = Array.from({ length: 256 }, (_, word) => word);
      assert.equal(domain === undefined ? [] : all.filter((word) => contains(domain, word)), values);
    }),
    { numRuns: 3000, seed: 1 },
  );
  assert.ok(empty > 300 && told > 1500, `${empty} of ${told}`);
});

test("a word that the tests let through is in the domain, whatever its size", () => {
  fc.assert(
    fc.property(fc.array(TEST, { maxLength: 8 }), WORD, (tests, word) => {
      const domain = narrow(
        ANY,
        tests.map((one) => [one, passes(one, word)] as const),
      );
      if (domain === "intricate") {
        return;
      }
      const found = domain === undefined ? undefined : pick(domain);
      assert.ok(found !== undefined, "the word itself");
      assert.ok(
        tests.every((one) => passes(one, found) === passes(one, word)),
        `${found}`,
      );
    }),
    { numRuns: 5000, seed: 2 },
  );
});

test("thousands of excluded values do not take long", () => {
  let domain: Domain | undefined = ANY;
  for (let i = 0; i < 3000; i += 1) {
    domain = domain && divide(domain, { mask: 0xffffffff, op: "eq", value: 7 * i }).fails;
  }
  assert.is(domain && pick(domain), 1);
});

test("the order of scattered bits is given up, not guessed", () => {
  assert.throws(
    () => divide(ANY, { mask: 5, op: "gt", value: 1 }),
    (error: unknown) => error instanceof TooIntricate,
  );
  assert.is(pick(divide(ANY, { mask: 0xffff0000, op: "gt", value: 0x10000 }).holds as Domain), 0x20000);
});

test("scattered bits are compared by size where the others are known", () => {
  let different = 0;
  const numbers = fc.record({
    prefix: fc.constantFrom(0x40, 0x80000000, 0xc0000000, 0),
    mask: fc.constantFrom(0xffffffbf, 0x7fffffff, 0xbfffffff, 0x3fffffff, 0xffffffdf, 0x0f),
    ends: fc.tuple(fc.nat(31), fc.nat(31)),
    op: TEST.map(({ op }) => op),
    value: fc.oneof(
      fc.nat(33),
      fc.constantFrom(0x40, 0x48, 0x80000000, 0x80000008, 0xc0000004, 0x40000004, ALL_BITS),
    ),
  });
  fc.assert(
    fc.property(numbers, ({ prefix, mask, ends: [a, b], op, value }) => {
      const low = prefix + Math.min(a, b);
      const high = prefix + Math.max(a, b);
      const one = { mask, op, value };
      const values = Array.from({ length: high - low + 1 }, (_, i) => low + i);
      const [yes, no] = [true, false].map((way) => values.filter((word) => passes(one, word) === way));
      let parts: ReturnType<typeof divide>;
      try {
        parts = divide(interval(low, high), one);
      } catch (error) {
        assert.ok(error instanceof TooIntricate && mask === 0x0f && low < high, `${low} ${high} ${mask}`);
        return;
      }
      for (const [part, words] of [
        [parts.holds, yes],
        [parts.fails, no],
      ] as const) {
        assert.equal(part === undefined ? [] : values.filter((word) => contains(part, word)), words);
      }
      different += yes?.length === 0 || no?.length === 0 ? 0 : 1;
      assert.is(
        outcome(interval(low, high), one),
        yes?.length === 0 ? false : no?.length === 0 ? true : undefined,
      );
    }),
    { numRuns: 5000, seed: 3 },
  );
  assert.ok(different > 500, `${different}`);
});

test("a word passes a test as the test means, at the value and beside it", () => {
  fc.assert(
    fc.property(TEST, WORD, (one, word) => {
      for (const seen of [word, one.value, (one.value + 1) >>> 0, (one.value - 1) >>> 0]) {
        assert.is(passesHere(one, seen), passes(one, seen), `${one.op} ${one.value} of ${seen}`);
      }
    }),
    { numRuns: 1000 },
  );
});

test("a test has a known outcome where the other part of the domain is empty", () => {
  // Comparisons by size are only of whole words.
  const whole = fc.record({ op: TEST.map(({ op }) => op), value: fc.nat(300) });
  fc.assert(
    fc.property(fc.nat(300), fc.nat(300), whole, (a, b, { op, value }) => {
      const domain = interval(Math.min(a, b), Math.max(a, b));
      for (const at of [value, a, b]) {
        const one = { mask: 0xffffffff, op, value: at };
        const { holds, fails } = divide(domain, one);
        assert.is(outcome(domain, one), holds === undefined ? false : fails === undefined ? true : undefined);
      }
    }),
    { numRuns: 1000 },
  );
});

test.run();
