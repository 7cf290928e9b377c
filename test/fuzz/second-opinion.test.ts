/**
 * Our filters beside those of libseccomp, on random profiles: where the two differ the evaluator says who is right, and how
 * often that happens is counted. It does where a 32-bit call is compared with a value above 2^32, of which libseccomp drops the
 * upper half, and for calls that its tables of an architecture lack.
 */

import fc from "fast-check";
import * as assert from "uvu/assert";
import { compile } from "../../src/bpf/compile.ts";
import { decode } from "../../src/bpf/decode.ts";
import { interpret } from "../../src/bpf/interpret.ts";
import { evaluate } from "../../src/policy/evaluate.ts";
import type { Call } from "../../src/policy/policy.ts";
import { readProfile } from "../../src/profile/read.ts";
import type { ArchitectureName } from "../../src/tables/architectures.ts";
import { multiplexed } from "../../src/tables/multiplexers.ts";
import { syscallNames } from "../../src/tables/syscalls.ts";
import { architecture, KERNEL, policyOf } from "../support/fixtures/policies.ts";
import { seenNumber, show } from "../support/generators/worlds.ts";
import { loadRealLibseccomp } from "../support/oracles/real-libseccomp.ts";
import {
  arbitraryPlainProfile,
  libseccompProgram,
  type PlainProfile,
  UNKNOWN,
} from "../support/oracles/second-opinion.ts";
import { extent } from "../support/running/extent.ts";
import { LIBSECCOMP } from "../support/running/needs.ts";
import { test, testWith } from "../support/running/test.ts";

const CASES = Math.ceil(Number(process.env["FUZZ_CASES"] ?? extent(160, 400)) / 10);
const SEED = Number(process.env["FUZZ_SEED"] ?? 7);

/**
 * Those whose arguments libseccomp looks at in full: on x32 and MIPS n32 it compares the lower halves only. And of this machine's
 * byte order: for the other one, 2.5.4 writes some answers of long programs the wrong way round.
 */
const NATIVE: readonly ArchitectureName[] = ["x86_64", "x86", "aarch64", "arm", "ppc64le", "riscv64"];

/**
 * Begins with a call that every architecture has: where the first one is lacking, libseccomp 2.5.4 never loads the number, and
 * no rule of that architecture applies (see the tests of the model of libseccomp).
 */
function withFirst(value: PlainProfile): PlainProfile {
  const others = value.syscalls.filter(({ names }) => !names.includes("getpid"));
  return { ...value, syscalls: [{ names: ["getpid"], action: "SCMP_ACT_LOG" }, ...others] };
}

const loaded = loadRealLibseccomp();

testWith(LIBSECCOMP)("our filters and libseccomp's say the same, or the evaluator says why not", () => {
  const libseccomp = loaded as NonNullable<typeof loaded>;
  // Behind socketcall and ipc it leaves out conditions.
  const known = syscallNames().filter(
    (name) => libseccomp.number(name) !== UNKNOWN && multiplexed(name) === undefined,
  );
  const counts = { profiles: 0, calls: 0, different: 0 };
  fc.assert(
    fc.property(
      arbitraryPlainProfile(known, 1),
      fc.constantFrom(...NATIVE),
      fc.boolean(),
      (value, name, tree) => {
        const arch = architecture(name);
        const { profile } = readProfile(withFirst(value));
        assert.ok(profile !== undefined);
        const policy = policyOf(profile, arch, 0n, "default");
        const theirs = libseccompProgram(
          libseccomp,
          profile,
          { arch, kernel: KERNEL, caps: 0n },
          policy.architectures,
          tree,
        );
        if (theirs === undefined) {
          return;
        }
        counts.profiles += 1;
        const both = [compile(policy), theirs].map(decode);
        for (const rule of profile.rules) {
          const values = rule.conditions.flatMap((one) => [
            one.value - 1n,
            one.value,
            one.value + 1n,
            one.valueTwo,
          ]);
          for (const each of [0n, ...values]) {
            const at = BigInt.asUintN(arch.bits, each);
            const nr = seenNumber(arch, rule.names[0] ?? "");
            const call: Call = { arch: arch.token, nr, args: [at, at, at, at, at, at] };
            if (nr < 0) {
              continue;
            }
            const [mine, other] = both.map(
              (instructions) => interpret(instructions, call, arch.bigEndian).verdict,
            );
            const meant = evaluate(policy, call);
            assert.is(mine, meant, show(call));
            counts.calls += 1;
            counts.different += other === mine ? 0 : 1;
          }
        }
      },
    ),
    { numRuns: CASES, seed: SEED },
  );
  if (process.env["FUZZ_CASES"] !== undefined) {
    console.log(show(counts));
  }
  assert.ok(counts.profiles > 0.9 * CASES, show(counts));
  assert.ok(counts.calls > 50 * CASES && counts.different * 100 < counts.calls, show(counts));
});

test.run();
