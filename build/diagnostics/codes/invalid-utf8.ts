/**
 * invalid-utf8: the file is not UTF-8.
 */

import { bytes } from "../case-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "JSON is UTF-8. The position is that of the first byte that is not valid UTF-8.",
  example: {
    profile: Uint8Array.from(
      [...'{ "defaultAction": "'].map((c) => c.charCodeAt(0)).concat(0xff, 0x22, 0x7d, 0x0a),
    ),
    shown: '{ "defaultAction": "\\xff"}',
  },
  cases: [
    ["a byte that is not UTF-8", bytes('"comment":\n"a\\xff"'), ["error invalid-utf8 3:3 | UTF-8"]],
    ["a surrogate as UTF-8", bytes('"comment":\n"a\\xed\\xa0\\x80"'), ["error invalid-utf8 3:3 | UTF-8"]],
    ["UTF-16", new Uint8Array([0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00]), ["error invalid-utf8 1:1 | UTF-8"]],
  ],
} satisfies Explanation;
