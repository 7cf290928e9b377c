/**
 * Decisions over arguments, against the plain meaning of the rules, with words of 32 and of 64 bits.
 */

import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { arbitraryValue } from "../../test/support/generators/arbitrary.ts";
import { show } from "../../test/support/generators/worlds.ts";
import { follow, testsOf, wordsOf } from "../../test/support/oracles/graphs.ts";
import { applies } from "../policy/applying.ts";
import type { Comparison, PolicyRule } from "../policy/policy.ts";
import { precedence, type Verdict } from "../policy/verdict.ts";
import { OPERATORS } from "../profile/profile.ts";
import { decide, type WordSize } from "./decision.ts";
import { type Graph, highWord, lowWord, NodeFactory } from "./node.ts";

const VERDICTS = [0x80000000, 0, 0x00030000, 0x00050001, 0x00050002, 0x7ff00001, 0x7ffc0000, 0x7fff0000];

const comparison: fc.Arbitrary<Comparison> = fc
  .record({
    index: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(5) }),
    op: fc.constantFrom(...OPERATORS),
    number: arbitraryValue(),
    datum: arbitraryValue(),
  })
  .map(({ index, op, number, datum }) =>
    op === "SCMP_CMP_MASKED_EQ"
      ? { index, op, mask: number, value: number & datum }
      : { index, op, mask: 0n, value: number },
  );

const rules: fc.Arbitrary<PolicyRule[]> = fc.array(
  fc.record({
    conditions: fc.oneof(
      { weight: 4, arbitrary: fc.array(comparison, { minLength: 1, maxLength: 1 }) },
      { weight: 2, arbitrary: fc.array(comparison, { minLength: 2, maxLength: 3 }) },
      { weight: 1, arbitrary: fc.constant([]) },
    ),
    verdict: fc.constantFrom(...VERDICTS),
  }),
  { maxLength: 10 },
);

/** The first of the most restrictive rules that apply, as the design says. */
function meaning(list: readonly PolicyRule[], defaultVerdict: Verdict, args: readonly bigint[]): Verdict {
  const applicable = list.filter((rule) => applies(rule, args)).map(({ verdict }) => verdict);
  const strictest = Math.min(...applicable.map(precedence));
  return applicable.find((verdict) => precedence(verdict) === strictest) ?? defaultVerdict;
}

/** Arguments at and around the numbers of the rules. */
function argumentsOf(list: readonly PolicyRule[], bits: WordSize): fc.Arbitrary<bigint[]> {
  const numbers = list.flatMap(({ conditions }) =>
    conditions.flatMap(({ value, mask }) => [
      value,
      value - 1n,
      value + 1n,
      value ^ (1n << 32n),
      value | ~mask,
      value ^ (mask & -mask),
    ]),
  );
  const number =
    numbers.length === 0
      ? arbitraryValue()
      : fc.oneof(
          { weight: 5, arbitrary: fc.constantFrom(...numbers) },
          { weight: 1, arbitrary: arbitraryValue() },
        );
  return fc.array(
    number.map((value) => BigInt.asUintN(bits, value)),
    { minLength: 6, maxLength: 6 },
  );
}

function verdictOf({ nodes, root }: Graph, args: readonly bigint[]): Verdict {
  return follow(nodes, root, wordsOf({ arch: 0, nr: 0, args })).verdict;
}

function graphOf(list: readonly PolicyRule[], defaultVerdict: Verdict, bits: WordSize): Graph {
  const factory = new NodeFactory();
  return { root: decide(factory, list, defaultVerdict, bits), nodes: factory.nodes };
}

for (const bits of [32, 64] as const) {
  test(`random rules give the evaluator's verdicts, with ${bits} bits`, () => {
    fc.assert(
      fc.property(rules, fc.constantFrom(...VERDICTS), fc.gen(), (list, defaultVerdict, gen) => {
        const graph = graphOf(list, defaultVerdict, bits);
        for (let i = 0; i < 30; i += 1) {
          const args = gen(() => argumentsOf(list, bits));
          assert.is(
            verdictOf(graph, args),
            meaning(list, defaultVerdict, args),
            `${show(args)} in ${show(list)}, else ${defaultVerdict.toString(16)}`,
          );
        }
      }),
      { numRuns: 1200, seed: bits, endOnFailure: true },
    );
  });
}

test("with 32 bits no upper word is tested", () => {
  fc.assert(
    fc.property(rules, (list) => {
      const { nodes, root } = graphOf(list, 0x7fff0000, 32);
      const tests = testsOf(nodes, root);
      assert.ok(tests.every(({ word }) => word >= 16 && word % 8 === 0));
    }),
    { numRuns: 300, seed: 3 },
  );
});

const ALLOW = 0x7fff0000;
const EPERM = 0x00050001;

function single(op: Comparison["op"], value: bigint, mask = 0n): PolicyRule[] {
  return [{ conditions: [{ index: 0, op, value, mask }], verdict: ALLOW }];
}

function allowed(list: readonly PolicyRule[], bits: WordSize, arg: bigint): boolean {
  return verdictOf(graphOf(list, EPERM, bits), [arg, 0n, 0n, 0n, 0n, 0n]) === ALLOW;
}

test("less than crosses the word boundary", () => {
  for (const value of [0x1_00000000n, 0x1_00000001n, 0x2_00000000n, 0xffffffffn, 2n ** 63n, 2n ** 64n - 1n]) {
    for (const [op, below, same, above] of [
      ["SCMP_CMP_LT", true, false, false],
      ["SCMP_CMP_LE", true, true, false],
      ["SCMP_CMP_GT", false, false, true],
      ["SCMP_CMP_GE", false, true, true],
      ["SCMP_CMP_EQ", false, true, false],
      ["SCMP_CMP_NE", true, false, true],
    ] as const) {
      assert.is(allowed(single(op, value), 64, value - 1n), below, `${value - 1n} ${op} ${value}`);
      assert.is(allowed(single(op, value), 64, value), same, `${value} ${op} ${value}`);
      if (value < 2n ** 64n - 1n) {
        assert.is(allowed(single(op, value), 64, value + 1n), above, `${value + 1n} ${op} ${value}`);
      }
      // The same lower word with another upper word.
      assert.is(allowed(single(op, value), 64, value % 2n ** 32n), value < 2n ** 32n ? same : below);
    }
  }
});

test("a number with a small lower and a large upper word is large", () => {
  assert.not(allowed(single("SCMP_CMP_LT", 5n), 64, 0x1_00000000n));
  assert.ok(allowed(single("SCMP_CMP_GT", 0x1_00000005n), 64, 0x2_00000000n));
  assert.not(allowed(single("SCMP_CMP_EQ", 0xffffffffn), 64, 2n ** 64n - 1n), "-1 as int is not -1 as long");
});

test("a comparison with more than 32 bits is decided on a 32-bit architecture as well", () => {
  assert.not(allowed(single("SCMP_CMP_EQ", 0x1_00000000n), 32, 0n));
  assert.ok(allowed(single("SCMP_CMP_NE", 0x1_00000000n), 32, 0n));
  assert.ok(allowed(single("SCMP_CMP_LT", 0x1_00000000n), 32, 0xffffffffn));
  assert.not(allowed(single("SCMP_CMP_GE", 0x1_00000000n), 32, 0xffffffffn));
  assert.not(allowed(single("SCMP_CMP_MASKED_EQ", 0x1_00000000n, 0x1_00000000n), 32, 0n));
  assert.ok(allowed(single("SCMP_CMP_MASKED_EQ", 0n, 0x1_00000000n), 32, 0n));
});

test("a mask of 0 matches everything, and needs no test", () => {
  const factory = new NodeFactory();
  assert.is(decide(factory, single("SCMP_CMP_MASKED_EQ", 0n, 0n), EPERM, 64), factory.return(ALLOW));
});

test("a mask in one word leaves the other alone", () => {
  const factory = new NodeFactory();
  const words = (mask: bigint): number[] =>
    testsOf(factory.nodes, decide(factory, single("SCMP_CMP_MASKED_EQ", mask, mask), EPERM, 64)).map(
      ({ word }) => word,
    );
  assert.equal(words(0xf0n), [lowWord(0)]);
  assert.equal(words(0xf0_00000000n), [highWord(0)]);
  assert.is(words(0xf0_000000f0n).length, 2);
});

test("rules after one that always applies are not tested", () => {
  const factory = new NodeFactory();
  const list = [...single("SCMP_CMP_EQ", 1n), { conditions: [], verdict: EPERM }];
  assert.is(decide(factory, list, ALLOW, 64), factory.return(EPERM));
});

test("without rules, the default applies", () => {
  const factory = new NodeFactory();
  assert.is(decide(factory, [], EPERM, 64), factory.return(EPERM));
});

test("a list of values is found by binary search", () => {
  const list = Array.from(
    { length: 256 },
    (_, i): PolicyRule => ({
      conditions: [{ index: 0, op: "SCMP_CMP_EQ", value: BigInt(3 * i), mask: 0n }],
      verdict: ALLOW,
    }),
  );
  const { nodes, root } = graphOf(list, EPERM, 64);
  for (let value = 0; value < 800; value += 1) {
    const { verdict, tests } = follow(nodes, root, wordsOf({ arch: 0, nr: 0, args: [BigInt(value)] }));
    assert.is(verdict === ALLOW, value % 3 === 0 && value < 768);
    assert.ok(tests <= 12, `${tests} tests`);
  }
});

test("the rules that were given are not changed", () => {
  const list: PolicyRule[] = [
    { conditions: [{ index: 0, op: "SCMP_CMP_EQ", value: 1n, mask: 0n }], verdict: ALLOW },
    { conditions: [], verdict: EPERM },
  ];
  const copy = [...list];
  decide(new NodeFactory(), list, ALLOW, 64);
  assert.equal(list, copy);
});

test.run();
