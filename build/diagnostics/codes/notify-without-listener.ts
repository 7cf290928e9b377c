/**
 * notify-without-listener: NOTIFY needs a seccomp agent, and the profile names none.
 */

import { denying, STARTS, top } from "../case-profiles.ts";
import { profileText } from "../example-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "SCMP_ACT_NOTIFY lets another process, a seccomp agent, decide about a call; without one every such call would fail. Name the Unix socket on which the agent listens as listenerPath. A launch can name it by --listener PATH instead, and the operator's policy by 'listener'.",
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
      "NOTIFY with the path of an agent",
      top(`"listenerPath":"/run/agent.sock"`).replace(
        STARTS,
        `${STARTS},{"names":["ptrace"],"action":\n"SCMP_ACT_NOTIFY"}`,
      ),
      [],
    ],
    [
      "a flag that needs a listener",
      top('"flags":[\n"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"]'),
      ["error notify-without-listener 3:1 | listener | remove"],
    ],
    [
      "a flag that needs a listener, beside NOTIFY: one mistake",
      top('"flags":["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"]').replace(
        STARTS,
        `${STARTS},{"names":["ptrace"],"action":\n"SCMP_ACT_NOTIFY"}`,
      ),
      ["error notify-without-listener 4:1"],
    ],
    [
      "a flag that needs a listener, and the path of one",
      top('"listenerPath":"/run/agent.sock","flags":["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"]'),
      [],
    ],
  ],
} satisfies Explanation;
