/**
 * absent-name: the profile's architectures do not have the syscall.
 */

import { denying, names, STARTS_ARM, withX86 } from "../case-profiles.ts";
import { denyingExample } from "../example-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "A note: the call exists, but on none of the architectures that the profile lists. It does no harm.",
  example: denyingExample('{ "names": ["close", "sync_file_range2"], "action": "SCMP_ACT_ALLOW" }'),
  cases: [
    [
      "a name of another architecture only",
      denying(names('\n"s390_pci_mmio_read"', "ALLOW")),
      ["note absent-name 3:1 | s390_pci_mmio_read"],
    ],
    [
      "and in a rule that kills",
      denying(names('\n"arm_fadvise64_64"', "KILL_PROCESS")),
      ["note absent-name 3:1 | arm_fadvise64_64"],
    ],
    ["a 32-bit name where x86 is a sub-architecture", withX86(names('"stat64"', "ALLOW")), []],
    [
      "arm's private calls",
      denying(names('"breakpoint","cacheflush","usr26","usr32","arm_fadvise64_64"', "ALLOW"), STARTS_ARM),
      [],
      { arch: "arm" },
    ],
    [
      "x86-64 has no socketcall",
      denying(names('\n"socketcall"', "ALLOW")),
      ["note absent-name 3:1 | socketcall"],
    ],
  ],
} satisfies Explanation;
