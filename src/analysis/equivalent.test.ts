/**
 * The proof: it holds for the compiler's output for every shipped profile on every architecture, and it notices every change of
 * a program.
 */

import { readdirSync, readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { dockerDefault } from "../../test/support/fixtures/docker-default.ts";
import {
  ALL_CAPS,
  architecture,
  KERNEL,
  policyOf,
  profileOf,
  withWideArguments,
  X86,
  X86_64,
} from "../../test/support/fixtures/policies.ts";
import { randomly } from "../../test/support/generators/randomly.ts";
import { show } from "../../test/support/generators/worlds.ts";
import { checkProgram } from "../bpf/check.ts";
import { compile } from "../bpf/compile.ts";
import { decode } from "../bpf/decode.ts";
import { LD_W_ABS, type Program, programLength, RET_K, STRIDE } from "../bpf/instruction.ts";
import { interpret } from "../bpf/interpret.ts";
import { evaluate } from "../policy/evaluate.ts";
import type { Policy } from "../policy/policy.ts";
import { architectures, X32_SEPARATE_SINCE } from "../tables/architectures.ts";
import { syscallId } from "../tables/syscalls.ts";
import { type Proof, prove } from "./equivalent.ts";

function proofOf(policy: Policy, program: Program = compile(policy)): Proof {
  return prove(policy, program, policy.architectures[0]?.bigEndian === true);
}

function equal(policy: Policy, program?: Program): void {
  const proof = proofOf(policy, program);
  assert.is(proof.kind, "equal", show(proof));
  assert.ok(proof.sets >= policy.architectures.length, `${proof.sets} sets of calls`);
}

const PROFILES = new Map([
  ...readdirSync("profiles")
    .filter((name) => name.endsWith(".json"))
    .map((file) => [file, readFileSync(`profiles/${file}`, "utf8")] as const),
  ["Docker's default", JSON.stringify(dockerDefault())],
]);

for (const [name, text] of PROFILES) {
  const profile = profileOf(text);
  test(`the filters of ${name} are the profile, on every architecture`, () => {
    for (const arch of architectures) {
      for (const caps of [0n, ALL_CAPS]) {
        for (const unknown of ["enosys", "default"] as const) {
          for (const kernel of arch.sharesToken ? [KERNEL, X32_SEPARATE_SINCE - 1] : [KERNEL]) {
            equal(policyOf(profile, arch, caps, unknown, kernel));
          }
        }
      }
    }
  });
}

/** The mutations: one constant, jump or opcode each. */
function mutants(program: Program): { readonly what: string; readonly program: number[] }[] {
  const found: { what: string; program: number[] }[] = [];
  const add = (at: number, value: number): void => {
    const changed = [...program];
    changed[at] = value >>> 0;
    if (value !== program[at] && checkProgram(changed).kind === "accepted") {
      found.push({
        what: `${Math.floor(at / STRIDE)}.${at % STRIDE}: ${program[at]} -> ${value}`,
        program: changed,
      });
    }
  };
  for (let pc = 0; pc < programLength(program); pc += 1) {
    const at = pc * STRIDE;
    const code = program[at] as number;
    const k = program[at + 3] as number;
    for (const other of [0x15, 0x25, 0x35, 0x45].filter(() => [0x15, 0x25, 0x35, 0x45].includes(code))) {
      add(at, other);
    }
    for (const field of [1, 2]) {
      add(at + field, (program[at + field] as number) + 1);
      add(at + field, (program[at + field] as number) - 1);
    }
    // Not from the instruction pointer, which the interpreter does not have.
    const loads = [k ^ 4, k + 8].filter((offset) => offset !== 8 && offset !== 12);
    for (const value of code === LD_W_ABS ? loads : [k + 1, k - 1, k ^ 0x80000000]) {
      add(at + 3, value);
    }
  }
  return found;
}

const CONDITIONAL = JSON.stringify({
  defaultAction: "SCMP_ACT_ERRNO",
  architectures: ["SCMP_ARCH_X86"],
  syscalls: [
    { names: ["read", "write", "openat2"], action: "SCMP_ACT_ALLOW" },
    { names: ["personality"], action: "SCMP_ACT_ALLOW", args: [{ index: 0, value: 8, op: "SCMP_CMP_LE" }] },
    {
      names: ["clone"],
      action: "SCMP_ACT_ALLOW",
      args: [{ index: 0, value: 0x7e020000, valueTwo: 0, op: "SCMP_CMP_MASKED_EQ" }],
    },
    {
      names: ["ioctl"],
      action: "SCMP_ACT_KILL",
      args: [{ index: 2, value: 2 ** 32 + 5, op: "SCMP_CMP_GE" }],
    },
  ],
});

/** Calls at and around the values of the conditions. */
const SAMPLE = [X86_64.token, X86.token].flatMap((arch) =>
  [...Array(600).keys(), 0x3fffffff, 0x40000000, 0x7fffffff, 0xfffffffe, 0xffffffff].flatMap((nr) =>
    [0n, 8n, 9n, 0x7e020000n, 2n ** 32n + 4n, 2n ** 32n + 5n, 2n ** 64n - 1n].map((value) => ({
      arch,
      nr,
      args: [value, value, value, value, value, value] as [bigint, bigint, bigint, bigint, bigint, bigint],
    })),
  ),
);

test("every change of a program is noticed, unless it changes no verdict", () => {
  const policy = policyOf(profileOf(CONDITIONAL), X86_64, 0n);
  const program = compile(policy);
  equal(policy, program);
  let [noticed, same] = [0, 0];
  for (const mutant of mutants(program)) {
    const proof = proofOf(policy, mutant.program);
    if (proof.kind === "different") {
      const { call, ofPolicy, ofProgram } = proof.counterexample;
      assert.is(evaluate(policy, call), ofPolicy, mutant.what);
      assert.is(interpret(decode(mutant.program), call, false).verdict, ofProgram, mutant.what);
      assert.is.not(ofPolicy, ofProgram);
      noticed += 1;
    } else {
      assert.is(proof.kind, "equal", mutant.what);
      const both = [program, mutant.program].map(decode);
      for (const call of SAMPLE) {
        const [before, after] = both.map((one) => interpret(one, call, false).verdict);
        assert.is(after, before, `${mutant.what}: ${show(call)}`);
      }
      same += 1;
    }
  }
  // If few calls have rules of their own, many numbers can be swapped, and many equality tests replaced by order tests.
  assert.ok(noticed > 200 && same < noticed / 4, `${noticed} noticed, ${same} equivalent`);
});

test("a program that is wrong on one number, one argument or one architecture is not the policy", () => {
  const policy = policyOf(profileOf('{"defaultAction": "SCMP_ACT_ALLOW"}'), X86_64, 0n);
  const [ld, allow] = [(offset: number) => [LD_W_ABS, 0, 0, offset], [RET_K, 0, 0, 0x7fff0000]];
  const kill = [RET_K, 0, 0, 0];
  const x86Only = [...ld(4), 0x15, 1, 0, X86_64.token, RET_K, 0, 0, 0x80000000];
  const program = (...rest: readonly (readonly number[])[]): number[] => [...x86Only, ...rest.flat()];
  for (const [what, wrong] of [
    ["one number", program(ld(0), [0x15, 0, 1, 0x3fffffff], kill, allow)],
    ["one value of an argument", program(ld(56), [0x15, 0, 1, 0x12345678], kill, allow)],
    ["one bit of an argument", program(ld(60), [0x45, 0, 1, 0x00100000], kill, allow)],
    ["the instruction pointer", program(ld(8), [0x15, 0, 1, 7], kill, allow)],
    ["all architectures", [...ld(4), 0x15, 0, 1, X86.token, ...allow, ...allow]],
  ] as const) {
    assert.is(proofOf(policy, wrong).kind, "different", what);
  }
});

test("of all calls that show a difference, one with the least number is reported", () => {
  const arch = architecture("aarch64");
  const policy = policyOf(profileOf('{"defaultAction": "SCMP_ACT_ALLOW"}'), arch, 0n);
  for (const numbers of [
    [0],
    [5],
    [900, 7, 63],
    [900, 800],
    [0x3fffffff, 0x80000000],
    [0xffffffff, 0x7fffffff],
  ]) {
    const program = [
      ...[LD_W_ABS, 0, 0, 4, 0x15, 1, 0, arch.token, RET_K, 0, 0, 0x80000000, LD_W_ABS, 0, 0, 0],
      ...numbers.flatMap((nr) => [0x15, 0, 1, nr, RET_K, 0, 0, 0]),
      ...[RET_K, 0, 0, 0x7fff0000],
    ];
    const proof = proofOf(policy, program);
    assert.ok(proof.kind === "different", show(proof));
    assert.is(proof.counterexample.call.nr, Math.min(...numbers));
  }
});

test("an unsupported instruction is not proven", () => {
  const policy = policyOf(profileOf('{"defaultAction": "SCMP_ACT_ALLOW"}'), architecture("aarch64"), 0n);
  const right = compile(policy);
  // It adds one to an argument and then continues as before.
  const computing = [LD_W_ABS, 0, 0, 16, 0x04, 0, 0, 1, ...right];
  assert.is(proofOf(policy, computing).kind, "truncated");
  assert.is(prove(policy, right, false, 1).kind, "truncated", "after so many steps");
  assert.is(proofOf(policy, right).kind, "equal");
});

test("an unsupported instruction matters only where calls reach it", () => {
  const arch = architecture("aarch64");
  const args = [0, 2].map((index) => ({ index, value: 5, op: "SCMP_CMP_EQ" }));
  const syscalls = [{ names: ["read"], action: "SCMP_ACT_TRAP", args }];
  const policy = withWideArguments(
    policyOf(profileOf(JSON.stringify({ defaultAction: "SCMP_ACT_ALLOW", syscalls })), arch, 0n),
  );
  const allow = [RET_K, 0, 0, 0x7fff0000];
  const is = (offset: number, value: number): number[] => [
    LD_W_ABS,
    0,
    0,
    offset,
    0x15,
    1,
    0,
    value,
    ...allow,
  ];
  const program = (value: number): number[] => [
    ...[LD_W_ABS, 0, 0, 4, 0x15, 1, 0, arch.token, RET_K, 0, 0, 0x80000000],
    ...[...is(0, 63), ...is(20, 0), ...is(16, 5)],
    // Paths that split and meet, so that a claim is made.
    ...[1, 2, 4, 8, 16, 32].flatMap((bit) => [LD_W_ABS, 0, 0, 24, 0x45, 0, 1, bit, 0x05, 0, 0, 0]),
    // Any other value would be added to a word.
    ...[LD_W_ABS, 0, 0, 16, 0x15, 2, 0, value, 0x04, 0, 0, 1, 0x15, 0, 0, 7],
    ...[...is(36, 0), ...is(32, 5), RET_K, 0, 0, 0x00030000],
  ];
  equal(policy, program(5));
  assert.is(proofOf(policy, program(6)).kind, "truncated");
});

test("programs that move words through the other register and the memory are followed", () => {
  const policy = withWideArguments(
    policyOf(
      profileOf(
        JSON.stringify({
          defaultAction: "SCMP_ACT_ALLOW",
          syscalls: [
            { names: ["read"], action: "SCMP_ACT_ERRNO", args: [{ index: 0, value: 5, op: "SCMP_CMP_EQ" }] },
          ],
        }),
      ),
      architecture("aarch64"),
      0n,
    ),
  );
  const ret = (k: number): number[] => [RET_K, 0, 0, k];
  const program = (low: number): number[] => [
    ...[LD_W_ABS, 0, 0, 4, 0x15, 1, 0, architecture("aarch64").token, ...ret(0x80000000)],
    ...[LD_W_ABS, 0, 0, 0, 0x15, 1, 0, 63, ...ret(0x7fff0000)],
    // The upper word through the memory, the lower one through the index register and a mask of all bits.
    ...[LD_W_ABS, 0, 0, 20, 0x02, 0, 0, 3, LD_W_ABS, 0, 0, 16, 0x07, 0, 0, 0, 0x60, 0, 0, 3],
    ...[0x15, 1, 0, 0, ...ret(0x7fff0000), 0x87, 0, 0, 0, 0x54, 0, 0, 0xffffffff],
    ...[0x15, 0, 1, low, ...ret(0x00050001), ...ret(0x7fff0000)],
  ];
  equal(policy, program(5));
  assert.is(proofOf(policy, program(6)).kind, "different");
});

const OPS = ["EQ", "NE", "LT", "LE", "GT", "GE"];

/** Rules for one call, each with a number of conditions on different arguments, some of them masked. */
function entangledRules(count: number, conditions: number, masks: number, seed: number): Policy {
  const random = randomly(seed);
  const one = (index: number): object =>
    random(100) < masks
      ? { index, op: "SCMP_CMP_MASKED_EQ", value: random(0xffff) * 65537, valueTwo: random(0xffff) * 65537 }
      : { index, op: `SCMP_CMP_${OPS[random(6)]}`, value: random(2) === 0 ? random(20) : random(2 ** 32) };
  const actions = ["SCMP_ACT_ALLOW", "SCMP_ACT_LOG", "SCMP_ACT_TRAP", "SCMP_ACT_KILL_PROCESS"];
  const syscalls = Array.from({ length: count }, () => {
    const first = random(6);
    const args = Array.from({ length: conditions }, (_, i) => one((first + i) % 6));
    return { names: ["ioctl"], action: actions[random(4)], args };
  });
  return policyOf(profileOf(JSON.stringify({ defaultAction: "SCMP_ACT_ERRNO", syscalls })), X86_64, 0n);
}

/** The number of steps that QuickJS makes in about a second. */
const A_SECOND = 200_000;

test("many rules for one call are proven in few steps", () => {
  const values = Array.from({ length: 500 }, (_, i) => ({
    names: ["ioctl"],
    action: "SCMP_ACT_ALLOW",
    args: [{ index: 1, value: (i * 7919) % 100_003, op: "SCMP_CMP_EQ" }],
  }));
  const list = { defaultAction: "SCMP_ACT_ERRNO", syscalls: values };
  const cases: readonly (readonly [string, Policy, number])[] = [
    ["500 values of an argument", policyOf(profileOf(JSON.stringify(list)), X86_64, 0n), A_SECOND / 4],
    ...[1, 2, 3].flatMap((seed) => [
      [
        "30 rules of two conditions, half of them masks",
        entangledRules(30, 2, 50, seed),
        3 * A_SECOND,
      ] as const,
      ["4 rules of six conditions", entangledRules(4, 6, 30, seed), A_SECOND / 2] as const,
      ["5 rules of six conditions", entangledRules(5, 6, 30, seed), A_SECOND / 2] as const,
      ["12 rules of six conditions", entangledRules(12, 6, 30, seed), 3 * A_SECOND] as const,
    ]),
  ];
  for (const [what, policy, most] of cases) {
    const proof = proofOf(policy);
    assert.is(proof.kind, "equal", `${what}: ${show(proof)}`);
    assert.ok(proof.steps < most, `${what}: ${proof.steps} steps`);
  }
});

test("a wrong filter of entangled rules is noticed wherever paths meet", () => {
  const random = randomly(9);
  let [noticed, same] = [0, 0];
  for (const seed of [1, 2, 3]) {
    const policy = entangledRules(8, 3, 40, seed);
    const program = compile(policy);
    for (const mutant of mutants(program).filter(() => random(12) === 0)) {
      const proof = proofOf(policy, mutant.program);
      if (proof.kind === "different") {
        const { call, ofPolicy, ofProgram } = proof.counterexample;
        assert.is(evaluate(policy, call), ofPolicy, mutant.what);
        assert.is(interpret(decode(mutant.program), call, false).verdict, ofProgram, mutant.what);
        noticed += 1;
      } else if (proof.kind === "truncated") {
        // An equality test under a mask became an order test.
        assert.match(proof.reason, /scattered bits/, mutant.what);
      } else {
        assert.is(proof.kind, "equal", mutant.what);
        const both = [program, mutant.program].map(decode);
        for (const call of callsAround(policy, random)) {
          const [before, after] = both.map((one) => interpret(one, call, false).verdict);
          assert.is(after, before, `${mutant.what}: ${show(call)}`);
        }
        same += 1;
      }
    }
  }
  // If rules overlap, much of what one says another says as well.
  assert.ok(noticed > 100 && same < noticed / 2, `${noticed} noticed, ${same} equivalent`);
});

/** Calls of ioctl with values at and around those of its rules. */
function callsAround(policy: Policy, random: (below: number) => number) {
  const rules = policy.rules.of(syscallId("ioctl")) ?? [];
  const values = rules.flatMap(({ conditions }) =>
    conditions.flatMap(({ value }) => [value, value + 1n, value - 1n, value | (1n << 32n)]),
  );
  return Array.from({ length: 300 }, () => ({
    arch: X86_64.token,
    nr: 16,
    args: Array.from({ length: 6 }, () => BigInt.asUintN(64, values[random(values.length)] ?? 0n)),
  }));
}

test("a filter that loads the instruction pointer must give the same verdict for each", () => {
  const policy = policyOf(profileOf('{"defaultAction": "SCMP_ACT_ALLOW"}'), architecture("aarch64"), 0n);
  const right = [LD_W_ABS, 0, 0, 4, 0x15, 1, 0, architecture("aarch64").token, RET_K, 0, 0, 0x80000000];
  const ends = (first: number): number[] => [RET_K, 0, 0, first, RET_K, 0, 0, 0x7fff0000];
  const program = (first: number): number[] => [...right, LD_W_ABS, 0, 0, 12, 0x15, 0, 1, 5, ...ends(first)];
  equal(policy, program(0x7fff0000));
  const proof = proofOf(policy, program(0));
  assert.is(proof.kind === "different" ? proof.counterexample.instructionPointer : 0n, 5n << 32n);
});

test("a program that the kernel would reject is not proven", () => {
  const policy = policyOf(profileOf('{"defaultAction": "SCMP_ACT_ALLOW"}'), X86_64, 0n);
  assert.throws(() => proofOf(policy, [0x30, 0, 0, 0, RET_K, 0, 0, 0]), /instruction 0/);
});

test.run();
