/**
 * yaml-not-plain: something in YAML that its readers take differently, or that JSON cannot express.
 */

import { inYaml } from "../case-profiles.ts";
import type { Explanation } from "../explanation.ts";

const HEAD = "kind: SeccompProfile\nspec:\n  defaultAction: SCMP_ACT_ALLOW\n";

export default {
  what: "Kubernetes reads YAML 1.1, where an unquoted `no` is false; in YAML 1.2 it is a word. What readers do not agree about, and what JSON does not have (aliases, tags, merge keys, keys that are no words), is an error. So is a character that ends a line, and with it a comment, for some readers only (U+0085, U+2028, U+2029, a carriage return alone), or that some refuse (control characters, a byte order mark inside of the file), directives such as `%YAML`, and a `---` with more on its line. Numbers are written with decimal digits. A YAML text may have 256 KiB, and 65536 words, signs and line ends.",
  example: {
    profile:
      "kind: SeccompProfile\nspec:\n  defaultAction: SCMP_ACT_ERRNO\n  syscalls:\n  - action: &allow SCMP_ACT_ALLOW\n    names: [read]\n  - action: *allow\n    names: [on]\n",
  },
  cases: [
    [
      "an alias",
      `${HEAD}  flags: &none []\n  architectures: *none\n`,
      ["error yaml-not-plain 5:18 | alias | write the value"],
    ],
    ["an anchor that nothing refers to", inYaml("  flags: &none []"), []],
    ["a tag", `${HEAD}  flags: !!seq []\n`, ["error yaml-not-plain 4:16 | tag"]],
    ["a merge key", `${HEAD}  <<: { flags: [] }\n`, ["error yaml-not-plain 4:3 | merge key"]],
    [
      "a word of YAML 1.1",
      inYaml("  listenerMetadata: no"),
      ["error yaml-not-plain 4:21 | 'no' | in quotes"],
    ],
    [
      "a character that ends a line, and a comment, for some readers",
      `${HEAD}  syscalls:\n  - action: SCMP_ACT_ERRNO\n    names:\n    - mkdirat # reviewed\u0085    - mkdir\n`,
      ["error yaml-not-plain 7:25 | U+0085 | comment | line feed"],
    ],
    ["a carriage return before a line feed", inYaml("  flags: [] # none\r"), []],
    ["a directive", `%YAML 1.2\n---\n${HEAD}`, ["error yaml-not-plain 1:1 | directives"]],
    ["outside of the profile", `metadata:\n  labels:\n    seccomp: on\n${inYaml("  flags: []")}`, []],
    [
      "more than one document",
      `${HEAD}---\nkind: Pod\n`,
      ["error two-profiles 5:1 | 2 YAML documents | a file of its own"],
    ],
    [
      "a duplicate key",
      `${HEAD}  defaultAction: SCMP_ACT_LOG\n`,
      ["error json-duplicate-key 4:3 | 'defaultAction'"],
    ],
    [
      "an octal number",
      `${HEAD}  syscalls:\n  - names: [mkdir]\n    action: SCMP_ACT_ERRNO\n    errnoRet: 015\n`,
      ["error json-not-an-integer 7:15 | '015' | digits"],
    ],
  ],
} satisfies Explanation;
