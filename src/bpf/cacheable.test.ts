/**
 * The kernel's bitmap of allowed calls: it holds every number that is always allowed, and no other.
 */

import { readdirSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ALL_CAPS, architecture, policyOfFile } from "../../test/support/fixtures/policies.ts";
import { replaced } from "../lists.ts";
import { evaluate } from "../policy/evaluate.ts";
import type { Policy } from "../policy/policy.ts";
import { type Architecture, architectures } from "../tables/architectures.ts";
import { lastSyscallNumber, syscallIdOf } from "../tables/syscalls.ts";
import { isCacheable } from "./cacheable.ts";
import { compile } from "./compile.ts";
import { decode } from "./decode.ts";

const ALLOW = 0x7fff0000;
const MAX = 2n ** 64n - 1n;

/** Whether the evaluator allows the number with every combination of the arguments that its rules distinguish. */
function isAlwaysAllowed(policy: Policy, arch: Architecture, nr: number): boolean {
  const id = syscallIdOf(arch, nr);
  const conditions = (id < 0 ? undefined : policy.rules.of(id))?.flatMap((rule) => rule.conditions) ?? [];
  let vectors: bigint[][] = [[0n, 0n, 0n, 0n, 0n, 0n]];
  for (let index = 0; index < 6; index += 1) {
    const own = conditions.filter((condition) => condition.index === index);
    const values = new Set(
      own.flatMap(({ value, mask }) =>
        [0n, MAX, value, value - 1n, value + 1n, value ^ (mask & -mask), mask, value | ~mask].map((number) =>
          BigInt.asUintN(arch.bits, number),
        ),
      ),
    );
    if (values.size > 0) {
      vectors = vectors.flatMap((args) => [...values].map((value) => replaced(args, index, value)));
    }
  }
  return vectors.every((args) => evaluate(policy, { arch: arch.token, nr, args }) === ALLOW);
}

for (const file of readdirSync("profiles").filter((name) => name.endsWith(".json"))) {
  test(`${file}: the bitmap holds every number that is always allowed, and no other`, () => {
    for (const native of architectures.filter(({ name }) => name !== "x32")) {
      for (const caps of [0n, ALL_CAPS]) {
        const policy = policyOfFile(`profiles/${file}`, native, caps);
        const instructions = decode(compile(policy));
        for (const arch of policy.architectures.filter(({ name }) => name !== "x32")) {
          const [first, last] = [arch.numberBase, lastSyscallNumber(arch) + 20];
          let allowed = 0;
          for (let nr = first; nr <= last; nr += 1) {
            const always = isAlwaysAllowed(policy, arch, nr);
            allowed += always ? 1 : 0;
            if (isCacheable(instructions, arch.token, nr) !== always) {
              assert.unreachable(
                `${native.name}: ${nr} of ${arch.name} is ${always ? "" : "not "}always allowed`,
              );
            }
          }
          assert.ok(file === "log.json" || allowed > 20, `${allowed} numbers of ${arch.name} are allowed`);
        }
      }
    }
  });
}

const NR = [0x20, 0, 0, 0];
const ARCH = [0x20, 0, 0, 4];
const YES = [0x06, 0, 0, ALLOW];
const NO = [0x06, 0, 0, 0x50001];

function cacheable(program: readonly (readonly number[])[], nr = 7): boolean {
  return isCacheable(decode(program.flat()), architecture("x86_64").token, nr);
}

test("only a plain ALLOW counts", () => {
  assert.ok(cacheable([YES]));
  assert.not(cacheable([NO]));
  assert.not(cacheable([[0x06, 0, 0, 0x7ffc0000]]), "LOG");
  assert.not(cacheable([[0x06, 0, 0, ALLOW + 1]]), "ALLOW with data");
});

test("a path that loads an argument or the instruction pointer does not count", () => {
  for (let offset = 8; offset < 64; offset += 4) {
    assert.not(cacheable([[0x20, 0, 0, offset], YES]));
  }
  assert.ok(cacheable([NR, [0x15, 1, 0, 7], [0x20, 0, 0, 16], YES]), "another path may load one");
});

test("jumps are followed by number and architecture", () => {
  for (const [code, k, taken] of [
    [0x15, 7, true],
    [0x15, 8, false],
    [0x25, 6, true],
    [0x25, 7, false],
    [0x35, 7, true],
    [0x35, 8, false],
    [0x45, 4, true],
    [0x45, 8, false],
  ] as const) {
    assert.is(cacheable([NR, [code, 0, 1, k], YES, NO]), taken, `${code.toString(16)} ${k}`);
  }
  assert.ok(cacheable([ARCH, [0x15, 0, 1, 0xc000003e], YES, NO]));
  assert.ok(cacheable([[0x05, 0, 0, 1], NO, YES]));
});

test("an AND with a constant is followed too, and any other instruction is not", () => {
  assert.ok(cacheable([NR, [0x54, 0, 0, 0xfffffffe], [0x15, 0, 1, 6], YES, NO]));
  assert.ok(cacheable([ARCH, [0x54, 0, 0, 0x80000000], [0x15, 0, 1, 0x80000000], YES, NO]));
  assert.not(cacheable([NR, [0x44, 0, 0, 0], YES]));
  for (const withIndexRegister of [0x1d, 0x2d, 0x3d, 0x4d, 0x5c]) {
    assert.not(cacheable([NR, [withIndexRegister, 0, 0, 0], YES]));
  }
  assert.not(cacheable([NR]), "the end is missing");
});

test.run();
