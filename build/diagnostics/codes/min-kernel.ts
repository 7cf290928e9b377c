/**
 * min-kernel: minKernel is not of the form X.Y.
 */

import { CAN_CALL_PERF, perfWhere, rule } from "../case-profiles.ts";
import { profileText } from "../example-profiles.ts";
import type { Case, Explanation } from "../explanation.ts";

export default {
  what: "`minKernel` has the form `X.Y`, each part from 0 to 255, as Docker reads it: not `4`, `4.8.1`, or an empty string.",
  example: {
    profile: profileText("SCMP_ACT_ERRNO", [
      '{ "names": ["ptrace"], "action": "SCMP_ACT_ALLOW", "includes": { "minKernel": "4.8.1" } }',
    ]),
  },
  cases: [
    ...["4.8.1", "4", "", "0.0", "256.0", "4.256", "v4.8", " 4.8", "-1.0", "3.10.0-1160.el7", "6.1+"].map(
      (kernel): Case => [
        `minKernel "${kernel}"`,
        rule("ALLOW", `"includes":{"minKernel":\n"${kernel}"}`),
        [`error min-kernel 4:1 | '${kernel}' | X.Y`],
      ],
    ),
    ['excludes, too: "4"', rule("ALLOW", '"excludes":{"minKernel":\n"4"}'), ["error min-kernel 4:1 | '4'"]],
    [
      'minKernel "4.8" on 4.8',
      perfWhere('"includes":{"minKernel":"4.8"}'),
      [CAN_CALL_PERF],
      { kernel: "4.8" },
    ],
    ['minKernel "4.8" on 4.7', perfWhere('"includes":{"minKernel":"4.8"}'), [], { kernel: "4.7" }],
    [
      'minKernel "4.08" is 4.8, as to Docker',
      perfWhere('"includes":{"minKernel":"4.08"}'),
      [CAN_CALL_PERF],
      { kernel: "4.8" },
    ],
    ['minKernel "4.08" on 4.7', perfWhere('"includes":{"minKernel":"4.08"}'), [], { kernel: "4.7" }],
    ['minKernel "4.10" is above 4.9', perfWhere('"includes":{"minKernel":"4.10"}'), [], { kernel: "4.9" }],
    [
      'minKernel "4.9" is below 4.10',
      perfWhere('"includes":{"minKernel":"4.9"}'),
      [CAN_CALL_PERF],
      { kernel: "4.10" },
    ],
    ['minKernel "5.0" is above 4.20', perfWhere('"includes":{"minKernel":"5.0"}'), [], { kernel: "4.20" }],
    ["minKernel in excludes", perfWhere('"excludes":{"minKernel":"4.8"}'), [], { kernel: "4.8" }],
    [
      "minKernel in excludes, below",
      perfWhere('"excludes":{"minKernel":"4.8"}'),
      [CAN_CALL_PERF],
      { kernel: "4.7" },
    ],
  ],
} satisfies Explanation;
