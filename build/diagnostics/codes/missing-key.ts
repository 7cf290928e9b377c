/**
 * missing-key: a key that every format requires is missing.
 */

import { condition, denying, rule, top } from "../case-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "A key that every format requires is missing. Without a `defaultAction` Docker and runc would run a container without a filter.",
  example: { profile: '{ "syscalls": [] }\n' },
  cases: [
    [
      "a condition without value",
      condition('"index":0,"op":"SCMP_CMP_EQ"'),
      ["error missing-key 3:1 | 'value'"],
    ],
    [
      "a condition without index",
      condition('"value":0,"op":"SCMP_CMP_EQ"'),
      ["error missing-key 3:1 | 'index'"],
    ],
    ["a condition without op", condition('"value":0,"index":0'), ["error missing-key 3:1 | 'op'"]],
    ["valueTwo may be left out", condition('"index":0,"op":"SCMP_CMP_MASKED_EQ","value":1'), []],
    ["a rule without action", denying('{"names":["ptrace"]}'), ["error missing-key 2:1 | 'action'"]],
    ["a rule of nothing", denying("{}"), ["error missing-key 2:1 | 'action'", "error no-names 2:1"]],
    [
      "args: [{}]",
      rule("ALLOW", '"args":[\n{}]'),
      ["error missing-key 4:1 | 'index'", "error missing-key 4:1 | 'value'", "error missing-key 4:1 | 'op'"],
    ],
    ["an empty object does not say what is denied", "{}", ["error missing-key 1:1 | 'defaultAction'"]],
    [
      "a config.json without a profile",
      '{"ociVersion":"1.0.2","linux":{"namespaces":[]}}',
      ["error missing-key 1:1 | config.json | linux.seccomp"],
    ],
    [
      "a config.json without linux",
      '{"ociVersion":"1.0.2","process":{}}',
      ["error missing-key 1:1 | config.json | linux.seccomp"],
    ],
    [
      "a config.json whose profile is null",
      '{"ociVersion":"1.0.2","linux":{"seccomp":null}}',
      ["error missing-key 1:1 | linux.seccomp"],
    ],
    [
      "an entry of archMap without its architecture",
      top('"archMap":[\n{}]'),
      ["error missing-key 3:1 | 'architecture'"],
    ],
  ],
} satisfies Explanation;
