/**
 * no-names: a rule names no syscall.
 */

import { denying } from "../case-profiles.ts";
import { profileText } from "../example-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "A rule that names no syscall has no effect, which is hardly intended. Mesos refuses it, others ignore it.",
  example: { profile: profileText("SCMP_ACT_ERRNO", ['{ "names": [], "action": "SCMP_ACT_ALLOW" }']) },
  cases: [
    ["empty names", denying('{"names":\n[],"action":"SCMP_ACT_ALLOW"}'), ["error no-names 3:1 | 'names'"]],
    ["names of null", denying('{"names":null,"action":"SCMP_ACT_ALLOW"}'), ["error no-names 2:1"]],
    ["a rule without names", denying('{"action":"SCMP_ACT_ALLOW"}'), ["error no-names 2:1"]],
  ],
} satisfies Explanation;
