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
const denying = (more: object, ...syscalls: readonly object[]): string =>
  JSON.stringify({ defaultAction: "SCMP_ACT_ERRNO", ...more, syscalls });
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
const END = `"minKernel": "4.8" }
    }`;

const D = directoryOf({
  "web.json": WEB,
  "more.json": denying(
    {},
    { comment: "files of a database", ...allow(["fsync", "read", "openat"]) },
    { comment: "clocks", ...allow(["clock_gettime"]) },
  ),
  "unix.json": denying({}, allow(["socket"], equal(1))),
  "any.json": denying({}, allow(["socket", "read"])),
  "deny.json": profileOf({ names: ["bpf", "socket"], action: "SCMP_ACT_KILL_PROCESS" }),
  "young.json": denying({}, allow(["read", "mseal"])),
  "old.json": denying({}, allow(["read"])),
  "more-old.json": denying({ defaultErrnoRet: 38 }, allow(["write"])),
  "x86.json": denying({ architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"] }, allow(["read"])),
  "x86-any.json": denying({ architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"] }, allow(["socket"])),
  "x86-unix.json": denying(
    { architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"] },
    allow(["socket"], equal(1)),
    allow(["socketcall"]),
  ),
  "one.json": profileOf({ names: ["mount"], action: "SCMP_ACT_NOTIFY" }).replace(
    "{",
    '{ "listenerPath": "/run/one.sock",',
  ),
  "two.json": profileOf({ names: ["bpf"], action: "SCMP_ACT_NOTIFY" }).replace(
    "{",
    '{ "listenerPath": "/run/two.sock",',
  ),
  "vmm.json": JSON.stringify({
    vmm: {
      mismatch_action: "trap",
      match_action: "allow",
      filter: [{ syscall: "lseek", args: [{ index: 1, type: "dword", op: "eq", val: 5 }] }],
    },
  }),
  "object.yaml":
    "apiVersion: security-profiles-operator.x-k8s.io/v1beta1\nkind: SeccompProfile\nmetadata:\n  name: web\nspec:\n" +
    "  defaultAction: SCMP_ACT_ERRNO\n  syscalls:\n  - names: [read]\n    action: SCMP_ACT_ALLOW\n",
  "invalid.json": profileOf({ names: ["raed"], action: "SCMP_ACT_ERRNO" }),
});

const MACHINE = ["--arch", "x86_64", "--kernel", "6.12"];

function merge(args: readonly string[], input = ""): Outcome {
  return run(["merge", ...MACHINE, ...args], { cwd: D, input });
}

function merged(...args: readonly string[]): string {
  const { status, stdout, stderr } = merge(args);
  assert.is(stderr, "");
  assert.is(status, 0);
  return stdout;
}

/** The rules of a merged profile. */
function rules(...args: readonly string[]): unknown {
  return JSON.parse(merged(...args)).syscalls;
}

function refused(...args: readonly string[]): string {
  const { status, stdout, stderr } = merge(args);
  assert.equal([status, stdout], [1, ""], stderr);
  return stderr;
}

test("a union is the text of the first, with names added where their like are and other rules at the end", () => {
  assert.is(
    merged("./web.json", "./more.json"),
    WEB.replace('"close", "openat", "read"', '"close", "fsync", "openat", "read"').replace(
      END,
      `${END},
    {
      "comment": "clocks",
      "names": ["clock_gettime"],
      "action": "SCMP_ACT_ALLOW"
    }`,
    ),
  );
});

test("a profile merged with itself is its text", () => {
  assert.is(merged("./web.json", "./web.json", "./web.json"), WEB);
  assert.is(merged("--intersect", "./web.json", "./web.json"), WEB);
  assert.is(
    merged("builtin:default.json", "builtin:default.json"),
    readFileSync("profiles/default.json", "utf8"),
  );
});

test("an intersection leaves the names that all let through", () => {
  assert.is(
    merged("--intersect", "./web.json", "./more.json"),
    `{
  "comment": "a web server",
  "defaultAction": "SCMP_ACT_ERRNO",
  "syscalls": [
    {
      "comment": "files",
      "names": ["openat", "read"],
      "action": "SCMP_ACT_ALLOW"
    }
  ]
}
`,
  );
});

test("a rest leaves what no other lets through, and still names the youngest call", () => {
  assert.is(
    merged("--subtract", "./web.json", "./more.json"),
    WEB.replace('"close", "openat", "read"', '"close"').replace(
      END,
      `${END},
    {
      "comment": "the youngest call that the merged profiles name: a call that is younger still gets ENOSYS",
      "names": ["openat"],
      "action": "SCMP_ACT_ERRNO",
      "errnoRet": 1
    }`,
    ),
  );
});

test("conditions are joined and cut", () => {
  const one = { index: 0, value: 1, op: "SCMP_CMP_EQ" };
  const youngest =
    "the youngest call that the merged profiles name: a call that is younger still gets ENOSYS";
  assert.equal(rules("--intersect", "./any.json", "./unix.json"), [allow(["socket"], { args: [one] })]);
  assert.equal(rules("./any.json", "./unix.json"), [allow(["socket", "read"])]);
  assert.equal(rules("--subtract", "./any.json", "./unix.json"), [
    allow(["read"]),
    allow(["socket"], { args: [{ ...one, op: "SCMP_CMP_NE" }] }),
  ]);
  assert.equal(rules("--subtract", "./unix.json", "./any.json"), [
    { comment: youngest, names: ["socket"], action: "SCMP_ACT_ERRNO", errnoRet: 1 },
  ]);
});

test("profiles with different defaults: the less restrictive one for a union, the other for an intersection", () => {
  const union = JSON.parse(merged("./unix.json", "./deny.json"));
  assert.equal(union, {
    defaultAction: "SCMP_ACT_ALLOW",
    syscalls: [
      {
        names: ["socket"],
        action: "SCMP_ACT_ERRNO",
        errnoRet: 1,
        args: [{ index: 0, value: 1, op: "SCMP_CMP_NE" }],
      },
      { names: ["bpf"], action: "SCMP_ACT_ERRNO", errnoRet: 1 },
    ],
  });
  const intersection = JSON.parse(merged("--intersect", "./deny.json", "./old.json"));
  assert.is(intersection.defaultAction, "SCMP_ACT_ERRNO");
  assert.equal(intersection.syscalls.at(-1), { names: ["read"], action: "SCMP_ACT_ALLOW" });
});

test("of two errnos the first profile's counts", () => {
  assert.is(JSON.parse(merged("./old.json", "./more-old.json")).defaultErrnoRet, undefined);
  assert.is(JSON.parse(merged("./more-old.json", "./old.json")).defaultErrnoRet, 38);
});

test("the result is as old as the youngest of the profiles", () => {
  const verdict = (profile: string, call: string): string =>
    run(["simulate", ...MACHINE, profile], { cwd: D, input: `${call}\n` }).stdout;
  run(["merge", ...MACHINE, "--intersect", "-o", "age.json", "./young.json", "./old.json"], { cwd: D });
  assert.is(verdict("./age.json", "x86_64 mseal"), "ERRNO(EPERM)\n");
  assert.is(verdict("./age.json", "x86_64 setxattrat"), "ERRNO(ENOSYS)\n");
  assert.ok(Array.isArray(rules("--unknown-syscalls=default", "--intersect", "./young.json", "./old.json")));
});

test("what one list of architectures cannot say is refused, unless all are read as if they had the same", () => {
  assert.match(
    refused("./x86.json", "./unix.json"),
    /^seccomp-exec: error: the union cannot be written as one profile: on x86_64, \.\/x86\.json judges calls of x86 by its rules, and \.\/unix\.json does not list it and so kills the calls; socket\S* .*would be judged otherwise there\nseccomp-exec: hint: list the same architectures in all of them, or have them read so: --same-architectures\n$/,
  );
  assert.equal(JSON.parse(merged("--same-architectures", "./x86.json", "./unix.json")).architectures, [
    "SCMP_ARCH_X86_64",
    "SCMP_ARCH_X86",
  ]);
  assert.is(JSON.parse(merged("--intersect", "./x86.json", "./old.json")).architectures, undefined);
});

test("calls that are made through socketcall get rules of their own where conditions would deny them", () => {
  const through = rules("--intersect", "./x86-unix.json", "./x86-any.json") as readonly { names: string[] }[];
  assert.equal(through.at(-1), {
    comment: "socket through socketcall",
    names: ["socketcall"],
    action: "SCMP_ACT_ALLOW",
    args: [{ index: 0, value: 1, op: "SCMP_CMP_EQ" }],
  });
});

test("a filter has one agent", () => {
  assert.match(
    refused("--intersect", "./one.json", "./two.json"),
    "the profiles ask two agents, /run/one.sock and /run/two.sock",
  );
  assert.equal(rules("./one.json", "./two.json"), []);
});

test("profiles in other forms are merged as JSON in Docker's form", () => {
  const mask = { index: 1, value: 4294967295, valueTwo: 5, op: "SCMP_CMP_MASKED_EQ" };
  assert.equal(JSON.parse(merged("./object.yaml", "./vmm.json")), {
    defaultAction: "SCMP_ACT_ERRNO",
    syscalls: [
      { names: ["read"], action: "SCMP_ACT_ALLOW" },
      { names: ["lseek"], action: "SCMP_ACT_ALLOW", args: [mask] },
    ],
  });
});

test("standard input, a file for the result, and a summary", () => {
  const { status, stdout, stderr } = merge(
    ["-o", "out.json", "./web.json", "-"],
    readFileSync(join(D, "more.json"), "utf8"),
  );
  assert.equal([status, stdout], [0, ""]);
  assert.match(
    stderr,
    /^seccomp-exec: the union of \.\/web\.json, standard input: 4 rules with 8 names, of 3 with 6 in the first; proven on \d+ machines\n$/,
  );
  assert.is(run(["check", ...MACHINE, "./out.json"], { cwd: D }).status, 0);
  assert.is(readFileSync(join(D, "out.json"), "utf8"), merged("./web.json", "./more.json"));
});

test("an invalid profile and contradicting options are refused", () => {
  assert.match(refused("./old.json", "./invalid.json"), "unknown syscall 'raed'");
  const { status, stderr } = merge(["--intersect", "--subtract", "./old.json", "./old.json"]);
  assert.is(status, 2);
  assert.match(stderr, "--intersect and --subtract are both given");
  assert.is(merge(["./old.json"]).status, 2);
});

test.run();
