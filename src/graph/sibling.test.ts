/**
 * The numbers of x86-64 and x32 in one tree: the node of every number, and what x32 costs.
 */

import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { follow, testsOf } from "../../test/support/oracles/graphs.ts";
import { X32_SYSCALL_BIT } from "../tables/architectures.ts";
import { dispatch, FAST } from "./dispatch.ts";
import { NodeFactory, NR } from "./node.ts";
import { Ranges } from "./ranges.ts";
import { bothNumbers } from "./sibling.ts";

/** The verdict of each number of x86-64, and of each of x32. */
type Verdicts = readonly number[];

/** x32's verdicts are mostly those of x86-64. */
const both: fc.Arbitrary<readonly [Verdicts, Verdicts]> = fc
  .tuple(
    fc.array(fc.tuple(fc.constantFrom(0, 1, 2, 9), fc.integer({ min: 1, max: 6 })), {
      minLength: 1,
      maxLength: 25,
    }),
    fc.oneof(
      fc.array(fc.tuple(fc.nat(80), fc.nat(5), fc.integer({ min: 1, max: 4 })), { maxLength: 8 }),
      fc.constant([[0, 5, 200] as const]),
    ),
    fc.nat(12),
  )
  .map(([runs, changes, longer]) => {
    const own = runs.flatMap(([verdict, length]) => new Array<number>(length).fill(verdict));
    const others = [...own, ...new Array<number>(longer).fill(4)];
    for (const [at, verdict, length] of changes) {
      others.fill(verdict, at, at + length);
    }
    return [own, others];
  });

function rangesOf(factory: NodeFactory, verdicts: Verdicts, bit: number, younger: number): Ranges {
  const ranges = new Ranges(bit);
  for (const [nr, verdict] of verdicts.entries()) {
    ranges.add(bit + nr, factory.return(verdict), 1);
  }
  ranges.add(bit + X32_SYSCALL_BIT - 1, factory.return(younger), 0);
  ranges.add(0xffffffff, factory.return(9), 0);
  return ranges;
}

test("every number of both leads to its node, and those of x86-64 in the tests that it takes alone", () => {
  let cleared = 0;
  fc.assert(
    fc.property(both, fc.constantFrom(0, 8, 9), ([own, others], younger) => {
      const factory = new NodeFactory();
      const mine = rangesOf(factory, own, 0, younger);
      const theirs = rangesOf(factory, others, X32_SYSCALL_BIT, younger);
      const root = bothNumbers(factory, mine, theirs, 1000, () => 1000);
      const alone = [dispatch(factory, NR, mine, 1000), dispatch(factory, NR, mine, 1000, FAST)];
      const beyond = [0, 1, 50, 511, 512, X32_SYSCALL_BIT - 2, X32_SYSCALL_BIT - 1];
      for (const nr of [...others.keys(), ...beyond]) {
        for (const [bit, expected] of [
          [0, own[nr] ?? younger],
          [X32_SYSCALL_BIT, others[nr] ?? younger],
          [2 * X32_SYSCALL_BIT, 9],
          [3 * X32_SYSCALL_BIT, 9],
        ] as const) {
          const { verdict, tests } = follow(factory.nodes, root, () => nr + bit);
          assert.is(verdict, expected, `${nr} + ${bit}`);
          const most = Math.max(...alone.map((tree) => follow(factory.nodes, tree, () => nr).tests)) + 1;
          assert.ok(bit !== 0 || tests <= most, `${tests} tests for ${nr}`);
        }
      }
      cleared += testsOf(factory.nodes, root).some(({ op }) => op === "clear") ? 1 : 0;
    }),
    { numRuns: 1500, seed: 1 },
  );
  assert.ok(cleared > 500 && cleared < 1450, `${cleared}`);
});

test("where x32 is as x86-64, it takes one test of its bit and the way to the ranges", () => {
  const factory = new NodeFactory();
  const verdicts = Array.from({ length: 400 }, (_, nr) => (nr * 7919) % 4);
  const mine = rangesOf(factory, verdicts, 0, 8);
  const theirs = rangesOf(factory, verdicts, X32_SYSCALL_BIT, 8);
  const root = bothNumbers(factory, mine, theirs, 1000, () => 1000);
  const alone = testsOf(factory.nodes, dispatch(factory, NR, mine, 1000)).length;
  const count = testsOf(factory.nodes, root).length;
  assert.ok(count <= alone + 12, `${count} instead of ${alone}`);
});

test.run();
