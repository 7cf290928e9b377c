/**
 * archmap-and-architectures: a profile has both lists of architectures.
 */

import { STARTS_X86, top, X86 } from "../case-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "`archMap` is Docker's and Mesos's list of architectures, `architectures` the OCI's. Docker refuses a file with both.",
  example: {
    profile:
      '{\n  "defaultAction": "SCMP_ACT_ERRNO",\n  "archMap": [{ "architecture": "SCMP_ARCH_X86_64" }],\n  "architectures": ["SCMP_ARCH_X86"]\n}\n',
  },
  cases: [
    [
      "architectures with archMap",
      top('"architectures":\n["SCMP_ARCH_X86_64"],"archMap":[{"architecture":"SCMP_ARCH_X86_64"}]'),
      ["error archmap-and-architectures 3:1 | 'architectures' | 'archMap' | keep"],
    ],
    ["architectures alone", top('"architectures":["SCMP_ARCH_X86_64","SCMP_ARCH_X86"]', STARTS_X86), []],
    ["archMap alone", top(X86, STARTS_X86), []],
    ["both are empty or null", top('"architectures":null,"archMap":[]'), []],
  ],
} satisfies Explanation;
