/**
 * The checker against the running kernel: both take the same programs and refuse the same ones.
 */

import fc from "fast-check";
import * as assert from "uvu/assert";
import { checkProgram } from "../../src/bpf/check.ts";
import { type Program, programLength } from "../../src/bpf/instruction.ts";
import { compileC } from "../support/programs/native.ts";
import { runCommand } from "../support/programs/program.ts";
import { test } from "../support/running/test.ts";

/** EINVAL: the kernel's only word for a program that it does not take. */
const EINVAL = 22;

/** What the kernel says to each program. */
function ask(programs: readonly Program[]): number[] {
  const input = programs
    .map((program) => `${[programLength(program), ...program].map((word) => word.toString(16)).join(" ")}\n`)
    .join("");
  const { stdout, status } = runCommand([compileC("test/kernel/native/accepts.c")], { input });
  const answers = stdout.trimEnd().split("\n").map(Number);
  assert.is(status, 0);
  assert.is(answers.length, programs.length);
  return answers;
}

/** Fails with the first program on which the two disagree; returns how many are taken. */
function agree(programs: readonly Program[]): number {
  const answers = ask(programs);
  for (const [i, answer] of answers.entries()) {
    const own = checkProgram(programs[i] as Program);
    assert.is(
      answer,
      own.kind === "accepted" ? 0 : EINVAL,
      `${programs[i]}: the checker says ${JSON.stringify(own)}`,
    );
  }
  return answers.filter((answer) => answer === 0).length;
}

const RET = [6, 0, 0, 0x7fff0000];

test("every opcode, by itself and with operands that matter", () => {
  const programs: Program[] = [];
  for (let code = 0; code < 0x200; code += 1) {
    for (const k of [0, 1, 4, 15, 16, 31, 32, 60, 64]) {
      programs.push([code, 0, 0, k, ...RET], [0x02, 0, 0, k & 15, code, 1, 0, k, ...RET, ...RET]);
    }
  }
  const taken = agree(programs);
  assert.ok(taken > 400 && taken < programs.length / 2, `${taken} of ${programs.length}`);
});

test("lengths from 0 to above 4096, and what stands at the end", () => {
  const of = (length: number): Program => Array(length).fill(RET).flat();
  agree([0, 1, 2, 4095, 4096, 4097].map(of));
  agree([
    [0x16, 0, 0, 0],
    [0x20, 0, 0, 0],
    [...RET, 0x05, 0, 0, 0],
    [...RET, 0x00, 0, 0, 0],
  ]);
});

/** Instructions that are often right, with jumps and memory that are not always. */
const INSTRUCTION = fc
  .record({
    code: fc.constantFrom(
      0x20,
      0x54,
      0x05,
      0x15,
      0x25,
      0x35,
      0x45,
      0x06,
      0x16,
      0x02,
      0x03,
      0x60,
      0x61,
      0x07,
      0x87,
      0x0c,
      0x1d,
    ),
    jt: fc.nat(4),
    jf: fc.nat(4),
    k: fc.constantFrom(0, 1, 2, 3, 4, 8, 16, 60),
  })
  .map(({ code, jt, jf, k }) => [code, jt, jf, k]);

test("random programs with jumps and scratch memory", () => {
  const programs = fc.sample(
    fc.array(INSTRUCTION, { minLength: 1, maxLength: 8 }).map((list) => [...list.flat(), ...RET]),
    { numRuns: 3000, seed: 5 },
  );
  const taken = agree(programs);
  assert.ok(taken > 300 && taken < 2700, `${taken} are taken`);
});

test.run();
