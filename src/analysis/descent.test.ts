/**
 * Where programs lead numbers, compared with programs that are run for single numbers.
 */

import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { assemble } from "../bpf/assembly.ts";
import { decode } from "../bpf/decode.ts";
import { arrivals } from "./descent.ts";
import { interval } from "./domain.ts";
import { follow } from "./follow.ts";
import { Work } from "./work.ts";

const TOKEN = 0xc000003e;
const EDGES = [0, 1, 2, 5, 59, 60, 0x3fffffff, 0x40000000, 0x40000005, 0x7fffffff, 0x80000000, 0xffffffff];

/** Tests of the number in a row; each that holds returns its own value. */
const CHAIN = fc.array(
  fc.record({
    op: fc.constantFrom("jeq", "jgt", "jge", "jset"),
    value: fc.oneof(fc.nat(64), fc.constantFrom(...EDGES.slice(1), 0x20000000, 0x10000000)),
  }),
  { minLength: 1, maxLength: 8 },
);

test("numbers are in ascending order without a gap, and each is led where the program leads it", () => {
  fc.assert(
    fc.property(CHAIN, (chain) => {
      const lines = [
        "ld [4]",
        `jeq #0x${TOKEN.toString(16)}, next, other`,
        "other: ret #0x7ff00000",
        "next: ld [0]",
        ...chain.map(({ op, value }, i) => `t${i}: ${op} #${value}, r${i}, t${i + 1}`),
        `t${chain.length}: ret #0`,
        ...chain.map((_, i) => `r${i}: ret #${i + 1}`),
      ];
      const program = assemble(lines.join("\n"));
      const instructions = decode(program);
      const found = [...arrivals(instructions, interval(TOKEN, TOKEN), new Work(100_000))];
      assert.is(found[0]?.first, 0);
      assert.is(found.at(-1)?.last, 0xffffffff);
      for (const [i, { first, last }] of found.entries()) {
        assert.ok(first <= last);
        assert.ok(i === 0 || found[i - 1]?.last === first - 1);
      }
      const results = found.flatMap(({ first, last, place }) => {
        const halt = follow(instructions, place, [], new Work(100_000));
        // A bit below those that are divided leaves the test open.
        const verdict = halt.kind === "return" ? halt.verdict : undefined;
        return verdict === undefined ? [] : [[first, last, verdict] as const];
      });
      for (const number of [...EDGES, ...chain.flatMap(({ value }) => [value, value + 1, value - 1])]) {
        const at = results.find(([first, last]) => first <= number && number <= last);
        if (at !== undefined) {
          assert.is(at[2], runs(chain, number), `${number} of ${JSON.stringify(chain)}`);
        }
      }
      // Without small bits, everything is decided.
      if (
        chain.every(({ op, value }) => op !== "jset" || (value >= 2 ** 28 && (value & (value - 1)) === 0))
      ) {
        assert.is(results.length, found.length);
      }
    }),
    { numRuns: 1000, seed: 3 },
  );
});

function runs(chain: readonly { readonly op: string; readonly value: number }[], number: number): number {
  const holds = ({ op, value }: { readonly op: string; readonly value: number }): boolean =>
    op === "jeq"
      ? number === value
      : op === "jgt"
        ? number > value
        : op === "jge"
          ? number >= value
          : (number & value) !== 0;
  return chain.findIndex(holds) + 1;
}

test("a limit of work ends the search", () => {
  const program = assemble(["ld [0]", "jge #5, a, b", "a: ret #0", "b: ret #1"].join("\n"));
  assert.throws(() => [...arrivals(decode(program), interval(TOKEN, TOKEN), new Work(1))], /steps/);
});

test.run();
