/**
 * Programs as bytes, in both byte orders.
 */

import { test } from "uvu";
import * as assert from "uvu/assert";
import { decodeProgram, encodeProgram } from "./codec.ts";

const PROGRAM = [0x20, 0, 0, 4, 0x15, 1, 254, 0xc000003e, 0x06, 0, 0, 0x7fff0001];

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

test("an instruction is eight bytes, in the order of the machine", () => {
  assert.is(hex(encodeProgram(PROGRAM, false)), "2000000004000000150001fe3e0000c0060000000100ff7f");
  assert.is(hex(encodeProgram(PROGRAM, true)), "0020000000000004001501fec000003e000600007fff0001");
});

test("an empty program encodes to no bytes", () => {
  assert.is(encodeProgram([], false).length, 0);
});

for (const bigEndian of [false, true]) {
  test(`decoding inverts encoding, ${bigEndian ? "big" : "little"}-endian`, () => {
    const bytes = encodeProgram(PROGRAM, bigEndian);
    assert.equal(decodeProgram(bytes, bigEndian), PROGRAM);
    // The bytes can be anywhere in a larger buffer.
    const within = new Uint8Array(bytes.length + 8).fill(0xff);
    within.set(bytes, 3);
    assert.equal(decodeProgram(within.subarray(3, 3 + bytes.length), bigEndian), PROGRAM);
  });
}

test("bytes that are not whole instructions are refused", () => {
  const bytes = encodeProgram(PROGRAM, false);
  for (const length of [0, 1, 7, 9, bytes.length - 1]) {
    assert.is(decodeProgram(bytes.subarray(0, length), false), undefined, String(length));
  }
});

test.run();
