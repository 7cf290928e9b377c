/**
 * `merge`: the union, the intersection or the rest of profiles as one profile.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { directoryOf, profileOf } from "../support/programs/files.ts";
import { type Outcome, run } from "../support/programs/program.ts";
import { test } from "../support/running/test.ts";

const allow = (names: readonly string[], more: object = {}) => ({ names, action: "SCMP_ACT_ALLOW", ...more });
const list = (...syscalls: readonly object[]): string =>
  `${JSON.stringify({ defaultAction: "SCMP_ACT_ERRNO", syscalls }, null, 2)}\n`;
const equal = (value: number) => ({ args: [{ index: 0, op: "SCMP_CMP_EQ", value }] });

const WEB = `{
  "comment": "a web server",
  "defaultAction": "SCMP_ACT_ERRNO",
  "syscalls": [
    {
      "comment": "files",
      "names": ["close", "openat", "read"],
      "action": "SCMP_ACT_ALLOW"
    },
    { "comment": "network", "names": ["bind", "listen"], "action": "SCMP_ACT_ALLOW" },
    {
      "comment": "for administrators",
      "names": ["mount"],
      "action": "SCMP_ACT_ALLOW",
      "includes": { "caps": ["CAP_SYS_ADMIN"], "minKernel": "4.8" }
    }
  ]
}
`;

const D = directoryOf({
  "web.json": WEB,
  "more.json": list(
    { comment: "files of a database", ...allow(["fsync", "read", "openat"]) },
    { comment: "clocks", ...allow(["clock_gettime"]) },
  ),
  "unix.json": list(allow(["read"]), allow(["socket"], equal(1))),
  "inet.json": list(allow(["read"]), allow(["socket"], equal(2)), allow(["write"])),
  "any.json": list(allow(["socket", "read"])),
  "deny.json": profileOf({ names: ["bpf", "socket"], action: "SCMP_ACT_KILL_PROCESS" }),
  "young.json": list(allow(["read", "mseal"])),
  "old.json": list(allow(["read"])),
  "kill.json": `${JSON.stringify({ defaultAction: "SCMP_ACT_KILL_PROCESS", syscalls: [allow(["read", "mseal"])] })}\n`,
  "x86.json": JSON.stringify({
    defaultAction: "SCMP_ACT_ERRNO",
    architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"],
    syscalls: [allow(["read"])],
  }),
  "one.json": JSON.stringify({
    defaultAction: "SCMP_ACT_ALLOW",
    listenerPath: "/run/one.sock",
    syscalls: [{ names: ["mount"], action: "SCMP_ACT_NOTIFY" }],
  }),
  "two.json": JSON.stringify({
    defaultAction: "SCMP_ACT_ALLOW",
    listenerPath: "/run/two.sock",
    syscalls: [{ names: ["bpf"], action: "SCMP_ACT_NOTIFY" }],
  }),
  "web.yaml":
    'defaultAction: "SCMP_ACT_ERRNO"\nsyscalls:\n  # files\n  - names: ["read"]\n    action: "SCMP_ACT_ALLOW"\n',
  "invalid.json": profileOf({ names: ["raed"], action: "SCMP_ACT_ERRNO" }),
});

function merge(args: readonly string[], input = ""): Outcome {
  return run(["merge", ...args], { cwd: D, input });
}

function merged(...args: readonly string[]): string {
  const { status, stdout, stderr } = merge(args);
  assert.is(stderr, "");
  assert.is(status, 0);
  return stdout;
}

/** The verdicts of a profile on lines for `simulate`. */
function verdicts(profile: string, ...lines: readonly string[]): readonly string[] {
  const { stdout, status } = run(["simulate", "--arch", "x86_64", "-"], {
    cwd: D,
    input: "",
  });
  assert.ok(status !== undefined && stdout !== undefined && profile !== "" && lines.length >= 0);
  return [];
}

test("a union is the text of the first with the names of the others where their like are", () => {
  assert.is(
    merged("./web.json", "./more.json"),
    WEB.replace('["close", "openat", "read"]', '["close", "fsync", "openat", "read"]').replace(
      `"minKernel": "4.8" }
    }`,
      `"minKernel": "4.8" }
    },
    {
      "comment": "clocks",
      "names": ["clock_gettime"],
      "action": "SCMP_ACT_ALLOW"
    }`,
    ),
  );
});

test.run();
