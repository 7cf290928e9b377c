/**
 * two-profiles: the file has two profiles.
 */

import { top } from "../case-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "The file has a profile at its top level and one at `linux.seccomp`, and engines would use different ones. Or it has several filters of seccompiler, of which `FILE#NAME` names one, or several YAML documents.",
  example: {
    profile:
      '{\n  "defaultAction": "SCMP_ACT_ERRNO",\n  "linux": { "seccomp": { "defaultAction": "SCMP_ACT_ALLOW" } }\n}\n',
  },
  cases: [
    [
      "two profiles",
      top(`"linux":{"seccomp":\n${top('"flags":[]')}}`),
      ["error two-profiles 3:1 | linux.seccomp | keep"],
    ],
    [
      "two filters",
      '{"a":{"default_action":"log","filter_action":"allow","filter":[]},\n"b":{}}',
      ["error two-profiles 2:1 | a, b | FILE#a"],
    ],
    [
      "a config.json",
      `{"ociVersion":"1.0.2","process":{},"linux":{"namespaces":[],"seccomp":\n${top('"flags":[]')}}}`,
      [],
    ],
  ],
} satisfies Explanation;
