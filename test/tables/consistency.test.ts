/**
 * The tables against themselves: what must hold whatever the facts are.
 */

import * as assert from "uvu/assert";
import { columnsWith, parseFacts } from "../../build/tables.ts";
import {
  architectureByName,
  architectureByScmp,
  architectures,
  isArchitectureWord,
  matchesArchName,
  X32_SYSCALL_BIT,
} from "../../src/tables/architectures.ts";
import { ARM_PRIVATE_IDS, IDS, NAMES, NUMBERS, SINCE } from "../../src/tables/generated/syscalls.ts";
import {
  FIRST_CODE,
  FREE,
  FREE_FOR_YOUNGER,
  lastSyscallNumber,
  numberRows,
  syscallCount,
  syscallId,
  syscallIdOf,
  syscallName,
  syscallNumber,
  syscallSince,
} from "../../src/tables/syscalls.ts";
import { test } from "../support/running/test.ts";

const names = NAMES.split(" ");

function arch(name: string) {
  const found = architectureByName(name);
  assert.ok(found, name);
  return found;
}

test("names are sorted by code unit and unique", () => {
  for (let i = 1; i < names.length; i += 1) {
    assert.ok((names[i - 1] as string) < (names[i] as string), names[i]);
  }
  assert.ok(names.every((name) => /^[a-z_][a-z0-9_]*$/.test(name)));
});

test("all strings speak of the same calls", () => {
  assert.is(SINCE.length, names.length);
  assert.is(syscallCount(), names.length);
  for (const [column, numbers] of Object.entries(NUMBERS)) {
    assert.is(numbers.length, names.length, column);
  }
});

test("names and ids lead to each other", () => {
  for (const [id, name] of names.entries()) {
    assert.is(syscallName(id), name);
    assert.is(syscallId(name), id);
  }
});

test("an unknown name, id or number is told apart", () => {
  assert.is(syscallId("no_such_call"), -1);
  assert.is(syscallId(""), -1);
  assert.is(syscallId("constructor"), -1);
  assert.throws(() => syscallName(-1), /no syscall has the id -1/);
  assert.throws(() => syscallName(names.length), RangeError);
  assert.is(syscallSince(-1), 0);
  assert.is(syscallSince(names.length), 0);
  for (const each of architectures) {
    assert.is(syscallNumber(each, -1), -1);
    assert.is(syscallNumber(each, names.length), -1);
    for (const number of [
      -1,
      399,
      4399,
      5399,
      6399,
      0x0effff,
      0x0f0000,
      0x0f00ff,
      X32_SYSCALL_BIT,
      0xffffffff,
    ]) {
      const id = syscallIdOf(each, number);
      assert.ok(id < 0 || syscallNumber(each, id) === number, `${each.name} ${number}`);
    }
    assert.is(syscallIdOf(each, -1), -1);
    assert.is(syscallIdOf(each, 0xffffffff), -1);
  }
});

test("the rows of numbers hold every call that the column has, each once, in ascending order", () => {
  for (const each of architectures) {
    const found: number[] = [];
    let previous = -1;
    for (const { first, codes, gap } of numberRows(each)) {
      assert.is(gap, first > lastSyscallNumber(each) ? FREE_FOR_YOUNGER : FREE, each.name);
      assert.ok(first > previous, each.name);
      for (let i = 0; i < codes.length; i += 1) {
        const id = (codes[i] as number) - FIRST_CODE;
        if (id >= 0) {
          assert.is(syscallNumber(each, id), first + i, `${each.name}: ${syscallName(id)}`);
          found.push(id);
        } else {
          assert.is(codes[i], gap);
        }
      }
      previous = first + codes.length - 1;
    }
    const present = [...names.keys()].filter((id) => syscallNumber(each, id) >= 0);
    assert.equal(
      found.sort((a, b) => a - b),
      present,
      each.name,
    );
  }
});

test("numbers and ids lead to each other on every architecture", () => {
  for (const each of architectures) {
    for (const id of names.keys()) {
      const number = syscallNumber(each, id);
      if (number >= 0) {
        assert.is(syscallIdOf(each, number), id, `${each.name}: ${syscallName(id)}`);
      }
    }
  }
});

test("no code unit is a surrogate", () => {
  const surrogate = /[\ud800-\udfff]/;
  for (const text of [SINCE, ...Object.values(NUMBERS), ...Object.values(IDS), ARM_PRIVATE_IDS]) {
    assert.not.match(text, surrogate);
  }
});

test("every call appeared between Linux 1.0 and 7.1, in a version that existed", () => {
  const lastMinor: Record<number, number> = { 1: 3, 2: 6, 3: 19, 4: 20, 5: 19, 6: 19, 7: 1 };
  for (const id of names.keys()) {
    const since = syscallSince(id);
    const major = since >> 8;
    const minor = since & 255;
    assert.ok(since >= 0x100 && since <= 0x701, names[id]);
    assert.ok(minor <= (lastMinor[major] ?? -1), `${names[id]}: ${major}.${minor}`);
    assert.not(major === 1 && minor === 1, names[id]);
  }
});

test("from 424 on, a higher number never came in an earlier kernel", () => {
  // But for two whose numbers were given out long before they were merged.
  const held = ["close_range", "quotactl_fd"];
  const x86 = arch("x86");
  let previous = syscallSince(syscallId("pidfd_send_signal"));
  for (let number = 424; number <= lastSyscallNumber(x86); number += 1) {
    const id = syscallIdOf(x86, number);
    if (id >= 0 && !held.includes(syscallName(id))) {
      assert.ok(syscallSince(id) >= previous, syscallName(id));
      previous = syscallSince(id);
    }
  }
  assert.is(previous, 0x700);
});

test("numbers that every architecture has in common are equal", () => {
  for (const name of ["pidfd_send_signal", "openat2", "landlock_add_rule", "mseal"]) {
    const id = syscallId(name);
    const numbers = new Set(architectures.map((each) => syscallNumber(each, id) - each.numberBase));
    assert.is(numbers.size, 1, name);
  }
});

test("known calls have their well-known numbers", () => {
  const cases: [string, string, number][] = [
    ["x86_64", "read", 0],
    ["x86_64", "execve", 59],
    ["x32", "execve", 520],
    ["x86", "socketcall", 102],
    ["x86_64", "socketcall", -1],
    ["aarch64", "openat", 56],
    ["aarch64", "open", -1],
    ["mips", "read", 4003],
    ["mipsel", "syscall", 4000],
    ["mips64", "read", 5000],
    ["mipsel64n32", "read", 6000],
    ["arm", "set_tls", 0x0f0005],
    ["ppc64le", "read", 3],
    ["s390x", "lchown", 198],
    ["sheb", "sync_file_range2", 388],
  ];
  for (const [name, call, number] of cases) {
    assert.is(syscallNumber(arch(name), syscallId(call)), number, `${call} on ${name}`);
  }
  assert.is(syscallIdOf(arch("arm"), 0x0f0002), syscallId("cacheflush"));
  assert.is(syscallIdOf(arch("mips"), 3), -1);
});

test("the last number leaves out what lies apart from the sequence", () => {
  for (const each of architectures) {
    const last = each.name === "s390" ? 469 : 471;
    assert.is(lastSyscallNumber(each), each.numberBase + last, each.name);
  }
  assert.is(syscallNumber(arch("x32"), syscallId("pwritev2")), 547);
});

test("calls appeared when they did", () => {
  const cases: [string, number, number][] = [
    ["read", 1, 0],
    ["openat", 2, 6],
    ["seccomp", 3, 17],
    ["pkey_alloc", 4, 9],
    ["statx", 4, 11],
    ["clock_gettime64", 5, 1],
    ["clone3", 5, 3],
    ["faccessat2", 5, 8],
    ["fchmodat2", 6, 6],
    ["mseal", 6, 10],
    ["rseq_slice_yield", 7, 0],
  ];
  for (const [name, major, minor] of cases) {
    assert.is(syscallSince(syscallId(name)), major * 256 + minor, name);
  }
});

test("architectures are found by each of their names", () => {
  for (const each of architectures) {
    assert.is(architectureByName(each.name), each);
    assert.is(architectureByScmp(each.scmp), each);
    assert.ok(matchesArchName(each, each.name));
    assert.ok(isArchitectureWord(each.name));
  }
  assert.is(architectureByName("amd64"), undefined);
  assert.is(architectureByName(undefined), undefined);
  assert.is(architectureByName("constructor"), undefined);
  assert.is(architectureByScmp("SCMP_ARCH_AMD64"), undefined);
  assert.is(architectureByScmp(undefined), undefined);
  assert.is(architectureByScmp("SCMP_ARCH_MIPSEL64N32")?.name, "mipsel64n32");
});

test("a word names at most one architecture", () => {
  const words = architectures.flatMap((each) => [each.name, each.go ?? each.name]);
  for (const word of words) {
    assert.is(architectures.filter((each) => matchesArchName(each, word)).length, 1, word);
  }
});

test("profiles may use the words of Go and of libseccomp", () => {
  assert.ok(matchesArchName(arch("x86_64"), "amd64"));
  assert.ok(matchesArchName(arch("x86"), "386"));
  assert.ok(matchesArchName(arch("x86"), "x86"));
  assert.ok(matchesArchName(arch("aarch64"), "arm64"));
  assert.ok(matchesArchName(arch("mipsel"), "mipsle"));
  assert.ok(matchesArchName(arch("x32"), "x32"));
  assert.not.ok(matchesArchName(arch("x32"), "amd64"));
  assert.not.ok(matchesArchName(arch("x86_64"), "x86"));
  assert.not.ok(matchesArchName(arch("x32"), undefined));
  assert.not.ok(matchesArchName(undefined, "x32"));
  assert.not.ok(isArchitectureWord(undefined));
  assert.not.ok(isArchitectureWord("AMD64"));
});

test("only x86_64 and x32 share a token, and a bit of the number tells them apart", () => {
  for (const each of architectures) {
    const others = architectures.filter((other) => other !== each && other.token === each.token);
    assert.is(each.sharesToken, others.length > 0, each.name);
    assert.ok(others.every((other) => other.numberBit !== each.numberBit));
  }
  assert.is(arch("x32").numberBit, X32_SYSCALL_BIT);
  assert.is(arch("x86_64").numberBit, 0);
});

test("the token says word size and byte order", () => {
  for (const each of architectures) {
    assert.is((each.token & 0x40000000) === 0, each.bigEndian, each.name);
    assert.is(each.token >= 0x80000000, each.bits === 64, each.name);
  }
});

test("facts that are malformed, unsorted or repeated are refused with their line", () => {
  assert.is(parseFacts("# a\n\nread\t1.0\tall=1\n").length, 1);
  const cases: [string, RegExp][] = [
    ["read 1.0 all=1", /syscalls\.tsv:1: not of the form/],
    ["read\t1\tall=1", /not of the form/],
    ["# x\nread\t1.0\t", /syscalls\.tsv:2: not of the form/],
    ["read\t1.0\tall=1 all=2", /"all=2" is malformed/],
    ["read\t1.0\tvax=1", /"vax=1" is malformed/],
    ["read\t1.0\tall=x", /"all=x" is malformed/],
    ["read\t1.0\tx86=1 x86_64=1  arm=1", /"" is malformed/],
    [
      `read\t1.0\tgeneric=1 ${columnsWith("generic")
        .map((column) => `${column}=2`)
        .join(" ")}`,
      /"generic" is redundant/,
    ],
    ["write\t1.0\tall=1\nread\t1.0\tall=2", /syscalls\.tsv:2: "read" does not come after "write"/],
    ["read\t1.0\tall=1\nread\t1.0\tall=2", /does not come after/],
  ];
  for (const [text, message] of cases) {
    assert.throws(() => parseFacts(text), message, text);
  }
});

test("of several keys the narrowest holds", () => {
  const [fact] = parseFacts("read\t2.6\tall=1 classic=2 32bit=3 x86=4 mips64=5 x32=- s390=6");
  assert.is(fact?.since, 0x206);
  const numbers = Object.fromEntries(fact?.numbers ?? []);
  assert.equal(numbers, {
    x86: 4,
    x86_64: 1,
    arm: 3,
    aarch64: 1,
    loongarch64: 1,
    m68k: 3,
    mips: 3,
    mips64: 5,
    mips64n32: 5,
    parisc: 3,
    parisc64: 2,
    ppc: 3,
    ppc64: 2,
    riscv64: 1,
    s390: 6,
    s390x: 6,
    sh: 3,
  });
});

test.run();
