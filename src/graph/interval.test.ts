/**
 * Intervals and their overlay, against a check of one number after the other.
 */

import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { arbitraryValue } from "../../test/support/generators/arbitrary.ts";
import { holdsFor } from "../policy/applying.ts";
import { OPERATORS } from "../profile/profile.ts";
import { type Interval, type IntervalOperator, intervalsOf, overlay, type Span } from "./interval.ts";

const MAX = 2n ** 64n - 1n;
const INTERVAL_OPERATORS = OPERATORS.filter((op): op is IntervalOperator => op !== "SCMP_CMP_MASKED_EQ");

function contains<T>({ first, last }: Interval<T>, number: bigint): boolean {
  return first <= number && number <= last;
}

function around(number: bigint): bigint[] {
  return [number - 1n, number, number + 1n].filter((value) => value >= 0n && value <= MAX);
}

test("an operator's intervals hold exactly the numbers for which it holds", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...INTERVAL_OPERATORS),
      arbitraryValue(),
      arbitraryValue(),
      (op, number, other) => {
        const intervals = intervalsOf(op, number, "x");
        for (const candidate of [...around(number), other, 0n, MAX]) {
          const inside = intervals.filter((interval) => contains(interval, candidate));
          assert.ok(inside.length <= 1);
          assert.is(
            inside.length === 1,
            holdsFor({ index: 0, op, value: number, mask: 0n }, candidate),
            `${candidate} ${op} ${number}`,
          );
        }
        assert.ok(intervals.every(({ first, last, value }) => first <= last && value === "x"));
      },
    ),
    { numRuns: 500, seed: 1 },
  );
});

test("nothing is below the first number or above the last", () => {
  assert.equal(intervalsOf("SCMP_CMP_LT", 0n, "x"), []);
  assert.equal(intervalsOf("SCMP_CMP_GT", MAX, "x"), []);
  assert.equal(intervalsOf("SCMP_CMP_NE", 0n, "x"), [{ first: 1n, last: MAX, value: "x" }]);
  assert.equal(intervalsOf("SCMP_CMP_NE", MAX, "x"), [{ first: 0n, last: MAX - 1n, value: "x" }]);
  assert.equal(intervalsOf("SCMP_CMP_GE", 0n, "x"), [{ first: 0n, last: MAX, value: "x" }]);
});

function at<T>(spans: readonly Span<T>[], number: bigint): T | undefined {
  return spans.find(({ last }) => number <= last)?.value;
}

const intervals = fc.array(
  fc
    .record({ ends: fc.tuple(arbitraryValue(), arbitraryValue()), value: fc.nat(4) })
    .map(({ ends: [a, b], value }) => {
      const [first, last] = a < b ? [a, b] : [b, a];
      return { first, last, value };
    }),
  { maxLength: 12 },
);

test("the first interval of the list is on top, with the ground below all", () => {
  fc.assert(
    fc.property(intervals, (list) => {
      const spans = overlay(list, -1);
      const interesting = [
        ...list.flatMap(({ first, last }) => [...around(first), ...around(last)]),
        0n,
        MAX,
      ];
      for (const number of interesting) {
        const expected = list.find((interval) => contains(interval, number))?.value ?? -1;
        assert.is(at(spans, number), expected, `${number}`);
      }
    }),
    { numRuns: 1000, seed: 2 },
  );
});

test("spans ascend to the last number, and neighbours differ", () => {
  fc.assert(
    fc.property(intervals, (list) => {
      const spans = overlay(list, 0);
      assert.is(spans[spans.length - 1]?.last, MAX);
      for (let i = 1; i < spans.length; i += 1) {
        assert.ok((spans[i - 1]?.last ?? 0n) < (spans[i]?.last ?? 0n));
        assert.is.not(spans[i - 1]?.value, spans[i]?.value);
      }
    }),
    { numRuns: 500, seed: 3 },
  );
});

test("the intervals that were given are not changed", () => {
  const list = [{ first: 1n, last: 2n, value: "a" }];
  assert.equal(overlay(list, "b"), [
    { last: 0n, value: "b" },
    { last: 2n, value: "a" },
    { last: MAX, value: "b" },
  ]);
  assert.equal(list, [{ first: 1n, last: 2n, value: "a" }]);
});

test.run();
