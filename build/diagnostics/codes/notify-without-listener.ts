/**
 * notify-without-listener: NOTIFY needs a listener, and the launcher has none.
 */

import { denying, STARTS, top } from "../case-profiles.ts";
import { profileText } from "../example-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "SCMP_ACT_NOTIFY lets another process decide about a call. A launcher that becomes the command has no such process, and without one every such call would fail.",
  example: {
    profile: profileText("SCMP_ACT_ALLOW", ['{ "names": ["mount"], "action": "SCMP_ACT_NOTIFY" }']),
  },
  cases: [
    [
      "NOTIFY without a listener",
      denying('{"names":["ptrace"],"action":\n"SCMP_ACT_NOTIFY"}'),
      ["error notify-without-listener 3:1 | SCMP_ACT_NOTIFY | listener"],
    ],
    [
      "NOTIFY by default",
      '{"defaultAction":\n"SCMP_ACT_NOTIFY"}',
      ["error notify-without-listener 2:1 | listener"],
    ],
    [
      "NOTIFY with the path of a listener: the launcher is none",
      top(`"listenerPath":"/run/agent.sock"`).replace(
        STARTS,
        `${STARTS},{"names":["ptrace"],"action":\n"SCMP_ACT_NOTIFY"}`,
      ),
      ["error notify-without-listener 4:1"],
    ],
    [
      "a flag that needs a listener",
      top('"flags":[\n"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"]'),
      ["error notify-without-listener 3:1 | listener | remove"],
    ],
  ],
} satisfies Explanation;
