/**
 * unknown-capability: no capability has that name.
 */

import { rule } from "../case-profiles.ts";
import { profileText } from "../example-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "No capability has that name, see capabilities(7). An error if the rule could then deny less or allow more than intended, else a warning.",
  example: {
    profile: profileText("SCMP_ACT_ERRNO", [
      '{ "names": ["bpf"], "action": "SCMP_ACT_ALLOW", "excludes": { "caps": ["SYS_ADMIN"] } }',
    ]),
  },
  cases: [
    [
      "a misspelt capability that allows less",
      rule("ALLOW", '"includes":{"caps":[\n"CAP_SYS_ADMN"]}'),
      ["warning unknown-capability 4:1 | 'CAP_SYS_ADMN' | 'CAP_SYS_ADMIN'"],
    ],
    [
      "a misspelt capability that denies less",
      rule("KILL_PROCESS", '"includes":{"caps":[\n"CAP_SYS_ADMN"]}'),
      ["error unknown-capability 4:1 | 'CAP_SYS_ADMIN'"],
    ],
    [
      "a misspelt capability that allows more",
      rule("ALLOW", '"excludes":{"caps":[\n"CAP_SYS_ADMN"]}'),
      ["error unknown-capability 4:1 | 'CAP_SYS_ADMIN'"],
    ],
    [
      "a misspelt capability that denies more",
      rule("KILL_PROCESS", '"excludes":{"caps":[\n"CAP_SYS_ADMN"]}'),
      ["warning unknown-capability 4:1 | 'CAP_SYS_ADMIN'"],
    ],
    [
      "a capability without CAP_",
      rule("ALLOW", '"includes":{"caps":[\n"SYS_ADMIN"]}'),
      ["warning unknown-capability 4:1 | 'CAP_SYS_ADMIN'"],
    ],
  ],
} satisfies Explanation;
