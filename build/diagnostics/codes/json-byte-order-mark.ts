/**
 * json-byte-order-mark: a byte order mark stands before the text.
 */

import { top } from "../case-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "Some editors put a mark before the text. Docker, the OCI runtimes and Mesos do not take a file with one.",
  example: {
    profile: '\ufeff{ "defaultAction": "SCMP_ACT_ERRNO" }\n',
    shown: '\\ufeff{ "defaultAction": "SCMP_ACT_ERRNO" }',
  },
  cases: [
    [
      "a byte order mark",
      `\ufeff${top('"flags":[]')}`,
      ["error json-byte-order-mark 1:1 | byte order mark | UTF-8"],
    ],
  ],
} satisfies Explanation;
