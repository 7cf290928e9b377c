/**
 * The kernel's rules for filters: accepted programs, and each kind of refused program.
 */

import { test } from "uvu";
import * as assert from "uvu/assert";
import { checkProgram } from "./check.ts";
import type { Program } from "./instruction.ts";

const RET = [0x06, 0, 0, 0x7fff0000];
const LD = [0x20, 0, 0, 0];

/** A program of these instructions. */
function program(...instructions: readonly (readonly number[])[]): number[] {
  return instructions.flat();
}

function accepted(given: Program): void {
  assert.is(checkProgram(given).kind, "accepted");
}

function refused(given: Program, reason: RegExp): void {
  const checked = checkProgram(given);
  assert.match(checked.kind === "refused" ? checked.reason : "accepted", reason);
}

test("a lone return is a program", () => {
  accepted(program(RET));
});

test("a program has 1 to 4096 instructions", () => {
  refused([], /at least one/);
  accepted(Array(4096).fill(RET).flat());
  refused(Array(4097).fill(RET).flat(), /4097 instructions.*4096/);
  refused(Array(65537).fill(RET).flat(), /65537 instructions/);
});

test("an incomplete instruction is refused", () => {
  refused([6, 0, 0], /at least one/);
  refused([...RET, 6], /./);
});

test("the last instruction is a return", () => {
  refused(program(LD), /last instruction/);
  refused(program(RET, LD), /last instruction/);
  refused(program(RET, [0x54, 0, 0, 1]), /last instruction/);
});

test("loads must be of whole words inside struct seccomp_data", () => {
  for (let offset = 0; offset < 64; offset += 4) {
    accepted(program([0x20, 0, 0, offset], RET));
  }
  for (const offset of [1, 2, 3, 5, 62, 63, 64, 68, 0xfffff000, 0xffffffff]) {
    refused(program([0x20, 0, 0, offset], RET), /instruction 0: the load at offset/);
  }
});

test("a jump must land inside the program", () => {
  accepted(program([0x05, 0, 0, 0], RET));
  refused(program([0x05, 0, 0, 1], RET), /instruction 0: the jump/);
  refused(program(LD, [0x05, 0, 0, 0xffffffff], RET), /instruction 1: the jump/);
  refused(program([0x05, 0, 0, 0]), /the jump/);
});

for (const code of [0x15, 0x25, 0x35, 0x45]) {
  test(`both branches of the conditional jump 0x${code.toString(16)} must land inside the program`, () => {
    accepted(program([code, 1, 0, 7], RET, RET));
    accepted(program([code, 0, 1, 7], RET, RET));
    refused(program([code, 2, 0, 7], RET, RET), /instruction 0: the jump/);
    refused(program([code, 0, 2, 7], RET, RET), /instruction 0: the jump/);
    const far = Array(300).fill(RET).flat();
    accepted([code, 255, 255, 7, ...far]);
    refused([code, 256, 0, 7, ...far], /the jump/);
    refused([code, 0, 256, 7, ...far], /the jump/);
  });
}

test("instructions and operands that seccomp does not allow are refused", () => {
  // test/kernel/checker.test.ts asks the kernel about every opcode.
  for (const code of [0x30, 0x28, 0x40, 0xb1, 0x94, 0x0e, 0x100, 0x120]) {
    refused(program([code, 0, 0, 0], RET), /^instruction 0: seccomp does not take the opcode 0x/);
  }
  refused(program([0x34, 0, 0, 0], RET), /division by zero/);
  refused(program([0x64, 0, 0, 32], RET), /shift by 32/);
  refused(program([0x02, 0, 0, 16], RET), /16 words/);
  accepted(program([0x3c, 0, 0, 0], [0x74, 0, 0, 31], [0x02, 0, 0, 15], RET));
});

test("the scratch memory can be read only after every path has written it", () => {
  const [store, read] = [
    [0x02, 0, 0, 3],
    [0x60, 0, 0, 3],
  ];
  refused(program(read, RET), /instruction 0: word 3 of the scratch memory is read before/);
  accepted(program(store, read, RET));
  refused(program([0x15, 0, 1, 7], store, read, RET), /instruction 2: word 3/);
  refused(program(store, [0x60, 0, 0, 4], RET), /instruction 1: word 4/);
  // The other branch is between the jump and the read, and does not reach it.
  const past = [0x05, 0, 0, 1];
  accepted(program([0x15, 0, 2, 7], store, past, past, read, RET));
  refused(program([0x15, 0, 2, 7], store, past, [0x05, 0, 0, 0], read, RET), /instruction 4: word 3/);
});

test("the first mistake is reported with its position", () => {
  refused(program(LD, [0x30, 0, 0, 0], [0x20, 0, 0, 1], RET), /^instruction 1: .* opcode 0x30/);
});

test.run();
