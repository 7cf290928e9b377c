/**
 * The tables against the kernel headers that are installed on the machine, read by its C compiler.
 */

import * as assert from "uvu/assert";
import { architectureByName, architectures } from "../../src/tables/architectures.ts";
import { capabilityBit, capabilityCount, capabilityName } from "../../src/tables/capabilities.ts";
import { errnoName, errnoNames, errnoNumber, genericErrnoNumber } from "../../src/tables/errnos.ts";
import { multiplexedCalls, multiplexers } from "../../src/tables/multiplexers.ts";
import { syscallCount, syscallId, syscallName, syscallNumber } from "../../src/tables/syscalls.ts";
import { need } from "../support/running/needs.ts";
import { test, testWith } from "../support/running/test.ts";
import { evaluateInC, expansions, hasHeader, macroNames } from "./compiler.ts";

/** A test that needs a header. */
function testWithHeader(header: string, name: string, run: () => void): void {
  testWith(need(`<${header}>`, () => hasHeader(header), "linux-libc-dev"))(name, run);
}

/** Macros of unistd.h that are no calls: how many numbers there are, and where an architecture's own ones begin. */
const NO_CALLS = new Set(["__NR_syscalls", "__NR_arch_specific_syscall"]);

/** The calls that a header numbers, without bit 30 of x32. */
function headerNumbers(text: string): Map<string, number> {
  const macros = macroNames(text, /^__NR_/).filter((macro) => !NO_CALLS.has(macro));
  const numbers = new Map<string, number>();
  for (const [macro, expansion] of expansions(text, macros)) {
    const match = /^\(?(?:__X32_SYSCALL_BIT \+ )?(\d+)\)?$/.exec(expansion);
    assert.ok(match, `${macro} is ${expansion}`);
    numbers.set(macro.slice("__NR_".length), Number(match[1]));
  }
  return numbers;
}

/** The youngest call that headers of Linux 6.1 can have is 450; ours may be younger than the headers. */
const OLDEST_HEADERS_LAST = 450;

function checkSyscalls(name: string, text: string): void {
  const arch = architectureByName(name);
  assert.ok(arch);
  const theirs = headerNumbers(text);
  assert.ok(theirs.size > 250, `only ${theirs.size} calls`);
  for (const [call, number] of theirs) {
    assert.is(syscallNumber(arch, syscallId(call)), number, `${call} on ${name}`);
  }
  const last = Math.max(OLDEST_HEADERS_LAST, ...[...theirs.values()].filter((number) => number < 512));
  for (let id = 0; id < syscallCount(); id += 1) {
    const number = syscallNumber(arch, id);
    const young = (number > last && number < 512) || NOT_IN_HEADERS.has(syscallName(id));
    if (number >= 0 && !young) {
      assert.ok(theirs.has(syscallName(id)), `${name} has no ${syscallName(id)} in its header`);
    }
  }
}

/** Calls with numbers below 424 that came after Linux 6.1, or that RISC-V defines beside the generic header. */
const NOT_IN_HEADERS = new Set(["uretprobe", "uprobe", "riscv_hwprobe", "riscv_flush_icache"]);

for (const [name, header] of [
  ["x86_64", "asm/unistd_64.h"],
  ["x86", "asm/unistd_32.h"],
  ["x32", "asm/unistd_x32.h"],
] as const) {
  testWithHeader(header, `${name} has the numbers of <${header}>`, () => {
    checkSyscalls(name, `#include <${header}>\n`);
  });
}

/** What an architecture's own unistd.h defines before it includes the generic one, v6.1. */
const GENERIC_WANTS: Record<string, readonly string[]> = {
  aarch64: ["RENAMEAT", "NEW_STAT", "SET_GET_RLIMIT", "SYS_CLONE3", "MEMFD_SECRET"],
  riscv64: ["NEW_STAT", "SET_GET_RLIMIT", "SYS_CLONE3", "MEMFD_SECRET"],
};

for (const [name, wants] of Object.entries(GENERIC_WANTS)) {
  testWithHeader("asm-generic/unistd.h", `${name} has the numbers of <asm-generic/unistd.h>`, () => {
    const defines = wants.map((want) => `#define __ARCH_WANT_${want}\n`).join("");
    checkSyscalls(name, `${defines}#include <asm-generic/unistd.h>\n`);
  });
}

testWithHeader(
  "asm-generic/unistd.h",
  "loongarch64 has no number that <asm-generic/unistd.h> contradicts",
  () => {
    const arch = architectureByName("loongarch64");
    assert.ok(arch);
    const defines = "#define __ARCH_WANT_NEW_STAT\n#define __ARCH_WANT_SYS_CLONE3\n";
    for (const [call, number] of headerNumbers(`${defines}#include <asm-generic/unistd.h>\n`)) {
      assert.ok([number, -1].includes(syscallNumber(arch, syscallId(call))), call);
    }
  },
);

testWithHeader("linux/audit.h", "tokens are those of <linux/audit.h>", () => {
  const macro = (name: string): string => {
    const odd: Record<string, string> = { x86: "I386", x32: "X86_64", sh: "SHEL", sheb: "SH" };
    return `AUDIT_ARCH_${odd[name] ?? name.toUpperCase()}`;
  };
  const values = evaluateInC(
    "#include <linux/audit.h>",
    architectures.map((arch) => `(unsigned int)${macro(arch.name)}`),
  );
  for (const arch of architectures) {
    assert.is(arch.token, values.get(`(unsigned int)${macro(arch.name)}`), arch.name);
  }
});

testWithHeader("asm-generic/errno.h", "generic errnos are those of <asm-generic/errno.h>", () => {
  const text = "#include <asm-generic/errno.h>\n";
  const macros = macroNames(text, /^E[A-Z0-9]+$/);
  assert.ok(macros.length > 130);
  for (const [name, value] of evaluateInC(text, macros)) {
    assert.is(genericErrnoNumber(name), value, name);
  }
  // The C library adds one name.
  assert.equal(
    errnoNames().filter((name) => !macros.includes(name)),
    ["ENOTSUP"],
  );
});

testWithHeader("errno.h", "errnos of the native architecture are those of the C library", () => {
  const text = "#define _GNU_SOURCE\n#include <errno.h>\n";
  const x86 = architectureByName("x86_64");
  assert.ok(x86);
  for (const [name, value] of evaluateInC(text, macroNames(text, /^E[A-Z0-9]+$/))) {
    assert.is(errnoNumber(name, x86), value, name);
  }
});

testWithHeader("linux/capability.h", "capabilities are those of <linux/capability.h>", () => {
  const text = "#include <linux/capability.h>\n";
  const macros = macroNames(text, /^CAP_[A-Z_]+$/).filter((macro) => !macro.startsWith("CAP_TO_"));
  const values = evaluateInC(text, macros);
  assert.is(values.get("CAP_LAST_CAP"), capabilityCount - 1);
  values.delete("CAP_LAST_CAP");
  assert.is(values.size, capabilityCount);
  for (const [name, bit] of values) {
    assert.is(capabilityBit(name), bit, name);
    assert.is(capabilityName(bit), name);
  }
});

for (const [multiplexer, header, prefix] of [
  ["socketcall", "linux/net.h", "SYS_"],
  ["ipc", "linux/ipc.h", ""],
] as const) {
  testWithHeader(header, `the calls of ${multiplexer} are those of <${header}>`, () => {
    const calls = multiplexers.filter(({ name }) => name === multiplexer).flatMap(multiplexedCalls);
    const macro = (name: string): string => prefix + name.toUpperCase();
    const text = `#include <${header}>\n`;
    const theirs = macroNames(text, multiplexer === "ipc" ? /^(SEM|MSG|SHM)[A-Z]+$/ : /^SYS_/);
    assert.equal(calls.map(({ name }) => macro(name)).sort(), theirs.sort());
    const values = evaluateInC(text, theirs);
    for (const { name, call } of calls) {
      assert.is(call, values.get(macro(name)), name);
      assert.ok(syscallId(name) >= 0, name);
    }
  });
}

test("of two names of one errno the kernel's own is given", () => {
  const x86 = architectureByName("x86_64");
  assert.ok(x86);
  for (const name of ["EPERM", "EAGAIN", "EDEADLK", "EOPNOTSUPP", "ENOSYS", "EHWPOISON"]) {
    assert.is(errnoName(genericErrnoNumber(name) ?? -1, x86), name);
  }
  for (const number of [0, -1, 41, 58, 134, 512, 4095]) {
    assert.is(errnoName(number, x86), undefined, String(number));
  }
});

test.run();
