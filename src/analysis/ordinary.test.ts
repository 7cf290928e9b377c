/**
 * Which calls are ordinary.
 */

import * as assert from "uvu/assert";
import { architecture, X86, X86_64 } from "../../test/support/fixtures/policies.ts";
import { test } from "../../test/support/running/test.ts";
import type { Architecture } from "../tables/architectures.ts";
import { syscallId } from "../tables/syscalls.ts";
import { ordinaryCalls } from "./ordinary.ts";
import { includes, WORD_COUNT } from "./words.ts";

const X32 = architecture("x32");

/** How many of the sets of ordinary calls have the call. */
function setsWith(arch: Architecture, name: string, ...args: readonly bigint[]): number {
  const layout = { bigEndian: false, bits: arch.bits };
  const sample = new Array<number>(WORD_COUNT).fill(0);
  for (const [i, arg] of args.entries()) {
    sample[4 + 2 * i] = Number(arg & 0xffffffffn);
    sample[5 + 2 * i] = Number(arg >> 32n);
  }
  return ordinaryCalls(arch, syscallId(name), layout).filter((words) => includes(words, sample)).length;
}

const rows: readonly (readonly [claim: string, Architecture, string, readonly bigint[], boolean])[] = [
  ["an int is passed with zeros above it", X86_64, "socket", [38n], true],
  ["or, if it is negative, with its sign above it", X86_64, "openat", [0xffffffff_ffffff9cn], true],
  ["a negative int may also have zeros above it", X86_64, "openat", [0xffffff9cn], true],
  ["no other bits are above an int", X86_64, "socket", [0x1_00000026n], false],
  ["nor is a sign above a positive one", X86_64, "socket", [0xffffffff_00000026n], false],
  ["an unsigned int has no sign", X86_64, "personality", [0xffffffff_ffffffffn], false],
  ["but -1 is an id that stays as it is", X86_64, "setresuid", [0xffffffff_ffffffffn], true],
  ["a long has 64 bits", X86_64, "prctl", [4n, 0x1_00000000n], true],
  ["a pointer has 64 bits", X86_64, "openat", [3n, 0x7fff_12345678n], true],
  ["a register without a parameter holds anything", X86_64, "socket", [2n, 1n, 0n, 0x1_00000000n], true],
  ["x32: unsigned longs have 32 bits", X32, "prctl", [4n, 0x1_00000000n], false],
  ["x32: pointers have 32 bits", X32, "openat", [3n, 0x1_00000000n], false],
  ["x32: offsets have 64 bits", X32, "lseek", [3n, 0x1_00000000n], true],
  ["x32: the offset of mmap has 64 bits", X32, "mmap", [0n, 1n, 1n, 1n, 3n, 0x1_00000000n], true],
  ["x86: ipc is called without a version", X86, "ipc", [21n], true],
  ["x86: ipc with a version is crafted", X86, "ipc", [0x10015n], false],
  ["x86: any other first argument has 32 bits", X86, "socketcall", [0x10001n], true],
];

for (const [claim, arch, name, args, isOrdinary] of rows) {
  test(claim, () => {
    assert.is(setsWith(arch, name, ...args), isOrdinary ? 1 : 0);
  });
}

test("only the words that matter are divided", () => {
  const layout = { bigEndian: false, bits: 64 } as const;
  const id = syscallId("openat");
  assert.is(ordinaryCalls(X86_64, id, layout, 1 << 5).length, 2);
  assert.is(ordinaryCalls(X86_64, id, layout, 1 << 4).length, 1);
});

test.run();
