/**
 * json-syntax: the text is not JSON.
 */

import { top, value } from "../case-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "The text is not JSON (RFC 8259). The text after such an error gets no diagnostics, since it may be misread.",
  example: { profile: '{\n  "defaultAction": "SCMP_ACT_ERRNO"\n  "syscalls": []\n}\n' },
  cases: [
    ["0x10 breaks off after the 0", value("0x10"), ["error json-syntax 3:2 | decimal"]],
    ["a missing comma", top('"flags":[]\n"comment":""'), ["error json-syntax 3:1 | comma"]],
    ["a missing colon", top('"flags"\n[]'), ["error json-syntax 3:1 | colon"]],
    ["a missing brace", '{"defaultAction":\n"SCMP_ACT_ERRNO"', ["error json-syntax 2:17 | brace"]],
    ["a second value", `${top('"flags":[]')}\n{}`, ["error json-syntax 4:1 | after the end"]],
    ["an escape that JSON has not", top('"comment":\n"\\x41"'), ["error json-syntax 3:1 | escape"]],
    ["a NUL byte in a string", top('"comment":\n"a\u0000b"'), ["error json-syntax 3:1 | control character"]],
  ],
} satisfies Explanation;
