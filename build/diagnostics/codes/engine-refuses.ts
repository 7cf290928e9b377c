/**
 * engine-refuses: an engine does not take the file.
 */

import { forMesos } from "../case-profiles.ts";
import { READ } from "../example-profiles.ts";
import type { Explanation } from "../explanation.ts";

const FOR_MESOS = forMesos();

export default {
  what: "With `--for`: the engine does not accept the file. For Mesos the message is its own.",
  example: {
    profile: `{ "defaultAction": "SCMP_ACT_ERRNO", "archMap": [],\n  "syscalls": [\n    ${READ.replace(" }", ', "includes": {}, "excludes": {} }')}\n  ]\n}\n`,
    args: ["--for", "mesos"],
  },
  cases: [
    [
      "a profile that Mesos accepts",
      FOR_MESOS,
      ["note engine-note 1:45", "note engine-note 1:18"],
      { for: "mesos" },
    ],
    [
      "a rule without args: other engines do not need it",
      FOR_MESOS.replace(',"args":[]', ""),
      [
        "note engine-note 1:45",
        "note engine-note 1:18",
        "error engine-refuses 2:1 | Mesos | 'args' | convert --to mesos",
      ],
      { for: "mesos" },
    ],
    [
      "Docker can",
      FOR_MESOS.replace(',"args":[]', ""),
      ["note engine-note 1:45", "note engine-note 1:18"],
      { for: "docker" },
    ],
  ],
} satisfies Explanation;
