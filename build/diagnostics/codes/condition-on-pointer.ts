/**
 * condition-on-pointer: a condition on an address.
 */

import { allowing, denying, withX86 } from "../case-profiles.ts";
import { denyingExample } from "../example-profiles.ts";
import type { Explanation } from "../explanation.ts";

const rule = (name: string, index: number, op: string, value: number | string, two = 0): string =>
  `{"names":["${name}"],"action":"SCMP_ACT_ALLOW","args":[
{"index":${index},"op":"SCMP_CMP_${op}","value":${value},"valueTwo":${two}}]}`;

export default {
  what: "The condition compares an address. A filter sees the address, not what is there, and where a program has its data says nothing about the call. Only a comparison with 0 makes sense: it tells whether there is anything at all.",
  example: denyingExample(
    '{ "names": ["mkdir"], "action": "SCMP_ACT_ALLOW",\n      "args": [{ "index": 0, "value": 448, "op": "SCMP_CMP_EQ" }] }',
  ),
  cases: [
    [
      "the flags of open are not the first argument",
      denying(rule("open", 0, "EQ", 2)),
      ["warning condition-on-pointer 3:1 | argument 0 of open, 'filename' (char *), is an address on x86_64"],
    ],
    ["the mode of access is the second", denying(rule("access", 1, "EQ", 2)), []],
    [
      "the family of a socket is not in a register of socketcall",
      withX86(rule("socketcall", 1, "EQ", 1)),
      ["warning condition-on-pointer 3:1 | 'args' (unsigned long *) | x86,"],
    ],
    ["whether there is data", denying(rule("rt_sigprocmask", 1, "EQ", 0)), []],
    ["in other words", denying(rule("rt_sigprocmask", 1, "GE", 1)), []],
    ["under a mask", denying(rule("rt_sigprocmask", 1, "MASKED_EQ", "18446744073709551615")), []],
    [
      "under a narrower mask",
      denying(rule("rt_sigprocmask", 1, "MASKED_EQ", 4095)),
      ["warning condition-on-pointer 3:1 | nset"],
    ],
    [
      "a path that is NULL",
      denying(rule("open", 0, "EQ", 0)),
      ["warning condition-on-pointer 3:1 | NULL | fails | remove the rule"],
    ],
    [
      "where another rule allows the call anyway",
      denying(rule("openat", 1, "EQ", 0)),
      ["warning condition-on-pointer 3:1 | remove the rule"],
    ],
    [
      "a denial by chance",
      allowing(rule("mkdir", 0, "EQ", 5).replace("ALLOW", "ERRNO")),
      ["warning condition-on-pointer 3:1 | or remove the condition"],
    ],
    ["a path that is not", denying(rule("open", 0, "NE", 0)), []],
    ["a path without which the descriptor itself is meant", denying(rule("utimensat", 1, "EQ", 0)), []],
  ],
} satisfies Explanation;
