/**
 * The syscall numbers against libseccomp's resolver: a second opinion that knows most architectures.
 */

import koffi from "koffi";
import * as assert from "uvu/assert";
import { type Architecture, architectures } from "../../src/tables/architectures.ts";
import { multiplexed } from "../../src/tables/multiplexers.ts";
import { syscallCount, syscallId, syscallName, syscallNumber } from "../../src/tables/syscalls.ts";
import { LIBSECCOMP } from "../support/running/needs.ts";
import { test, testWith } from "../support/running/test.ts";

interface Libseccomp {
  /** The number; -1 where the name is unknown, less where the architecture lacks the call (seccomp.h, __PNR_*). */
  readonly number: (token: number, name: string) => number;
  readonly name: (token: number, number: number) => string | null;
}

function load(): Libseccomp | undefined {
  let library: ReturnType<typeof koffi.load>;
  try {
    library = koffi.load("libseccomp.so.2");
  } catch {
    return undefined;
  }
  return {
    number: library.func("int seccomp_syscall_resolve_name_arch(uint32_t, const char *)"),
    name: library.func("str seccomp_syscall_resolve_num_arch(uint32_t, int)"),
  };
}

/** SCMP_ARCH_X32 is a token of libseccomp's own: the kernel has the same one for x86-64 and x32. */
const SCMP_ARCH_X32 = 0x4000003e;

function tokenOf(arch: Architecture): number {
  return arch.name === "x32" ? SCMP_ARCH_X32 : arch.token;
}

/**
 * Names that some versions of libseccomp do not know, so that nothing is learned from them: too young for them, or
 * only on m68k, which libseccomp has since 2.6.0.
 */
const MAY_BE_UNKNOWN = new Set([
  ...["atomic_barrier", "atomic_cmpxchg_32", "getpagesize"],
  ...[
    "process_mrelease",
    "futex_waitv",
    "set_mempolicy_home_node",
    "riscv_hwprobe",
    "cachestat",
    "fchmodat2",
  ],
  ...["map_shadow_stack", "futex_wake", "futex_wait", "futex_requeue", "statmount", "listmount"],
  ...["lsm_get_self_attr", "lsm_set_self_attr", "lsm_list_modules", "mseal", "uretprobe", "uprobe"],
  ...[
    "setxattrat",
    "getxattrat",
    "listxattrat",
    "removexattrat",
    "open_tree_attr",
    "file_getattr",
    "file_setattr",
  ],
  ...["listns", "rseq_slice_yield"],
]);

/** Where libseccomp 2.5.4 says otherwise, as `CALL ARCHITECTURE`, and why we do not follow it. */
const KNOWN_DIFFERENCES = new Set([
  // It gives 140, but only the 32-bit ABI has the call (arch/parisc/kernel/syscalls/syscall.tbl).
  "_llseek parisc64",
  // It lacks the call, which arch/x86/entry/syscalls/syscall_64.tbl marks "64" at v6.6; ours has the number for x32
  // as well, where such a kernel answers ENOSYS.
  "map_shadow_stack x32",
]);

const libseccomp = load();

if (libseccomp === undefined) {
  testWith(LIBSECCOMP)("numbers are those of libseccomp", () => {});
} else {
  const known = architectures.filter((arch) => libseccomp.number(tokenOf(arch), "read") >= 0);

  test("libseccomp knows the architectures that it had in 2.5.4", () => {
    const names = known.map((arch) => arch.name);
    for (const arch of architectures) {
      const young = ["loongarch64", "m68k", "sh", "sheb"].includes(arch.name);
      assert.ok(young || names.includes(arch.name), arch.name);
    }
  });

  for (const arch of known) {
    test(`${arch.name} has libseccomp's numbers for the names that it knows`, () => {
      let compared = 0;
      for (let id = 0; id < syscallCount(); id += 1) {
        const name = syscallName(id);
        const ours = syscallNumber(arch, id);
        const theirs = libseccomp.number(tokenOf(arch), name);
        if (theirs === -1) {
          assert.ok(MAY_BE_UNKNOWN.has(name), `libseccomp does not know ${name}`);
        } else if (theirs < -1) {
          // A call that may be made through a multiplexer is a pseudo number there, though it has one of its own.
          const direct = ours >= 0 && multiplexed(name) !== undefined;
          assert.ok(
            ours === -1 || direct || KNOWN_DIFFERENCES.has(`${name} ${arch.name}`),
            `${name} is ${ours}`,
          );
        } else if (!KNOWN_DIFFERENCES.has(`${name} ${arch.name}`)) {
          assert.is(ours < 0 ? ours : ours + arch.numberBit, theirs, name);
          compared += 1;
        }
      }
      assert.ok(compared > 280, `only ${compared} calls compared`);
    });

    test(`${arch.name} has libseccomp's names for its numbers`, () => {
      for (let id = 0; id < syscallCount(); id += 1) {
        const number = syscallNumber(arch, id);
        const name = syscallName(id);
        if (number >= 0) {
          const theirs = libseccomp.name(tokenOf(arch), number + arch.numberBit);
          const lacking = theirs === null && MAY_BE_UNKNOWN.has(name);
          assert.ok(theirs === name || lacking, `${number} is ${name}, not ${theirs}`);
        }
      }
    });
  }

  test("libseccomp has no number that we lack", () => {
    for (const arch of known) {
      const present = new Set<number>();
      for (let id = 0; id < syscallCount(); id += 1) {
        present.add(syscallNumber(arch, id));
      }
      for (let number = 0; number < 600; number += 1) {
        const name = libseccomp.name(tokenOf(arch), arch.numberBase + arch.numberBit + number);
        if (name !== null && !present.has(arch.numberBase + number)) {
          assert.ok(KNOWN_DIFFERENCES.has(`${name} ${arch.name}`), `${arch.name} ${number}: ${name}`);
          assert.ok(syscallId(name) >= 0, name);
        }
      }
    }
  });
}

test.run();
