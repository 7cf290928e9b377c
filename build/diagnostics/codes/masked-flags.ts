/**
 * masked-flags: a rule that should deny flags denies the calls without them.
 */

import { allowing } from "../case-profiles.ts";
import { profileText } from "../example-profiles.ts";
import type { Explanation } from "../explanation.ts";

/** A rule at 2:1, with its condition at 3:1. */
function rule(name: string, condition: string, action = "ERRNO"): string {
  return `{"names":["${name}"],"action":"SCMP_ACT_${action}","args":[\n{${condition}}]}`;
}

/** A profile that allows a call but for these rules. */
function permitting(name: string, rules: string): string {
  return allowing(rules).replace(`"${name}",`, "");
}

function masked(index: number, value: number, valueTwo?: number): string {
  const two = valueTwo === undefined ? "" : `,"valueTwo":${valueTwo}`;
  return `"index":${index},"op":"SCMP_CMP_MASKED_EQ","value":${value}${two}`;
}

const NEWUSER = 0x10000000;

export default {
  what: "SCMP_CMP_MASKED_EQ compares the bits of the argument that are set in `value` with `valueTwo`, which is 0 if it is left out. A rule that denies with a flag as `value` and without `valueTwo` denies the calls that do not have the flag, and lets those through that have it. (In a rule that allows this is the usual form: Docker allows `clone` so if it makes no namespace.) With several flags as `value` and as `valueTwo`, only a call that has all of them is denied.",
  example: {
    profile: profileText("SCMP_ACT_ALLOW", [
      '{ "names": ["clone"], "action": "SCMP_ACT_ERRNO", "args": [{ "index": 0, "op": "SCMP_CMP_MASKED_EQ", "value": 268435456 }] }',
    ]),
  },
  cases: [
    [
      "clone without CLONE_NEWUSER",
      permitting("clone", rule("clone", masked(0, NEWUSER))),
      [
        "warning prevents-fallback 1:67 | clone3",
        'warning masked-flags 3:1 | denies clone WITHOUT CLONE_NEWUSER, so fork and threads fail | "valueTwo": 268435456',
        "warning way-around-by-sibling 1:57 | not clone",
      ],
    ],
    [
      "clone with CLONE_NEWUSER",
      permitting("clone", rule("clone", masked(0, NEWUSER, NEWUSER))),
      ["warning prevents-fallback 1:67 | clone3", "warning way-around-by-sibling 1:57 | not clone"],
    ],
    [
      "memory that is not executed",
      allowing(rule("mprotect", masked(2, 4))),
      [
        "warning denies-dynamic-loader 2:11 | mprotect",
        "warning masked-flags 3:1 | mprotect WITHOUT PROT_EXEC",
      ],
    ],
  ],
} satisfies Explanation;
