/**
 * unknown-key: no format knows the key.
 */

import { condition, denying, rule, top } from "../case-profiles.ts";
import { denyingExample } from "../example-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "No format knows the key, so it has no effect. In the operator's policy this is an error. A profile may have comments anywhere, of which nothing is said: `comment`, `description`, `note`, `title`, `version` and the like, and keys that begin with `_`, `$`, `//`, `#` or `x-`, unless a key of a profile follows, as in `_args`.",
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
      "comments everywhere",
      top(
        '"_comment":"why","$comment":["a","b"],"//":"x","#":1,"description":"x","$schema":"x","version":2,"x-owner":{}, "_comment_2":"","title":""',
      ),
      [],
    ],
    [
      "comments in a rule, its condition and its filter",
      denying(
        '{"_comment":"a","names":["personality"],"action":"SCMP_ACT_ALLOW","//why":"","includes":{"_note":"","caps":["CAP_SYS_ADMIN"]},"args":[{"comment":"8","index":0,"op":"SCMP_CMP_EQ","value":8}]}',
      ),
      [],
    ],
    [
      "a key that was probably meant to have an effect is no comment",
      rule("ALLOW", '"_args":[],\n"//names":[],\n"x-include":{},\n"$arg":[]'),
      [
        "warning unknown-key 3:1 | '_args' | 'args'",
        "warning unknown-key 4:1 | '//names'",
        "warning unknown-key 5:1 | 'x-include'",
        "warning unknown-key 6:1 | '$arg'",
      ],
    ],
    [
      "the suggestion is a key that is valid there",
      denying('{"names":["ptrace"],"action":"SCMP_ACT_ALLOW","args":[],\n"nmae":1}'),
      ["warning unknown-key 3:1 | 'name'"],
    ],
  ],
} satisfies Explanation;
