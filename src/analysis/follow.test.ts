/**
 * Following a program: known values are computed as the interpreter does; an unknown one splits the path or ends it.
 */

import { test } from "uvu";
import * as assert from "uvu/assert";
import { assemble } from "../bpf/assembly.ts";
import { decode } from "../bpf/decode.ts";
import { interpret } from "../bpf/interpret.ts";
import { TooIntricate } from "./domain.ts";
import { follow, type Halt, START } from "./follow.ts";
import { FIRST_MEMORY_BIT, factsOf, USES_A, USES_X } from "./program-facts.ts";
import { Work } from "./work.ts";

function followed(text: string): Halt {
  return follow(decode(assemble(text)), START, [], new Work(1000));
}

const CALL = { arch: 0, nr: 0, args: [0n, 0n, 0n, 0n, 0n, 0n] };

test("a program that loads nothing is followed to the verdict that the interpreter gives", () => {
  for (const text of [
    "ret #7",
    "ld #5\nret a",
    "ld len\nret a",
    "ldx len\ntxa\nret a",
    "ldx #9\ntxa\nret a",
    "ld #9\ntax\nld #1\ntxa\nret a",
    "ld #5\nneg\nret a",
    "ld #5\nst M[3]\nld #1\nld M[3]\nret a",
    "ldx #5\nstx M[3]\nldx #1\nldx M[3]\ntxa\nret a",
    "ld #12\nsub #5\nret a",
    "ld #12\nldx #5\nsub x\nret a",
    "ld #12\nldx #0\ndiv x\nret a",
    "ld #12\njmp L2\nL1: ret #1\nL2: ret #2",
    ...["jeq", "jgt", "jge", "jset"].flatMap((jump) =>
      [11, 12, 13, 3].flatMap((value) => [
        `ld #12\n${jump} #${value}, L1, L2\nL1: ret #1\nL2: ret #2`,
        `ld #12\nldx #${value}\n${jump} x, L1, L2\nL1: ret #1\nL2: ret #2`,
      ]),
    ),
  ]) {
    const { verdict } = interpret(decode(assemble(text)), CALL, false);
    assert.equal(followed(text), { kind: "return", verdict }, text);
  }
});

test("a test of a word splits the path, with the constant on the right", () => {
  for (const [text, op] of [
    ["ld [16]\njgt #5, L1, L2\nL1: ret #1\nL2: ret #2", "gt"],
    ["ld [16]\ntax\nld #5\njeq x, L1, L2\nL1: ret #1\nL2: ret #2", "eq"],
  ] as const) {
    const halt = followed(text);
    assert.ok(halt.kind === "test");
    assert.equal(halt.open, { word: 4, test: { mask: 0xffffffff, op, value: 5 } });
    assert.is(halt.fails.at, halt.holds.at + 1);
  }
});

test("a word is followed through masks, the other register and the memory", () => {
  const halt = followed(
    "ld [16]\nand #0xff\nst M[2]\nld #0\nldx M[2]\ntxa\nand #0xf\njset #3, L1, L2\nL1: ret #1\nL2: ret #2",
  );
  assert.ok(halt.kind === "test");
  assert.equal(halt.open, { word: 4, test: { mask: 0xf, op: "set", value: 3 } });
});

test("a jump with equal targets needs no test, and other arithmetic with a word is not followed", () => {
  assert.equal(followed("ld [16]\njeq #5, L1, L1\nL1: ret #1"), { kind: "return", verdict: 1 });
  for (const text of [
    "ld [16]\nadd #1\nret #1",
    "ld [16]\nneg\nret #1",
    "ld [16]\nret a",
    "ld [16]\ntax\nld [20]\njeq x, L1, L2\nL1: ret #1\nL2: ret #2",
    "ld [16]\ntax\nld #5\njgt x, L1, L2\nL1: ret #1\nL2: ret #2",
  ]) {
    assert.throws(
      () => followed(text),
      (error: unknown) => error instanceof TooIntricate,
      text,
    );
  }
});

test("it stops before an instruction where it must, but not at its start", () => {
  const instructions = decode(assemble("ld #1\nadd #2\nret a"));
  const halt = follow(instructions, START, [true, false, true], new Work(1000));
  assert.equal(halt, { kind: "stop", place: { at: 2, a: 3, x: 0, memory: [] } });
});

test("what is used later is known at each instruction, and what is overwritten before is not used", () => {
  const memory = (index: number): number => 1 << (FIRST_MEMORY_BIT + index);
  for (const [text, ...uses] of [
    ["ret a", USES_A],
    ["ret #1", 0],
    ["ld [16]\nret a", 0, USES_A],
    ["ld #1\nret a", 0, USES_A],
    ["ld len\nret a", 0, USES_A],
    ["neg\nret #1", USES_A, 0],
    ["add #1\nret #1", USES_A, 0],
    ["add x\nret #1", USES_A | USES_X, 0],
    ["jeq #1, L1, L1\nL1: ret #1", USES_A, 0],
    ["jeq x, L1, L1\nL1: ret #1", USES_A | USES_X, 0],
    ["txa\nret a", USES_X, USES_A],
    ["tax\nret #1", USES_A, 0],
    ["ldx #1\nadd x\nret #1", USES_A, USES_A | USES_X, 0],
    ["ldx len\nadd x\nret #1", USES_A, USES_A | USES_X, 0],
    ["ld M[2]\nret a", memory(2), USES_A],
    ["ldx M[2]\ntxa\nret a", memory(2), USES_X, USES_A],
    ["st M[2]\nld M[2]\nret a", USES_A, memory(2), USES_A],
    ["stx M[2]\nld M[2]\nret a", USES_X, memory(2), USES_A],
    ["st M[3]\nld M[2]\nret a", USES_A | memory(2), memory(2), USES_A],
  ] as const) {
    assert.equal(factsOf(decode(assemble(text))).uses, uses, text);
  }
});

test("which words may still be loaded is known, and where paths meet", () => {
  const facts = factsOf(
    decode(assemble("ld [16]\njeq #1, L2, L3\nL2: ld [4]\nL3: jeq #2, L4, L5\nL4: ret #1\nL5: ret #2")),
  );
  assert.equal(facts.loads, [(1 << 4) | (1 << 1), 1 << 1, 1 << 1, 0, 0, 0]);
  assert.equal(facts.isJoin, [false, false, false, true, false, false]);
});

test.run();
