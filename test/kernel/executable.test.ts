/**
 * The executable as a file: what it needs of a system to run there, which is nothing.
 */

import { copyFileSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { compileC } from "../support/programs/native.ts";
import { PROGRAM, runCommand, temporaryDirectory } from "../support/programs/program.ts";
import { ROOT } from "../support/running/needs.ts";
import { test, testWith } from "../support/running/test.ts";

/** elf(5): fields of the 64-bit little-endian headers. */
const ET_EXEC = 2;
const PT_INTERP = 3;
const SHT_SYMTAB = 2;

/** The types of the entries of a header table. */
function types(elf: Buffer, table: { offset: number; entry: number; count: number; type: number }): number[] {
  const start = Number(elf.readBigUInt64LE(table.offset));
  const size = elf.readUInt16LE(table.entry);
  return Array.from({ length: elf.readUInt16LE(table.count) }, (_, i) =>
    elf.readUInt32LE(start + i * size + table.type),
  );
}

test("it is statically linked, at a place of its own, and stripped", () => {
  const elf = readFileSync(PROGRAM);
  const programHeaders = types(elf, { offset: 32, entry: 54, count: 56, type: 0 });
  const sections = types(elf, { offset: 40, entry: 58, count: 60, type: 4 });
  assert.is(elf.readUInt16LE(16), ET_EXEC);
  assert.ok(programHeaders.length > 4 && sections.length > 10);
  assert.not(programHeaders.includes(PT_INTERP), "no loader is asked for");
  assert.not(sections.includes(SHT_SYMTAB), "no symbols are left");
});

// 0.18 MB of it are the library that reads YAML, and 0.06 MB what reads task definitions, which only the toolkit's bundle holds.
test("it is at most 3.7 MB large", () => {
  assert.ok(statSync(PROGRAM).size <= 3_700_000, `${statSync(PROGRAM).size}`);
});

// The image of QuickJS was made in another process, in which all of this was different.
test("it starts wherever its stack and its arguments are, whatever their size", () => {
  for (let i = 0; i < 200; i += 1) {
    const padding = "x".repeat(1 + ((i * 977) % 100_000));
    const stack = 256 << (i % 6);
    const script = `ulimit -S -s ${stack}; exec "$@"`;
    const text = padding.slice(0, stack * 16);
    const launch = [PROGRAM, "--profile", "builtin:log.json", "--", "/bin/true", text];
    const { status } = runCommand(["/bin/sh", "-c", script, "sh", ...launch], { env: { PADDING: text } });
    assert.is(status, 0, `${i}`);
  }
});

test("it holds neither ajv's compiler nor a parser of JavaScript", () => {
  const text = readFileSync(PROGRAM, "latin1");
  assert.ok(text.includes("SCMP_ACT_ALLOW"), "the strings of the program can be found");
  assert.not(text.includes("strictTypes"), "ajv's options");
  const parser = "unexpected token in expression";
  assert.ok(
    readFileSync("host/target/release/bytecode", "latin1").includes(parser),
    "the tool that compiles has it",
  );
  assert.not(text.includes(parser), "messages of QuickJS's parser");
});

testWith(ROOT)("it runs where there is no other file than the command", () => {
  const root = temporaryDirectory();
  mkdirSync(join(root, "bin"));
  copyFileSync(PROGRAM, join(root, "bin/seccomp-exec"));
  copyFileSync(compileC("test/kernel/native/getppid.c"), join(root, "bin/getppid"));
  const inside = (...args: readonly string[]): string =>
    runCommand(["chroot", root, "/bin/seccomp-exec", ...args, "--", "/bin/getppid"]).stdout;
  assert.is(inside(), "allowed\n");
  assert.is(inside("--profile", "builtin:strict.json"), "allowed\n");
});

testWith(ROOT)("it needs no /dev/null for descriptors that are closed, whoever the caller is", () => {
  const root = temporaryDirectory();
  copyFileSync(PROGRAM, join(root, "seccomp-exec"));
  const caller = ["close", "0", "close", "2", "egid", "65534", "chroot", root, "--"];
  const outcome = runCommand([
    compileC("test/kernel/native/caller.c"),
    ...caller,
    "/seccomp-exec",
    "version",
  ]);
  assert.is(outcome.signal, null);
  assert.is(outcome.status, 0);
  assert.match(outcome.stdout, /^seccomp-exec \d/);
});

test.run();
