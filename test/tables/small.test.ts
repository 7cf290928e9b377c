/**
 * The small tables: errnos of other architectures, capabilities as people write them, multiplexers.
 */

import * as assert from "uvu/assert";
import { type Architecture, architectureByName, architectures } from "../../src/tables/architectures.ts";
import {
  capabilityBit,
  capabilityCount,
  capabilityName,
  normalizeCapability,
} from "../../src/tables/capabilities.ts";
import { errnoName, errnoNames, errnoNumber, genericErrnoNumber } from "../../src/tables/errnos.ts";
import { multiplexed, multiplexedCalls, multiplexers } from "../../src/tables/multiplexers.ts";
import { readNumbered } from "../../src/tables/numbered.ts";
import { syscallId, syscallNumber } from "../../src/tables/syscalls.ts";
import { test } from "../support/running/test.ts";

function arch(name: string): Architecture {
  const found = architectureByName(name);
  assert.ok(found, name);
  return found;
}

test("errnos differ where the kernel's headers do", () => {
  const cases: [string, string, number | undefined][] = [
    ["mips", "EPERM", 1],
    ["mips", "ERANGE", 34],
    ["mips", "ENOMSG", 35],
    ["mips", "EDEADLK", 45],
    ["mips", "EDEADLOCK", 56],
    ["mips", "EMULTIHOP", 74],
    ["mips", "ENAMETOOLONG", 78],
    ["mipsel64n32", "ENOSYS", 89],
    ["mips", "ENOPROTOOPT", 99],
    ["mips", "EOPNOTSUPP", 122],
    ["mips", "ENOTSUP", 122],
    ["mips", "EUCLEAN", 135],
    ["mips", "EREMOTEIO", 140],
    ["mips", "ESTALE", 151],
    ["mips", "ECANCELED", 158],
    ["mips64", "EHWPOISON", 168],
    ["mips64", "EDQUOT", 1133],
    ["parisc", "EDEADLOCK", 45],
    ["parisc", "EILSEQ", 47],
    ["parisc", "ENOPKG", 55],
    ["parisc", "EPROTO", 61],
    ["parisc", "EOVERFLOW", 72],
    ["parisc", "EKEYREJECTED", 187],
    ["parisc", "ENOTSOCK", 216],
    ["parisc", "EOPNOTSUPP", 223],
    ["parisc", "ECONNREFUSED", 239],
    ["parisc", "EREFUSED", 239],
    ["parisc", "EHOSTUNREACH", 242],
    ["parisc", "EINPROGRESS", 245],
    ["parisc", "ENOTEMPTY", 247],
    ["parisc", "ENAMETOOLONG", 248],
    ["parisc64", "ELOOP", 249],
    ["parisc64", "ENOSYS", 251],
    ["parisc64", "ENOTSUP", 223],
    ["parisc64", "ECANCELLED", 253],
    ["parisc64", "EHWPOISON", 257],
    ["ppc", "EDEADLK", 35],
    ["ppc64le", "EDEADLOCK", 58],
    ["ppc64", "ENOSYS", 38],
    ["x86_64", "EDEADLOCK", 35],
    ["s390x", "ENOSYS", 38],
    ["x86_64", "EINIT", undefined],
    ["x86_64", "ENOSUCH", undefined],
    ["x86_64", "enosys", undefined],
    ["x86_64", "", undefined],
    ["x86_64", "42", undefined],
  ];
  for (const [name, errno, number] of cases) {
    assert.is(errnoNumber(errno, arch(name)), number, `${errno} on ${name}`);
  }
  assert.is(genericErrnoNumber("ENOSYS"), 38);
});

test("every errno of most architectures exists on all", () => {
  for (const each of architectures) {
    for (const name of errnoNames()) {
      assert.type(errnoNumber(name, each), "number", `${name} on ${each.name}`);
    }
  }
});

test("errno names and numbers lead to each other", () => {
  const aliases = new Set(["EWOULDBLOCK", "EDEADLOCK", "ENOTSUP"]);
  for (const each of architectures) {
    for (const name of errnoNames()) {
      const number = errnoNumber(name, each) ?? -1;
      const back = errnoName(number, each);
      assert.ok(back === name || aliases.has(name), `${name} on ${each.name}: ${back}`);
      assert.is(errnoNumber(back ?? "", each), number);
    }
  }
  assert.is(errnoName(58, arch("ppc64le")), "EDEADLOCK");
  assert.is(errnoName(56, arch("mips")), "EDEADLOCK");
  assert.is(errnoName(252, arch("parisc")), undefined);
  assert.is(errnoName(253, arch("parisc")), "ECANCELED");
});

test("capabilities are exact, and have every bit", () => {
  assert.is(capabilityBit("CAP_CHOWN"), 0);
  assert.is(capabilityBit("CAP_SYS_ADMIN"), 21);
  assert.is(capabilityBit("CAP_CHECKPOINT_RESTORE"), 40);
  for (const word of [
    "SYS_ADMIN",
    "cap_sys_admin",
    "CAP_",
    "CAP_CAP_CHOWN",
    "CAP_NOPE",
    "",
    "CHOWN",
    "cap_CHOWN",
  ]) {
    assert.is(capabilityBit(word), -1, word);
  }
  for (let bit = 0; bit < capabilityCount; bit += 1) {
    assert.is(capabilityBit(capabilityName(bit) ?? ""), bit);
  }
  assert.is(capabilityName(capabilityCount), undefined);
  assert.is(capabilityName(-1), undefined);
});

test("people may write capabilities in any case and without the prefix", () => {
  for (const word of ["sys_admin", "SYS_ADMIN", "cap_sys_admin", "Cap_Sys_Admin", "CAP_SYS_ADMIN"]) {
    assert.is(normalizeCapability(word), "CAP_SYS_ADMIN");
  }
  assert.is(capabilityBit(normalizeCapability("nope")), -1);
});

test("calls behind socketcall and ipc are known by name", () => {
  assert.equal(multiplexed("socket"), { via: "socketcall", call: 1, callMask: 0xffffffffn });
  assert.equal(multiplexed("sendmmsg"), { via: "socketcall", call: 20, callMask: 0xffffffffn });
  assert.is(multiplexed("accept4")?.call, 18);
  assert.is(multiplexed("recvmmsg")?.call, 19);
  assert.equal(multiplexed("shmat"), { via: "ipc", call: 21, callMask: 0xffffn });
  assert.equal(multiplexed("semtimedop"), { via: "ipc", call: 4, callMask: 0xffffn });
  assert.is(multiplexed("msgsnd")?.call, 11);
});

test("what cannot be reached through a multiplexer is not said to be", () => {
  for (const name of [
    "recvmmsg_time64",
    "semtimedop_time64",
    "socketcall",
    "ipc",
    "sendfile",
    "mq_open",
    "1",
    "",
  ]) {
    assert.is(multiplexed(name), undefined, name);
  }
});

test("on every architecture each call behind a multiplexer is a syscall somewhere", () => {
  for (const multiplexer of multiplexers) {
    assert.ok(architectures.some((each) => syscallNumber(each, syscallId(multiplexer.name)) >= 0));
    for (const { name, call } of multiplexedCalls(multiplexer)) {
      assert.ok(syscallId(name) >= 0, name);
      assert.is(BigInt(call) & multiplexer.callMask, BigInt(call));
    }
  }
});

test("numbered lists continue, jump and name twice", () => {
  const read: [string, number, boolean][] = [];
  readNumbered("A B 10 C D=B E", 1, (name, number, alias) => read.push([name, number, alias]));
  assert.equal(read, [
    ["A", 1, false],
    ["B", 2, false],
    ["C", 10, false],
    ["D", 2, true],
    ["E", 11, false],
  ]);
  assert.throws(() => readNumbered("A B=C", 0, () => {}), /"B=C" comes before what it stands for/);
});

test.run();
