/**
 * Regions compared with the evaluator: every call is in exactly one of them and gets its verdict.
 */

import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { arbitraryValue } from "../../test/support/generators/arbitrary.ts";
import { show } from "../../test/support/generators/worlds.ts";
import { applies } from "../policy/applying.ts";
import type { Comparison, PolicyRule } from "../policy/policy.ts";
import { precedence, type Verdict } from "../policy/verdict.ts";
import { OPERATORS } from "../profile/profile.ts";
import { regionsOfRules } from "./rule-regions.ts";
import { rulesInWords } from "./rules-in-words.ts";
import { ANY_CALL, highWordOf, includes, type Layout, lowWordOf, type Words } from "./words.ts";
import { CutShort, Work } from "./work.ts";

const OTHERWISE = 0x00050001;
const VERDICTS = [0x7fff0000, 0x00050001, 0x00050002, 0x80000000];

const comparison: fc.Arbitrary<Comparison> = fc
  .record({
    index: fc.nat(2),
    op: fc.constantFrom(...OPERATORS),
    value: arbitraryValue(),
    mask: arbitraryValue(),
  })
  .map(({ index, op, value, mask }) =>
    op === "SCMP_CMP_MASKED_EQ" ? { index, op, mask, value: value & mask } : { index, op, mask: 0n, value },
  );

const list: fc.Arbitrary<PolicyRule[]> = fc.array(
  fc.record({
    conditions: fc.array(comparison, { minLength: 1, maxLength: 3 }),
    verdict: fc.constantFrom(...VERDICTS),
  }),
  { maxLength: 6 },
);

function meaning(rules: readonly PolicyRule[], args: readonly bigint[]): Verdict {
  const found = rules.filter((rule) => applies(rule, args));
  const strictest = Math.min(...found.map(({ verdict }) => precedence(verdict)));
  return found.find(({ verdict }) => precedence(verdict) === strictest)?.verdict ?? OTHERWISE;
}

/** A call as words. */
function wordsOf(args: readonly bigint[], layout: Layout): number[] {
  const words: number[] = new Array(16).fill(0);
  for (const [i, arg] of args.entries()) {
    words[lowWordOf(i, layout)] = Number(arg & 0xffffffffn);
    words[highWordOf(i, layout)] = Number(arg >> 32n);
  }
  return words;
}

function regionsOf(rules: readonly PolicyRule[], layout: Layout): { words: Words; verdict: Verdict }[] {
  const found: { words: Words; verdict: Verdict }[] = [];
  regionsOfRules(rulesInWords(rules, layout), OTHERWISE, ANY_CALL, new Work(1_000_000), (words, verdict) => {
    found.push({ words, verdict });
    return true;
  });
  return found;
}

for (const bits of [32, 64] as const) {
  test(`random rules: each call is in one region, with its verdict, with ${bits} bits`, () => {
    let several = 0;
    const layouts = fc.record({ bigEndian: fc.boolean(), bits: fc.constant(bits) });
    fc.assert(
      fc.property(list, layouts, fc.gen(), (rules, layout, gen) => {
        const found = regionsOf(rules, layout);
        several += found.length > 2 ? 1 : 0;
        const values = rules.flatMap(({ conditions }) =>
          conditions.flatMap(({ value, mask }) => [
            value,
            value + 1n,
            value - 1n,
            value ^ (1n << 32n),
            value | ~mask,
          ]),
        );
        const value = fc.oneof(arbitraryValue(), fc.constantFrom(0n, ...values));
        for (let i = 0; i < 20; i += 1) {
          const args = gen(() => fc.array(value, { minLength: 6, maxLength: 6 })).map((one) =>
            BigInt.asUintN(64, one),
          );
          const here = found.filter(({ words }) => includes(words, wordsOf(args, layout)));
          assert.is(here.length, 1, show(args));
          const seen = args.map((one) => BigInt.asUintN(bits, one));
          assert.is(here[0]?.verdict, meaning(rules, seen), `${show(args)} of ${show(rules)}`);
        }
      }),
      { numRuns: 500, seed: bits },
    );
    assert.ok(several > 200, `${several}`);
  });
}

/** Visits all regions of rules on a 64-bit architecture. */
function visitAll(rules: readonly PolicyRule[], work: Work): void {
  regionsOfRules(rulesInWords(rules, { bigEndian: false, bits: 64 }), OTHERWISE, ANY_CALL, work, () => true);
}

test("the work for a list of values is not the square of its length", () => {
  const steps = (count: number): number => {
    const rules = Array.from(
      { length: count },
      (_, i): PolicyRule => ({
        conditions: [{ index: 1, op: "SCMP_CMP_EQ", value: BigInt((i * 7919) % 100_003), mask: 0n }],
        verdict: 0x7fff0000,
      }),
    );
    const work = new Work(10_000_000);
    visitAll(rules, work);
    return work.steps;
  };
  const [few, many] = [steps(500), steps(4000)];
  assert.ok(many < 16 * few, `${few} and ${many}`);
});

test("a search that takes too long is given up", () => {
  const rules = Array.from(
    { length: 40 },
    (_, i): PolicyRule => ({
      conditions: [0, 1].map((index) => ({
        index,
        op: "SCMP_CMP_MASKED_EQ",
        mask: 1n << BigInt(i),
        value: 1n << BigInt(i),
      })),
      verdict: i % 2 === 0 ? 0x7fff0000 : 0x80000000,
    }),
  );
  const work = new Work(20_000);
  assert.throws(
    () => visitAll(rules, work),
    (error: unknown) => error instanceof CutShort && /20000 steps/.test(error.message),
  );
});

test.run();
