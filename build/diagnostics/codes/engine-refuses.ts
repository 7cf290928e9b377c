/**
 * engine-refuses: an engine does not take the file.
 */

import { forMesos, inYaml } from "../case-profiles.ts";
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
      "keys that Kubernetes's SeccompProfile does not have",
      inYaml('  comment: "a word"\n  defaultErrnoRet: 38'),
      [
        "note engine-note 3:3 | under containerd and CRI-O",
        "note engine-note 3:18",
        "error engine-refuses 4:3 | no key 'comment' | kubectl | comment of YAML",
        "error engine-refuses 5:3 | no key 'defaultErrnoRet' | errnoRet",
      ],
      { for: "kubernetes" },
    ],
    [
      "keys that it has, and comments of YAML",
      inYaml("  # seccomp-exec: accept x32-left-open: why\n  state: Enabled"),
      ["note engine-note 3:3", "note engine-note 3:18", "note unused-acceptance 4:3 | x32-left-open"],
      { for: "kubernetes" },
    ],
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
