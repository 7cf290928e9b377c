/**
 * condition-on-nothing: a condition on an argument that the call does not take.
 */

import { condition, denying, withX86 } from "../case-profiles.ts";
import { denyingExample } from "../example-profiles.ts";
import type { Explanation } from "../explanation.ts";

const clone3 = (index: number): string =>
  denying(`{"names":["clone3"],"action":"SCMP_ACT_ERRNO","errnoRet":38,"args":[
{"index":${index},"op":"SCMP_CMP_NE","value":88}]}`);

const rule = (names: string, index: number): string =>
  `{"names":[${names}],"action":"SCMP_ACT_ALLOW","args":[
{"index":${index},"op":"SCMP_CMP_EQ","value":5}]}`;

export default {
  what: "The condition compares an argument that the call does not have, so what decides is what a register happens to hold: another program, another compiler or another version of a library gets another verdict. The signatures are the kernel's, on each architecture of the profile.",
  example: denyingExample(
    '{ "names": ["umask"], "action": "SCMP_ACT_ALLOW",\n      "args": [{ "index": 1, "value": 18, "op": "SCMP_CMP_EQ" }] }',
  ),
  cases: [
    [
      "the third of two",
      clone3(2),
      [
        "warning condition-on-nothing 3:1 | only 2 arguments on x86_64 (clone_args * uargs, size_t size) | argument 2",
      ],
    ],
    ["the second of two", clone3(1), []],
    [
      "a call without arguments",
      denying(rule('"getpid"', 0)),
      ["warning condition-on-nothing 3:1 | getpid takes no arguments on x86_64, so"],
    ],
    [
      "several calls, and one that has it",
      denying(rule('"getpid","getppid","umask"', 0)),
      ["warning condition-on-nothing 3:1 | getpid, getppid take no argument 0"],
    ],
    [
      "only on another architecture of the profile",
      withX86(rule('"fadvise64"', 5)),
      ["warning condition-on-nothing 3:1 | x86"],
    ],
    [
      "the arguments of a call that takes them in memory on another architecture",
      withX86(rule('"mmap"', 2)),
      ["note redundant-rule 2:1"],
    ],
    [
      "a condition that always holds",
      condition('"index":5,"op":"SCMP_CMP_GE","value":0'),
      ["warning condition-always-holds 3:1"],
    ],
  ],
} satisfies Explanation;
