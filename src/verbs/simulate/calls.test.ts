/**
 * The lines of `simulate` as calls.
 */

import * as assert from "uvu/assert";
import { test } from "../../../test/support/running/test.ts";
import { CallReader } from "./calls.ts";

const X86_64 = 0xc000003e;

test("a line is an architecture, a syscall and up to six arguments", () => {
  const reader = new CallReader();
  const calls = [
    "x86_64 read",
    "amd64 0 1 0x2",
    "\t0xc000003e   0 1 2  # comment",
    "SCMP_ARCH_X86_64 read 1 2",
  ];
  assert.equal(
    calls.map((line) => reader.read(line)?.call),
    [[], [1n, 2n], [1n, 2n], [1n, 2n]].map((args) => ({
      arch: X86_64,
      nr: 0,
      args: [...args, ...Array.from({ length: 6 - args.length }, () => 0n)],
    })),
  );
  for (const line of ["", " \t", "# x86_64 read"]) {
    assert.is(reader.read(line), undefined);
  }
});

test("a line that is read again gives the same, also after another with the same words", () => {
  const reader = new CallReader();
  const args = (line: string): unknown => reader.read(line)?.call.args.slice(0, 3);
  for (let i = 0; i < 2; i += 1) {
    assert.equal(args("x86_64 fcntl 3 F_SETFL O_NONBLOCK"), [3n, 4n, 0x800n]);
    assert.equal(args("x86_64 socket AF_UNIX SOCK_STREAM 0"), [1n, 1n, 0n]);
    assert.equal(args("x86_64 socket AF_INET SOCK_STREAM 0"), [2n, 1n, 0n]);
  }
});

test("a macro is one word", () => {
  const read = new CallReader().read("x86_64 ioctl 3 _IOC(_IOC_NONE, 0x54, 1, 0)");
  assert.equal(read?.call.args.slice(0, 2), [3n, 0x5401n]);
});

test("what is no call is refused", () => {
  const reader = new CallReader();
  for (const [line, message] of [
    ["x86_64", "the syscall is missing"],
    ["x86_64 read 1 2 3 4 5 6 7", "there are 7 arguments"],
    ["x86_64 read 18446744073709551616", "'18446744073709551616' is not an argument"],
    ["x86 read 0x100000000", "'0x100000000' is not an argument"],
    ["x86_64 read 1|", "'' of '1|' is not an argument"],
    ["x86_64 read \xff", "is not an argument"],
    ["0x100000000 0", "is not an architecture"],
  ] as const) {
    assert.throws(
      () => reader.read(line),
      (error: Error) => error.message.includes(message),
      line,
    );
  }
});

test.run();
