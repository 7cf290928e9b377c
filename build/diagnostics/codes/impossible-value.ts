/**
 * impossible-value: a condition compares an argument with a value that it can never have.
 */

import { denying } from "../case-profiles.ts";
import { denyingExample } from "../example-profiles.ts";
import type { Explanation } from "../explanation.ts";

const socket = (op: string, value: string, more = ""): string =>
  denying(
    `{"names":["socket"],"action":"SCMP_ACT_ERRNO","errnoRet":97,"args":[{"index":0,"op":"SCMP_CMP_${op}","value":\n${value}${more}}]}`,
  );
const WARNING = "warning impossible-value 3:1 | 32 bits";

export default {
  what: "The kernel takes some arguments in 32 bits (an `int` such as the domain of socket), whatever the upper half of the register holds. So do conditions. A value above 2^32 is compared as the kernel would take it as an argument, by its lower half; in comparisons by size it is above all that the argument can be. Negative numbers may be written in 32 or in 64 bits. `--wide-arguments` compares 64 bits, as other engines do.",
  example: denyingExample(
    '{ "names": ["socket"], "action": "SCMP_ACT_ALLOW",\n      "args": [{ "index": 0, "value": 4294967298, "op": "SCMP_CMP_EQ" }] }',
  ),
  cases: [
    ["EQ with an upper half", socket("EQ", "4294967334"), [`${WARNING} | 38`]],
    [
      "GE 2^32 never holds",
      socket("GE", "4294967296"),
      ["warning never-applies 2:1", `${WARNING} | never holds`],
    ],
    [
      "LT 2^32 always holds",
      socket("LT", "4294967296"),
      ["warning condition-always-holds 2:69", `${WARNING} | always holds`],
    ],
    ["-1 in 32 bits", socket("EQ", "4294967295"), []],
    ["-1 in 64 bits", socket("EQ", "18446744073709551615"), []],
    [
      "a mask that asks for zero upper bits",
      socket("MASKED_EQ", "18446744073709551615", ',"valueTwo":1'),
      [],
    ],
    [
      "a mask that asks for upper bits",
      denying(
        `{"names":["socket"],"action":"SCMP_ACT_ERRNO","errnoRet":97,"args":[{"index":0,"op":"SCMP_CMP_MASKED_EQ","value":18446744073709551615,"valueTwo":\n4294967296}]}`,
      ),
      [`${WARNING} | mask`],
    ],
  ],
} satisfies Explanation;
