/**
 * `inspect`: what a profile lets through, denies and decides by argument.
 */

import { join } from "node:path";
import * as assert from "uvu/assert";
import { syscallNames } from "../../src/tables/syscalls.ts";
import { directoryOf } from "../support/programs/files.ts";
import { type Outcome, PROGRAM, run, runCommand } from "../support/programs/program.ts";
import { test } from "../support/running/test.ts";

const ON_X86 = { archMap: [{ architecture: "SCMP_ARCH_X86_64", subArchitectures: ["SCMP_ARCH_X86"] }] };

const allow = (names: readonly string[], more: object = {}) => ({
  names,
  action: "SCMP_ACT_ALLOW",
  ...more,
});

const D = directoryOf({
  // An allow list with something of everything.
  "some.json": JSON.stringify({
    ...ON_X86,
    defaultAction: "SCMP_ACT_ERRNO",
    syscalls: [
      allow(["read", "write", "execve", "exit_group", "keyctl", "socketcall", "openat2"]),
      allow(["socket"], { args: [{ index: 0, value: 38, op: "SCMP_CMP_LT" }] }),
      allow(["socket"], { args: [{ index: 0, value: 39, op: "SCMP_CMP_EQ" }] }),
      allow(["socket"], { args: [{ index: 0, value: 40, op: "SCMP_CMP_GT" }] }),
      allow(["mount", "umount2", "perf_event_open"], { includes: { caps: ["CAP_SYS_ADMIN"] } }),
      allow(["perf_event_open"], { includes: { caps: ["CAP_PERFMON"] } }),
      allow(["setns"], { includes: { caps: ["CAP_SYS_ADMIN", "CAP_SYS_CHROOT"] } }),
      { names: ["keyctl"], action: "SCMP_ACT_LOG", excludes: { caps: ["CAP_SYS_ADMIN"] } },
      { names: ["clone3"], action: "SCMP_ACT_ERRNO", errnoRet: 38 },
    ],
  }),
  "all.json": JSON.stringify({ ...ON_X86, defaultAction: "SCMP_ACT_ALLOW", syscalls: [] }),
  "traced.json": JSON.stringify({
    defaultAction: "SCMP_ACT_TRACE",
    syscalls: [allow(["read"]), { names: ["write"], action: "SCMP_ACT_NOTIFY" }],
  }),
  "arm.json": JSON.stringify({
    defaultAction: "SCMP_ACT_ERRNO",
    architectures: ["SCMP_ARCH_S390X"],
    syscalls: [allow(["read"])],
  }),
  "long.json": JSON.stringify({
    defaultAction: "SCMP_ACT_ALLOW",
    syscalls: [
      {
        names: ["personality"],
        action: "SCMP_ACT_ERRNO",
        args: [0, 1, 2].map((index) => ({ index, value: 7, op: "SCMP_CMP_GE" })),
      },
      ...Array.from({ length: 1600 }, (_, i) => ({
        names: ["personality"],
        action: "SCMP_ACT_ERRNO",
        errnoRet: 1 + (i % 30),
        args: [
          { index: 0, value: 3 * i, op: "SCMP_CMP_EQ" },
          { index: 1, value: 5 * i, op: "SCMP_CMP_EQ" },
          { index: 2, value: 7 * i, op: "SCMP_CMP_EQ" },
        ],
      })),
    ],
  }),
  "invalid.json":
    '{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{ "names": ["raed"], "action": "SCMP_ACT_ERRNO" }] }',
});

const ON = ["--arch", "x86_64", "--kernel", "6.12"];

function inspect(...args: readonly string[]): Outcome {
  return run(["inspect", ...args], { cwd: D });
}

/** What it prints. */
function shown(...args: readonly string[]): string {
  const { status, stdout, stderr } = inspect(...args);
  assert.is(stderr, "");
  assert.is(status, 0);
  return stdout;
}

/** A section of the text, without its title. */
function section(text: string, title: string): readonly string[] {
  const lines = text.split("\n");
  const start = lines.indexOf(title);
  assert.ok(start >= 0, `${title} in ${text}`);
  const rest = lines.slice(start + 1);
  const end = rest.indexOf("");
  return end < 0 ? rest : rest.slice(0, end);
}

test("the whole answer about an allow list", () => {
  assert.is(
    shown(...ON, "./some.json"),
    `./some.json
  resolved for    x86_64, Linux 6.12, a caller without capabilities
  without a rule  ERRNO(EPERM)
  younger         ERRNO(ENOSYS), for calls without a rule that came after Linux 5.6
  elsewhere       KILL_PROCESS, for calls of other architectures

calls
`,
  );
});

test.run();
