/**
 * Numbers in conditions: exact up to 2^64-1, compared as the operators say, and refused in every other notation.
 */

import { denied, PROBE, ran, refused } from "../support/programs/expect.ts";
import { directoryOf } from "../support/programs/files.ts";
import { run } from "../support/programs/program.ts";
import { test } from "../support/running/test.ts";

/** A profile that answers 1001 where the condition holds; the condition's numbers stand in it as they are written. */
function profile(op: string, value: string, valueTwo = "0", index = 0): string {
  return `{
  "defaultAction": "SCMP_ACT_ALLOW",
  "syscalls": [
    {
      "names": ["getppid"],
      "action": "SCMP_ACT_ERRNO",
      "errnoRet": 1001,
      "args": [
        { "index": ${index}, "value": ${value}, "valueTwo": ${valueTwo}, "op": "SCMP_CMP_${op}" }
      ]
    }
  ]
}
`;
}

const launch = (text: string, ...args: readonly string[]) => {
  const directory = directoryOf({ "p.json": text });
  return run(["--profile", `${directory}/p.json`, "--", PROBE, "getppid", ...args]);
};

/** What the call, which looks at no argument, answers by itself. */
const LET_THROUGH = `value ${process.pid}\n`;

/** The condition holds for this argument, or does not. */
function holds(expected: boolean, op: string, value: bigint, argument: bigint, valueTwo = 0n): void {
  const outcome = launch(profile(op, `${value}`, `${valueTwo}`), `${argument}`);
  ran(outcome, expected ? denied(1001) : LET_THROUGH);
}

const MAX = 2n ** 64n - 1n;

for (const value of [
  MAX,
  2n ** 64n - 2n,
  2n ** 63n,
  2n ** 63n - 1n,
  2n ** 53n + 1n,
  2n ** 53n,
  2n ** 32n,
  2n ** 32n - 1n,
  2n ** 31n,
  1n << 33n,
]) {
  test(`the value ${value} is exact: its neighbours do not equal it`, () => {
    holds(true, "EQ", value, value);
    holds(false, "EQ", value, value - 1n);
    holds(false, "EQ", value, value === MAX ? 0n : value + 1n);
    holds(false, "EQ", value, value ^ (1n << 63n));
    holds(false, "EQ", value, value ^ (1n << 32n));
    holds(false, "EQ", value, value ^ 1n);
  });
}

const EDGES = [2n ** 32n, 2n ** 33n + 5n, 2n ** 63n];
const OPERATORS: Readonly<Record<string, (a: bigint, b: bigint) => boolean>> = {
  EQ: (a, b) => a === b,
  NE: (a, b) => a !== b,
  LT: (a, b) => a < b,
  LE: (a, b) => a <= b,
  GT: (a, b) => a > b,
  GE: (a, b) => a >= b,
};
for (const [op, compare] of Object.entries(OPERATORS)) {
  test(`${op} is unsigned and crosses the word boundary`, () => {
    for (const value of EDGES) {
      for (const argument of [value - 1n, value, value + 1n, value ^ (1n << 32n)]) {
        holds(compare(argument, value), op, value, argument);
      }
    }
    holds(compare(MAX, 0n), op, 0n, MAX);
    holds(compare(0n, MAX), op, MAX, 0n);
    holds(compare(0xffff_ffffn, MAX), op, MAX, 0xffff_ffffn);
  });
}

test("MASKED_EQ compares under the mask only, and ignores what valueTwo has outside it", () => {
  const mask = 0xf000_0000_0000_000fn;
  const matches = 0x7000_0000_0000_0003n;
  holds(true, "MASKED_EQ", mask, matches, matches);
  holds(true, "MASKED_EQ", mask, matches | 0xfff0n, matches);
  holds(true, "MASKED_EQ", mask, matches, matches | 0xabc0n);
  holds(false, "MASKED_EQ", mask, matches ^ 1n, matches);
  holds(false, "MASKED_EQ", mask, matches ^ (1n << 63n), matches);
  holds(true, "MASKED_EQ", 0n, 12345n, 0n);
  holds(true, "MASKED_EQ", 0n, 12345n, 7n);
});

test("each of the six arguments can be compared", () => {
  for (let index = 0; index < 6; index += 1) {
    const args = Array.from({ length: 6 }, (_, i) => (i === index ? "18446744073709551615" : "1"));
    ran(launch(profile("EQ", "18446744073709551615", "0", index), ...args), denied(1001));
    ran(launch(profile("EQ", "18446744073709551614", "0", index), ...args), LET_THROUGH);
  }
});

test("a value without valueTwo is fine but for MASKED_EQ's", () => {
  const text = profile("EQ", "1").replace('"valueTwo": 0, ', "");
  ran(launch(text, "1"), denied(1001));
});

for (const [what, number] of [
  ["2^64", "18446744073709551616"],
  ["more digits than any number has", "9".repeat(400)],
  ["a negative number", "-1"],
  ["minus zero", "-0"],
  ["an exponent", "1e3"],
  ["an exponent in capitals", "1E3"],
  ["a fraction", "1.5"],
  ["a whole number with a point", "1.0"],
  ["a string", '"1"'],
  ["hexadecimal", "0x10"],
  ["a leading zero", "01"],
  ["a leading plus", "+1"],
  ["NaN", "NaN"],
  ["an underscore", "1_000"],
  ["true", "true"],
  ["null", "null"],
] as const) {
  test(`${what} for a value is refused at its place`, () => {
    refused(launch(profile("EQ", number)), /p\.json:9:(2[0-9]|3[0-9]): /);
  });
}

for (const [what, number] of [
  ["2^64", "18446744073709551616"],
  ["a negative number", "-1"],
  ["an exponent", "1e3"],
  ["a string", '"1"'],
] as const) {
  test(`${what} for valueTwo is refused at its place`, () => {
    refused(launch(profile("MASKED_EQ", "1", number)), /p\.json:9:\d+: /);
  });
}

test("an index of 6 is refused with the range", () => {
  refused(launch(profile("EQ", "1", "0", 6)), /p\.json:9:\d+: /, "index", "5");
  refused(launch(profile("EQ", "1", "0", -1)), /p\.json:9:\d+: /);
});

test("1e400 is refused, not taken for infinity", () => {
  refused(launch(profile("LT", "1e400")), /p\.json:9:\d+: /);
});

test.run();
