/**
 * wrong-type: a value has another type than its key.
 */

import { denying, indexOf, perfWhere, rule, top, value } from "../case-profiles.ts";
import { profileText } from "../example-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "The value has a type that the key has in no format. Mesos ignores some such values, so that the rule is wider than it looks; here nothing is ignored.",
  example: {
    profile: profileText("SCMP_ACT_ERRNO", [
      '{ "names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": {} }',
    ]),
  },
  cases: [
    ["a number as a string", value('"16"'), ["error wrong-type 3:1 | 'value' | integer | string"]],
    ["a hexadecimal number as a string", value('"0x10"'), ["error wrong-type 3:1 | 'value' | string"]],
    ["a value of null", value("null"), ["error wrong-type 3:1 | 'value' | null"]],
    ["a value of true", value("true"), ["error wrong-type 3:1 | 'value'"]],
    ["a value of []", value("[]"), ["error wrong-type 3:1 | 'value' | array"]],
    ['index "0"', indexOf('"0"'), ["error wrong-type 3:1 | 'index' | string"]],
    [
      "names is a string",
      denying('{"names":\n"ptrace","action":"SCMP_ACT_ALLOW"}'),
      ["error wrong-type 3:1 | 'names' | array"],
    ],
    [
      "a name is a number",
      denying('{"names":["ptrace",\n101],"action":"SCMP_ACT_ALLOW"}'),
      ["error wrong-type 3:1 | string"],
    ],
    ["a rule is null", denying("null"), ["error wrong-type 2:1 | object | null"]],
    ["a rule is a string", denying('"ptrace"'), ["error wrong-type 2:1 | object | string"]],
    [
      "syscalls is an object",
      '{"defaultAction":"SCMP_ACT_ERRNO","syscalls":\n{}}',
      ["error wrong-type 2:1 | 'syscalls' | array"],
    ],
    [
      "no subArchitectures",
      top('"archMap":[{"architecture":"SCMP_ARCH_X86_64","subArchitectures":null}]'),
      [],
    ],
    ["archMap is an object", top('"archMap":\n{}'), ["error wrong-type 3:1 | 'archMap' | array"]],
    [
      "flags is a string",
      top('"flags":\n"SECCOMP_FILTER_FLAG_LOG"'),
      ["error wrong-type 3:1 | 'flags' | array"],
    ],
    ["args: null", rule("ALLOW", '"args":null'), []],
    ["args: []", rule("ALLOW", '"args":[]'), []],
    ["args: {}", rule("ALLOW", '"args":\n{}'), ["error wrong-type 4:1 | 'args' | array | object"]],
    [
      "args is one condition",
      rule("ALLOW", '"args":\n{"index":0,"op":"SCMP_CMP_EQ","value":0}'),
      ["error wrong-type 4:1 | 'args'"],
    ],
    ['args: ""', rule("ALLOW", '"args":\n""'), ["error wrong-type 4:1 | 'args' | string"]],
    ["args: [null]", rule("ALLOW", '"args":[\nnull]'), ["error wrong-type 4:1 | 'args' | null"]],
    [
      "minKernel 4.8, a number",
      rule("ALLOW", '"includes":{"minKernel":\n4.8}'),
      ["error wrong-type 4:1 | 'minKernel' | string"],
    ],
    [
      'errno "1", a string',
      rule("ERRNO", '"errnoRet":\n"1"'),
      ["error wrong-type 4:1 | 'errnoRet' | string"],
    ],
    [
      "a number for the name",
      rule("ERRNO", '"errno":\n1'),
      ["error wrong-type 4:1 | 'errno' | string | write \"errnoRet\": 1"],
    ],
    [
      "a number for the default name",
      top('"defaultErrno":\n38'),
      ["error wrong-type 3:1 | 'defaultErrno' | string | write \"defaultErrnoRet\": 38"],
    ],
    [
      "an object for the name",
      rule("ERRNO", '"errno":\n{}'),
      ["error wrong-type 4:1 | 'errno' must be a string"],
    ],
    ["null", "null", ["error wrong-type 1:1 | object | null"]],
    ["an array of profiles", `[${top('"flags":[]')}]`, ["error wrong-type 1:1 | object | array"]],
    ["a string", '"default.json"', ["error wrong-type 1:1 | object | string"]],
    ["includes and excludes of null", rule("ALLOW", '"includes":null,"excludes":null'), []],
    [
      "includes is an array",
      rule("ALLOW", '"includes":\n[]'),
      ["error wrong-type 4:1 | 'includes' | object"],
    ],
    [
      "caps is a string",
      rule("ALLOW", '"includes":{"caps":\n"CAP_BPF"}'),
      ["error wrong-type 4:1 | 'caps' | array"],
    ],
    [
      "arches is a string",
      rule("ALLOW", '"includes":{"arches":\n"amd64"}'),
      ["error wrong-type 4:1 | 'arches' | array"],
    ],
    [
      "a config.json with the profile's name",
      '{"ociVersion":"1.0.2","linux":{"seccomp":\n"default.json"}}',
      ["error wrong-type 2:1 | 'seccomp'"],
    ],
    ["a number in quotes", value('"16"'), ["error wrong-type 3:1 | write 16, without quotes"]],
    ["a hexadecimal number in quotes", value('"0x10"'), ["error wrong-type 3:1 | write 16, without quotes"]],
    [
      "minKernel as a number",
      perfWhere('"includes":{"minKernel":\n4.8}'),
      ['error wrong-type 3:1 | write "4.8"'],
    ],
  ],
} satisfies Explanation;
