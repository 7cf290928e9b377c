/**
 * Differences that only crafted calls can tell: what is said of them, and that no ordinary difference is among them.
 */

import { readdirSync, readFileSync } from "node:fs";
import * as assert from "uvu/assert";
import { KERNEL, readProfileText, X86_64 } from "../../test/support/fixtures/policies.ts";
import { test } from "../../test/support/running/test.ts";
import type { Target } from "../policy/target.ts";
import { compareWithEngine } from "./compare.ts";
import { docker } from "./docker.ts";
import { machinesOf } from "./machines.ts";

const TARGET: Target = { arch: X86_64, kernel: KERNEL, caps: 0n };

/** What is said of calls, each as `SEVERITY WEIGHT: MESSAGE`. */
function said(...syscalls: readonly object[]): string[] {
  return saidWith(["SCMP_ARCH_X86_64"], ...syscalls);
}

function saidWith(architectures: readonly string[], ...syscalls: readonly object[]): string[] {
  const text = JSON.stringify({ defaultAction: "SCMP_ACT_ERRNO", architectures, syscalls });
  const { profile, raw } = readProfileText(text);
  return compareWithEngine(docker, profile, raw, [TARGET], { wideArguments: false })
    .diagnostics.filter(({ code, weight }) => code !== "engine-note" || weight !== undefined)
    .map(({ severity, weight, message }) => `${severity} ${weight}: ${message}`);
}

const allow = (names: string | readonly string[], ...args: readonly object[]): object => ({
  names: [names].flat(),
  action: "SCMP_ACT_ALLOW",
  args,
});
const arg = (index: number, op: string, value: number): object => ({ index, op: `SCMP_CMP_${op}`, value });

test("what an engine denies only if a program crafts the call is a remark", () => {
  assert.equal(said(allow("personality", arg(0, "EQ", 0xffffffff))), [
    "note remark: Docker denies the crafted call personality(0x1ffffffff), which is let through here: it also compares bits that the kernel ignores",
  ]);
});

test("what it lets through only if a program crafts the call is a way around", () => {
  assert.equal(said(allow("socket", arg(0, "NE", 38))), [
    "warning way-around: Docker lets the crafted call socket(0x100000026) through, which is denied here: it also compares bits that the kernel ignores",
  ]);
});

test("a negative int with its sign is no crafted call", () => {
  const [error, ...others] = said(allow("openat", arg(0, "EQ", 0xffffff9c)));
  assert.match(error ?? "", /^error .*: Docker answers ERRNO\(EPERM\) to openat\(0xffffffffffffff9c\)/);
  assert.equal(others, []);
});

test("one finding shows one call, and names the others with the same cause", () => {
  assert.equal(said(allow("socket", arg(0, "NE", 38)), allow(["ioctl", "fcntl"], arg(1, "NE", 5))), [
    "warning way-around: Docker lets the crafted call fcntl(0, 0x100000005) through, which is denied here: it also compares bits that the kernel ignores; so with calls of ioctl, socket",
  ]);
});

test("x32: an argument with an upper half where programs have 32 bits is crafted, an offset is not", () => {
  const abis = ["SCMP_ARCH_X86_64", "SCMP_ARCH_X32"];
  assert.equal(saidWith(abis, allow("prctl", arg(1, "EQ", 0))), [
    "warning way-around: Docker lets the crafted call prctl(0, 0x100000000) on x32 through, which is denied here: libseccomp compares only the lower half of each argument there",
  ]);
  assert.match(
    saidWith(abis, allow("lseek", arg(1, "EQ", 0)))[0] ?? "",
    /^error .*lseek\(0, 0x100000000\) on x32/,
  );
});

test("x86: ipc with a version is crafted", () => {
  assert.equal(saidWith(["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"], allow("shmat")), [
    "note remark: Docker denies the crafted call ipc(0x10015) on x86, which is let through here: libseccomp compares all bits of the first argument, of which the kernel takes the upper 16 as a version that no C library sets",
  ]);
});

test("x86: sockets are made through socketcall by ordinary 32-bit programs", () => {
  const [error] = saidWith(["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"], allow("socket", arg(0, "LT", 30)));
  assert.match(error ?? "", /^error .*Docker answers ALLOW to socketcall\(1\) on x86/);
});

test("with wide arguments every bit is meant, and no call is crafted", () => {
  const text = JSON.stringify({
    defaultAction: "SCMP_ACT_ERRNO",
    architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X32"],
    syscalls: [allow("prctl", arg(1, "EQ", 0))],
  });
  const { profile, raw } = readProfileText(text);
  const { crafted, differences } = compareWithEngine(docker, profile, raw, [TARGET], { wideArguments: true });
  assert.equal([crafted.length, differences.length, differences[0]?.crafted], [0, 1, false]);
});

/** A difference on machines with a capability only: libseccomp takes the first rule. */
const BY_CAPABILITY = JSON.stringify({
  defaultAction: "SCMP_ACT_ERRNO",
  architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"],
  syscalls: [
    allow(["getpid", "bpf", "ptrace", "setns", "mount", "connect"]),
    {
      names: ["bpf", "ptrace", "setns", "mount", "connect"],
      action: "SCMP_ACT_ERRNO",
      errnoRet: 5,
      includes: { caps: ["CAP_KILL"] },
    },
  ],
});

const FILES = readdirSync("profiles").filter((file) => file.endsWith(".json"));
for (const [name, text] of [
  ...FILES.map((file) => [file, readFileSync(`profiles/${file}`, "utf8")] as const),
  ["a difference by capability", BY_CAPABILITY] as const,
]) {
  test(`${name}: machines compared together differ as each does by itself`, () => {
    const { profile, raw } = readProfileText(text);
    const machines = machinesOf(profile, TARGET);
    const keys = (some: readonly Target[]): string[] => {
      const { differences, obstacles } = compareWithEngine(docker, profile, raw, some, {
        wideArguments: false,
      });
      return [
        ...differences.map(({ arch, id, verdicts, crafted }) =>
          [arch.name, id, ...verdicts, crafted].join(" "),
        ),
        ...obstacles.map(({ message }) => message),
      ];
    };
    const together = new Set(keys(machines));
    const alone = new Set(machines.flatMap((machine) => keys([machine])));
    assert.equal([...together].sort(), [...alone].sort());
    assert.ok(text !== BY_CAPABILITY || together.size >= 11, `${together.size}`);
  });
}

test.run();
