/**
 * prevents-fallback: libraries do not fall back to older calls.
 */

import { allowing, denying, names, STARTS_BEFORE_STATX, withX86 } from "../case-profiles.ts";
import { allow, ESSENTIALS, profileText } from "../example-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "Libraries try a newer call first, and fall back to an older one only if the answer is ENOSYS, as on a kernel that lacks it. Any other answer they pass on: with EPERM for `clone3`, `pthread_create` fails in glibc 2.34 and later; with EPERM for `statx`, `ls -l` shows nothing. The launcher answers ENOSYS by itself to calls younger than all that the profile names; so this is about older ones, and about engines of `--for` that do not. Allow the calls, or deny them by a rule with ENOSYS, which is 38 on most architectures.",
  example: {
    profile: profileText("SCMP_ACT_ERRNO", [allow([...ESSENTIALS, "newfstatat", "openat2"])]),
  },
  cases: [
    [
      "an older call than the youngest that is named gets the default",
      denying(names('"newfstatat","openat2"', "ALLOW"), STARTS_BEFORE_STATX.replace('"newfstatat",', "")),
      ['warning prevents-fallback 1:18 | statx gets ERRNO(EPERM), | ls -l | "errnoRet": 38'],
    ],
    [
      "a rule answers with another errno",
      allowing(names('\n"statx","renameat2"', "ERRNO")),
      ["warning prevents-fallback 3:1 | statx, renameat2 | mv"],
    ],
    [
      "the answer is ENOSYS, or the older call is denied too",
      denying(
        `${names('"statx"', "ERRNO").replace("}", ',"errnoRet":38}')},\n${names('"newfstatat","openat2"', "ALLOW")}`,
        STARTS_BEFORE_STATX.replace('"newfstatat",', ""),
      ),
      [],
    ],
    [
      "the vDSO gives the answer of clock_gettime64, and glibc passes it on",
      withX86(names('\n"clock_gettime64"', "ERRNO").replace("}", ',"errnoRet":38}')),
      ["note prevents-fallback 3:1 | clock_gettime64 gets ERRNO(ENOSYS) on x86 | allow clock_gettime64"],
    ],
    ["a handler of SIGSYS answers", allowing(names('"renameat2"', "TRAP")), []],
    ["a younger call gets ENOSYS", denying(names('"faccessat"', "ALLOW")), []],
  ],
} satisfies Explanation;
