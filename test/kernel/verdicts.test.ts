/**
 * Holds the running kernel's verdicts against the evaluator's and the interpreter's, call by call.
 */

import { readdirSync } from "node:fs";
import fc from "fast-check";
import * as assert from "uvu/assert";
import { compile } from "../../src/bpf/compile.ts";
import { decode } from "../../src/bpf/decode.ts";
import { interpret } from "../../src/bpf/interpret.ts";
import { evaluate } from "../../src/policy/evaluate.ts";
import type { Call, Policy } from "../../src/policy/policy.ts";
import { denies } from "../../src/policy/verdict.ts";
import { X32_SYSCALL_BIT } from "../../src/tables/architectures.ts";
import { syscallId, syscallNumber } from "../../src/tables/syscalls.ts";
import { policyOf, policyOfFile, withWideArguments, X86, X86_64 } from "../support/fixtures/policies.ts";
import { arbitraryProfile, boundaryArguments } from "../support/generators/arbitrary.ts";
import { randomly } from "../support/generators/randomly.ts";
import { fits, I386_TOKEN, observe } from "../support/programs/kernel.ts";
import { extent } from "../support/running/extent.ts";
import { X86_64_LINUX } from "../support/running/needs.ts";
import { test, testWith } from "../support/running/test.ts";

const kernelTest = testWith(X86_64_LINUX);

/** Fails with the first call on which the kernel, the interpreter and the evaluator do not agree. */
function agree(policy: Policy, calls: readonly Call[]): void {
  const program = compile(policy);
  const instructions = decode(program);
  const observed = observe(program, calls);
  calls.forEach((call, i) => {
    const verdict = evaluate(policy, call);
    const shown = `arch ${call.arch.toString(16)} nr ${call.nr.toString(16)} args ${call.args.map((arg) => arg.toString(16))}`;
    assert.is(interpret(instructions, call, false).verdict, verdict, `interpreter: ${shown}`);
    const seen = observed[i] ?? "refused";
    assert.ok(fits(seen, verdict), `${shown}: the kernel ${seen}, the evaluator ${verdict.toString(16)}`);
  });
}

/**
 * Calls that do something even with arguments that make no sense, or that end or multiply the process.
 */
const DISRUPTIVE = [
  "exit",
  "exit_group",
  "fork",
  "vfork",
  "rt_sigreturn",
  "sigreturn",
  "vhangup",
  "sync",
  "restart_syscall",
];

/**
 * Calls that no filter sees: the kernel makes them itself, in the trampolines of its probes, and lets them pass
 * (seccomp_uprobe_exception in arch/x86/include/asm/seccomp.h at v6.18).
 */
const UNFILTERED = ["uretprobe", "uprobe"];

const LEFT_OUT = [...DISRUPTIVE, ...UNFILTERED];

const LEFT_OUT_NUMBERS: ReadonlyMap<number, ReadonlySet<number>> = new Map(
  [X86_64, X86].map((arch) => [
    arch.token,
    new Set(LEFT_OUT.map((name) => syscallNumber(arch, syscallId(name)))),
  ]),
);

/** The largest number of the sweep; there is none as large in any table. */
const SWEEP = 600;

/** Bad as descriptors, as pointers and as sizes. */
const BAD = 2n ** 64n - 1n;

function sweep(): Call[] {
  const calls: Call[] = [];
  for (let nr = 0; nr <= SWEEP; nr += 1) {
    for (const [token, bit, bad] of [
      [X86_64.token, 0, BAD],
      [X86_64.token, X32_SYSCALL_BIT, BAD],
      [I386_TOKEN, 0, 0xffffffffn],
    ] as const) {
      if (LEFT_OUT_NUMBERS.get(token)?.has(nr) !== true) {
        calls.push({ arch: token, nr: nr + bit, args: [bad, bad, bad, bad, bad, bad] });
      }
    }
  }
  for (const nr of [0x3fffffff, 0x7fffffff, 0x80000000, 0xbfffffff, 0xc0000000, 0xfffffffe, 0xffffffff]) {
    calls.push({ arch: X86_64.token, nr, args: [0n, 0n, 0n, 0n, 0n, 0n] });
    calls.push({ arch: I386_TOKEN, nr, args: [0n, 0n, 0n, 0n, 0n, 0n] });
  }
  return calls;
}

for (const file of readdirSync("profiles").filter((name) => name.endsWith(".json"))) {
  kernelTest(`${file}: every number, native, x32 and 32-bit`, () => {
    agree(policyOfFile(`profiles/${file}`, X86_64, 0n), sweep());
  });
}

kernelTest("socket by its address family, in registers and through socketcall", () => {
  const policy = policyOfFile("profiles/default.json", X86_64, 0n);
  const families = [1n, 2n, 10n, 16n, 38n, 40n, 0xffffffffn, 0x1_0000_0026n];
  const socket = (arch: number, nr: number, family: bigint): Call => ({
    arch,
    nr,
    args: [family, BAD & 0xffffffffn, 0n, 0n, 0n, 0n],
  });
  agree(policy, [
    ...families.map((family) => socket(X86_64.token, 41, family)),
    ...families.filter((family) => family <= 0xffffffffn).map((family) => socket(I386_TOKEN, 359, family)),
    ...[1n, 2n, 3n, 20n, 21n].map((call) => ({
      arch: I386_TOKEN,
      nr: 102,
      args: [call, 0n, 0n, 0n, 0n, 0n],
    })),
  ]);
});

kernelTest("random rules on calls that ignore their arguments", () => {
  fc.assert(
    fc.property(arbitraryProfile(["getppid", "getuid", "getgid"]), fc.gen(), (profile, gen) => {
      const policy = policyOf(profile, X86_64, 0n);
      const calls: Call[] = [];
      for (const name of ["getppid", "getuid", "getgid"]) {
        for (const arch of [X86_64, X86]) {
          for (let i = 0; i < 6; i += 1) {
            const args = gen(() => boundaryArguments(profile, arch.bits));
            calls.push({ arch: arch.token, nr: syscallNumber(arch, syscallId(name)), args });
          }
        }
      }
      agree(policy, calls);
    }),
    { numRuns: 60, seed: 1 },
  );
});

/** Calls that do nothing, whatever their arguments are, and take some of them in 32 bits. */
const HARMLESS = [
  ...["getpgid", "getsid", "sched_getscheduler", "sched_get_priority_max", "sched_get_priority_min"],
  ...["getpriority", "ioprio_get", "timer_getoverrun", "access", "fadvise64"],
];

/** Calls of one profile; each of them gets other upper halves. */
const PROBES = 200;

kernelTest("random rules on calls that take arguments in 32 bits, with any upper halves", () => {
  const random = randomly(1);
  const anyHalf = (): bigint =>
    BigInt([0, 1, 0x7fffffff, 0x80000000, 0xffffffff][random(10)] ?? random(2 ** 32));
  const counts = { calls: 0, denied: 0, narrow: 0 };
  const profiles = fc.sample(arbitraryProfile(HARMLESS), { numRuns: extent(10, 100), seed: 2 });
  for (const [seed, profile] of profiles.entries()) {
    const policy = policyOf(profile, X86_64, 0n);
    const wide = withWideArguments(policy);
    const around = fc.sample(boundaryArguments(profile, 64), { numRuns: PROBES, seed });
    const calls = around.map((args): Call => {
      const arch = random(3) === 0 ? X86 : X86_64;
      const name = HARMLESS[random(HARMLESS.length)] as string;
      return {
        arch: arch.token,
        nr: syscallNumber(arch, syscallId(name)),
        args: args.map((arg) => BigInt.asUintN(arch.bits, (anyHalf() << 32n) | BigInt.asUintN(32, arg))),
      };
    });
    agree(policy, calls);
    for (const call of calls) {
      counts.calls += 1;
      counts.denied += denies(evaluate(policy, call)) ? 1 : 0;
      counts.narrow += evaluate(policy, call) === evaluate(wide, call) ? 0 : 1;
    }
  }
  // Many of them would be judged otherwise if all 64 bits counted.
  assert.ok(counts.denied > counts.calls / 10 && counts.narrow > counts.calls / 50, JSON.stringify(counts));
});

test.run();
