/**
 * denies-exit: programs cannot end.
 */

import { allowing, names } from "../case-profiles.ts";
import { ESSENTIALS, profileText } from "../example-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "A program that cannot call exit_group cannot end: the C library retries forever, or crashes. Before glibc 2.39, and with musl, it makes `exit` in its place if that is allowed.",
  example: {
    profile: profileText("SCMP_ACT_ERRNO", [
      `{ "names": [${ESSENTIALS.filter((name) => name !== "exit_group")
        .map((name) => `"${name}"`)
        .join(", ")}],\n      "action": "SCMP_ACT_ALLOW" }`,
    ]),
  },
  cases: [
    [
      "exit_group is denied, and exit too",
      allowing(names('\n"exit_group","exit"', "ERRNO")).replaceAll(/"clone3?",?/g, ""),
      [
        "warning denies-exit 3:1 | exit_group and exit | cannot end",
        "warning denies-library-calls 3:14 | exit",
        "warning way-around-by-sibling 1:57 | unshare is denied, but not clone, clone3",
      ],
    ],
    [
      "exit_group is denied, which glibc needs since 2.39",
      allowing(names('\n"exit_group"', "ERRNO")),
      ["warning denies-exit 3:1 | exit_group | glibc 2.39 and later (Ubuntu 24.04, Debian 13) crash"],
    ],
    [
      "exit_group kills",
      allowing(names('\n"exit_group"', "KILL_PROCESS")),
      ["warning denies-exit 3:1 | kills for exit_group | by a signal"],
    ],
  ],
} satisfies Explanation;
