/**
 * unknown-architecture: no architecture has that name.
 */

import { rule, top } from "../case-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "The architecture is unknown: `archMap` and `architectures` use the names of seccomp.h (`SCMP_ARCH_X86_64`), `arches` uses Go's (`amd64`) or libseccomp's (`x86_64`). An error if it could leave a call allowed, else a warning.",
  example: {
    profile: '{\n  "defaultAction": "SCMP_ACT_ERRNO",\n  "architectures": ["SCMP_ARCH_AMD64"]\n}\n',
  },
  cases: [
    [
      "a misspelt architecture",
      top('"architectures":[\n"SCMP_ARCH_X86_46"]'),
      ["error unknown-architecture 3:1 | 'SCMP_ARCH_X86_46' | 'SCMP_ARCH_X86_64'"],
    ],
    [
      "Go's name for an architecture",
      top('"architectures":[\n"amd64"]'),
      ["error unknown-architecture 3:1 | 'amd64' | 'SCMP_ARCH_X86_64'"],
    ],
    [
      "a misspelt sub-architecture",
      top('"archMap":[{"architecture":"SCMP_ARCH_X86_64","subArchitectures":[\n"SCMP_ARCH_X68"]}]'),
      ["error unknown-architecture 3:1 | 'SCMP_ARCH_X68' | 'SCMP_ARCH_X86'"],
    ],
    [
      "a misspelt architecture of a rule that allows",
      rule("ALLOW", '"includes":{"arches":[\n"amd46"]}'),
      ["warning unknown-architecture 4:1 | 'amd46' | 'amd64'"],
    ],
    [
      "a misspelt architecture of a rule that kills",
      rule("KILL_PROCESS", '"includes":{"arches":[\n"amd46"]}'),
      ["error unknown-architecture 4:1 | 'amd46' | 'amd64'"],
    ],
    ["the native architecture is missing from the list", top('"architectures":["SCMP_ARCH_AARCH64"]'), []],
    [
      "an architecture by Go's name",
      top('"architectures":[\n"SCMP_ARCH_AMD64"]'),
      ["error unknown-architecture 3:1 | 'SCMP_ARCH_X86_64'"],
    ],
  ],
} satisfies Explanation;
