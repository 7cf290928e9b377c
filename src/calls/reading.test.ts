/**
 * Calls as people write them: numbers, constants, what is near to one, and the way back from what is shown.
 */

import fc from "fast-check";
import * as assert from "uvu/assert";
import { test } from "../../test/support/running/test.ts";
import { type Architecture, architectureByName, architectures } from "../tables/architectures.ts";
import { constantSet } from "../tables/constants.ts";
import { signatureOf } from "../tables/signatures.ts";
import { syscallCount, syscallId, syscallName } from "../tables/syscalls.ts";
import { suggest } from "../verbs/suggest.ts";
import { argumentInWords } from "./comparison.ts";
import { readArgument, readSyscall } from "./reading.ts";

function arch(name: string): Architecture {
  const found = architectureByName(name);
  assert.ok(found, name);
  return found;
}

const x86 = arch("x86_64");

/** What a word is read as: a number, or what is said of it and what is suggested. */
function argument(
  call: string,
  index: number,
  word: string,
  others: readonly bigint[] = [],
  on: Architecture = x86,
): bigint | string {
  const read = readArgument(on, syscallId(call), index, word, new Map(others.entries()));
  if (read.kind === "value") {
    return read.value;
  }
  const near = read.misspelt === undefined ? undefined : suggest(read.misspelt);
  return `${read.message}; ${near === undefined ? read.hint : `did you mean '${near}'?`}`;
}

test("numbers are decimal, hexadecimal, or negative with the bits of the parameter", () => {
  assert.is(argument("socket", 0, "38"), 38n);
  assert.is(argument("socket", 0, "0x26"), 0x26n);
  assert.is(argument("socket", 0, "0X2A"), 0x2an);
  assert.is(argument("socket", 0, "-1"), 0xffffffffn);
  assert.is(argument("mmap", 1, "-1"), 0xffffffffffffffffn);
  assert.is(argument("mmap", 1, "-4096"), 0xfffffffffffff000n);
  assert.is(argument("socket", 0, "-2147483648"), 0x80000000n);
  assert.is(argument("mmap", 1, "18446744073709551615"), 0xffffffffffffffffn);
  // What is above the parameter is still in the register.
  assert.is(argument("socket", 0, "0x100000026"), 0x100000026n);
  assert.is(argument("read", 5, "-1"), 0xffffffffffffffffn, "no parameter: the whole register");
  assert.is(argument("mmap2", 1, "-1", [], arch("arm")), 0xffffffffn);
});

test("what does not fit is refused", () => {
  const tooLarge = "a register of x86_64 has 64 bits: write a number from 0 to 2^64-1";
  assert.is(
    argument("mmap", 1, "18446744073709551616"),
    `'18446744073709551616' is not an argument; ${tooLarge}`,
  );
  assert.match(String(argument("mmap", 1, "0x10000000000000000")), /^'0x1(0{16})' is not an argument;/);
  assert.is(
    argument("socket", 0, "-2147483649"),
    "'-2147483649' is not an argument; the parameter has 32 bits",
  );
  assert.match(String(argument("mmap2", 1, "0x100000000", [], arch("arm"))), /a register of arm has 32 bits/);
  for (const word of ["", "-", "|", "1|", "|1", "1||2", "+1", "1.5", "1e3", "0x", "0xg", "--1", "1 2"]) {
    assert.type(argument("socket", 0, word), "string", `'${word}'`);
  }
});

test("in modes and permissions, a number after 0 is octal", () => {
  assert.is(argument("chmod", 1, "0644"), 0o644n);
  assert.is(argument("chmod", 1, "644"), 644n);
  assert.is(argument("umask", 0, "022"), 0o22n);
  assert.is(argument("mknod", 1, "S_IFBLK|0600"), 0o60600n);
  assert.is(argument("shmget", 2, "IPC_CREAT|0600"), 0o1600n);
  assert.is(argument("read", 2, "010"), 10n);
  assert.is(argument("chmod", 1, "0"), 0n);
});

test("constants of the parameter", () => {
  assert.is(argument("socket", 0, "AF_ALG"), 38n);
  assert.is(argument("socket", 1, "SOCK_STREAM|SOCK_CLOEXEC"), 0x80001n);
  assert.is(argument("unshare", 0, "CLONE_NEWUSER"), 0x10000000n);
  assert.is(argument("clone", 0, "CLONE_NEWUSER|SIGCHLD"), 0x10000011n);
  assert.is(argument("openat", 0, "AT_FDCWD"), 0xffffff9cn);
  assert.is(argument("openat", 2, "O_PATH|O_CLOEXEC"), 0x280000n);
  assert.is(argument("openat", 2, "O_PATH | 0x80000"), 0x280000n);
  assert.is(argument("openat", 1, "NULL"), 0n);
  assert.is(argument("prctl", 0, "PR_SET_NO_NEW_PRIVS"), 38n);
  assert.is(argument("ioctl", 1, "TIOCSTI"), 0x5412n);
  assert.is(argument("personality", 0, "ADDR_NO_RANDOMIZE"), 0x40000n);
  assert.is(argument("shmget", 0, "IPC_PRIVATE"), 0n);
  assert.is(argument("ipc", 0, "SHMAT", [], arch("x86")), 21n);
  assert.is(argument("socketcall", 0, "SYS_SOCKET", [], arch("x86")), 1n);
  assert.is(argument("openat", 2, "O_CLOEXEC", [], arch("mips")), 0x80000n);
  assert.is(argument("socket", 1, "SOCK_STREAM", [], arch("mips")), 2n);
});

test("constants whose meaning depends on another argument", () => {
  assert.is(argument("prctl", 1, "CAP_SYS_ADMIN", [23n]), 21n);
  assert.is(argument("setsockopt", 2, "TCP_ULP", [0n, 6n]), 31n);
  assert.is(argument("fcntl", 2, "FD_CLOEXEC", [0n, 2n]), 1n);
  assert.is(argument("socket", 2, "htons(ETH_P_ALL)", [17n, 3n]), 0x300n);
  assert.is(argument("socket", 2, "htons(ETH_P_ALL)", [17n, 3n], arch("s390x")), 3n);
  assert.is(argument("ioctl", 1, "_IOC(_IOC_READ|_IOC_WRITE, 0x54, 0x1, 0x4)"), 0xc0045401n);
});

test("a constant of another parameter is read if it has one value", () => {
  assert.is(argument("read", 0, "O_CLOEXEC"), 0x80000n);
  assert.is(readArgument(x86, -1, 0, "AF_VSOCK").kind, "value");
  assert.is(argument("mmap", 0, "CAP_SYS_ADMIN"), 21n);
});

test("a constant with several values is refused where none of them is the parameter's", () => {
  const values = new Map<string, Set<bigint>>();
  for (const set of ["arch_prctl", "landlock_access_fs", "seccomp", "seccomp_mode", "clock", "ipc", "shm"]) {
    for (const [name, value] of constantSet(x86, set)?.byName ?? []) {
      values.set(name, (values.get(name) ?? new Set()).add(value));
    }
  }
  assert.ok(values.size > 50);
  for (const [name, all] of values) {
    const read = readArgument(x86, -1, 0, name);
    assert.is(read.kind, all.size === 1 ? "value" : "unreadable", name);
  }
});

test("did you mean", () => {
  assert.is(argument("socket", 0, "AF_ALGG"), "'AF_ALGG' is not an argument; did you mean 'AF_ALG'?");
  assert.is(argument("socket", 0, "af_vsock"), "'af_vsock' is not an argument; did you mean 'AF_VSOCK'?");
  assert.is(argument("unshare", 0, "NEWUSER"), "'NEWUSER' is not an argument; did you mean 'CLONE_NEWUSER'?");
  assert.is(
    argument("openat", 2, "O_PATH|O_CLOEXE"),
    "'O_CLOEXE' of 'O_PATH|O_CLOEXE' is not an argument; did you mean 'O_CLOEXEC'?",
  );
  assert.is(
    argument("socket", 0, "hello world"),
    "'hello world' is not an argument; write a number from 0 to 2^64-1, or AF_UNSPEC, AF_UNIX, AF_LOCAL, AF_INET, AF_AX25, AF_IPX and 41 more",
  );
  assert.is(
    argument("read", 2, "hello world"),
    "'hello world' is not an argument; write a number from 0 to 2^64-1, or the name of a constant",
  );
});

test("a syscall is a name or a number", () => {
  assert.equal(readSyscall("openat"), { kind: "name", id: syscallId("openat") });
  assert.equal(readSyscall("257"), { kind: "number", nr: 257 });
  assert.equal(readSyscall("0x101"), { kind: "number", nr: 257 });
  assert.equal(readSyscall("-1"), { kind: "number", nr: 0xffffffff });
  const misspelt = readSyscall("opennat");
  assert.is(misspelt.kind === "unreadable" && misspelt.misspelt && suggest(misspelt.misspelt), "openat");
  assert.is(readSyscall("4294967296").kind, "unreadable");
  assert.is(readSyscall("").kind, "unreadable");
});

/**
 * Shown in forms that no line of words can hold: devices, sets of signals, and versions of ipc(2). Requests without a name may
 * have bits that _IOC() never sets. Personalities are shown by
 * their low byte, and some have other bits as well.
 */
const NOT_READ = /makedev|^~?\[|<<|^PER_|^_IOC/;

test("what an argument is shown as is read as the same value", () => {
  const calls = Array.from({ length: syscallCount() }, (_, id) => id);
  const values = [
    0n,
    1n,
    2n,
    3n,
    5n,
    0o644n,
    0x26n,
    0x5412n,
    0x10000000n,
    0x80241n,
    0xfffffffen,
    0xffffffffn,
  ];
  let read = 0;
  for (const on of architectures) {
    for (const id of calls) {
      for (const [index, parameter] of (signatureOf(on, id)?.slice(0, 6) ?? []).entries()) {
        for (const whole of values) {
          const value = BigInt.asUintN(parameter.bits, whole);
          const words = argumentInWords(on, id, index, value);
          // The descriptor of mmap(2) is shown as an int and has all bits of a register.
          const isCut = words.startsWith("-") && BigInt.asIntN(parameter.bits || 64, value) !== BigInt(words);
          if (!NOT_READ.test(words) && !isCut) {
            const back = readArgument(on, id, index, words);
            assert.equal(
              back,
              { kind: "value", value },
              `${on.name} ${syscallName(id)} argument ${index}: ${value} is shown as ${words}`,
            );
            read += 1;
          }
        }
      }
    }
  }
  assert.ok(read > 100_000, `${read} values`);
});

test("no word makes it fail", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...architectures),
      fc.integer({ min: -1, max: syscallCount() - 1 }),
      fc.integer({ min: 0, max: 5 }),
      fc.oneof(fc.string(), fc.stringMatching(/^[-0-9A-Zx_|(),]{0,12}$/)),
      (on, id, index, word) => {
        const read = readArgument(on, id, index, word);
        assert.ok(read.kind === "unreadable" || read.value >> BigInt(on.bits) === 0n);
      },
    ),
  );
});

test.run();
