/**
 * Assembly: a listing assembles to the same program, and decoding inverts encoding.
 */

import { readdirSync } from "node:fs";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ALL_CAPS, policyOfFile, X86_64 } from "../../test/support/fixtures/policies.ts";
import { architectures } from "../tables/architectures.ts";
import { annotate } from "./annotate.ts";
import { AssemblyError, assemble, assemblyLines } from "./assembly.ts";
import { checkProgram } from "./check.ts";
import { decodeProgram, encodeProgram } from "./codec.ts";
import { compile } from "./compile.ts";
import { decode } from "./decode.ts";
import type { Program } from "./instruction.ts";

function listing(program: Program): string {
  return assemblyLines(decode(program))
    .map(({ label, text }) => `${label === undefined ? "" : `${label}: `}${text} ; what it is about`)
    .join("\n");
}

const PROFILES = readdirSync("profiles").filter((file) => file.endsWith(".json"));

test("the listing of every shipped profile is assembled to the program that it lists", () => {
  for (const file of PROFILES) {
    for (const arch of architectures) {
      const program = compile(policyOfFile(`profiles/${file}`, arch, 0n));
      assert.equal(assemble(listing(program)), program, `${file} ${arch.name}`);
    }
  }
});

/** Any instruction that seccomp allows, with jumps of at most one instruction. */
const INSTRUCTION = fc
  .record({
    code: fc.integer({ min: 0, max: 0xff }),
    jt: fc.nat(1),
    jf: fc.nat(1),
    k: fc.oneof(fc.nat(15), fc.constantFrom(4, 16, 60), fc.nat(0xffffffff)),
  })
  .map(({ code, jt, jf, k }) => [code, jt, jf, k])
  .filter((one) => checkProgram([...one, 6, 0, 0, 0, 6, 0, 0, 0]).kind === "accepted");

/** Fields that an instruction does not use are not in its listing. */
function used([code = 0, jt = 0, jf = 0, k = 0]: readonly number[]): number[] {
  const conditional = (code & 7) === 5 && code !== 5;
  const withoutConstant =
    [0x16, 0x07, 0x87, 0x84, 0x80, 0x81].includes(code) || ((code & 8) !== 0 && [4, 5].includes(code & 7));
  return [code, conditional ? jt : 0, conditional ? jf : 0, withoutConstant ? 0 : k];
}

test("every instruction that seccomp allows survives listing and assembling", () => {
  const codes = new Set<number>();
  fc.assert(
    fc.property(INSTRUCTION, (one) => {
      const program = [...used(one), 6, 0, 0, 0, 6, 0, 0, 0];
      codes.add(one[0] as number);
      assert.equal(assemble(listing(program)), program, listing(program));
    }),
    { numRuns: 4000, seed: 1 },
  );
  assert.ok(codes.size > 35, `${codes.size} opcodes`);
});

test("an invalid instruction is refused with its line", () => {
  for (const [text, line] of [
    ["ld [4]\nfrob #1\nret #0", 2],
    ["jeq #1, L1, L2\nret #0", 1],
    ["ret", 1],
    ["ld [four]", 1],
    ["\n\nL1: ret #0\njmp L1", 4],
  ] as const) {
    assert.throws(
      () => assemble(text),
      (error: unknown) => error instanceof AssemblyError && error.message.includes(`line ${line}`),
      text,
    );
  }
});

test("bytes are decoded to what was encoded, in both byte orders", () => {
  const program = compile(policyOfFile("profiles/default.json", X86_64, ALL_CAPS));
  for (const bigEndian of [false, true]) {
    assert.equal(decodeProgram(encodeProgram(program, bigEndian), bigEndian), program);
  }
  assert.is.not(decodeProgram(encodeProgram(program, true), false)?.[0], program[0]);
  assert.is(decodeProgram(new Uint8Array(0), false), undefined);
  assert.is(decodeProgram(new Uint8Array(15), false), undefined);
});

test("instructions are annotated with architectures, calls, arguments and verdicts", () => {
  const program = assemble(`
    ld [4]
    jeq #0xc000003e, L1, L9
    L1: ld [0]
    jge #0x40000000, L2, L3
    L2: jeq #0x40000000, L8, L9
    L3: jeq #135, L4, L8
    L4: ld [20]
    jeq #1, L8, L9
    L8: ret #0x7fff0000
    L9: ret #0x50026`);
  assert.equal(annotate(decode(program), X86_64), [
    "architecture",
    "x86_64 or x32",
    "number",
    "the bit of x32",
    "the bit of x32",
    "personality",
    "argument 0, upper half",
    "",
    "ALLOW",
    "ERRNO(ENOSYS)",
  ]);
  // Without x32's bit, but after a test of it; where paths with and without it meet, the number is one of x86-64.
  const cleared = assemble(`
    ld [4]
    jeq #0xc000003e, L1, L9
    L1: ld [0]
    jge #0x40000000, L2, L5
    L2: and #0xbfffffff
    jeq #512, L9, L4
    L4: jeq #13, L9, L5
    L5: jeq #135, L8, L9
    L8: ret #0x7fff0000
    L9: ret #0x50026`);
  assert.equal(annotate(decode(cleared), X86_64).slice(3, 8), [
    "the bit of x32",
    "",
    "rt_sigaction (x32)",
    "",
    "personality",
  ]);
  // On every architecture, both branches lead to the same test.
  const alike = "ld [4]\njeq #0xc000003e, L2, L2\nL2: ld [0]\njeq #135, L4, L4\nL4: ret #0x7fff0000";
  assert.is(annotate(decode(assemble(alike)), X86_64)[3], "");
  assert.equal(annotate(decode(assemble("jmp L1\nret #0\nL1: ret #0x7fff0000")), X86_64), [
    "",
    "never reached",
    "ALLOW",
  ]);
});

test.run();
