/**
 * Filters that ask a supervisor: they ask exactly where they would deny, and about the call that starts the command.
 */

import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { architecture } from "../../test/support/fixtures/policies.ts";
import { arbitraryOwnCall, arbitraryWorld, seenNumber, show } from "../../test/support/generators/worlds.ts";
import { auditing, isNamed } from "../launch/auditing.ts";
import { replaced } from "../lists.ts";
import { hexToProgram, programToHex } from "../load/prepared.ts";
import type { Call, Policy } from "../policy/policy.ts";
import { resolve } from "../policy/resolve.ts";
import { actionOf, type Verdict } from "../policy/verdict.ts";
import {
  SECCOMP_RET_ALLOW,
  SECCOMP_RET_ERRNO,
  SECCOMP_RET_KILL_PROCESS,
  SECCOMP_RET_KILL_THREAD,
  SECCOMP_RET_LOG,
  SECCOMP_RET_TRACE,
  SECCOMP_RET_TRAP,
  SECCOMP_RET_USER_NOTIF,
} from "../tables/seccomp.ts";
import { lastSyscallNumber } from "../tables/syscalls.ts";
import { isCacheable } from "./cacheable.ts";
import { acceptedInstructions } from "./check.ts";
import { compile } from "./compile.ts";
import { decode } from "./decode.ts";
import { type Program, programLength, RET_K } from "./instruction.ts";
import { interpret } from "./interpret.ts";
import { EXEC_MARK, MARKED, notifyingMark } from "./supervised.ts";

/** What the kernel does with a call, and with the supervisor's answer in mind what it asks about. */
function expected(verdict: Verdict, complains: boolean): Verdict {
  const action = actionOf(verdict);
  const named = [SECCOMP_RET_ERRNO, SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_KILL_THREAD, SECCOMP_RET_LOG];
  const asks = complains ? action !== SECCOMP_RET_ALLOW : named.includes(action);
  return asks ? SECCOMP_RET_USER_NOTIF : verdict;
}

/** The filter that asks, made of a compiled filter and of a prepared one: it must be the same. */
function audited(policy: Policy, program: Program, complains: boolean, arch: string): Program {
  const { flags, optionalFlags, listener } = policy;
  const shared = { flags, optionalFlags, listener };
  const compiled = auditing({ kind: "compiled", ...shared, program, policy }, arch, complains);
  const hex = programToHex(program);
  const prepared = auditing(
    { kind: "prepared", ...shared, held: "0", kernels: [0, null], hex },
    arch,
    complains,
  );
  assert.equal(typeof prepared === "string" ? hexToProgram(prepared) : prepared, compiled);
  return compiled as Program;
}

test("a supervisor names what is denied or logged, but not what a handler or a tracer learns of", () => {
  assert.equal(
    [SECCOMP_RET_TRAP, SECCOMP_RET_TRACE, SECCOMP_RET_ALLOW, SECCOMP_RET_LOG, SECCOMP_RET_ERRNO + 5].map(
      isNamed,
    ),
    [false, false, false, true, true],
  );
  assert.ok(isNamed(SECCOMP_RET_KILL_PROCESS) && isNamed(SECCOMP_RET_KILL_THREAD));
});

test("the filter asks exactly where the original denies, on random profiles, machines and calls", () => {
  let asked = 0;
  fc.assert(
    fc.property(arbitraryWorld(), fc.boolean(), fc.gen(), (world, complains, gen) => {
      const { policy } = resolve(world.profile, world.target, world.options);
      if (policy === undefined) {
        throw new Error(show(world));
      }
      const { arch } = world.target;
      // The program itself runs on none whose numbers have a bit of their own.
      fc.pre(arch.numberBit === 0);
      const program = compile(policy);
      const original = decode(program);
      const changed = acceptedInstructions(audited(policy, program, complains, arch.name));
      const verdictOf = (instructions: typeof original, call: Call) =>
        interpret(instructions, call, arch.bigEndian).verdict;
      for (let i = 0; i < 40; i += 1) {
        const call = gen(() => arbitraryOwnCall(world, policy.architectures));
        const wanted = expected(verdictOf(original, call), complains);
        asked += wanted === SECCOMP_RET_USER_NOTIF ? 1 : 0;
        if (verdictOf(changed, call) !== wanted) {
          assert.unreachable(`${show(call)} in ${show(world)}`);
        }
      }
      const execve = seenNumber(arch, "execve");
      const marked = { arch: arch.token, nr: execve, args: [1n, 2n, 3n, BigInt(EXEC_MARK), 5n, 6n] };
      for (const [kind, verdict] of [
        [MARKED.notify, SECCOMP_RET_USER_NOTIF],
        [MARKED.killProcess, SECCOMP_RET_KILL_PROCESS],
        [MARKED.killThread, SECCOMP_RET_KILL_THREAD],
        [77, SECCOMP_RET_USER_NOTIF],
      ] as const) {
        const args = replaced(marked.args, 4, BigInt(kind));
        assert.is(verdictOf(changed, { ...marked, args }), verdict, `${kind}`);
      }
      for (const other of [
        { ...marked, nr: execve + 1 },
        { ...marked, arch: arch.token ^ 1 },
        { ...marked, args: [1n, 2n, 3n, BigInt(EXEC_MARK) + 1n, 5n, 6n] },
        ...(arch.bits === 64
          ? [{ ...marked, args: [1n, 2n, 3n, BigInt(EXEC_MARK) + (1n << 32n), 5n, 6n] }]
          : []),
      ]) {
        assert.is(verdictOf(changed, other), expected(verdictOf(original, other), complains));
      }
    }),
    { numRuns: 300, seed: 5, endOnFailure: true },
  );
  assert.ok(asked > 1000);
});

test("a number that the kernel need not run the filter for stays one, but that of execve", () => {
  for (const name of ["x86_64", "aarch64", "s390x"] as const) {
    const arch = architecture(name);
    const allowing = resolve(
      {
        base: "",
        defaultAction: "SCMP_ACT_ALLOW",
        defaultErrno: { number: undefined, name: undefined },
        archMap: undefined,
        architectures: undefined,
        flags: undefined,
        rules: [],
        listenerPath: undefined,
        listenerMetadata: undefined,
      },
      { arch, kernel: 0x612, caps: 0n },
      { unknownSyscalls: "default", wideArguments: false },
    ).policy;
    if (allowing === undefined) {
      throw new Error("the profile is not valid");
    }
    const program = compile(allowing);
    const [original, changed] = [decode(program), decode(audited(allowing, program, false, name))];
    const execve = seenNumber(arch, "execve");
    let cacheable = 0;
    for (let nr = 0; nr <= lastSyscallNumber(arch); nr += 1) {
      const before = isCacheable(original, arch.token, nr);
      cacheable += before ? 1 : 0;
      assert.is(isCacheable(changed, arch.token, nr), before && nr !== execve, `${nr}`);
    }
    assert.ok(cacheable > 300);
  }
});

test("a filter that gets too long is refused with the count", () => {
  const returns = (length: number): Program =>
    Array.from({ length }, () => [RET_K, 0, 0, SECCOMP_RET_ALLOW]).flat();
  const own = programLength(notifyingMark(returns(1), architecture("x86_64"))) - 1;
  const throws = (length: number) => () => notifyingMark(returns(length), architecture("x86_64"));
  assert.not.throws(throws(4096 - own));
  assert.throws(throws(4097 - own), /have 4097 instructions; the kernel takes at most 4096/);
});

test.run();
