/**
 * The table of what programs call instead: each row holds for some architecture, and none that lacks a call is forgotten.
 */

import { test } from "uvu";
import * as assert from "uvu/assert";
import { type ArchitectureName, architectureByName, architectures } from "./architectures.ts";
import { counterparts } from "./counterparts.ts";
import { syscallId, syscallNames, syscallNumber } from "./syscalls.ts";

function has(arch: ArchitectureName, name: string): boolean {
  const known = architectureByName(arch);
  return known !== undefined && syscallNumber(known, syscallId(name)) >= 0;
}

for (const { name, whereAbsent, whereNarrow } of counterparts) {
  test(`${name}: all calls exist, and each is made somewhere`, () => {
    assert.ok(syscallId(name) >= 0);
    for (const calls of whereAbsent) {
      const lacking = architectures.filter((arch) => syscallNumber(arch, syscallId(name)) < 0);
      assert.ok(
        calls.every((one) => lacking.some((arch) => has(arch.name, one))),
        calls.join(),
      );
    }
    const narrow = architectures.filter(({ bits }) => bits === 32);
    assert.ok((whereNarrow ?? []).every((one) => narrow.some((arch) => has(arch.name, one))));
    assert.ok(whereAbsent.length > 0 || whereNarrow !== undefined);
  });
}

/** Calls of x86-64 that aarch64 lacks, and for which programs call nothing else: of the machine, or of old programs. */
const ONLY_THERE = new Set(
  [
    "arch_prctl iopl ioperm modify_ldt set_thread_area get_thread_area uretprobe uprobe",
    "_sysctl afs_syscall create_module epoll_ctl_old epoll_wait_old get_kernel_syms getpmsg putpmsg query_module",
    "security sysfs tuxcall uselib ustat vserver futimesat",
  ]
    .join(" ")
    .split(" "),
);

test("every call of x86-64 that aarch64 lacks is in the table, or nothing is called instead", () => {
  const known = new Set(counterparts.map(({ name }) => name));
  const lacking = syscallNames().filter((name) => has("x86_64", name) && !has("aarch64", name));
  assert.equal(
    lacking.filter((name) => !known.has(name) && !ONLY_THERE.has(name)),
    [],
  );
  assert.equal(
    [...ONLY_THERE].filter((name) => !lacking.includes(name)),
    [],
  );
});

test.run();
