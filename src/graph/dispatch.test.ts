/**
 * Search trees over ranges: the node of every word, and the number of tests.
 */

import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { follow, testsOf } from "../../test/support/oracles/graphs.ts";
import { dispatch } from "./dispatch.ts";
import { ALL_BITS, EQ, GE, type Node, NodeFactory, NR, SET } from "./node.ts";
import { Ranges } from "./ranges.ts";

/** Ranges by their last words and their verdicts. */
type Ends = readonly (readonly [number, number])[];

/** Ascending ranges up to the last word; single words and returns to the same end are frequent. */
const ends: fc.Arbitrary<Ends> = fc
  .tuple(
    fc.array(
      fc.tuple(
        fc.oneof(fc.constant(1), fc.constant(1), fc.integer({ min: 1, max: 5 }), fc.nat(0xffffff)),
        fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, { weight: 3, arbitrary: fc.nat(4) }),
      ),
      { maxLength: 40 },
    ),
    fc.constantFrom(0, 1, 2, 0x7fffffff, 0x80000000, 0xf0000000),
    fc.nat(4),
  )
  .map(([steps, start, final]) => {
    let last = start - 1;
    const list: (readonly [number, number])[] = [];
    for (const [length, verdict] of steps) {
      last += Math.max(length, 1);
      if (last >= 0 && last < ALL_BITS) {
        list.push([last, verdict]);
      }
    }
    return [...list, [ALL_BITS, final] as const];
  });

function rangesOf(factory: NodeFactory, list: Ends): Ranges {
  const ranges = new Ranges();
  for (const [last, verdict] of list) {
    ranges.add(last, factory.return(verdict), 1);
  }
  return ranges;
}

/** Checks that a graph finds the range of each word at and around the ends of the ranges. */
function assertFinds(factory: NodeFactory, root: Node, list: readonly (readonly [number, number])[]): void {
  const words = [0, ALL_BITS, ...list.flatMap(([last]) => [last - 1, last, last + 1, last + 2])];
  for (const word of words.filter((value) => value >= 0 && value <= ALL_BITS)) {
    const expected = list.find(([last]) => word <= last)?.[1];
    assert.is(
      follow(factory.nodes, root, () => word).verdict,
      expected,
      `${word} in ${JSON.stringify(list)}`,
    );
  }
}

test("the word at every boundary, and its neighbours, lead to the node of their range", () => {
  fc.assert(
    fc.property(ends, (list) => {
      const factory = new NodeFactory();
      const root = dispatch(factory, NR, rangesOf(factory, list));
      assertFinds(factory, root, list);
    }),
    { numRuns: 1500, seed: 1 },
  );
});

test("there are fewer tests than ranges, and a path has few more than a binary search", () => {
  fc.assert(
    fc.property(ends, (list) => {
      const factory = new NodeFactory();
      const joined = list.filter(([, verdict], i) => verdict !== list[i + 1]?.[1]);
      const root = dispatch(factory, NR, rangesOf(factory, list));
      assert.ok(testsOf(factory.nodes, root).length <= joined.length - 1, JSON.stringify(list));
      const most = Math.ceil(Math.log2(joined.length)) + 3;
      for (const [last] of list) {
        assert.ok(follow(factory.nodes, root, () => last).tests <= most, JSON.stringify(list));
      }
    }),
    { numRuns: 500, seed: 2 },
  );
});

test("one range needs no test", () => {
  const factory = new NodeFactory();
  assert.is(dispatch(factory, NR, rangesOf(factory, [[ALL_BITS, 1]])), factory.return(1));
});

test("neighbours that lead to one node need no test between them", () => {
  const factory = new NodeFactory();
  assert.is(
    dispatch(
      factory,
      NR,
      rangesOf(factory, [
        [3, 1],
        [4, 1],
        [9, 1],
        [ALL_BITS, 1],
      ]),
    ),
    factory.return(1),
  );
});

test("a single word in the middle of a range is one test for equality", () => {
  const factory = new NodeFactory();
  const root = dispatch(
    factory,
    NR,
    rangesOf(factory, [
      [6, 1],
      [7, 2],
      [ALL_BITS, 1],
    ]),
  );
  assert.is(root, factory.test(NR, EQ, 7, factory.return(2), factory.return(1)));
});

/** Ranges in which the given words lead to 1, 2 and so on, and all others to 0. */
function singles(words: readonly (readonly [number, number])[]): Ends {
  const list: (readonly [number, number])[] = [];
  let next = 0;
  for (const [word, verdict] of [...words].sort(([a], [b]) => a - b)) {
    if (word > next) {
      list.push([word - 1, 0]);
    }
    list.push([word, verdict]);
    next = word + 1;
  }
  return next > ALL_BITS ? list : [...list, [ALL_BITS, 0]];
}

test("single words that are all the combinations of some bits are one test of the other bits", () => {
  const factory = new NodeFactory();
  const personalities = [0, 8, 0x20000, 0x20008, ALL_BITS].map((word) => [word, 1] as const);
  const root = dispatch(factory, NR, rangesOf(factory, singles(personalities)));
  const [allowed, denied] = [factory.return(1), factory.return(0)];
  assert.is(
    root,
    factory.test(NR, SET, 0xfffdfff7, factory.test(NR, GE, ALL_BITS, allowed, denied), allowed),
  );
  const upper = [0, 0x40000000, 0x80000000, 0xc0000000].map((word) => [word, 1] as const);
  assert.is(
    dispatch(factory, NR, rangesOf(factory, singles(upper))),
    factory.test(NR, SET, 0x3fffffff, denied, allowed),
  );
});

test("with most of the combinations of some bits, every word leads to the node of its range", () => {
  const bit = fc.constantFrom(1, 2, 4, 8, 0x100, 0x8000, 0x20000, 0x40000000, 0x80000000);
  const lists = fc
    .tuple(
      fc.uniqueArray(bit, { minLength: 1, maxLength: 4 }),
      fc.array(fc.tuple(fc.nat(15), fc.nat(2)), { maxLength: 3 }),
      fc.array(fc.tuple(fc.oneof(fc.nat(20), fc.nat(ALL_BITS)), fc.nat(2)), { maxLength: 4 }),
    )
    .map(([bits, changes, others]) => {
      const verdicts = new Map<number, number>();
      for (let i = 0; i < 2 ** bits.length; i += 1) {
        const word = bits.reduce((sum, one, at) => ((i >> at) & 1 ? sum + one : sum), 0);
        verdicts.set(word, new Map(changes).get(i) ?? 1);
      }
      for (const [word, verdict] of others) {
        verdicts.set(word, verdict);
      }
      return singles([...verdicts]);
    });
  let subsets = 0;
  fc.assert(
    fc.property(lists, (list) => {
      const factory = new NodeFactory();
      const root = dispatch(factory, NR, rangesOf(factory, list));
      assertFinds(factory, root, list);
      const joined = list.filter(([, verdict], i) => verdict !== list[i + 1]?.[1]);
      const tests = testsOf(factory.nodes, root);
      assert.ok(tests.length <= joined.length - 1, JSON.stringify(list));
      subsets += tests.filter(({ op }) => op === "set").length;
    }),
    { numRuns: 1500, seed: 5 },
  );
  assert.ok(subsets > 500, `${subsets}`);
});

test("two bounds are two tests", () => {
  const factory = new NodeFactory();
  const root = dispatch(
    factory,
    NR,
    rangesOf(factory, [
      [6, 1],
      [8, 2],
      [ALL_BITS, 1],
    ]),
  );
  assert.is(testsOf(factory.nodes, root).length, 2);
});

test("hundreds of single words are found in about as many tests as a binary search takes", () => {
  const factory = new NodeFactory();
  const list: [number, number][] = [];
  for (let i = 1; i <= 300; i += 1) {
    list.push([10 * i - 1, 0], [10 * i, (i % 7) + 1]);
  }
  list.push([ALL_BITS, 0]);
  const root = dispatch(factory, NR, rangesOf(factory, list));
  for (let word = 0; word <= 3010; word += 1) {
    const { verdict, tests } = follow(factory.nodes, root, () => word);
    assert.is(verdict, word > 0 && word <= 3000 && word % 10 === 0 ? ((word / 10) % 7) + 1 : 0);
    assert.ok(tests <= 11, `${tests} tests for ${word}`);
  }
});

test("with any budget, every word leads to the node of its range", () => {
  fc.assert(
    fc.property(ends, fc.nat(60), (list, budget) => {
      const factory = new NodeFactory();
      const root = dispatch(factory, NR, rangesOf(factory, list), budget);
      assertFinds(factory, root, list);
    }),
    { numRuns: 1500, seed: 4 },
  );
});

test("single words, one or several in a row, take one test each if the budget is small", () => {
  const list: [number, number][] = [];
  for (let i = 1; i <= 60; i += 1) {
    list.push([10 * i - 1, 0], [10 * i, 1], [10 * i + 1, 2]);
  }
  list.push([ALL_BITS, 0]);
  const count = (budget: number): number => {
    const factory = new NodeFactory();
    return testsOf(factory.nodes, dispatch(factory, NR, rangesOf(factory, list), budget)).length;
  };
  assert.is(count(0), 120);
  assert.is(count(120), 120);
  assert.ok(count(135) > 120 && count(135) <= 135, `${count(135)}`);
  assert.is(count(Number.POSITIVE_INFINITY), 180);
});

test.run();
