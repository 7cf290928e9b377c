/**
 * What commands of a call drop of its parameters: the table, the machine's headers, and the running kernel.
 */

import * as assert from "uvu/assert";
import { architectureByName, architectures } from "../../src/tables/architectures.ts";
import { type Conversion, conversionsOf } from "../../src/tables/conversions.ts";
import { signatureOf } from "../../src/tables/signatures.ts";
import { syscallCount, syscallId, syscallName } from "../../src/tables/syscalls.ts";
import { need, X86_64_LINUX } from "../support/running/needs.ts";
import { test, testWith } from "../support/running/test.ts";
import { evaluateInC, hasHeader } from "./compiler.ts";
import { call, PAGE, withWorkshop } from "./raw-calls.ts";

function conversions(name: string, call: string): readonly Conversion[] {
  const arch = architectureByName(name);
  assert.ok(arch, name);
  assert.ok(syscallId(call) >= 0, call);
  return conversionsOf(arch, syscallId(call));
}

/** The masks of a command in hexadecimal, as `PARAMETER&MASK`, one space between two. */
function masks(name: string, call: string, command: string): string {
  return conversions(name, call)
    .filter(({ commands }) => commands.has(command))
    .map(({ parameter, mask }) => `${parameter}&${mask.toString(16)}`)
    .join(" ");
}

test("a conversion is of parameters that the call has, and drops bits that it takes", () => {
  const calls = new Set<string>();
  for (const arch of architectures) {
    for (let id = 0; id < syscallCount(); id += 1) {
      const where = `${syscallName(id)} on ${arch.name}`;
      for (const { selector, selectorMask, commands, parameter, mask } of conversionsOf(arch, id)) {
        calls.add(syscallName(id));
        const signature = signatureOf(arch, id) ?? [];
        const selecting = signature.find(({ name }) => name === selector);
        assert.is((selecting?.mask ?? 0n) & selectorMask, selectorMask, where);
        for (const [command, value] of commands) {
          assert.is(value & selectorMask, value, `${command}: ${where}`);
        }
        const taken = signature.find(({ name }) => name === parameter)?.mask ?? 0n;
        assert.is(taken & mask, mask, where);
        assert.is.not(taken, mask, where);
      }
    }
  }
  assert.equal(
    [...calls].sort(),
    "fcntl fcntl64 futex futex_time64 ioctl kcmp keyctl mmap mmap2 mount prctl ptrace semctl".split(" "),
  );
});

test("commands drop what the kernel's sources say", () => {
  const cases: [string, string, string, string][] = [
    ["x86_64", "fcntl", "F_SETFL", "arg&ffffffff"],
    ["x86_64", "fcntl", "F_SETFD", "arg&1"],
    ["x86", "fcntl64", "F_SETFD", "arg&1"],
    ["x86", "fcntl", "F_SETFL", ""],
    ["x86_64", "fcntl", "F_SETLK", ""],
    ["x86_64", "prctl", "PR_SET_MM", "arg2&ffffffff"],
    ["x86_64", "prctl", "PR_SET_DUMPABLE", ""],
    ["x86_64", "prctl", "PR_SCHED_CORE", "arg2&ffffffff arg3&ffffffff arg4&ffffffff"],
    ["riscv64", "prctl", "PR_SET_TSC", ""],
    ["ppc64le", "prctl", "PR_SET_ENDIAN", "arg2&ffffffff"],
    ["x86_64", "keyctl", "KEYCTL_SETPERM", "arg2&ffffffff arg3&ffffffff"],
    ["s390", "keyctl", "KEYCTL_SETPERM", ""],
    ["x86_64", "semctl", "SETVAL", "arg&ffffffff"],
    ["ppc64le", "semctl", "SETVAL", "arg&ffffffff"],
    ["ppc64", "semctl", "SETVAL", "arg&ffffffff00000000"],
    ["mips64n32", "semctl", "SETVAL", ""],
    ["x86_64", "mmap", "MAP_PRIVATE", "flags&ffffffff"],
    ["parisc64", "mmap", "MAP_PRIVATE", "flags&ffffffff"],
    ["s390x", "mmap", "MAP_PRIVATE", ""],
    ["x86_64", "mount", "MS_MGC_VAL", "flags&ffff"],
    ["mipsel64", "ioctl", "FICLONE", "arg&ffffffff"],
    ["x32", "ioctl", "FICLONE", ""],
  ];
  for (const [name, call, command, expected] of cases) {
    assert.is(masks(name, call, command), expected, `${command} of ${call} on ${name}`);
  }
});

test("architectures differ in the values of commands", () => {
  const value = (name: string, call: string, command: string): bigint | undefined =>
    conversions(name, call)
      .find(({ commands }) => commands.has(command))
      ?.commands.get(command);
  assert.is(value("x86_64", "fcntl", "F_SETOWN"), 8n);
  assert.is(value("mips64", "fcntl", "F_SETOWN"), 24n);
  assert.is(value("parisc64", "fcntl", "F_SETOWN"), 12n);
  assert.is(value("parisc64", "fcntl", "F_SETSIG"), 13n);
  assert.is(value("mips64", "ioctl", "TIOCSCTTY"), 0x5480n);
  assert.is(value("ppc64", "ioctl", "FICLONE"), 0x80049409n);
});

/** Commands younger than some headers, or that no header has under this name. */
const NOT_IN_HEADERS = ["F_DUPFD_QUERY", "PR_SCHED_CORE", "KEYCTL_WATCH_KEY", "MS_MGC_VAL", "SETVAL"];

const HEADERS = need("<linux/keyctl.h>", () => hasHeader("linux/keyctl.h"), "linux-libc-dev");

testWith(HEADERS, X86_64_LINUX)("the values of commands are those of the machine's headers", () => {
  const values = new Map<string, bigint>();
  for (const call of ["fcntl", "prctl", "keyctl", "ioctl", "mmap", "futex", "ptrace", "kcmp"]) {
    for (const { commands } of conversions("x86_64", call)) {
      for (const [command, value] of commands) {
        if (!NOT_IN_HEADERS.includes(command)) {
          values.set(command, value);
        }
      }
    }
  }
  assert.ok(values.size > 40, `only ${values.size} commands`);
  const headers = "fcntl prctl keyctl fs loop mman futex ptrace kcmp".split(" ");
  const text = [...headers.map((name) => `linux/${name}.h`), "asm/ioctls.h"]
    .map((it) => `#include <${it}>`)
    .join("\n");
  const theirs = evaluateInC(text, [...values.keys()]);
  for (const [command, value] of values) {
    assert.is(BigInt(theirs.get(command) ?? -1), value, command);
  }
});

testWith(X86_64_LINUX)(
  "the running kernel drops the upper half where the table says so, and nowhere else",
  () => {
    const wide = 1n << 40n;
    const EINVAL = -22n;
    const EOPNOTSUPP = -95n;
    withWorkshop(({ fd, rw, semaphore }) => {
      const fcntl = (cmd: bigint, arg: bigint) => call("fcntl", [fd, cmd, arg]);
      assert.is(fcntl(2n, 1n | wide), 0n);
      assert.is(fcntl(1n, 0n), 1n, "FD_CLOEXEC is set");
      const copy = fcntl(0n, fd | wide);
      assert.ok(copy > fd, "F_DUPFD");
      call("close", [copy]);
      assert.is(fcntl(4n, 0o4000n | wide), 0n);
      assert.is(fcntl(3n, 0n) & 0o4000n, 0o4000n, "O_NONBLOCK is set");
      if (semaphore >= 0n) {
        assert.is(call("semctl", [semaphore, 0n, 16n, 7n | wide]), 0n);
        assert.is(call("semctl", [semaphore, 0n, 12n, 0n]), 7n);
      }
      const mapped = call("mmap", [0n, PAGE, 1n, 2n | wide, fd, 0n]);
      assert.ok(mapped > 0n, "MAP_PRIVATE");
      call("munmap", [mapped, PAGE]);
      assert.is(call("mmap", [0n, PAGE, 1n, 3n | wide, rw, 0n]), EOPNOTSUPP, "MAP_SHARED_VALIDATE");
      // PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_KEEPCAPS, PR_CAPBSET_READ and PR_SET_NO_NEW_PRIVS.
      for (const [option, value] of [
        [1n, 0n],
        [4n, 1n],
        [8n, 0n],
        [23n, 0n],
        [38n, 1n],
      ] as const) {
        assert.is(call("prctl", [option, value | wide, 0n, 0n, 0n]), EINVAL, `prctl(${option})`);
      }
    });
  },
);

test.run();
