/**
 * relative-path: the operator's policy, or a profile for the socket of its agent, has a relative path.
 */

import { STARTS, top } from "../case-profiles.ts";
import { profileText } from "../example-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "The operator's policy names a profile, a directory or a socket by a relative path, or a profile its listenerPath. The path would start in the task's working directory. Use an absolute path.",
  example: {
    profile: profileText(
      "SCMP_ACT_ALLOW",
      ['{ "names": ["mkdir"], "action": "SCMP_ACT_NOTIFY" }'],
      '\n  "listenerPath": "agent.sock",',
    ),
  },
  cases: [
    [
      "the path of an agent",
      top('"listenerPath":\n"agent.sock"').replace(
        STARTS,
        `${STARTS},{"names":["ptrace"],"action":"SCMP_ACT_NOTIFY"}`,
      ),
      ["error relative-path 3:1 | agent.sock | slash"],
    ],
    ["the path of an agent that nothing asks", top('"listenerPath":"agent.sock"'), []],
  ],
} satisfies Explanation;
