/**
 * The meaning of a policy: against a second evaluator that was written from the design alone, and case by case.
 */

import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { architecture, policyOf, profileOf, X32, X86, X86_64 } from "../../test/support/fixtures/policies.ts";
import { arbitraryOwnCall, arbitraryWorld, seenNumber, show } from "../../test/support/generators/worlds.ts";
import { judge } from "../../test/support/oracles/oracle.ts";
import type { Architecture } from "../tables/architectures.ts";
import { lastSyscallNumber } from "../tables/syscalls.ts";
import { applies, evaluateBlind, holdsFor } from "./applying.ts";
import { evaluate } from "./evaluate.ts";
import type { Comparison, Policy, PolicyRule } from "./policy.ts";
import { resolve } from "./resolve.ts";
import { formatVerdict, type Verdict } from "./verdict.ts";

function compareWithOracle(names: readonly string[] | undefined, seed: number, numRuns: number): void {
  fc.assert(
    fc.property(arbitraryWorld(names), fc.gen(), (world, gen) => {
      const { profile, target, options } = world;
      const { policy, diagnostics } = resolve(profile, target, options);
      if (policy === undefined) {
        throw new Error(show(diagnostics));
      }
      for (let i = 0; i < 40; i += 1) {
        const call = gen(() => arbitraryOwnCall(world, policy.architectures, names));
        const [actual, expected] = [evaluate(policy, call), judge(profile, target, options, call)];
        if (actual !== expected) {
          assert.unreachable(
            `${show(call)}: ${actual.toString(16)} and not ${expected.toString(16)} in ${show(world)}`,
          );
        }
      }
    }),
    // Shrinking such a case takes minutes: remove the last option to get it.
    { numRuns, seed, endOnFailure: true },
  );
}

test("resolving and evaluating give what the design says, on random profiles, machines and calls", () => {
  compareWithOracle(undefined, 1, 600);
});

test("socketcall, ipc and the calls they make are judged as the design says", () => {
  compareWithOracle(["socketcall", "socket", "accept", "ipc", "shmat", "semop"], 2, 400);
});

test("the other numbers that old kernels have for calls of x86-64 and x32 are judged as the design says", () => {
  compareWithOracle(["ptrace", "execve", "ioctl", "uselib", "read", "sendmsg"], 3, 400);
});

const NO_ARGS = [0n, 0n, 0n, 0n, 0n, 0n];

/** The verdict on a call by name, in words. */
function verdictOn(policy: Policy, arch: Architecture, name: string, ...args: readonly bigint[]): string {
  return verdictOnNumber(policy, arch.token, seenNumber(arch, name), ...args);
}

function verdictOnNumber(policy: Policy, token: number, nr: number, ...args: readonly bigint[]): string {
  const call = { arch: token, nr: nr >>> 0, args: [...args, ...NO_ARGS].slice(0, 6) };
  return formatVerdict(evaluate(policy, call), policy.architectures[0] as Architecture);
}

function policy(value: object, arch = X86_64, unknownSyscalls: "enosys" | "default" = "enosys"): Policy {
  return policyOf(profileOf(JSON.stringify(value)), arch, 0n, unknownSyscalls);
}

test("of several rules the most restrictive decides, whatever their order", () => {
  const actions = ["ALLOW", "LOG", "TRACE", "ERRNO", "TRAP", "KILL_THREAD", "KILL_PROCESS"];
  for (let i = 0; i + 1 < actions.length; i += 1) {
    const pair = [actions[i], actions[i + 1]];
    for (const order of [pair, [...pair].reverse()]) {
      const judged = policy({
        defaultAction: "SCMP_ACT_ERRNO",
        syscalls: order.map((action) => ({ names: ["read"], action: `SCMP_ACT_${action}` })),
      });
      assert.match(verdictOn(judged, X86_64, "read"), new RegExp(`^${actions[i + 1]}`), order.join());
    }
  }
});

const PTRACE = {
  defaultAction: "SCMP_ACT_ALLOW",
  syscalls: [{ names: ["ptrace"], action: "SCMP_ACT_TRAP" }],
};
const [NATIVE, OF_X32, BIT] = [101, 521, 0x40000000];

for (const [kernel, others] of [
  [5 * 256 + 3, "TRAP"],
  [5 * 256 + 4, "ALLOW"],
] as const) {
  test(`ptrace is forbidden by each number that Linux ${kernel >> 8}.${kernel & 255} has for it`, () => {
    const numbers = (value: object, arch: Architecture): string[] => {
      const judged = policyOf(profileOf(JSON.stringify(value)), arch, 0n, "enosys", kernel);
      return [NATIVE, OF_X32, NATIVE + BIT, OF_X32 + BIT].map((nr) =>
        verdictOnNumber(judged, arch.token, nr),
      );
    };
    const both = { ...PTRACE, architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X32"] };
    assert.equal(numbers(both, X86_64), ["TRAP", others, others, "TRAP"]);
    assert.equal(numbers(PTRACE, X86_64), ["TRAP", others, "KILL_PROCESS", "KILL_PROCESS"]);
    assert.equal(numbers(PTRACE, X32), ["KILL_PROCESS", "KILL_PROCESS", others, "TRAP"]);
  });
}

test("a number that only an old kernel takes for a call is never allowed by that call's rules", () => {
  const allowed = {
    defaultAction: "SCMP_ACT_ERRNO",
    syscalls: [
      { names: ["ptrace"], action: "SCMP_ACT_ALLOW" },
      { names: ["execve"], action: "SCMP_ACT_KILL_PROCESS" },
    ],
  };
  const judged = policyOf(profileOf(JSON.stringify(allowed)), X86_64, 0n, "enosys", 4 * 256 + 19);
  assert.is(verdictOnNumber(judged, X86_64.token, NATIVE), "ALLOW");
  assert.is(verdictOnNumber(judged, X86_64.token, OF_X32), "ERRNO(ENOSYS)");
  assert.is(verdictOnNumber(judged, X86_64.token, 520), "KILL_PROCESS");
});

test("a rule decides even if the default is more restrictive", () => {
  const judged = policy({
    defaultAction: "SCMP_ACT_KILL_PROCESS",
    syscalls: [{ names: ["read"], action: "SCMP_ACT_ERRNO" }],
  });
  assert.is(verdictOn(judged, X86_64, "read"), "ERRNO(EPERM)");
  assert.is(verdictOn(judged, X86_64, "write"), "KILL_PROCESS");
});

test("of two errnos the first in the file decides", () => {
  const judged = policy({
    defaultAction: "SCMP_ACT_ALLOW",
    syscalls: [
      { names: ["read"], action: "SCMP_ACT_LOG" },
      {
        names: ["read"],
        action: "SCMP_ACT_ERRNO",
        errnoRet: 5,
        args: [{ index: 0, value: 1, op: "SCMP_CMP_EQ" }],
      },
      { names: ["read"], action: "SCMP_ACT_ERRNO", errnoRet: 2 },
    ],
  });
  assert.is(verdictOn(judged, X86_64, "read", 1n), "ERRNO(EIO)");
  assert.is(verdictOn(judged, X86_64, "read", 2n), "ERRNO(ENOENT)");
});

const DENY_READ = {
  defaultAction: "SCMP_ACT_ALLOW",
  archMap: [{ architecture: "SCMP_ARCH_X86_64", subArchitectures: ["SCMP_ARCH_X86", "SCMP_ARCH_X32"] }],
  syscalls: [{ names: ["read"], action: "SCMP_ACT_ERRNO" }],
};

test("a call of another architecture kills the process", () => {
  const judged = policy(DENY_READ);
  for (const token of [0, 1, 0x40000028, 0xc00000b7, 0xffffffff]) {
    assert.is(verdictOnNumber(judged, token, 0), "KILL_PROCESS");
    assert.is(verdictOnNumber(judged, token, -1), "KILL_PROCESS");
  }
});

test("a skipped call gets the default on every architecture of the filter, x32's bit or not", () => {
  assert.is(verdictOnNumber(policy(DENY_READ), X86_64.token, -1), "ALLOW");
  assert.is(verdictOnNumber(policy(DENY_READ), X86.token, -1), "ALLOW");
  assert.is(verdictOnNumber(policy({ defaultAction: "SCMP_ACT_TRAP" }), X86_64.token, -1), "TRAP");
  assert.is(verdictOnNumber(policy({ defaultAction: "SCMP_ACT_TRAP" }, X32), X86_64.token, -1), "TRAP");
});

test("bit 30 distinguishes x32 from x86-64, and x32 is foreign if it is not listed", () => {
  const both = policy(DENY_READ);
  assert.is(verdictOnNumber(both, X86_64.token, 0), "ERRNO(EPERM)");
  assert.is(verdictOnNumber(both, X86_64.token, 0x40000000), "ERRNO(EPERM)");
  assert.is(verdictOnNumber(both, X86_64.token, 0x40000001), "ALLOW");
  const { archMap: _, ...plain } = DENY_READ;
  for (const nr of [0x40000000, 0x40000001, 0x7fffffff, 0xc0000000, 0xfffffffe]) {
    assert.is(verdictOnNumber(policy(plain), X86_64.token, nr), "KILL_PROCESS", nr.toString(16));
  }
  for (const nr of [0x3fffffff, 0x80000000, 0xbfffffff]) {
    assert.is(verdictOnNumber(policy(plain), X86_64.token, nr), "ALLOW", nr.toString(16));
  }
  const alone = policy(plain, X32);
  assert.is(verdictOnNumber(alone, X86_64.token, 0), "KILL_PROCESS");
  assert.is(verdictOnNumber(alone, X86_64.token, 0x40000000), "ERRNO(EPERM)");
});

test("bit 30 means nothing if no architecture shares the token", () => {
  assert.is(verdictOnNumber(policy(DENY_READ, X86), X86.token, 0x40000003), "ALLOW");
  assert.is(verdictOnNumber(policy(DENY_READ, X86), X86.token, 3), "ERRNO(EPERM)");
});

test("calls newer than the profile get ENOSYS if the default denies", () => {
  const old = {
    defaultAction: "SCMP_ACT_ERRNO",
    syscalls: [{ names: ["openat2"], action: "SCMP_ACT_ALLOW" }],
  };
  const last = lastSyscallNumber(X86_64);
  const judged = policy(old);
  assert.is(verdictOn(judged, X86_64, "openat2"), "ALLOW");
  assert.is(verdictOn(judged, X86_64, "clone3"), "ERRNO(EPERM)", "older than openat2");
  assert.is(verdictOn(judged, X86_64, "faccessat2"), "ERRNO(ENOSYS)");
  assert.is(verdictOnNumber(judged, X86_64.token, last + 1), "ERRNO(ENOSYS)");
  assert.is(verdictOnNumber(judged, X86_64.token, 0x3fffffff), "ERRNO(ENOSYS)");
  assert.is(verdictOnNumber(judged, X86_64.token, 0x80000000), "ERRNO(EPERM)");
  const off = policy(old, X86_64, "default");
  assert.is(verdictOn(off, X86_64, "faccessat2"), "ERRNO(EPERM)");
  assert.is(verdictOnNumber(off, X86_64.token, last + 1), "ERRNO(EPERM)");
  for (const action of ["LOG", "TRACE", "ALLOW"]) {
    const asking = policy({ ...old, defaultAction: `SCMP_ACT_${action}` });
    assert.match(verdictOn(asking, X86_64, "faccessat2"), action);
  }
  for (const action of ["KILL", "KILL_PROCESS", "KILL_THREAD", "TRAP"]) {
    const denying = policy({ ...old, defaultAction: `SCMP_ACT_${action}` });
    assert.is(verdictOn(denying, X86_64, "faccessat2"), "ERRNO(ENOSYS)");
    assert.is.not(verdictOn(denying, X86_64, "clone3"), "ERRNO(ENOSYS)");
  }
});

test("a newer call gets the native architecture's number of ENOSYS", () => {
  const old = { defaultAction: "SCMP_ACT_ERRNO", syscalls: [{ names: ["read"], action: "SCMP_ACT_ALLOW" }] };
  for (const [name, number] of [
    ["mips", 89],
    ["mipsel64n32", 89],
    ["parisc", 251],
    ["ppc64le", 38],
    ["s390x", 38],
  ] as const) {
    const arch = architecture(name);
    const verdict = evaluate(policy(old, arch), {
      arch: arch.token,
      nr: seenNumber(arch, "openat2"),
      args: NO_ARGS,
    });
    assert.is(verdict, 0x00050000 + number, name);
  }
});

test("a number in a gap of the table is not a newer call", () => {
  const old = { defaultAction: "SCMP_ACT_ERRNO", syscalls: [{ names: ["read"], action: "SCMP_ACT_ALLOW" }] };
  assert.is(verdictOnNumber(policy(old), X86_64.token, 400), "ERRNO(EPERM)");
  const mips = architecture("mips");
  assert.is(verdictOnNumber(policy(old, mips), mips.token, 3999), "ERRNO(EPERM)");
});

const MAX = 2n ** 64n - 1n;
const JS: Readonly<Record<string, (a: bigint, b: bigint) => boolean>> = {
  SCMP_CMP_EQ: (a, b) => a === b,
  SCMP_CMP_NE: (a, b) => a !== b,
  SCMP_CMP_LT: (a, b) => a < b,
  SCMP_CMP_LE: (a, b) => a <= b,
  SCMP_CMP_GT: (a, b) => a > b,
  SCMP_CMP_GE: (a, b) => a >= b,
};

test("comparisons are of unsigned 64-bit numbers, across the word boundary too", () => {
  const values = [
    0n,
    1n,
    0xffffffffn,
    0x1_00000000n,
    0x1_00000001n,
    2n ** 63n - 1n,
    2n ** 63n,
    MAX - 1n,
    MAX,
  ];
  for (const [op, relation] of Object.entries(JS)) {
    for (const value of values) {
      for (const arg of values) {
        const comparison = { index: 0, op: op as Comparison["op"], value, mask: 0n };
        assert.is(holdsFor(comparison, arg), relation(arg, value), `${arg} ${op} ${value}`);
      }
    }
  }
});

test("a masked comparison ignores the bits outside the mask", () => {
  const masked = (mask: bigint, value: bigint): Comparison => ({
    index: 0,
    op: "SCMP_CMP_MASKED_EQ",
    value,
    mask,
  });
  assert.ok(holdsFor(masked(0xf0n, 0x10n), 0x1_0000_001fn));
  assert.not(holdsFor(masked(0xf0n, 0x10n), 0x20n));
  assert.ok(holdsFor(masked(0n, 0n), MAX), "a mask of 0 matches everything");
  assert.ok(holdsFor(masked(2n ** 63n, 2n ** 63n), MAX));
  assert.not(holdsFor(masked(2n ** 63n, 2n ** 63n), 2n ** 63n - 1n));
});

test("a rule applies if all its conditions hold, each on its own argument", () => {
  const rule: PolicyRule = {
    conditions: [
      { index: 0, op: "SCMP_CMP_EQ", value: 1n, mask: 0n },
      { index: 5, op: "SCMP_CMP_GT", value: 7n, mask: 0n },
    ],
    verdict: 0,
  };
  assert.ok(applies(rule, [1n, 0n, 0n, 0n, 0n, 8n]));
  assert.not(applies(rule, [1n, 0n, 0n, 0n, 0n, 7n]));
  assert.not(applies(rule, [0n, 0n, 0n, 0n, 0n, 8n]));
  assert.ok(applies({ conditions: [], verdict: 0 }, NO_ARGS));
});

test("without arguments, the most restrictive possible verdict counts", () => {
  const [ALLOW, ERRNO, KILL, LOG] = [0x7fff0000, 0x00050001, 0x80000000, 0x7ffc0000];
  const sometimes = (verdict: Verdict): PolicyRule => ({
    conditions: [{ index: 0, op: "SCMP_CMP_EQ", value: 0n, mask: 0n }],
    verdict,
  });
  const always = (verdict: Verdict): PolicyRule => ({ conditions: [], verdict });
  assert.is(evaluateBlind([], ERRNO), ERRNO);
  assert.is(evaluateBlind([sometimes(ALLOW)], ERRNO), ERRNO);
  assert.is(evaluateBlind([sometimes(KILL)], ERRNO), KILL);
  assert.is(evaluateBlind([sometimes(ERRNO + 1)], ERRNO), ERRNO, "of two errnos, the default's");
  assert.is(evaluateBlind([sometimes(ERRNO)], ALLOW), ERRNO);
  assert.is(evaluateBlind([always(ALLOW)], ERRNO), ALLOW);
  assert.is(evaluateBlind([always(ALLOW), sometimes(LOG)], ERRNO), LOG);
  assert.is(evaluateBlind([sometimes(ALLOW), always(LOG)], KILL), LOG);
  assert.is(evaluateBlind([sometimes(ERRNO + 1), always(ERRNO)], ALLOW), ERRNO + 1);
});

test.run();
