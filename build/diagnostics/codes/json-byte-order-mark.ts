/**
 * json-byte-order-mark: the text begins with a byte order mark.
 */

import { top } from "../case-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "Some editors write a byte order mark before the text. Docker, the OCI runtimes and Mesos do not accept such a file.",
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
