/**
 * Rules as they judge on one architecture: comparisons of what the kernel takes, and calls that hide their arguments.
 */

import * as assert from "uvu/assert";
import {
  ALL_CAPS,
  architecture,
  policyOf,
  profileOf,
  X86,
  X86_64,
} from "../../test/support/fixtures/policies.ts";
import { test } from "../../test/support/running/test.ts";
import type { OperatorName } from "../profile/profile.ts";
import type { Architecture } from "../tables/architectures.ts";
import { seenNumber, syscallId } from "../tables/syscalls.ts";
import { holdsFor } from "./applying.ts";
import { evaluate } from "./evaluate.ts";
import { judgedRules, narrowed } from "./judged.ts";
import type { Policy } from "./policy.ts";
import type { Verdict } from "./verdict.ts";

const LOW = 0xffffffffn;
const [ALLOW, ERRNO] = [0x7fff0000, 0x00050001];

/** Whether a comparison of an argument that is taken in 32 bits holds. */
function holds(op: string, value: bigint, arg: bigint, mask = 0n): boolean {
  return holdsFor(narrowed({ index: 0, op: `SCMP_CMP_${op}` as OperatorName, value, mask }), arg);
}

const UPPERS = [0n, 1n, 0x80000000n, LOW].map((half) => half << 32n);

test("the upper half of an argument that is taken in 32 bits never counts", () => {
  for (const upper of UPPERS) {
    assert.ok(holds("EQ", 38n, upper | 38n));
    assert.not.ok(holds("NE", 38n, upper | 38n));
    assert.ok(holds("LT", 38n, upper | 37n) && !holds("LT", 38n, upper | 38n));
    assert.ok(holds("LE", 38n, upper | 38n) && !holds("LE", 38n, upper | 39n));
    assert.ok(holds("GT", 38n, upper | 39n) && !holds("GT", 38n, upper | 38n));
    assert.ok(holds("GE", 38n, upper | 38n) && !holds("GE", 38n, upper | 37n));
    assert.ok(holds("MASKED_EQ", 2n, upper | 2n, (LOW << 32n) | 3n));
  }
});

test("a negative number means the same in 32 and in 64 bits", () => {
  const spelt = [0xffffff9cn, 0xffffffffffffff9cn];
  for (const value of spelt) {
    for (const arg of spelt) {
      assert.ok(holds("EQ", value, arg) && !holds("NE", value, arg));
      assert.ok(holds("GE", value, arg) && holds("LE", value, arg));
      assert.not.ok(holds("GT", value, arg) || holds("LT", value, arg));
      assert.ok(holds("LT", value, 5n) && holds("GT", value, arg + 1n));
    }
  }
});

test("a value above every 32-bit number stays above them in comparisons by size", () => {
  for (const value of [1n << 32n, (1n << 32n) + 5n, 0xffffffff7fffffffn]) {
    for (const arg of [0n, 5n, 0x7fffffffn, LOW, 2n ** 64n - 1n]) {
      assert.ok(holds("LT", value, arg) && holds("LE", value, arg), `${value} ${arg}`);
      assert.not.ok(holds("GT", value, arg) || holds("GE", value, arg), `${value} ${arg}`);
    }
  }
});

function policy(syscalls: readonly object[], arch: Architecture, defaultAction = "SCMP_ACT_ERRNO"): Policy {
  const architectures = arch === X86_64 ? ["SCMP_ARCH_X86"] : [];
  return policyOf(
    profileOf(JSON.stringify({ defaultAction, architectures, syscalls })),
    arch,
    ALL_CAPS,
    "default",
  );
}

function verdict(policy: Policy, arch: Architecture, name: string, args: readonly bigint[]): Verdict {
  const all = Array.from({ length: 6 }, (_, i) => args[i] ?? 0n);
  return evaluate(policy, { arch: arch.token, nr: seenNumber(arch, syscallId(name)), args: all });
}

const NOT_EXECUTABLE = [{ index: 2, op: "SCMP_CMP_MASKED_EQ", value: 4, valueTwo: 0 }];

test("each argument is judged by the signature of its call", () => {
  const rules = policy(
    [
      {
        names: ["lseek", "ioctl"],
        action: "SCMP_ACT_ALLOW",
        args: [{ index: 1, op: "SCMP_CMP_EQ", value: 7 }],
      },
    ],
    X86_64,
  );
  // The offset of lseek has 64 bits, the command of ioctl has 32.
  assert.is(verdict(rules, X86_64, "lseek", [0n, 7n]), ALLOW);
  assert.is(verdict(rules, X86_64, "lseek", [0n, 7n | (1n << 32n)]), ERRNO);
  assert.is(verdict(rules, X86_64, "ioctl", [0n, 7n | (1n << 32n)]), ALLOW);
});

test("calls with the same arguments in 32 bits share a list of rules", () => {
  const rules = policy(
    [
      {
        names: ["socket", "socketpair", "lseek"],
        action: "SCMP_ACT_ALLOW",
        args: [{ index: 0, op: "SCMP_CMP_EQ", value: 7 }],
      },
    ],
    X86_64,
  );
  const of = (name: string) => judgedRules(rules, X86_64, syscallId(name));
  assert.is(of("socket"), of("socket"));
  assert.is(of("socket"), of("socketpair"));
});

test("mmap of i386 and s390x, which takes a struct, gets the more restrictive outcome", () => {
  const allowing = [{ names: ["mmap", "mmap2"], action: "SCMP_ACT_ALLOW", args: NOT_EXECUTABLE }];
  const denying = [
    { names: ["mmap", "mmap2"], action: "SCMP_ACT_ERRNO", args: [{ ...NOT_EXECUTABLE[0], valueTwo: 4 }] },
  ];
  for (const [arch, name] of [
    [X86, "mmap"],
    [architecture("s390x"), "mmap"],
    [architecture("m68k"), "mmap"],
  ] as const) {
    for (const args of [[], [0x1000n, 0n, 0n], [0x1000n, 0n, 4n]]) {
      assert.is(verdict(policy(allowing, arch), arch, name, args), ERRNO, arch.name);
      assert.is(verdict(policy(denying, arch, "SCMP_ACT_ALLOW"), arch, name, args), ERRNO, arch.name);
    }
  }
  assert.is(verdict(policy(allowing, X86_64), X86_64, "mmap", []), ALLOW);
  assert.is(verdict(policy(allowing, X86_64), X86, "mmap2", []), ALLOW);
  assert.is(verdict(policy(allowing, X86_64), X86, "mmap2", [0n, 0n, 4n]), ERRNO);
});

test("conditions on the call with registers close the one with a struct as well", () => {
  const rules = [
    { names: ["mmap"], action: "SCMP_ACT_ALLOW" },
    { names: ["mmap2"], action: "SCMP_ACT_ALLOW", args: NOT_EXECUTABLE },
  ];
  assert.is(verdict(policy(rules, X86), X86, "mmap", [0x1000n]), ERRNO);
  // Without conditions nothing is hidden.
  assert.is(verdict(policy(rules.slice(0, 1), X86), X86, "mmap", [0x1000n]), ALLOW);
  assert.is(verdict(policy([{ names: ["mmap2"], action: "SCMP_ACT_ALLOW" }], X86), X86, "mmap", []), ERRNO);
});

test.run();
