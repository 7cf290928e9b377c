/**
 * The verdict on an execve with unknown addresses, against those of the rules on known addresses.
 */

import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { OPERATORS, type OperatorName } from "../profile/profile.ts";
import { applies } from "./applying.ts";
import { execArgument, execVerdict } from "./exec-verdict.ts";
import type { Comparison, PolicyRule } from "./policy.ts";
import { denies, precedence, type Verdict } from "./verdict.ts";

const [ALLOW, ERRNO, KILL, LOG, TRACE] = [0x7fff0000, 0x00050001, 0x80000000, 0x7ffc0000, 0x7ff00001];
const MAX = 2n ** 64n - 1n;

function compare(index: number, op: string, value: bigint, mask = 0n): Comparison {
  return { index, op: `SCMP_CMP_${op}` as OperatorName, value, mask };
}

function rule(verdict: Verdict, ...conditions: readonly Comparison[]): PolicyRule {
  return { verdict, conditions };
}

const PATH = compare(0, "EQ", 4096n);

const CASES: readonly (readonly [string, readonly PolicyRule[], Verdict, string])[] = [
  ["no rule", [], ALLOW, "allowed"],
  ["no rule and a denying default", [], ERRNO, "denied"],
  ["no rule and a tracing default", [], TRACE, "denied"],
  ["an allowance", [rule(ALLOW)], ERRNO, "allowed"],
  ["a denial", [rule(KILL)], ALLOW, "denied"],
  ["a denial of some paths", [rule(KILL, PATH)], ALLOW, "undecided"],
  ["an allowance of some paths", [rule(ALLOW, PATH)], ERRNO, "undecided"],
  ["an allowance, and a denial of some paths", [rule(ALLOW), rule(ERRNO, PATH)], ERRNO, "undecided"],
  ["a denial, and an allowance of some paths", [rule(ERRNO), rule(ALLOW, PATH)], ALLOW, "denied"],
  ["an allowance, and a log of some paths", [rule(ALLOW), rule(LOG, PATH)], ERRNO, "allowed"],
  ["two denials, one of some paths", [rule(KILL, PATH)], ERRNO, "denied"],
  ["an argument that execve does not use", [rule(KILL, compare(5, "GT", 1n))], ALLOW, "undecided"],
  ["a denial without a path", [rule(KILL, compare(0, "EQ", 0n))], ALLOW, "allowed"],
  ["an allowance without an environment", [rule(ALLOW, compare(2, "LE", 0n))], KILL, "denied"],
  ["an allowance with arguments", [rule(ALLOW, compare(1, "GE", 1n))], KILL, "allowed"],
  ["a null of an argument that is not used", [rule(ALLOW, compare(3, "EQ", 0n))], KILL, "undecided"],
  ["what always holds", [rule(ALLOW, compare(4, "GE", 0n))], KILL, "allowed"],
  ["what never holds", [rule(KILL, compare(4, "GT", MAX))], ALLOW, "allowed"],
  ["an empty mask", [rule(ALLOW, compare(0, "MASKED_EQ", 0n, 0n))], KILL, "allowed"],
  ["a mask that is all of an address", [rule(KILL, compare(0, "MASKED_EQ", 0n, MAX))], ALLOW, "allowed"],
  ["a mask that is a part of it", [rule(KILL, compare(0, "MASKED_EQ", 0n, 4095n))], ALLOW, "undecided"],
  ["one condition that cannot hold of two", [rule(KILL, PATH, compare(1, "EQ", 0n))], ALLOW, "allowed"],
];

for (const [what, rules, defaultVerdict, kind] of CASES) {
  test(`${what}: ${kind}`, () => {
    assert.is(execVerdict(rules, defaultVerdict, 64).kind, kind);
  });
}

/** 32-bit: a number above 2^32 - 1 is not an address. */
const CASES_OF_32_BITS: readonly (readonly [string, bigint, string])[] = [
  ["EQ", 2n ** 32n, "allowed"],
  ["EQ", 2n ** 32n - 1n, "undecided"],
  ["NE", 2n ** 32n, "denied"],
  ["NE", 2n ** 32n - 1n, "undecided"],
  ["LT", 2n ** 32n, "denied"],
  ["LT", 2n ** 32n - 1n, "undecided"],
  ["LE", 2n ** 32n - 1n, "denied"],
  ["LE", 2n ** 32n - 2n, "undecided"],
  ["GT", 2n ** 32n - 1n, "allowed"],
  ["GT", 2n ** 32n - 2n, "undecided"],
  ["GE", 2n ** 32n, "allowed"],
  ["GE", 2n ** 32n - 1n, "undecided"],
];

for (const [op, value, kind] of CASES_OF_32_BITS) {
  test(`32-bit: a denial of paths ${op} ${value}: ${kind}`, () => {
    assert.is(execVerdict([rule(KILL, compare(0, op, value))], ALLOW, 32).kind, kind);
  });
}

test("of two errnos, only that of the rule that certainly applies is reported", () => {
  const found = execVerdict([rule(ERRNO), rule(ERRNO + 1, PATH)], ALLOW, 64);
  assert.equal(found, { kind: "denied", verdicts: [ERRNO] });
});

test("the comparison with an unknown outcome is reported", () => {
  const found = execVerdict(
    [rule(ALLOW), rule(KILL, compare(1, "NE", 0n), compare(2, "LT", 99n))],
    ALLOW,
    64,
  );
  assert.equal(found, { kind: "undecided", verdicts: [ALLOW, KILL], comparison: compare(2, "LT", 99n) });
});

test("arguments are named by their role in execve", () => {
  assert.is(execArgument(PATH), "the address of its path (argument 0)");
  assert.is(execArgument(compare(4, "EQ", 1n)), "argument 4, which execve does not use");
});

test("on 32 bits no argument equals a larger number", () => {
  const rules = [rule(KILL, compare(0, "GE", 2n ** 32n))];
  assert.is(execVerdict(rules, ALLOW, 32).kind, "allowed");
  assert.is(execVerdict(rules, ALLOW, 64).kind, "undecided");
});

test("with any addresses, the call gets one of the reported verdicts", () => {
  const number = fc.oneof(
    fc.constantFrom(0n, 1n, 2n, MAX, MAX - 1n, 2n ** 32n, 2n ** 63n),
    fc.bigInt(0n, MAX),
    fc.bigInt(0n, 8n),
  );
  const comparison = fc
    .record({ index: fc.nat(3), op: fc.constantFrom(...OPERATORS), value: number, mask: number })
    .map((one) => (one.op === "SCMP_CMP_MASKED_EQ" ? { ...one, value: one.value & one.mask } : one));
  const rules = fc.array(
    fc.record({
      conditions: fc.array(comparison, { maxLength: 2 }),
      verdict: fc.constantFrom(ALLOW, LOG, ERRNO, KILL),
    }),
    { maxLength: 3 },
  );
  const address = number.map((value) => (value === 0n ? 1n : value));
  const args = fc.tuple(address, address, address, number, number, number);
  fc.assert(
    fc.property(rules, args, fc.constantFrom(ALLOW, ERRNO), (these, values, defaultVerdict) => {
      const met = these.filter((one) => applies(one, values)).map(({ verdict }) => verdict);
      const verdict =
        met.length === 0 ? defaultVerdict : met.reduce((a, b) => (precedence(b) < precedence(a) ? b : a));
      const found = execVerdict(these, defaultVerdict, 64);
      if (found.kind === "allowed") {
        assert.not(denies(verdict));
      } else {
        assert.ok(found.verdicts.includes(verdict));
        assert.ok(found.kind === "undecided" || denies(verdict));
      }
    }),
    { numRuns: 2000, seed: 1 },
  );
});

test.run();
