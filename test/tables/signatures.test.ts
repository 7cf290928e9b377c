/**
 * The signatures of the calls: their facts, their meaning on each architecture, and what the running kernel says.
 */

import { readFileSync } from "node:fs";
import * as assert from "uvu/assert";
import { parseSignatures, renderSignatures } from "../../build/signatures.ts";
import { parseFacts, readFacts } from "../../build/tables.ts";
import { architectureByName, architectures } from "../../src/tables/architectures.ts";
import { kernelType } from "../../src/tables/kernel-types.ts";
import { multiplexers } from "../../src/tables/multiplexers.ts";
import { type Parameter, signatureOf } from "../../src/tables/signatures.ts";
import { syscallCount, syscallId, syscallName, syscallNumber } from "../../src/tables/syscalls.ts";
import { need, X86_64_LINUX } from "../support/running/needs.ts";
import { test, testWith } from "../support/running/test.ts";
import { type Declared, readTracepoints } from "./tracepoints.ts";

function signature(name: string, call: string): readonly Parameter[] | undefined {
  const arch = architectureByName(name);
  assert.ok(arch, name);
  assert.ok(syscallId(call) >= 0, call);
  return signatureOf(arch, syscallId(call));
}

/** A word for each register: `i32`, `u16`, `p64`, `lo`, `hi`, `-`. */
function shape(name: string, call: string): string | undefined {
  return signature(name, call)
    ?.map(({ kind, bits, half }) =>
      half !== undefined ? half.slice(0, 2) : kind === "padding" ? "-" : `${letters[kind]}${bits}`,
    )
    .join(" ");
}

const letters = { signed: "i", unsigned: "u", pointer: "p" } as const;

/** Numbers that are reserved: no kernel with filters makes a call of them, whatever the architecture. */
const NEVER_SERVED = new Set(
  (
    "afs_syscall break create_module epoll_ctl_old epoll_wait_old ftime get_kernel_syms getpmsg gtty idle lock mpx " +
    "multiplexer nfsservctl prof profil putpmsg query_module security stty tuxcall ulimit vserver timerfd"
  ).split(" "),
);

/** Numbers that are reserved on these architectures. */
const NOT_SERVED_HERE: Readonly<Record<string, readonly string[]>> = {
  x86_64: ["get_thread_area", "set_thread_area", "uselib"],
  arm: ["pciconfig_iobase"],
  // Filters see the call that syscall(2) leads to: mips_syscall_update_nr() of arch/mips/include/asm/syscall.h at v6.12.
  mips: ["ioperm", "iopl", "modify_ldt", "signal", "syscall", "vm86"],
  parisc: ["uselib"],
  parisc64: ["uselib"],
  ppc: ["ioperm", "iopl", "modify_ldt", "switch_endian", "vm86"],
  ppc64: [
    ...["getrlimit", "ioperm", "iopl", "modify_ldt", "oldfstat", "oldlstat", "oldolduname", "oldstat"],
    ...["olduname", "readdir", "select", "sigaction", "sigpending", "sigprocmask", "sigreturn"],
    ...["sigsuspend", "sys_debug_setcontext", "umount", "vm86"],
  ],
  s390: ["ioperm"],
  s390x: ["readdir"],
};

test("every call of every architecture has a signature, but for reserved numbers", () => {
  for (const arch of architectures) {
    for (let id = 0; id < syscallCount(); id += 1) {
      const name = syscallName(id);
      const reserved = NEVER_SERVED.has(name) || (NOT_SERVED_HERE[arch.column]?.includes(name) ?? false);
      const expected = syscallNumber(arch, id) >= 0 && !reserved;
      assert.is(signatureOf(arch, id) !== undefined, expected, `${name} on ${arch.name}`);
    }
  }
});

test("an unknown id has no signature", () => {
  for (const arch of architectures) {
    assert.is(signatureOf(arch, -1), undefined);
    assert.is(signatureOf(arch, syscallCount()), undefined);
  }
});

test("a parameter takes no more than a register has, and halves make pairs", () => {
  for (const arch of architectures) {
    for (let id = 0; id < syscallCount(); id += 1) {
      const parameters = signatureOf(arch, id) ?? [];
      const where = `${syscallName(id)} on ${arch.name}`;
      const halves = parameters.filter(({ half }) => half !== undefined);
      assert.is(
        halves.filter(({ half }) => half === "low").length,
        halves.filter(({ half }) => half === "high").length,
        where,
      );
      for (const { bits, mask, kind, half, cutIn } of parameters) {
        assert.ok(bits <= arch.bits, where);
        assert.ok(mask < 1n << BigInt(bits), where);
        assert.is(kind === "padding", bits === 0, where);
        assert.is(cutIn !== undefined, mask !== (1n << BigInt(bits)) - 1n, where);
        assert.ok(half === undefined || bits === 32, where);
      }
    }
  }
});

test("only o32 of MIPS passes a seventh argument, which filters do not see", () => {
  const found = new Set<string>();
  for (const arch of architectures) {
    for (let id = 0; id < syscallCount(); id += 1) {
      if ((signatureOf(arch, id)?.length ?? 0) > 6) {
        found.add(`${syscallName(id)} ${arch.name}`);
      }
    }
  }
  assert.equal(
    [...found],
    ["mips", "mipsel"].flatMap((name) => [`fadvise64 ${name}`, `sync_file_range ${name}`]),
  );
});

test("known calls have their well-known signatures", () => {
  const cases: [string, string, string | undefined][] = [
    ["x86_64", "socket", "i32 i32 i32"],
    ["x86_64", "openat", "i32 p64 i32 u16"],
    ["x86_64", "ioctl", "u32 u32 u64"],
    ["x32", "ioctl", "u32 u32 u32"],
    ["x86_64", "prctl", "i32 u64 u64 u64 u64"],
    ["x86_64", "getpid", ""],
    ["x86_64", "clone3", "p64 u64"],
    ["x86_64", "pread64", "u32 p64 u64 i64"],
    ["x86", "pread64", "u32 p32 u32 lo hi"],
    ["arm", "pread64", "u32 p32 u32 - lo hi"],
    ["mips", "pread64", "u32 p32 u32 - hi lo"],
    ["mipsel", "pread64", "u32 p32 u32 - lo hi"],
    ["ppc", "truncate64", "p32 - hi lo"],
    ["parisc", "truncate64", "p32 hi lo"],
    ["s390", "truncate64", "p32 hi lo"],
    ["parisc64", "truncate64", "p64 u64"],
    ["sh", "fadvise64_64", "i32 lo hi lo hi i32"],
    ["sheb", "fadvise64_64", "i32 hi lo hi lo i32"],
    ["arm", "arm_fadvise64_64", "i32 i32 lo hi lo hi"],
    ["m68k", "fanotify_mark", "i32 u32 hi lo i32 p32"],
    ["s390", "preadv", "u32 p32 u32 lo hi"],
    ["mips64n32", "preadv", "u32 p64 u32 lo hi"],
    ["x32", "preadv", "u64 p64 u64 i64"],
    ["s390", "_llseek", "u32 hi lo p32 u32"],
    ["x86", "_llseek", "u32 hi lo p32 u32"],
    ["x86", "mmap", "p32"],
    ["s390x", "mmap", "p64"],
    ["x86", "select", "p32"],
    ["mips", "mmap", "u32 u32 u32 u32 u32 i32"],
    ["x86", "setuid", "u16"],
    ["s390", "setuid", "u16"],
    ["s390x", "setuid", "u32"],
    ["mips", "pipe", ""],
    ["x86_64", "pipe", "p64"],
    ["x86_64", "set_thread_area", undefined],
    ["x86", "set_thread_area", "p32"],
    ["mips", "set_thread_area", "u32"],
    ["aarch64", "open", undefined],
    ["arm", "set_tls", "u32"],
  ];
  for (const [name, call, expected] of cases) {
    assert.is(shape(name, call), expected, `${call} on ${name}`);
  }
});

/** CONFIG_CLONE_BACKWARDS2 and CONFIG_CLONE_BACKWARDS of the Kconfig files at v6.12; m68k has its own clone, without. */
const CLONE_BACKWARDS2 = ["s390", "s390x"];
const NO_CLONE_BACKWARDS = ["x86_64", "x32", "loongarch64", "m68k", "sh", "sheb"];

test("the parameters of clone are in the order that the kernel of the architecture is configured for", () => {
  for (const arch of architectures) {
    const names = signatureOf(arch, syscallId("clone"))?.map(({ name }) => name.replace("_tidptr", ""));
    const expected = CLONE_BACKWARDS2.includes(arch.name)
      ? "newsp clone_flags parent child tls"
      : NO_CLONE_BACKWARDS.includes(arch.name)
        ? "clone_flags newsp parent child tls"
        : "clone_flags newsp parent tls child";
    assert.is(names?.join(" "), expected, arch.name);
    const sets = signatureOf(arch, syscallId("clone"))?.map(({ set }) => set);
    assert.is(sets?.indexOf("clone"), CLONE_BACKWARDS2.includes(arch.name) ? 1 : 0, arch.name);
  }
});

test("what the kernel drops is not in the mask", () => {
  const cut = (name: string, call: string, parameter: string): Parameter | undefined =>
    signature(name, call)?.find((each) => each.name === parameter);
  const flags = cut("x86_64", "clone", "clone_flags");
  assert.is(flags?.bits, 64);
  assert.is(flags?.mask, 0xffffffffn);
  assert.is(flags?.cutIn, "kernel/fork.c");
  assert.is(cut("x86", "clone", "clone_flags")?.cutIn, undefined);
  assert.is(cut("aarch64", "mmap", "prot")?.mask, 0x37n);
  assert.is(cut("arm", "mmap2", "fd")?.cutIn, undefined);
  assert.is(cut("x86_64", "preadv", "pos_h")?.mask, 0n);
  assert.is(cut("x86_64", "mprotect", "prot")?.mask, 0xffffffffffffffffn);
  assert.is(cut("x86_64", "chmod", "mode")?.mask, 0o7777n);
  assert.is(cut("x86_64", "openat2", "usize")?.mask, 0xffffffffffffffffn);
  assert.is(cut("x86_64", "socket", "type")?.mask, 0xffffffffn);
  assert.is(cut("x86_64", "openat", "flags")?.mask, 0x7fffc3n);
  assert.is(cut("mipsel64n32", "open", "flags")?.mask, 0x6fff9bn);
  assert.is(cut("parisc64", "open_by_handle_at", "flags")?.mask, 0xf7ff8bn);
  assert.is(cut("ppc64le", "mmap", "prot")?.mask, 0xffffffffffffffffn);
  assert.is(cut("ppc64le", "mmap", "prot")?.cutIn, undefined);
  assert.is(cut("ppc", "mmap2", "prot")?.mask, 0xffffffffn);
  assert.is(cut("arm", "semctl", "cmd")?.mask, 0xfffffeffn);
  assert.is(cut("x86_64", "semctl", "cmd")?.mask, 0xffffffffn);
  assert.is(cut("x86_64", "shmget", "shmflg")?.mask, 0xfc001fffn);
});

test("a multiplexer takes its call in the bits that the table of multiplexers has", () => {
  for (const { name, callMask } of multiplexers) {
    const [call] = signature("x86", name) ?? [];
    assert.is(call?.bits, 32, name);
    assert.is(callMask & (call?.mask ?? 0n), callMask, name);
  }
});

const tsv = readFileSync(new URL("../../build/tables/signatures.tsv", import.meta.url), "utf8");

test("the facts are in line with those of the syscalls, and rendering them is repeatable", () => {
  const syscalls = readFacts();
  const facts = parseSignatures(tsv, syscalls);
  assert.equal(
    facts.map(({ name }) => name),
    syscalls.map(({ name }) => name),
  );
  const generated = new URL("../../src/tables/generated/signatures.ts", import.meta.url);
  assert.is(renderSignatures(facts), readFileSync(generated, "utf8"));
});

test("facts about signatures that are malformed, missing or redundant are refused with their line", () => {
  const syscalls = parseFacts("read\t1.0\tall=1\nwrite\t1.0\tx86=4 x86_64=1");
  const read = "read\t-\t-\tfd:uint\n";
  const [, write] = parseSignatures(`# a\n\n${read}write\t-\t-\tfd:uint\tx86: pos:half pos:half`, syscalls);
  assert.equal(write?.variants, ["pos:half pos:half", "fd:uint"]);
  assert.equal([...(write?.byColumn ?? [])].sort(), [
    ["x32", 1],
    ["x86", 0],
    ["x86_64", 1],
  ]);
  const cut = "write\tfd&0xff@a.c x86:fd&0xf@b.c\t-\tfd:uint";
  assert.equal(parseSignatures(`${read}${cut}`, syscalls)[1]?.variants, ["fd:uint&f@b.c", "fd:uint&ff@a.c"]);
  const cases: [string, RegExp][] = [
    ["write\t-\t-\tfd:uint", /signatures\.tsv:1: "write" stands where "read" should/],
    [read, /"write" is missing/],
    [`${read}write\t-\t-\t()\nx\t-\t-\t()`, /tsv:3: there are more lines than calls/],
    ["read\t-\t-\t", /"" is malformed/],
    ["read\t-\t-\tfd:integer", /"fd:integer" is malformed or of no known type/],
    ["read\t-\t-\tfd", /"fd" is malformed/],
    ["read\t-\t-\t-:int", /"-:int" is malformed/],
    ["read\t-\t-\tfd:pad", /"fd:pad" is malformed/],
    ["read\t-\t-\tfd:int fd:int", /"fd" is there twice/],
    ["read\t-\t-\tpos:half", /"pos" is half a value/],
    ["read\t-\t-\tpos:half fd:int pos:half", /"pos" is half a value/],
    ["read\t-\t-\tpos:low pos:low", /"pos" is half a value/],
    ["read\t-\t-\ta:int b:int c:int d:int e:int f:int g:int h:int", /more than 7 registers/],
    ["read\t-\t-\tfd:int\tx86 fd:uint", /"x86 fd:uint" is malformed/],
    ["read\t-\t-\tfd:int\tvax: fd:uint", /"vax: fd:uint" is malformed, of no known key/],
    ["read\t-\t-\tfd:int\tx86: fd:uint\tx86: fd:long", /the second one of its key/],
    ["read\t-\t-\tfd:int\tx86: fd:int", /"x86" is redundant/],
    [`${read}write\t-\t-\t()\tarm: fd:int`, /tsv:2: "arm" is redundant/],
    ["read\tfd&ff@a.c\t-\tfd:int", /"fd&ff@a\.c" is malformed/],
    ["read\tfd&0xff\t-\tfd:int", /"fd&0xff" is malformed/],
    ["read\tfd&0xff@a.c fd&0xff@a.c\t-\tfd:int", /the second one of its parameter/],
    ["read\tpos&0xff@a.c\t-\tfd:int", /"pos" is cut, and is no parameter/],
    ["read\t-\tfd=file\tfd:int", /"fd=file" is malformed, of no known set/],
    ["read\t-\tfd\tfd:int", /"fd" is malformed/],
    ["read\t-\tfd=descriptor fd=mode\tfd:int", /the second one of its parameter/],
    ["read\t-\td=descriptor\tfd:int", /"d" has values, and is no parameter/],
    ["read\td&0xff@a.c\t-\tfd:int", /"d" is cut, and is no parameter/],
    [`${read}write\tarm:fd&0xff@a.c\t-\tfd:int`, /tsv:2: "fd" is cut, and is no parameter/],
    ["read\tvax:fd&0xff@a.c\t-\tfd:int", /"vax:fd&0xff@a\.c" is of no known key/],
    ["read\tx86:fd&0xff@a.c arm,x86:fd&0xf@b.c\t-\tfd:int", /the second one of its parameter/],
  ];
  for (const [text, message] of cases) {
    assert.throws(() => parseSignatures(text, syscalls), message, text);
  }
});

/** Entry points whose names are not those of the calls of x86-64. */
const ENTRY_POINTS: Readonly<Record<string, string>> = {
  newstat: "stat",
  newlstat: "lstat",
  newfstat: "fstat",
  newuname: "uname",
  sendfile64: "sendfile",
  umount: "umount2",
};

/** Our type for one of C. */
function typeOf(type: string): string {
  const plain = type.replace(/\b(const|struct|union|enum)\b/g, "").trim();
  const short: Readonly<Record<string, string>> = {
    unsigned: "uint",
    "unsigned int": "uint",
    "unsigned long": "ulong",
    __u32: "u32",
    __s32: "s32",
    __u64: "u64",
  };
  return plain.includes("*") ? "void*" : (short[plain] ?? plain);
}

const tracepoints = process.platform === "linux" ? readTracepoints() : undefined;
const TRACEPOINTS = need(
  "tracefs with the calls, and the right to mount it",
  () => tracepoints !== undefined,
);

testWith(X86_64_LINUX, TRACEPOINTS)("x86_64 has the signatures of the running kernel's tracepoints", () => {
  const arch = architectureByName("x86_64");
  assert.ok(arch);
  let compared = 0;
  for (const [entry, declared] of tracepoints as ReadonlyMap<string, readonly Declared[]>) {
    const call = ENTRY_POINTS[entry] ?? entry;
    const ours = signatureOf(arch, syscallId(call));
    if (ours !== undefined) {
      compared += 1;
      const theirs = declared.map(({ type }) => kernelType(typeOf(type)));
      assert.equal(
        ours.map(({ kind, bits }) => `${kind} ${bits}`),
        theirs.map((type) => type && `${type.kind} ${type.bits === "word" ? 64 : type.bits}`),
        call,
      );
    }
  }
  assert.ok(compared > 300, `only ${compared} calls compared`);
});

test.run();
