/**
 * The interpreter, instruction by instruction.
 */

import { test } from "uvu";
import * as assert from "uvu/assert";
import { decode } from "./decode.ts";
import type { Program } from "./instruction.ts";
import { interpret, type Run } from "./interpret.ts";

const CALL = {
  arch: 0xc000003e,
  nr: 0x40000007,
  args: [0x11111111_22222222n, 0x33333333_44444444n, 3n, 4n, 5n, 0xffffffff_fffffffen],
};

function run(program: Program, bigEndian = false): Run {
  return interpret(decode(program), CALL, bigEndian);
}

/** The result of a program that ends in one of two returns. */
function taken(code: number, k: number, offset = 0): boolean {
  return run([0x20, 0, 0, offset, code, 0, 1, k, 6, 0, 0, 1, 6, 0, 0, 2]).verdict === 1;
}

test("words are loaded by their offsets, upper and lower ones by the byte order", () => {
  const loaded = (offset: number, value: number, bigEndian: boolean): boolean =>
    run([0x20, 0, 0, offset, 0x15, 0, 1, value, 6, 0, 0, 1, 6, 0, 0, 2], bigEndian).verdict === 1;
  for (const [offset, little, big] of [
    [0, 0x40000007, 0x40000007],
    [4, 0xc000003e, 0xc000003e],
    [16, 0x22222222, 0x11111111],
    [20, 0x11111111, 0x22222222],
    [24, 0x44444444, 0x33333333],
    [28, 0x33333333, 0x44444444],
    [56, 0xfffffffe, 0xffffffff],
    [60, 0xffffffff, 0xfffffffe],
  ] as const) {
    assert.ok(loaded(offset, little, false), `${offset} little-endian`);
    assert.ok(loaded(offset, big, true), `${offset} big-endian`);
  }
});

test("comparisons are unsigned", () => {
  const value = 0xfffffffe;
  for (const [code, below, same, above] of [
    [0x15, false, true, false],
    [0x25, true, false, false],
    [0x35, true, true, false],
  ] as const) {
    assert.is(taken(code, value - 1, 56), below);
    assert.is(taken(code, value, 56), same);
    assert.is(taken(code, value + 1, 56), above);
    assert.is(taken(code, 1, 56), code !== 0x15, "1 is below");
  }
  assert.ok(taken(0x45, 0x80000000, 56));
  assert.not(taken(0x45, 1, 56));
  assert.not(taken(0x45, 0, 56));
});

test("AND keeps 32 unsigned bits for the next comparison", () => {
  const masked = [0x20, 0, 0, 56, 0x54, 0, 0, 0xf0000001, 0x15, 0, 1, 0xf0000000, 6, 0, 0, 1, 6, 0, 0, 2];
  assert.equal(run(masked), { verdict: 1, executed: 4, pointed: false });
});

test("jumps skip, and every executed instruction counts", () => {
  const program = [0x05, 0, 0, 2, 6, 0, 0, 1, 6, 0, 0, 2, 6, 0, 0, 0x80000000];
  assert.equal(run(program), { verdict: 0x80000000, executed: 2, pointed: false });
});

test("a program that the kernel would refuse throws", () => {
  assert.throws(() => run([0x30, 0, 0, 0]), /opcode/);
  assert.throws(() => run([0x20, 0, 0, 0]), /past the last instruction/);
});

test("the instruction pointer reads as 0, and reading it is reported", () => {
  for (const [offset, pointed] of [
    [4, false],
    [8, true],
    [12, true],
    [16, false],
  ] as const) {
    const { verdict, pointed: told } = run([0x20, 0, 0, offset, 0x16, 0, 0, 0]);
    assert.is(told, pointed);
    assert.is(pointed && verdict !== 0, false);
  }
});

/** The accumulator that a program of these instructions returns. */
function returned(...instructions: readonly (readonly number[])[]): number {
  return run([...instructions.flat(), 0x16, 0, 0, 0]).verdict;
}

const imm = (k: number): number[] => [0x00, 0, 0, k];
const alu = (operation: number, k: number): number[] => [0x04 | operation, 0, 0, k];
/** The same with the index register as the second operand. */
const aluX = (operation: number, k: number): number[] => [0x01, 0, 0, k, 0x0c | operation, 0, 0, 0];

test("arithmetic is unsigned and wraps, with a constant as with the index register", () => {
  for (const second of [alu, aluX]) {
    assert.is(returned(imm(0xffffffff), second(0x00, 2)), 1);
    assert.is(returned(imm(1), second(0x10, 2)), 0xffffffff);
    assert.is(returned(imm(0x10001), second(0x20, 0x10001)), 0x20001);
    assert.is(returned(imm(0xfffffffe), second(0x30, 3)), 0x55555554);
    assert.is(returned(imm(0xf0), second(0x40, 0x0f)), 0xff);
    assert.is(returned(imm(0xff), second(0x50, 0x0f)), 0x0f);
    assert.is(returned(imm(1), second(0x60, 31)), 0x80000000);
    assert.is(returned(imm(0x80000000), second(0x70, 31)), 1);
    assert.is(returned(imm(0xff), second(0xa0, 0x0f)), 0xf0);
  }
  assert.is(returned(imm(1), [0x84, 0, 0, 0]), 0xffffffff);
  assert.is(returned(imm(7), aluX(0x30, 0)), 0, "a division by zero ends the filter with 0");
});

test("values move between the registers and the scratch memory", () => {
  assert.is(returned([0x80, 0, 0, 0]), 64, "the length of struct seccomp_data");
  assert.is(returned([0x81, 0, 0, 0], [0x87, 0, 0, 0]), 64);
  assert.is(returned(imm(7), [0x02, 0, 0, 15], imm(0), [0x60, 0, 0, 15]), 7);
  assert.is(returned([0x01, 0, 0, 9], [0x03, 0, 0, 0], [0x01, 0, 0, 0], [0x61, 0, 0, 0], [0x87, 0, 0, 0]), 9);
  assert.is(returned(imm(5), [0x07, 0, 0, 0], imm(0), [0x87, 0, 0, 0]), 5);
});

test("jumps compare with the index register too", () => {
  for (const [code, taken] of [
    [0x1d, false],
    [0x2d, true],
    [0x3d, true],
    [0x4d, true],
  ] as const) {
    const program = [imm(6), [0x01, 0, 0, 4], [code, 0, 1, 0], [6, 0, 0, 1], [6, 0, 0, 2]].flat();
    assert.is(run(program).verdict === 1, taken, code.toString(16));
  }
});

test.run();
