/**
 * errno-range: an errno is too large.
 */

import { rule, top } from "../case-profiles.ts";
import { profileText } from "../example-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "The kernel accepts errnos up to 4095, and for SCMP_ACT_TRACE numbers up to 65535.",
  example: {
    profile: profileText("SCMP_ACT_ALLOW", [
      '{ "names": ["mkdir"], "action": "SCMP_ACT_ERRNO", "errnoRet": 4096 }',
    ]),
  },
  cases: [
    ["errno 0 lets the call seem to succeed", rule("ERRNO", '"errnoRet":0'), []],
    ["errno 4095", rule("ERRNO", '"errnoRet":4095'), []],
    ["errno 4096", rule("ERRNO", '"errnoRet":\n4096'), ["error errno-range 4:1 | 'errnoRet' | 4095 | 4096"]],
    ["errno 65536", rule("ERRNO", '"errnoRet":\n65536'), ["error errno-range 4:1 | 4095"]],
    [
      "defaultErrnoRet 4096",
      top('"defaultErrnoRet":\n4096'),
      ["error errno-range 3:1 | 'defaultErrnoRet' | 4095"],
    ],
    ["TRACE has 16 bits for the tracer, not an errno", rule("TRACE", '"errnoRet":65535'), []],
  ],
} satisfies Explanation;
