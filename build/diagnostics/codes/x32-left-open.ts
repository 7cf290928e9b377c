/**
 * x32-left-open: the profile lists x32.
 */

import { allowing, names, top } from "../case-profiles.ts";
import { denyingExample } from "../example-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "x32 is a second set of numbers for nearly all calls of x86-64, for programs with 32-bit pointers, which are rare; most kernels do not support it.",
  example: {
    ...denyingExample(),
    profile: String(denyingExample().profile).replace("\n", '\n  "architectures": ["SCMP_ARCH_X32"],\n'),
  },
  cases: [
    [
      "x32 is a second way in",
      top('"architectures":["SCMP_ARCH_X86_64",\n"SCMP_ARCH_X32"]'),
      ["note x32-left-open 3:1 | x32 | on kernels with x32 | SCMP_ARCH_X32"],
    ],
    [
      "x32 as a sub-architecture",
      top('"archMap":[{"architecture":"SCMP_ARCH_X86_64","subArchitectures":[\n"SCMP_ARCH_X32"]}]'),
      ["note x32-left-open 3:1 | x32"],
    ],
    [
      "what adds nothing to a default action that lets everything through",
      allowing(names('"acct"', "ERRNO")).replace(
        "{",
        '{"architectures":["SCMP_ARCH_X86_64","SCMP_ARCH_X32"],',
      ),
      [],
    ],
  ],
} satisfies Explanation;
