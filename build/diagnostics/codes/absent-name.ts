/**
 * absent-name: the profile's architectures do not have the syscall.
 */

import { allowing, denying, names, STARTS_ARM, withX86 } from "../case-profiles.ts";
import { profileText } from "../example-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "The call exists, but on none of the architectures that the profile lists, so the name has no effect. It is reported where something is to be done: the rule denies it, and another call does the same on the architectures that are listed, so that what was to be denied is open (denying only `umount` on x86_64 leaves `umount2` open); the rule allows it, and what programs call instead is not allowed; or only 32-bit programs make the call, and the profile does not list their architecture. Other such names stand there for other machines.",
  example: {
    profile: profileText("SCMP_ACT_ALLOW", ['{ "names": ["umount"], "action": "SCMP_ACT_ERRNO" }']),
  },
  cases: [
    [
      "a name of another architecture only has nothing to be done about",
      denying(names('"s390_pci_mmio_read"', "ALLOW")),
      [],
    ],
    ["and in a rule that kills", denying(names('"arm_fadvise64_64"', "KILL_PROCESS")), []],
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
      ["note absent-name 3:1 | socketcall | 32-bit programs are killed: list SCMP_ARCH_X86"],
    ],
    [
      "what programs call instead is in the same rule, which holds with a capability",
      denying(
        '{"names":["umount",\n"umount2"],"action":"SCMP_ACT_ALLOW","includes":{"caps":["CAP_SYS_ADMIN"]}}',
      ),
      ["note absent-name 2:11 | umount | 32-bit programs are killed"],
    ],
    [
      "what programs call instead is denied",
      denying(names('\n"sigreturn"', "ALLOW")),
      ["note absent-name 3:1 | sigreturn | allow rt_sigreturn: programs on x86_64 call it instead"],
    ],
    [
      "one note for all rules",
      denying(`${names('\n"socketcall"', "ALLOW")},\n${names('"ipc"', "ALLOW")}`),
      ["note absent-name 3:1 | socketcall, ipc: naming them has no effect"],
    ],
    [
      "a rule for other machines",
      denying(
        '{"names":["arm_fadvise64_64","sync_file_range2"],"action":"SCMP_ACT_ALLOW","includes":{"arches":["arm","arm64"]}}',
      ),
      [],
    ],
    [
      "what programs of arm call under another name: arm_sync_file_range has the number of sync_file_range2",
      denying(names('\n"sync_file_range2"', "ALLOW"), STARTS_ARM),
      [
        "note absent-name 3:1 | sync_file_range2 | allow arm_sync_file_range: programs on arm call it instead",
      ],
      { arch: "arm" },
    ],
    [
      "both names are there",
      denying(names('"sync_file_range2","arm_sync_file_range"', "ALLOW"), STARTS_ARM),
      [],
      { arch: "arm" },
    ],
    [
      "only what is to be changed is named",
      denying(names('\n"sigreturn","vm86"', "ALLOW")),
      ["note absent-name 3:1 | has sigreturn: naming it"],
    ],
    [
      "a denied call whose job another one does",
      allowing(names('\n"waitpid","fadvise64_64"', "ERRNO")),
      [
        "warning absent-name 3:1 | waitpid, fadvise64_64 | wait4, fadvise64 do their job there and are let through | deny wait4, fadvise64 as well",
      ],
    ],
    ["both are denied", allowing(names('"waitpid","wait4"', "ERRNO")), []],
    [
      "the other one is denied with some arguments",
      allowing(
        `${names('\n"fcntl64"', "ERRNO")},\n{"names":["fcntl"],"action":"SCMP_ACT_ERRNO","args":[{"index":1,"op":"SCMP_CMP_EQ","value":1024}]}`,
      ),
      [],
    ],
    ["nothing does the job", allowing(names('"vm86"', "ERRNO")), []],
    [
      "ENOSYS makes programs call the other one",
      allowing('{"names":["waitpid"],"action":"SCMP_ACT_ERRNO","errnoRet":38}'),
      [],
    ],
    [
      "the names of x86_64 on aarch64",
      allowing(names('\n"chmod","epoll_create"', "ERRNO")),
      ["warning absent-name 3:1 | chmod, epoll_create | fchmodat, epoll_create1"],
      { arch: "aarch64" },
    ],
  ],
} satisfies Explanation;
