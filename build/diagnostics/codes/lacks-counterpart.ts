/**
 * lacks-counterpart: an allow list lacks a call that programs make on another architecture.
 */

import { allowing, denying, names, STARTS_ANYWHERE, withX86, X86 } from "../case-profiles.ts";
import { denyingExample } from "../example-profiles.ts";
import type { Explanation } from "../explanation.ts";

const withAarch64 = (rules: string): string =>
  denying(rules).replace(
    "{",
    '{"archMap":[{"architecture":"SCMP_ARCH_X86_64"},{"architecture":"SCMP_ARCH_AARCH64"}],',
  );

export default {
  what: "Architectures differ in the calls that they have, so C libraries do not make the same ones everywhere: where there is no `dup2`, they call `dup3`. The profile lists such an architecture and allows a call, but not what replaces it there, so programs that work on one architecture fail on another. 32-bit programs call `mmap2` instead of `mmap`, and do not start without it. `src/tables/counterparts.ts` lists the calls.",
  example: {
    ...denyingExample('{ "names": ["dup2", "poll"], "action": "SCMP_ACT_ALLOW" }'),
    profile: String(
      denyingExample('{ "names": ["dup2", "poll"], "action": "SCMP_ACT_ALLOW" }').profile,
    ).replace("\n", '\n  "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_AARCH64"],\n'),
  },
  cases: [
    [
      "aarch64 has only dup3",
      withAarch64(names('"dup2"', "ALLOW")),
      ["note lacks-counterpart 2:11 | programs on aarch64 call dup3 (for dup2)"],
    ],
    ["both are allowed", withAarch64(names('"dup2","dup3"', "ALLOW")), []],
    ["aarch64 is not listed", denying(names('"dup2"', "ALLOW")), []],
    [
      "aarch64 is the machine",
      denying(names('"dup2"', "ALLOW"), STARTS_ANYWHERE),
      ["note absent-name 2:11 | dup2"],
      { arch: "aarch64" },
    ],
    ["what is not allowed needs no counterpart", withAarch64(names('"getpid"', "ALLOW")), []],
    [
      "several, and one that replaces two",
      withAarch64(names('"fork","vfork","select"', "ALLOW")),
      ["note lacks-counterpart 2:11 | clone (for fork, vfork), pselect6 (for select)"],
    ],
    [
      "32-bit programs do not start",
      denying(names('"fcntl"', "ALLOW")).replace("{", `{${X86},`),
      ["note lacks-counterpart 1:177 | x86 do not start | mmap2 | fcntl64, mmap2"],
    ],
    [
      "32-bit programs start, and lack another call",
      withX86(names('"fcntl"', "ALLOW")),
      ["note lacks-counterpart 2:11 | programs on x86 call fcntl64 (for fcntl)"],
    ],
    ["a deny list lacks nothing", `{${X86},${allowing(names('"mmap2","umount"', "ERRNO")).slice(1)}`, []],
  ],
} satisfies Explanation;
