import * as assert from "uvu/assert";
import { test } from "../../test/support/running/test.ts";
import { type ArchitectureName, architectureByName } from "./architectures.ts";
import { instead } from "./same-elsewhere.ts";

const CASES: readonly (readonly [ArchitectureName, name: string, calls: string])[] = [
  ["x86_64", "umount", "umount2"],
  ["x86_64", "stat64", "stat"],
  ["aarch64", "stat64", "newfstatat"],
  ["x86_64", "clock_gettime64", "clock_gettime"],
  ["x86_64", "mmap2", "mmap"],
  ["x86_64", "_llseek", "lseek"],
  ["x86_64", "setresuid32", "setresuid"],
  ["x86_64", "waitpid", "wait4"],
  ["x86_64", "recv", "recvfrom"],
  ["x86_64", "stime", "settimeofday clock_settime adjtimex clock_adjtime"],
  ["aarch64", "open", "openat"],
  ["aarch64", "fork", "clone"],
  ["aarch64", "umount", "umount2"],
  ["x86_64", "vm86", ""],
  ["x86_64", "socketcall", ""],
];
for (const [arch, name, calls] of CASES) {
  test(`on ${arch} ${name} is done by ${calls || "nothing"}`, () => {
    const found = architectureByName(arch);
    assert.ok(found !== undefined);
    assert.is(instead(found, name).join(" "), calls);
  });
}

test.run();
