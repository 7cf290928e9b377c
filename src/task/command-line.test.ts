/**
 * Command lines by a table: the values and types of options, and what is refused.
 */

import { test } from "uvu";
import * as assert from "uvu/assert";
import { Refusal } from "../diagnostic.ts";
import { type Given, type OptionTable, readOptions, readValues, type Values } from "./command-line.ts";
import type { GivenOptions } from "./options.ts";

const TABLE = [
  { name: "--flag", short: "-f", help: "a flag" },
  { name: "--text", value: "TEXT", help: "any text" },
  { name: "--word", value: "WORD", choices: ["one", "two"], help: "one of two words" },
  { name: "--number", value: "N", read: (text: string) => Number(text), help: "a number" },
] as const satisfies OptionTable;

/** The same, with one required option. */
const DEMANDING = [
  ...TABLE,
  { name: "--stage", value: "STAGE", choices: ["first", "last"], required: true, help: "a stage" },
  { name: "--file", value: "FILE", required: true, help: "a file" },
] as const satisfies OptionTable;

interface Line {
  readonly given: Given<typeof TABLE>;
  readonly operands: readonly string[];
  readonly end: number;
}

function read(args: readonly string[], dashIsOperand = true): Line {
  const operands: string[] = [];
  const given: Given<typeof TABLE> = {};
  const operand = (arg: string): unknown => operands.push(arg);
  const grammar = { options: TABLE, start: 1, operand, dashIsOperand, help: "program help" };
  const end = readOptions(["program", ...args], grammar, given);
  return { given, operands, end };
}

function refused(run: () => unknown, says: string): void {
  assert.throws(run, (error: unknown) => {
    assert.instance(error, Refusal);
    const { message, hint } = error as Refusal;
    assert.is(`${message}; ${hint}`, says);
    return true;
  });
}

test("options and operands in any order, up to the --", () => {
  assert.equal(read(["a", "-f", "b", "--text", "t", "--", "--word", "c"]), {
    given: { "--flag": true, "--text": "t" },
    operands: ["a", "b"],
    end: 7,
  });
  assert.equal(read(["a", "--word=x"]), { given: { "--word": "x" }, operands: ["a"], end: 4 });
  assert.equal(read([]), { given: {}, operands: [], end: 2 });
});

test("an option whose value is optional takes it after a '=' only, and an operand after it is told", () => {
  const table = [
    { name: "--to", value: "FILE", optional: true, help: "where to" },
    { name: "--flag", help: "a flag" },
  ] as const satisfies OptionTable;
  const line = (...args: readonly string[]) => {
    const given: Given<typeof table> = {};
    const operands: (string | undefined)[] = [];
    const operand = (arg: string, after?: string): unknown => operands.push(arg, after);
    const grammar = { options: table, start: 0, operand, dashIsOperand: true, help: "program help" };
    const end = readOptions(args, grammar, given);
    return { given, operands, end };
  };
  assert.equal(line("--to", "--"), { given: { "--to": true }, operands: [], end: 2 });
  assert.equal(line("--to=x=y"), { given: { "--to": "x=y" }, operands: [], end: 2 });
  assert.equal(line("--to="), { given: { "--to": "" }, operands: [], end: 2 });
  assert.equal(line("--to", "x", "y").operands, ["x", "--to", "y", undefined]);
  assert.equal(line("--to", "--flag", "x").operands, ["x", undefined]);
  assert.equal(line("--to=f", "x").operands, ["x", undefined]);
  refused(() => line("--to", "--to=x"), "the option '--to' is given twice; undefined");
});

test("a dash alone is an operand or an unknown option", () => {
  assert.equal(read(["-"]).operands, ["-"]);
  refused(() => read(["-"], false), "unknown option '-'; program help lists the options");
});

test("a short option takes no value after an equals sign", () => {
  refused(() => read(["-f=1"]), "unknown option '-f=1'; program help lists the options");
});

test("values are read; options that were not given are undefined or false", () => {
  assert.equal(readValues(TABLE, {}, "it"), {
    "--flag": false,
    "--text": undefined,
    "--word": undefined,
    "--number": undefined,
  });
  assert.equal(readValues(TABLE, { "--flag": true, "--text": "", "--word": "two", "--number": "7" }, "it"), {
    "--flag": true,
    "--text": "",
    "--word": "two",
    "--number": 7,
  });
});

test("a value that is not one of an option's choices is refused", () => {
  refused(
    () => readValues(TABLE, { "--word": "three" }, "it"),
    "--word: 'three' is not one of one, two; undefined",
  );
});

test("a missing required option is refused", () => {
  refused(
    () => readValues(DEMANDING, { "--file": "f" }, "it"),
    "it needs --stage; give it one of first, last",
  );
  refused(() => readValues(DEMANDING, { "--stage": "last" }, "it"), "it needs --file; write --file FILE");
});

/** Compiles only if both types are the same. */
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : never) : never;

test("the table says which options there are and what they are read as", () => {
  const values: Values<typeof DEMANDING> = readValues(DEMANDING, { "--stage": "first", "--file": "f" }, "it");
  const flag: Same<(typeof values)["--flag"], boolean> = true;
  const text: Same<(typeof values)["--text"], string | undefined> = true;
  const word: Same<(typeof values)["--word"], "one" | "two" | undefined> = true;
  const number: Same<(typeof values)["--number"], number | undefined> = true;
  const demanded: Same<(typeof values)["--stage"], "first" | "last"> = true;
  assert.ok(flag && text && word && number && demanded);
  // @ts-expect-error There is no such option.
  assert.is(values["--flagg"], undefined);
  // @ts-expect-error It is not one of its choices.
  assert.is(values["--stage"] === "second", false);
  // @ts-expect-error A flag has no value.
  const wrong: Given<typeof TABLE> = { "--flag": "" };
  assert.ok(wrong);
});

test("the launcher's options are those of its table", () => {
  const given: GivenOptions = { "--complain": true, "--caps": "all" };
  // @ts-expect-error There is no such option.
  assert.is(given["--complian"], undefined);
  // @ts-expect-error Nor this one.
  const misspelt: GivenOptions = { "--cap": "all" };
  // @ts-expect-error A flag has no value.
  const valued: GivenOptions = { "--complain": "" };
  assert.ok(misspelt && valued);
});

test.run();
