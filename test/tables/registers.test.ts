/**
 * The signatures against the running kernel: bits outside of a parameter's mask change nothing in the result of a call.
 */

import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import koffi from "koffi";
import * as assert from "uvu/assert";
import { architectureByName } from "../../src/tables/architectures.ts";
import { signatureOf } from "../../src/tables/signatures.ts";
import { syscallId, syscallNumber } from "../../src/tables/syscalls.ts";
import { X86_64_LINUX } from "../support/running/needs.ts";
import { test, testWith } from "../support/running/test.ts";

const ALL_BITS = 0xffffffffffffffffn;
const AT_FDCWD = -100n & 0xffffffffn;
const PAGE = 4096n;

/** EPERM and ENOSYS: an old kernel, or a filter. */
const NOT_HERE: readonly bigint[] = [-1n, -38n];

type Syscall = (nr: bigint, ...args: bigint[]) => number | bigint;
let syscall: Syscall | undefined;

function arch() {
  const found = architectureByName("x86_64");
  assert.ok(found);
  return found;
}

/** Makes a call; the result, or the errno below zero. */
function call(name: string, args: readonly bigint[]): bigint {
  syscall ??= koffi
    .load("libc.so.6")
    .func("int64_t syscall(int64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t)") as Syscall;
  const filled = [...args, 0n, 0n, 0n, 0n, 0n, 0n].slice(0, 6);
  const result = BigInt(syscall(BigInt(syscallNumber(arch(), syscallId(name))), ...filled));
  return result === -1n ? BigInt(-koffi.errno()) : result;
}

/** What cases work on. */
interface Place {
  /** The address of a page of zeros, or of what calls wrote there. */
  readonly memory: bigint;
  /** The address of the path of a file. */
  readonly path: bigint;
  /** The file, open for reading. */
  readonly fd: bigint;
}

/** Calls `run` with a file and memory that go away afterwards. */
function withPlace(run: (place: Place) => void): void {
  const directory = mkdtempSync(join(tmpdir(), "registers-"));
  const file = join(directory, "file");
  writeFileSync(file, `${file}\0`);
  const fd = BigInt(openSync(file, "r"));
  // PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS
  const memory = call("mmap", [0n, 2n * PAGE, 3n, 0x22n, 0xffffffffn, 0n]);
  try {
    assert.ok(memory > 0n);
    const path = memory + PAGE;
    assert.is(call("pread64", [fd, path, PAGE, 0n]), BigInt(file.length + 1));
    run({ memory, path, fd });
  } finally {
    call("munmap", [memory, 2n * PAGE]);
    closeSync(Number(fd));
    rmSync(directory, { recursive: true, force: true });
  }
}

type Case = readonly [name: string, args: (place: Place) => readonly bigint[]];

/** Calls that succeed, change nothing and return the same value each time. */
const QUERIES: readonly Case[] = [
  ["access", ({ path }) => [path, 4n]],
  ["faccessat", ({ path }) => [AT_FDCWD, path, 4n]],
  ["faccessat2", ({ path }) => [AT_FDCWD, path, 4n, 0n]],
  ["chmod", ({ path }) => [path, 0o600n]],
  ["fchmod", ({ fd }) => [fd, 0o600n]],
  ["fchmodat", ({ path }) => [AT_FDCWD, path, 0o600n]],
  ["fchownat", ({ path }) => [AT_FDCWD, path, 0xffffffffn, 0xffffffffn, 0n]],
  ["fchown", ({ fd }) => [fd, 0xffffffffn, 0xffffffffn]],
  ["lchown", ({ path }) => [path, 0xffffffffn, 0xffffffffn]],
  ["clock_getres", ({ memory }) => [1n, memory]],
  ["clock_gettime", ({ memory }) => [1n, memory]],
  ["fadvise64", ({ fd }) => [fd, 0n, 0n, 0n]],
  ["fcntl", ({ fd }) => [fd, 1n, 0n]],
  ["flock", ({ fd }) => [fd, 8n]],
  ["fstat", ({ fd, memory }) => [fd, memory]],
  ["fstatfs", ({ fd, memory }) => [fd, memory]],
  ["fsync", ({ fd }) => [fd]],
  ["futex", ({ memory }) => [memory, 1n, 1n]],
  ["getpgid", () => [0n]],
  ["getpriority", () => [0n, 0n]],
  ["getrandom", ({ memory }) => [memory, 8n, 1n]],
  ["getrlimit", ({ memory }) => [7n, memory]],
  ["getrusage", ({ memory }) => [0n, memory]],
  ["getsid", () => [0n]],
  ["getitimer", ({ memory }) => [0n, memory]],
  ["ioctl", ({ fd, memory }) => [fd, 0x541bn, memory]],
  ["kcmp", ({ fd }) => [BigInt(process.pid), BigInt(process.pid), 0n, fd, fd]],
  ["kill", () => [BigInt(process.pid), 0n]],
  ["lseek", ({ fd }) => [fd, 0n, 1n]],
  ["madvise", ({ memory }) => [memory, PAGE, 0n]],
  ["mbind", ({ memory }) => [memory, PAGE, 0n, 0n, 0n, 0n]],
  ["membarrier", () => [0n, 0n, 0n]],
  ["msync", ({ memory }) => [memory, PAGE, 1n]],
  ["newfstatat", ({ path, memory }) => [AT_FDCWD, path, memory, 0n]],
  ["personality", () => [0xffffffffn]],
  ["poll", ({ memory }) => [memory, 0n, 0n]],
  ["prctl", () => [3n]],
  ["pread64", ({ fd, memory }) => [fd, memory, 1n, 0n]],
  ["preadv", ({ fd, memory }) => [fd, memory, 0n, 0n, 0n]],
  ["preadv2", ({ fd, memory }) => [fd, memory, 0n, 0n, 0n, 0n]],
  ["prlimit64", ({ memory }) => [0n, 7n, 0n, memory]],
  ["readahead", ({ fd }) => [fd, 0n, 0n]],
  ["readv", ({ fd, memory }) => [fd, memory, 0n]],
  ["sched_get_priority_max", () => [1n]],
  ["sched_getaffinity", ({ memory }) => [0n, 128n, memory]],
  ["sched_getparam", ({ memory }) => [0n, memory]],
  ["sched_getscheduler", () => [0n]],
  ["sched_rr_get_interval", ({ memory }) => [0n, memory]],
  ["statx", ({ path, memory }) => [AT_FDCWD, path, 0n, 0n, memory]],
  ["sync_file_range", ({ fd }) => [fd, 0n, 0n, 0n]],
  ["tgkill", () => [BigInt(process.pid), BigInt(process.pid), 0n]],
  ["tkill", () => [BigInt(process.pid), 0n]],
];

/** Calls that return a new file descriptor. */
const OPENERS: readonly Case[] = [
  ["dup", ({ fd }) => [fd]],
  ["epoll_create1", () => [0n]],
  ["eventfd2", () => [0n, 0n]],
  ["inotify_init1", () => [0n]],
  ["memfd_create", ({ path }) => [path + 1n, 0n]],
  ["open", ({ path }) => [path, 0n, 0n]],
  ["openat", ({ path }) => [AT_FDCWD, path, 0n, 0n]],
  ["openat", ({ path }) => [AT_FDCWD, path, 0x200000n, 0n]],
  ["pidfd_open", () => [BigInt(process.pid), 0n]],
  ["socket", () => [1n, 2n, 0n]],
  ["timerfd_create", () => [1n, 0n]],
];

/** The arguments, and a copy for each parameter that takes less than the register, with all other bits of it set. */
function fillings(name: string, args: readonly bigint[]): readonly bigint[][] {
  const parameters = signatureOf(arch(), syscallId(name)) ?? [];
  return parameters.flatMap(({ mask }, i) => {
    const outside = ALL_BITS & ~mask;
    return outside === 0n ? [] : [args.map((arg, j) => (i === j ? arg | outside : arg))];
  });
}

testWith(X86_64_LINUX)("bits outside of a mask change nothing in what a call returns", () => {
  let compared = 0;
  withPlace((place) => {
    for (const [name, argsOf] of QUERIES) {
      const args = argsOf(place);
      const plain = call(name, args);
      if (NOT_HERE.includes(plain)) {
        continue;
      }
      assert.ok(plain >= 0n, `${name} fails with ${-plain}`);
      for (const filled of fillings(name, args)) {
        assert.is(call(name, filled), plain, `${name}(${hex(filled)})`);
        compared += 1;
      }
    }
    for (const [name, argsOf] of OPENERS) {
      for (const filled of [argsOf(place), ...fillings(name, argsOf(place))]) {
        const opened = call(name, filled);
        if (NOT_HERE.includes(opened)) {
          break;
        }
        assert.ok(opened >= 0n, `${name}(${hex(filled)}) fails with ${-opened}`);
        assert.is(call("close", [opened | ((ALL_BITS << 32n) & ALL_BITS)]), 0n);
        compared += 1;
      }
    }
  });
  assert.ok(compared > 70, `only ${compared} calls`);
});

testWith(X86_64_LINUX)(
  "mmap looks neither at the upper half of its descriptor nor at unknown bits of prot",
  () => {
    withPlace(({ fd }) => {
      const args = [0n, PAGE, 1n, 2n, fd, 0n];
      for (const filled of [args, ...fillings("mmap", args)]) {
        const address = call("mmap", filled);
        assert.ok(address > 0n, hex(filled));
        call("munmap", [address, PAGE]);
      }
      assert.is(fillings("mmap", args).length, 2);
    });
  },
);

testWith(X86_64_LINUX)("a bit in the upper half of a parameter that is not cut changes the result", () => {
  const bit = 1n << 40n;
  withPlace(({ memory, fd }) => {
    const cases: [string, readonly bigint[], number][] = [
      ["mprotect", [memory, PAGE, 3n], 2],
      ["mremap", [memory, PAGE, PAGE, 0n, 0n], 3],
      ["process_vm_readv", [BigInt(process.pid), memory, 0n, memory, 0n, 0n], 5],
      ["lseek", [fd, 0n, 0n], 1],
      ["unshare", [0n], 0],
      ["rt_sigprocmask", [0n, 0n, memory, 8n], 3],
    ];
    for (const [name, args, at] of cases) {
      assert.is(signatureOf(arch(), syscallId(name))?.[at]?.mask, ALL_BITS, name);
      const plain = call(name, args);
      assert.ok(plain >= 0n, `${name} fails with ${-plain}`);
      const wide = args.map((arg, i) => (i === at ? arg | bit : arg));
      assert.is.not(call(name, wide), plain, name);
    }
  });
});

function hex(args: readonly bigint[]): string {
  return args.map((arg) => `0x${arg.toString(16)}`).join(", ");
}

test.run();
