/**
 * Decoding: every opcode that seccomp allows has one meaning, which encodes to the same opcode; every other opcode is
 * unknown.
 */

import { test } from "uvu";
import * as assert from "uvu/assert";
import { assemblyOf } from "./assembly.ts";
import { decode, FIRST, type Instruction, type Operation, type Position } from "./decode.ts";
import { encode } from "./encode.ts";
import type { SockFilter } from "./instruction.ts";

/** The fields that an instruction uses. */
type Field = "jt" | "jf" | "k";

/** seccomp_check_filter of kernel/seccomp.c at v6.18, opcode by opcode, with what bpf_asm calls each at position 0. */
const TAKEN: readonly (readonly [code: number, text: string, ...fields: Field[]])[] = [
  [0x20, "ld [12]", "k"],
  [0x80, "ld len"],
  [0x81, "ldx len"],
  [0x06, "ret #0xc", "k"],
  [0x16, "ret a"],
  [0x04, "add #0xc", "k"],
  [0x0c, "add x"],
  [0x14, "sub #0xc", "k"],
  [0x1c, "sub x"],
  [0x24, "mul #0xc", "k"],
  [0x2c, "mul x"],
  [0x34, "div #0xc", "k"],
  [0x3c, "div x"],
  [0x44, "or #0xc", "k"],
  [0x4c, "or x"],
  [0x54, "and #0xc", "k"],
  [0x5c, "and x"],
  [0x64, "lsh #0xc", "k"],
  [0x6c, "lsh x"],
  [0x74, "rsh #0xc", "k"],
  [0x7c, "rsh x"],
  [0xa4, "xor #0xc", "k"],
  [0xac, "xor x"],
  [0x84, "neg"],
  [0x00, "ld #0xc", "k"],
  [0x01, "ldx #0xc", "k"],
  [0x07, "tax"],
  [0x87, "txa"],
  [0x60, "ld M[0xc]", "k"],
  [0x61, "ldx M[0xc]", "k"],
  [0x02, "st M[0xc]", "k"],
  [0x03, "stx M[0xc]", "k"],
  [0x05, "jmp L13", "k"],
  [0x15, "jeq #0xc, L3, L8", "jt", "jf", "k"],
  [0x1d, "jeq x, L3, L8", "jt", "jf"],
  [0x35, "jge #0xc, L3, L8", "jt", "jf", "k"],
  [0x3d, "jge x, L3, L8", "jt", "jf"],
  [0x25, "jgt #0xc, L3, L8", "jt", "jf", "k"],
  [0x2d, "jgt x, L3, L8", "jt", "jf"],
  [0x45, "jset #0xc, L3, L8", "jt", "jf", "k"],
  [0x4d, "jset x, L3, L8", "jt", "jf"],
];

const VALUES = { jt: 2, jf: 7, k: 12 };

function decodeOne(...instruction: SockFilter): Instruction {
  return decode(instruction)[0] as Instruction;
}

/** The operation, without position and successors. */
function operationOf({ at: _at, next: _next, ...operation }: Instruction): Operation {
  return operation as Operation;
}

for (const [code, text, ...fields] of TAKEN) {
  test(`0x${code.toString(16)} is '${text}', and encodes to the same opcode`, () => {
    const field = (name: Field): number => (fields.includes(name) ? VALUES[name] : 0);
    const canonical: SockFilter = [code, field("jt"), field("jf"), field("k")];
    const instruction = decodeOne(code, VALUES.jt, VALUES.jf, VALUES.k);
    assert.is(assemblyOf(instruction), text);
    assert.equal(encode(instruction, FIRST), canonical);
    assert.equal(
      operationOf(decodeOne(...canonical)),
      operationOf(instruction),
      "other fields count for nothing",
    );
  });
}

test("every other opcode is unknown", () => {
  const taken = new Set(TAKEN.map(([code]) => code));
  assert.is(taken.size, 41);
  for (let code = 0; code <= 0xffff; code += 1) {
    const instruction = decodeOne(code, 0, 0, 0);
    assert.is(instruction.kind === "unknown", !taken.has(code), `0x${code.toString(16)}`);
    if (instruction.kind === "unknown") {
      assert.is(instruction.opcode, code);
      assert.throws(() => encode(instruction, FIRST), code.toString(16));
    }
  }
});

test("the two targets of a branch are not swapped, for every comparison", () => {
  for (const [code, comparator] of [
    [0x15, "eq"],
    [0x25, "gt"],
    [0x35, "ge"],
    [0x45, "set"],
  ] as const) {
    assert.equal(operationOf(decodeOne(code, 1, 4, 9)), {
      kind: "branch",
      comparator,
      operand: 9,
      holds: 2,
      fails: 5,
    });
  }
});

test("positions count from the first instruction, and each successor is listed once", () => {
  const program = [
    [0x20, 0, 0, 4],
    [0x15, 1, 3, 7],
    [0x25, 0, 0, 7],
    [0x05, 0, 0, 1],
    [0x02, 0, 0, 0],
    [0x16, 0, 0, 0],
  ].flat();
  const instructions = decode(program);
  assert.equal(
    instructions.map(({ at }) => at),
    [0, 1, 2, 3, 4, 5],
  );
  assert.equal(
    instructions.map(({ next }) => next),
    [[1], [3, 5], [3], [5], [5], []],
  );
  assert.equal(
    instructions.flatMap((instruction, at) => encode(instruction, at as Position)),
    program,
  );
});

test("the successors of a jump out of the program are outside of it", () => {
  assert.equal(decodeOne(0x05, 0, 0, 0xffffffff).next, [0x100000000]);
  assert.equal(decodeOne(0x15, 0, 255, 0).next, [1, 256]);
  assert.equal(decodeOne(0x20, 0, 0, 0).next, [1]);
});

test.run();
