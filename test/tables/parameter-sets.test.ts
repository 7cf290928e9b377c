/**
 * What the values of parameters are: the sets, their headers, and the parameters that have them.
 */

import * as assert from "uvu/assert";
import { architectureByName, architectures } from "../../src/tables/architectures.ts";
import { parameterSet, parameterSets } from "../../src/tables/parameter-sets.ts";
import { signatureOf } from "../../src/tables/signatures.ts";
import { syscallCount, syscallId, syscallName } from "../../src/tables/syscalls.ts";
import { need, X86_64_LINUX } from "../support/running/needs.ts";
import { test, testWith } from "../support/running/test.ts";
import { hasHeader, textOfHeader } from "./compiler.ts";

/** The set of each parameter of a call, `-` for none, one space between two. */
function sets(name: string, call: string): string | undefined {
  const arch = architectureByName(name);
  assert.ok(arch, name);
  return signatureOf(arch, syscallId(call))
    ?.map(({ set }) => set ?? "-")
    .join(" ");
}

test("each set has a name of its own, and a parameter", () => {
  const used = new Set<string | undefined>();
  for (const arch of architectures) {
    for (let id = 0; id < syscallCount(); id += 1) {
      for (const { set } of signatureOf(arch, id) ?? []) {
        used.add(set);
      }
    }
  }
  used.delete(undefined);
  assert.equal([...used].sort(), parameterSets.map(({ name }) => name).sort());
});

test("the kernel looks at 32 bits of a descriptor, and only these calls declare more; few take AT_FDCWD without a sign", () => {
  const wide = new Set<string>();
  const unsigned = new Set<string>();
  for (const arch of architectures) {
    for (let id = 0; id < syscallCount(); id += 1) {
      for (const { set, bits, mask, kind } of signatureOf(arch, id) ?? []) {
        if (set !== undefined && parameterSet(set)?.kind === "descriptor") {
          assert.is.not(kind, "pointer", syscallName(id));
          assert.ok(mask <= 0xffffffffn, syscallName(id));
          if (bits > 32) {
            wide.add(syscallName(id));
          }
          if (set === "directory" && kind === "unsigned") {
            unsigned.add(`${syscallName(id)} ${arch.column}`);
          }
        }
      }
    }
  }
  assert.equal(
    [...wide].sort(),
    "fstat64 mmap mmap2 preadv preadv2 pwritev pwritev2 readv writev".split(" "),
  );
  assert.ok(unsigned.has("futimesat mips"));
  assert.not.ok([...unsigned].some((place) => place.endsWith("x86_64") || place.endsWith("aarch64")));
});

test("calls that profiles put conditions on have their sets", () => {
  const cases: [string, string, string][] = [
    ["x86_64", "socket", "address_family socket_type protocol"],
    ["x86_64", "openat", "directory - open mode"],
    ["x86_64", "mmap", "- - prot mmap descriptor -"],
    ["sh", "mmap", "- - prot mmap descriptor -"],
    ["x86", "mmap", "-"],
    ["x86", "mmap2", "- - prot mmap descriptor -"],
    ["x86_64", "ioctl", "descriptor ioctl -"],
    ["x86_64", "prctl", "prctl - - - -"],
    ["x86_64", "personality", "personality"],
    ["x86_64", "unshare", "clone"],
    ["x86_64", "setns", "descriptor clone"],
    ["s390x", "clone", "- clone - - -"],
    ["x86_64", "mount", "- - - mount -"],
    ["x86_64", "memfd_create", "- memfd"],
    ["x86_64", "fchmodat2", "directory - mode at"],
    ["x86_64", "msync", "- - msync"],
    ["arm", "pread64", "descriptor - - - - -"],
    ["arm", "arm_fadvise64_64", "descriptor fadvise - - - -"],
  ];
  for (const [name, call, expected] of cases) {
    assert.is(sets(name, call), expected, `${call} on ${name}`);
  }
});

const HEADERS = need("<linux/landlock.h>", () => hasHeader("linux/landlock.h"), "linux-libc-dev");

testWith(HEADERS, X86_64_LINUX)("the header of each set has constants that start as the set says", () => {
  const texts = new Map<string, string>();
  for (const { name, kind, prefix, header } of parameterSets) {
    if (kind === "descriptor") {
      assert.is(prefix + header, "", name);
      continue;
    }
    const text = texts.get(header) ?? textOfHeader(header);
    texts.set(header, text);
    assert.match(text, new RegExp(`\\b${prefix}[A-Z0-9]`), `${name} in <${header}>`);
  }
});

test.run();
