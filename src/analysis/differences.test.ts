/**
 * Differences of two policies: all pairs of verdicts are found, compared with trying values around the conditions, also if one
 * of the policies compares only the lower halves of arguments.
 */

import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { policyOf, profileOf, X86_64 } from "../../test/support/fixtures/policies.ts";
import { show } from "../../test/support/generators/worlds.ts";
import { replaced } from "../lists.ts";
import { evaluate } from "../policy/evaluate.ts";
import type { Comparison, Policy, PolicyRule } from "../policy/policy.ts";
import { RuleTable } from "../policy/rule-table.ts";
import { OPERATORS } from "../profile/profile.ts";
import { syscallId } from "../tables/syscalls.ts";
import { differences, Effort } from "./differences.ts";

const READ = syscallId("read");
const [ALLOW, ERRNO, TRAP] = [0x7fff0000, 0x00050001, 0x00030000];

function policy(rules: readonly PolicyRule[], defaultVerdict = ERRNO): Policy {
  const table = new RuleTable();
  if (rules.length > 0) {
    table.set(READ, rules);
  }
  return {
    ...policyOf(profileOf('{"defaultAction": "SCMP_ACT_ERRNO"}'), X86_64, 0n),
    defaultVerdict,
    rules: table,
    wideArguments: true,
  };
}

const is = (index: number, op: string, value: bigint): Comparison => ({
  index,
  op: `SCMP_CMP_${op}` as Comparison["op"],
  value,
  mask: 0n,
});

/** The pairs of different verdicts, each shown by a call that gets them. */
function pairsOf(a: Policy, b: Policy, bits: 32 | 64): string[] {
  const found = differences(X86_64, a, b, bits, new Effort(1_000_000));
  assert.equal(found.incomplete, []);
  for (const { call, verdicts } of found.differences) {
    const seen = { ...call, args: call.args.map((arg) => BigInt.asUintN(bits, arg)) };
    assert.equal([evaluate(a, call), evaluate(b, seen)], verdicts);
  }
  return found.differences.map(({ verdicts }) => verdicts.join(" ")).sort();
}

test("one upper half among others is found where only lower halves are compared", () => {
  const rules = [{ conditions: [is(0, "EQ", 7n), is(2, "NE", 5n)], verdict: ERRNO }];
  // read(7, 0, 0x100000005) is denied by the first, but the second sees 5; and 0x100000007 is not 7.
  const both = policy(rules, ALLOW);
  assert.equal(pairsOf(both, both, 32), [`${ALLOW} ${ERRNO}`, `${ERRNO} ${ALLOW}`].sort());
  assert.equal(pairsOf(both, both, 64), []);
});

test("random rules: every pair of verdicts that a call shows is among the differences", () => {
  const values = [0n, 1n, 2n, 3n, 0x1_00000000n, 0x1_00000001n, 0x2_00000002n];
  const comparison = fc
    .record({
      index: fc.nat(1),
      op: fc.constantFrom(...OPERATORS),
      value: fc.constantFrom(...values),
      mask: fc.constantFrom(...values),
    })
    .map((one) =>
      one.op === "SCMP_CMP_MASKED_EQ" ? { ...one, value: one.value & one.mask } : { ...one, mask: 0n },
    );
  const rules = fc.array(
    fc.record({
      conditions: fc.array(comparison, { maxLength: 2 }),
      verdict: fc.constantFrom(ALLOW, ERRNO, TRAP, 0x00050002),
    }),
    { maxLength: 4 },
  );
  // All halves of two arguments that the conditions distinguish.
  const halves = [0n, 1n, 2n, 3n, 4n];
  const args = halves.flatMap((high) => halves.map((low) => (high << 32n) | low));
  let different = 0;
  fc.assert(
    fc.property(
      rules,
      rules,
      fc.nat(3),
      fc.boolean(),
      fc.constantFrom(32, 64),
      (own, other, shared, same, bits) => {
        const a = policy(own);
        const b = policy([...own.slice(0, shared), ...other], same ? ERRNO : ALLOW);
        const expected = new Set<string>();
        for (const first of args) {
          for (const second of args) {
            const call = { arch: X86_64.token, nr: 0, args: [first, second, 0n, 0n, 0n, 0n] };
            const seen = { ...call, args: call.args.map((arg) => BigInt.asUintN(bits, arg)) };
            const [ofA, ofB] = [evaluate(a, call), evaluate(b, seen)];
            if (ofA !== ofB) {
              expected.add(`${ofA} ${ofB}`);
            }
          }
        }
        // Calls for which neither has a rule are not compared.
        const none = a.rules.of(READ) === undefined && b.rules.of(READ) === undefined;
        different += expected.size > 0 ? 1 : 0;
        assert.equal(pairsOf(a, b, bits as 32 | 64), none ? [] : [...expected].sort(), show([own, other]));
      },
    ),
    { numRuns: 300, seed: 5 },
  );
  assert.ok(different > 150, `${different}`);
});

test("thousands of rules that both have are not compared, and one among them that differs is found", () => {
  const many = Array.from(
    { length: 3000 },
    (_, i): PolicyRule => ({ conditions: [is(1, "EQ", BigInt(i))], verdict: ALLOW }),
  );
  const work = new Effort(200_000);
  const other = replaced(many, 1234, { conditions: [is(1, "EQ", 1234n)], verdict: TRAP });
  const found = differences(X86_64, policy(many), policy(other), 64, work);
  assert.equal(found.incomplete, []);
  assert.equal(
    found.differences.map(({ call, verdicts }) => [call.args[1], ...verdicts]),
    [[1234n, ALLOW, TRAP]],
  );
  assert.ok(work.steps < 50_000, `${work.steps}`);
});

test("a comparison that takes too long is reported", () => {
  const masks = (bit: (i: number) => bigint): PolicyRule[] =>
    Array.from({ length: 30 }, (_, i) => ({
      conditions: [0, 1].map((index) => ({
        index,
        op: "SCMP_CMP_MASKED_EQ" as const,
        mask: bit(i),
        value: bit(i),
      })),
      verdict: i % 2 === 0 ? ALLOW : TRAP,
    }));
  const found = differences(
    X86_64,
    policy(masks((i) => 1n << BigInt(i))),
    policy(masks((i) => 1n << BigInt(i + 30))),
    64,
    new Effort(10_000),
  );
  assert.equal(found.incomplete, [READ]);
});

test.run();
