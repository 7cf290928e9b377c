/**
 * Whole graphs against the evaluator: every number at and around those of the tables, for every architecture.
 */

import { readdirSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  ALL_CAPS,
  KERNEL,
  policyOf,
  policyOfFile,
  profileOf,
  X32,
  X86,
  X86_64,
} from "../../test/support/fixtures/policies.ts";
import { follow, testOf, testsOf, wordsOf } from "../../test/support/oracles/graphs.ts";
import { evaluate } from "../policy/evaluate.ts";
import type { Call, Policy } from "../policy/policy.ts";
import { type Architecture, architectures, X32_SEPARATE_SINCE } from "../tables/architectures.ts";
import { syscallCount, syscallNumber } from "../tables/syscalls.ts";
import { buildGraph } from "./build.ts";
import { NR } from "./node.ts";

/** The ends of the ranges of numbers with a special meaning. */
const EDGES = [
  0, 512, 547, 0x0f0000, 0x0f0006, 0x3fffffff, 0x40000000, 0x40000200, 0x40000223, 0x7fffffff, 0x80000000,
  0xbfffffff, 0xc0000000, 0xfffffffe, 0xffffffff,
];

/** Every number of an architecture, its neighbours, the same with bit 30 turned, and the edges. */
function numbersAround(arch: Architecture): number[] {
  const numbers = new Set<number>();
  const add = (number: number): void => {
    for (const near of [number - 1, number, number + 1]) {
      numbers.add(near >>> 0);
      numbers.add((near ^ 0x40000000) >>> 0);
    }
  };
  EDGES.forEach(add);
  for (let id = 0; id < syscallCount(); id += 1) {
    const number = syscallNumber(arch, id);
    if (number >= 0) {
      add(number);
    }
  }
  return [...numbers];
}

const ARGUMENTS = [
  [0n, 0n, 0n, 0n, 0n, 0n],
  [1n, 2n, 3n, 4n, 5n, 6n],
  [0x7fffffffn, 0x80000000n, 0xffffffffn, 0xffffffffn, 0xffffffffn, 0xffffffffn],
];

/** Fails with the first call on which the graph and the evaluator differ. */
function agree(policy: Policy, tokens: readonly Architecture[]): void {
  const { root, nodes } = buildGraph(policy);
  for (const arch of tokens) {
    for (const nr of numbersAround(arch)) {
      for (const args of ARGUMENTS) {
        const call: Call = { arch: arch.token, nr, args };
        const [actual, expected] = [follow(nodes, root, wordsOf(call)).verdict, evaluate(policy, call)];
        if (actual !== expected) {
          assert.unreachable(
            `${arch.name} ${nr.toString(16)} ${args}: ${actual.toString(16)} and not ${expected.toString(16)}`,
          );
        }
      }
    }
  }
}

/** Denies by default and names a new call, so that there are numbers of every kind. */
const KINDS = {
  defaultAction: "SCMP_ACT_ERRNO",
  syscalls: [
    { names: ["read", "write", "socket", "openat2", "set_tls", "mmap"], action: "SCMP_ACT_ALLOW" },
    {
      names: ["personality", "ioctl"],
      action: "SCMP_ACT_LOG",
      args: [{ index: 0, value: 0x7fffffff, op: "SCMP_CMP_GE" }],
    },
    { names: ["ptrace", "execve"], action: "SCMP_ACT_TRAP" },
  ],
};

for (const arch of architectures) {
  test(`every number of ${arch.name}, known, unknown and newer`, () => {
    agree(policyOf(profileOf(JSON.stringify(KINDS)), arch, 0n), [arch]);
    agree(policyOf(profileOf(JSON.stringify(KINDS)), arch, 0n, "default"), [arch]);
  });
}

const X86_FAMILIES: Readonly<Record<string, readonly [Architecture, readonly string[]]>> = {
  "x86-64 alone": [X86_64, []],
  "x86-64 with x32": [X86_64, ["SCMP_ARCH_X32"]],
  "x86-64 with all": [X86_64, ["SCMP_ARCH_X86", "SCMP_ARCH_X32"]],
  "x32 alone": [X32, []],
  "x32 with x86-64": [X32, ["SCMP_ARCH_X86_64"]],
  "x86 with x32 but not x86-64": [X86, ["SCMP_ARCH_X32"]],
};
for (const [what, [arch, others]] of Object.entries(X86_FAMILIES)) {
  test(`every number of x86-64, x32 and x86, for ${what}`, () => {
    for (const defaultAction of ["SCMP_ACT_ERRNO", "SCMP_ACT_ALLOW", "SCMP_ACT_KILL_PROCESS"]) {
      const profile = profileOf(JSON.stringify({ ...KINDS, defaultAction, architectures: others }));
      for (const kernel of [KERNEL, X32_SEPARATE_SINCE - 1]) {
        agree(policyOf(profile, arch, 0n, "enosys", kernel), [X86_64, X32, X86]);
      }
    }
  });
}

for (const file of readdirSync("profiles").filter((name) => name.endsWith(".json"))) {
  test(`${file}: every number of x86-64, x32 and x86`, () => {
    agree(policyOfFile(`profiles/${file}`, X86_64, 0n), [X86_64, X32, X86]);
    agree(policyOfFile(`profiles/${file}`, X86_64, ALL_CAPS), [X86_64, X32, X86]);
  });
}

test("every token outside the filter's leads to the verdict for foreign calls", () => {
  const policy = policyOf(profileOf(JSON.stringify(KINDS)), X86_64, 0n);
  const { root, nodes } = buildGraph(policy);
  const tokens = [...architectures.map(({ token }) => token), 0, 1, 0xffffffff, 0xc000003d, 0xc000003f];
  for (const token of tokens.filter((value) => value !== X86_64.token)) {
    for (const nr of [0, 1, 0xffffffff]) {
      assert.is(follow(nodes, root, wordsOf({ arch: token, nr, args: [] })).verdict, policy.foreignVerdict);
    }
  }
});

test("a filter that allows everything tests the architecture, and no argument", () => {
  const policy = policyOf(profileOf('{"defaultAction": "SCMP_ACT_ALLOW"}'), X86, 0n);
  const { root, nodes } = buildGraph(policy);
  assert.is(testsOf(nodes, root).length, 1);
  assert.is(follow(nodes, root, wordsOf({ arch: X86.token, nr: 77, args: [] })).verdict, 0x7fff0000);
});

test("the number is decided before any argument is tested", () => {
  const { root, nodes } = buildGraph(policyOfFile("profiles/default.json", X86_64, 0n));
  for (const { word, then, else: otherwise } of testsOf(nodes, root)) {
    for (const next of [then, otherwise]) {
      assert.ok(
        word <= NR + 4 || (testOf(nodes, next)?.word ?? NR + 8) > NR + 4,
        "arguments are tested last",
      );
    }
  }
});

test.run();
