/**
 * readers-differ: seccompiler and Firecracker read a file differently.
 */

import { ofSeccompiler } from "../case-profiles.ts";
import type { Explanation } from "../explanation.ts";

const filter = (rules: string): string =>
  `{ "main": { "default_action": "log", "filter_action": "allow", "filter": [\n${rules}\n] } }\n`;
const WHERE = '"args": [{ "index": 0, "type": "dword", "op": "eq", "val": 1 }]';

export default {
  what: "Two programs read files of seccompiler's format: rust-vmm's seccompiler, and in newer versions Firecracker's own compiler. If a call has a rule without `args` beside others with them, the former keeps those with `args`, the latter the one without. An empty list of `args` is an error for the former, and every call for the latter.",
  example: { profile: filter(`{ "syscall": "socket" },\n{ "syscall": "socket", ${WHERE} }`) },
  cases: [
    [
      "a rule without conditions beside one with",
      filter(`{ "syscall": "socket" },\n{ "syscall": "socket", ${WHERE} }`),
      ["error readers-differ 2:1 | 'socket' | Firecracker | remove"],
    ],
    [
      "an empty list",
      filter('{ "syscall": "read", "args": [] }'),
      ["error readers-differ 2:30 | empty list"],
    ],
    ["only a rule with conditions", ofSeccompiler(`{ "syscall": "getpgid", ${WHERE} }`), []],
  ],
} satisfies Explanation;
