/**
 * The compact table of arguments, which launches carry, against the signatures.
 */

import { readFileSync } from "node:fs";
import * as assert from "uvu/assert";
import { parseSignatures, renderArguments } from "../../build/signatures.ts";
import { readFacts } from "../../build/tables.ts";
import { type Architecture, architectureByName, architectures } from "../../src/tables/architectures.ts";
import { argumentStructs } from "../../src/tables/argument-structs.ts";
import { hiddenArguments } from "../../src/tables/hidden-arguments.ts";
import { kernelType } from "../../src/tables/kernel-types.ts";
import { narrowArguments } from "../../src/tables/narrow-arguments.ts";
import { signatureOf } from "../../src/tables/signatures.ts";
import { syscallCount, syscallId, syscallName } from "../../src/tables/syscalls.ts";
import { test } from "../support/running/test.ts";

function forEachCall(visit: (arch: Architecture, id: number, where: string) => void): void {
  for (const arch of architectures) {
    for (let id = 0; id < syscallCount(); id += 1) {
      visit(arch, id, `${syscallName(id)} on ${arch.name}`);
    }
  }
}

test("narrow arguments are those that the signature declares with at most 32 bits on every architecture", () => {
  forEachCall((arch, id, where) => {
    let expected = 0;
    for (const [i, { type, half }] of (signatureOf(arch, id) ?? []).slice(0, 6).entries()) {
      const bits = half === undefined ? kernelType(type)?.bits : undefined;
      expected |= typeof bits === "number" && bits <= 32 ? 1 << i : 0;
    }
    assert.is(narrowArguments(arch, id), expected, where);
  });
  for (const arch of architectures) {
    assert.is(narrowArguments(arch, -1), 0);
    assert.is(narrowArguments(arch, syscallCount()), 0);
  }
});

test("known calls have their narrow arguments", () => {
  const cases: [string, string, number][] = [
    ["x86_64", "socket", 0b111],
    ["x86_64", "openat", 0b1101],
    ["x86_64", "clone", 0],
    ["x86_64", "ioctl", 0b011],
    ["x86_64", "fadvise64", 0b1001],
    ["x32", "ioctl", 0b111],
    ["x86", "ioctl", 0b011],
    ["x86", "pread64", 0b101],
    ["x86", "mmap", 0],
    ["mips64n32", "preadv", 0b101],
    ["mips", "fadvise64", 0b1],
    ["s390", "ptrace", 0b1111],
    ["s390x", "ptrace", 0],
    ["aarch64", "open", 0],
  ];
  for (const [name, call, expected] of cases) {
    const arch = architectureByName(name);
    assert.ok(arch, name);
    assert.is(narrowArguments(arch, syscallId(call)), expected, `${call} on ${name}`);
  }
});

test("hidden arguments are those of a signature that is one pointer to an argument struct", () => {
  forEachCall((arch, id, where) => {
    const signature = signatureOf(arch, id) ?? [];
    const struct = argumentStructs.find((each) => signature[0]?.type === `${each.struct}*`);
    assert.is(hiddenArguments(arch, id)?.struct, struct?.struct, where);
    assert.ok(struct === undefined || signature.length === 1, where);
  });
});

test("these calls hide their arguments, and these take them in registers beside them", () => {
  const found: string[] = [];
  forEachCall((arch, id) => {
    const hidden = hiddenArguments(arch, id);
    if (hidden !== undefined) {
      found.push(`${arch.name} ${syscallName(id)} ${hidden.inRegisters ?? "-"}`);
    }
  });
  assert.equal(found, [
    "x86 mmap mmap2",
    "x86 select _newselect",
    "m68k mmap mmap2",
    "m68k select _newselect",
    "ppc select _newselect",
    "s390 fadvise64_64 -",
    "s390 mmap -",
    "s390 mmap2 -",
    "s390x mmap -",
  ]);
});

test("the fields of a struct are the parameters of the call that takes them in registers", () => {
  const arch = architectureByName("x86");
  assert.ok(arch);
  for (const { struct, fields, inRegisters } of argumentStructs) {
    const types = fields.split(" ").map((field) => kernelType(field.replace(/^\w+:/, "")));
    assert.ok(!types.includes(undefined), struct);
    if (inRegisters !== undefined) {
      const parameters = signatureOf(arch, syscallId(inRegisters));
      assert.is(parameters?.length, types.length, struct);
      assert.equal(
        parameters?.slice(1, 5).map(({ name }) => name),
        fields
          .split(" ")
          .slice(1, 5)
          .map((field) => field.replace(/:.*$/, "")),
        struct,
      );
    }
  }
});

test("rendering the table is repeatable", () => {
  const tsv = readFileSync(new URL("../../build/tables/signatures.tsv", import.meta.url), "utf8");
  const generated = new URL("../../src/tables/generated/arguments.ts", import.meta.url);
  assert.is(renderArguments(parseSignatures(tsv, readFacts())), readFileSync(generated, "utf8"));
});

test.run();
