/**
 * unknown-key: no format knows the key.
 */

import { condition, denying, rule, top } from "../case-profiles.ts";
import { denyingExample } from "../example-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "No format knows the key, so it has no effect. In the operator's policy this is an error.",
  example: denyingExample('{ "names": ["close"], "action": "SCMP_ACT_ALLOW", "arg": [] }'),
  cases: [
    [
      "60 levels of an unknown key",
      top(`"x":${"[".repeat(60)}${"]".repeat(60)}`),
      ["warning unknown-key 2:1 | 'x'"],
    ],
    ["an unknown key", top('"nmae":1'), ["warning unknown-key 2:1 | 'nmae'"]],
    [
      "a misspelt key of a rule",
      rule("ALLOW", '"inclueds":{}'),
      ["warning unknown-key 3:1 | 'inclueds' | 'includes'"],
    ],
    [
      "a misspelt key of a filter",
      rule("ALLOW", '"includes":{\n"cap":[]}'),
      ["warning unknown-key 4:1 | 'cap' | 'caps'"],
    ],
    [
      "a misspelt key of a condition",
      condition('"index":0,"op":"SCMP_CMP_EQ","value":1,\n"valuTwo":1'),
      ["warning unknown-key 4:1 | 'valuTwo' | 'valueTwo'"],
    ],
    [
      "a misspelt key of the default",
      top('"defaultErnoRet":38'),
      ["warning unknown-key 2:1 | 'defaultErrnoRet'"],
    ],
    [
      "keys that every JavaScript object has",
      rule("ALLOW", '"__proto__":1,\n"toString":1'),
      ["warning unknown-key 3:1 | '__proto__'", "warning unknown-key 4:1 | 'toString'"],
    ],
    [
      "a comment, and Docker's empty filters",
      rule("ALLOW", '"comment":"why","includes":{},"excludes":{}'),
      [],
    ],
    [
      "the suggestion is a key that is valid there",
      denying('{"names":["ptrace"],"action":"SCMP_ACT_ALLOW","args":[],\n"nmae":1}'),
      ["warning unknown-key 3:1 | 'name'"],
    ],
  ],
} satisfies Explanation;
