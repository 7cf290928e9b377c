/**
 * Mistakes in a profile, as a launch reports them: with file, line and column, before anything is installed.
 */

import * as assert from "uvu/assert";
import { denied, PROBE, ran, refused, warned } from "../support/programs/expect.ts";
import { directoryOf, profileOf, STARTS } from "../support/programs/files.ts";
import { type Outcome, run } from "../support/programs/program.ts";
import { test } from "../support/running/test.ts";

const CALL = "sched_get_priority_max";

/** Launches the probe under this profile. */
function launch(text: string | Uint8Array, ...options: readonly string[]): Outcome {
  const directory = directoryOf({ "p.json": { content: text } });
  return run(["--profile", `${directory}/p.json`, ...options, "--", PROBE]);
}

/** The profile is refused at this line and column. */
function refusedAt(place: string, text: string, ...says: readonly (string | RegExp)[]): void {
  refused(launch(text), new RegExp(`^seccomp-exec: error: \\S*/p\\.json:${place}: `, "m"), ...says);
}

/** The profile is refused at some line and column. */
function refusedSomewhere(text: string, ...says: readonly (string | RegExp)[]): void {
  refusedAt("\\d+:\\d+", text, ...says);
}

/** A profile of one rule, on its lines 3 to ..., with these members instead of its own. */
function withRule(members: Readonly<Record<string, unknown>>): string {
  return profileOf({ names: [CALL], action: "SCMP_ACT_ERRNO", errnoRet: 1001, ...members });
}

/** A profile of one rule with one condition of these members. */
function withArg(arg: unknown): string {
  return withRule({ args: [arg] });
}

// The text

test("broken JSON is refused at the place where it breaks", () => {
  refusedAt("1:1", "not JSON");
  refusedAt("2:3", "{\n  broken\n}");
  refusedAt("1:34", '{"defaultAction":"SCMP_ACT_ALLOW"');
  refusedAt("2:1", '{"defaultAction":"SCMP_ACT_ALLOW"}\n{}');
  refusedAt("1:18", "{'defaultAction':'SCMP_ACT_ALLOW'}".replaceAll("'", '"').replace('"SCMP', "'SCMP"));
});

test("a text that is no JSON at all is refused in a few lines, not in one for each of its words", () => {
  const { stderr } = launch("PATH=/bin HOME=/root\n".repeat(100));
  assert.match(stderr, /p\.json:1:1: /);
  assert.ok(stderr.split("\n").length < 20, `${stderr.split("\n").length} lines`);
});

test("a trailing comma is refused by name", () => {
  refusedSomewhere('{"defaultAction": "SCMP_ACT_ALLOW",\n}', /comma/);
  refusedSomewhere(
    '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [\n{"names": ["read"], "action": "SCMP_ACT_ALLOW"},\n]}',
    /comma/,
  );
});

test("a comment is refused by name", () => {
  refusedAt("2:1", '{\n// ours\n"defaultAction": "SCMP_ACT_ALLOW"}', /comment/);
  refusedAt("1:2", '{/* ours */"defaultAction": "SCMP_ACT_ALLOW"}', /comment/);
});

test("a byte order mark is refused by name", () => {
  refused(launch(`\ufeff${withRule({})}`), /byte order mark|BOM/, "p.json");
});

test("a NUL byte in the text is refused", () => {
  refusedSomewhere(`{"defaultAction": "SCMP_ACT_ALLOW"}\u0000`);
  refusedSomewhere(`{"defaultAction": "SCMP_ACT_ALLOW\u0000"}`);
  refusedSomewhere(`\u0000`);
});

test("an escaped NUL in a name is an unknown name, not a shorter one", () => {
  const text = withRule({}).replace(`"${CALL}"`, `"${CALL}\\u0000x"`);
  refusedSomewhere(text);
});

test("a duplicate key is refused at its second place", () => {
  refusedAt("2:1", '{"defaultAction": "SCMP_ACT_ALLOW",\n"defaultAction": "SCMP_ACT_KILL"}', "defaultAction");
  refusedAt(
    "3:1",
    '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["read"],\n"action": "SCMP_ACT_ALLOW",\n"action": "SCMP_ACT_ALLOW"}]}',
    "action",
  );
  refusedSomewhere(
    '{"defaultAction": "SCMP_ACT_ALLOW", "default\\u0041ction": "SCMP_ACT_KILL"}',
    "defaultAction",
  );
});

test("nesting of 100000 is refused without a crash", () => {
  for (const text of [
    "[".repeat(100_000),
    `${"[".repeat(100_000)}${"]".repeat(100_000)}`,
    '{"a":'.repeat(100_000),
    `{"defaultAction": "SCMP_ACT_ALLOW", "x": ${"[".repeat(100_000)}${"]".repeat(100_000)}}`,
    `{"defaultAction": "SCMP_ACT_ALLOW", "x": ${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}}`,
  ]) {
    refused(launch(text), "p.json");
  }
});

test("other JSON than an object is refused", () => {
  for (const text of ["[]", "null", "true", "1", '"default.json"']) {
    refusedAt("1:1", text);
  }
});

test("an empty object is refused: it says nothing of what is denied", () => {
  refusedSomewhere("{}", "defaultAction");
  refusedSomewhere('{"syscalls": []}', "defaultAction");
});

// Words

test("an unknown action is refused, with the nearest known one", () => {
  refusedSomewhere('{"defaultAction": "SCMP_ACT_ALOW"}', "SCMP_ACT_ALOW", "SCMP_ACT_ALLOW");
  refusedAt("8:17", withRule({ action: "SCMP_ACT_ERNO" }), "SCMP_ACT_ERNO", "SCMP_ACT_ERRNO");
  refusedSomewhere(withRule({ action: "" }));
  refusedSomewhere(withRule({ action: "scmp_act_errno" }), "SCMP_ACT_ERRNO");
  refusedSomewhere(withRule({ action: "ALLOW" }), "SCMP_ACT_ALLOW");
  refusedSomewhere(withRule({ action: "toString" }), "toString");
});

test("an unknown operator is refused, with the nearest known one", () => {
  refusedSomewhere(withArg({ index: 0, value: 1, op: "SCMP_CMP_EQUAL" }), "SCMP_CMP_EQUAL", "SCMP_CMP_EQ");
  refusedSomewhere(withArg({ index: 0, value: 1, op: "==" }), "==");
  refusedSomewhere(withArg({ index: 0, value: 1, op: "" }));
  refusedSomewhere(withArg({ index: 0, value: 1 }), "op");
});

test("an unknown flag is refused, with the nearest known one", () => {
  refusedSomewhere(
    '{"defaultAction": "SCMP_ACT_ALLOW", "flags": ["SECCOMP_FILTER_FLAG_LGO"]}',
    "SECCOMP_FILTER_FLAG_LGO",
    "SECCOMP_FILTER_FLAG_LOG",
  );
});

test("an unknown architecture in archMap is refused or warned of, with the nearest known one", () => {
  for (const archMap of [
    [{ architecture: "SCMP_ARCH_X86_46" }],
    [{ architecture: "SCMP_ARCH_X86_64", subArchitectures: ["SCMP_ARCH_X86_46"] }],
  ]) {
    const outcome = launch(JSON.stringify({ ...JSON.parse(withRule({})), archMap }));
    const says = ["'SCMP_ARCH_X86_46'", "'SCMP_ARCH_X86_64'", /p\.json:1:\d+: /];
    if (outcome.status === 0) {
      warned(outcome, denied(1001), ...says);
    } else {
      refused(outcome, ...says);
    }
  }
});

test("an unknown architecture in an OCI profile is refused, as runc does", () => {
  refusedSomewhere(
    '{"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86_46"]}',
    "SCMP_ARCH_X86_46",
    "SCMP_ARCH_X86_64",
  );
});

/** A profile that denies, but for one rule that allows what the probe does. */
function withAllowingRule(members: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({
    defaultAction: "SCMP_ACT_ERRNO",
    syscalls: [
      { names: STARTS, action: "SCMP_ACT_ALLOW" },
      { names: [CALL], action: "SCMP_ACT_ALLOW", ...members },
    ],
  });
}

test("an unknown capability is refused where its rule's denial would be lost, with the nearest known one", () => {
  refusedSomewhere(withRule({ includes: { caps: ["CAP_SYS_ADMN"] } }), "CAP_SYS_ADMN", "CAP_SYS_ADMIN");
  refusedSomewhere(
    withAllowingRule({ excludes: { caps: ["CAP_SYS_ADMN"] } }),
    "CAP_SYS_ADMN",
    "CAP_SYS_ADMIN",
  );
});

test("an unknown capability that only leaves more denied is a warning", () => {
  warned(
    launch(withRule({ excludes: { caps: ["CAP_SYS_ADMN"] } })),
    denied(1001),
    "CAP_SYS_ADMN",
    "CAP_SYS_ADMIN",
  );
  warned(launch(withAllowingRule({ includes: { caps: ["CAP_SYS_ADMN"] } })), denied(1), "CAP_SYS_ADMN");
});

test("an unknown architecture of a rule is refused where the rule's denial would be lost", () => {
  refusedSomewhere(withRule({ includes: { arches: ["amd_64"] } }), "amd_64", "amd64");
  refusedSomewhere(withAllowingRule({ excludes: { arches: ["amd_64"] } }), "amd_64", "amd64");
});

test("an unknown architecture of a rule that only leaves more denied is a warning", () => {
  warned(launch(withRule({ excludes: { arches: ["amd_64"] } })), denied(1001), "amd_64", "amd64");
  warned(launch(withAllowingRule({ includes: { arches: ["amd_64"] } })), denied(1), "amd_64", "amd64");
});

test("SCMP_ACT_NOTIFY is refused: nobody would answer", () => {
  refusedSomewhere(
    withRule({ action: "SCMP_ACT_NOTIFY", errnoRet: undefined }),
    "SCMP_ACT_NOTIFY",
    /listener/,
  );
  refusedSomewhere('{"defaultAction": "SCMP_ACT_NOTIFY"}', "SCMP_ACT_NOTIFY", /listener/);
});

test("a misspelt syscall in a rule that denies is refused, with the nearest known one", () => {
  refusedSomewhere(withRule({ names: ["sched_get_priority_mxa"] }), "sched_get_priority_mxa", CALL);
  refusedSomewhere(withRule({ names: [CALL, "Mkdir"] }), "Mkdir", "mkdir");
  refusedSomewhere(withRule({ names: [""] }));
  refusedSomewhere(withRule({ names: ["unknown"] }), "unknown");
  refusedSomewhere(withRule({ names: ["toString"] }), "toString");
});

for (const [misspelt, meant] of [
  ["opnat", "openat"],
  ["getpriorty", "getpriority"],
  ["raed", "read"],
] as const) {
  test(`a misspelt syscall (${misspelt}) in a rule that allows is a warning with the nearest one, and the command runs`, () => {
    const text = JSON.stringify({
      defaultAction: "SCMP_ACT_ERRNO",
      syscalls: [
        { names: [CALL], action: "SCMP_ACT_ERRNO", errnoRet: 1001 },
        { names: [misspelt, ...STARTS], action: "SCMP_ACT_ALLOW" },
      ],
    });
    warned(launch(text), denied(1001), `'${misspelt}'`, `'${meant}'`, /p\.json:\d+:\d+/);
  });
}

test("a syscall of another architecture is neither an error nor a warning", () => {
  ran(
    launch(withRule({ names: [CALL, "sigreturn", "s390_pci_mmio_read", "arm_fadvise64_64"] })),
    denied(1001),
  );
});

// Types

const WRONG_TOP: Readonly<Record<string, unknown>> = {
  defaultAction: [1, null, [], {}, true],
  defaultErrnoRet: ["1", 1.5, -1, 4096, true, []],
  syscalls: [{}, "read", 1, true],
  architectures: ["SCMP_ARCH_X86_64", {}, [1], [null]],
  archMap: [{}, "SCMP_ARCH_X86_64", [1], ["SCMP_ARCH_X86_64"], [{}], [{ architecture: 1 }]],
  flags: ["SECCOMP_FILTER_FLAG_LOG", {}, [1], [null]],
};

/** A message about a wrong value names its key, or shows the value. */
function naming(key: string, value: unknown): RegExp {
  const shown = typeof value === "number" ? `|\\b${value}\\b` : "";
  return new RegExp(`${key === "archMap" ? "arch" : key}${shown}`, "i");
}

for (const [key, values] of Object.entries(WRONG_TOP)) {
  for (const value of values as readonly unknown[]) {
    test(`${key}: ${JSON.stringify(value)} is refused, with its key`, () => {
      const profile = { defaultAction: "SCMP_ACT_ERRNO", [key]: value };
      refusedSomewhere(JSON.stringify(profile), naming(key, value));
    });
  }
}

const WRONG_RULE: Readonly<Record<string, readonly unknown[]>> = {
  names: ["read", {}, 1, [1], [null], [["read"]]],
  action: [1, null, [], {}],
  errnoRet: ["1", "EPERM", 1.5, -1, 4096, true, [], {}],
  args: [{}, "", 1, true, [1], [null], [[]], ["a"]],
  includes: [[], "caps", 1, true],
  excludes: [[], "caps", 1, true],
};
for (const [key, values] of Object.entries(WRONG_RULE)) {
  for (const value of values) {
    test(`${key}: ${JSON.stringify(value)} in a rule is refused`, () => {
      refusedSomewhere(withRule({ [key]: value }));
    });
  }
}

for (const key of ["includes", "excludes"]) {
  for (const value of [
    { caps: "CAP_SYS_ADMIN" },
    { caps: [1] },
    { caps: {} },
    { arches: "amd64" },
    { arches: [1] },
    { minKernel: ["4.8"] },
  ]) {
    test(`${key}: ${JSON.stringify(value)} is refused`, () => {
      refusedSomewhere(withRule({ [key]: value }));
    });
  }
}

const WRONG_ARG: Readonly<Record<string, readonly unknown[]>> = {
  index: [-1, 6, 1.5, "0", null, true, 4294967296],
  value: [-1, 1.5, 1e-1, "1", "0x10", null, true, [], {}],
  valueTwo: [-1, 1.5, "1", true, [], {}],
  op: [1, null, [], {}],
};
for (const [key, values] of Object.entries(WRONG_ARG)) {
  for (const value of values) {
    test(`${key}: ${JSON.stringify(value)} in a condition is refused`, () => {
      refusedSomewhere(
        withArg({ index: 0, value: 1, valueTwo: 0, op: "SCMP_CMP_EQ", [key]: value }),
        naming(key, value),
      );
    });
  }
}

test("a rule, a condition or a name that is no object or string is refused", () => {
  refusedSomewhere('{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [null]}');
  refusedSomewhere('{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": ["read"]}');
  refusedSomewhere('{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [[]]}');
});

test("a rule without an action, or without names, is refused", () => {
  refusedSomewhere('{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["read"]}]}', "action");
  refusedSomewhere(
    '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"action": "SCMP_ACT_ERRNO"}]}',
    "names",
  );
  refusedSomewhere('{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{}]}');
});

test("empty names are refused", () => {
  refusedSomewhere(withRule({ names: [] }), "names");
});

test("name with names is refused, name alone is fine", () => {
  refusedSomewhere(withRule({ name: "read" }), "name");
  ran(launch(withRule({ names: undefined, name: CALL })), denied(1001));
});

test("archMap with architectures is refused", () => {
  const profile = {
    defaultAction: "SCMP_ACT_ALLOW",
    architectures: ["SCMP_ARCH_X86_64"],
    archMap: [{ architecture: "SCMP_ARCH_X86_64", subArchitectures: ["SCMP_ARCH_X86"] }],
  };
  refusedSomewhere(JSON.stringify(profile), "archMap", "architectures");
});

test("args: null and args: [] are no conditions", () => {
  ran(launch(withRule({ args: null })), denied(1001));
  ran(launch(withRule({ args: [] })), denied(1001));
});

test("null for syscalls, includes, excludes and flags is as good as absent", () => {
  ran(launch(withRule({ includes: null, excludes: null })), denied(1001));
  ran(launch(JSON.stringify({ defaultAction: "SCMP_ACT_ALLOW", syscalls: null, flags: null })), "value 99\n");
});

// errno

test("an errno from 1 to 4095 is answered as it is", () => {
  ran(launch(withRule({ errnoRet: 1 })), denied(1));
  ran(launch(withRule({ errnoRet: 4095 })), denied(4095));
});

test("errno 0 lets the call seem to succeed, and is warned of or let be", () => {
  const outcome = launch(withRule({ errnoRet: 0 }));
  assert.is(outcome.stdout, "value 0\n");
  assert.is(outcome.status, 0);
});

test("an errno above 4095 is refused with the range", () => {
  refusedSomewhere(withRule({ errnoRet: 4096 }), "4095");
  refusedSomewhere('{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 4096}', "4095");
});

test("an errno above 65535 is refused with the same range, not with another", () => {
  refusedSomewhere(withRule({ errnoRet: 65536 }), "4095");
  refusedSomewhere(withRule({ errnoRet: 4294967297 }), "4095");
});

test("without errnoRet the errno is EPERM, whatever the default's is", () => {
  ran(launch(withRule({ errnoRet: undefined })), denied(1));
});

test("an errno by name is understood, an unknown name is refused", () => {
  ran(launch(withRule({ errnoRet: undefined, errno: "ENOSYS" })), denied(38));
  refusedSomewhere(withRule({ errnoRet: undefined, errno: "ENOSYSS" }), "ENOSYSS", "ENOSYS");
});

test("an errno by name and by number that differ are refused", () => {
  refusedSomewhere(withRule({ errnoRet: 1, errno: "ENOSYS" }), "errno");
});

test("an errno on an action that has none never changes the action", () => {
  const outcome = launch(withRule({ action: "SCMP_ACT_KILL_PROCESS", errnoRet: 5 }));
  assert.ok(outcome.signal === "SIGSYS" || outcome.status === 125);
});

// minKernel

for (const bad of [
  "",
  "4.8.1",
  "4",
  "v4.8",
  "4.",
  ".8",
  " 4.8",
  "4.8 ",
  "4,8",
  "0.0",
  "256.0",
  "4.256",
  "-1.0",
  "4.x",
  "5.10.0-28-amd64",
]) {
  test(`minKernel '${bad}' is refused`, () => {
    refusedSomewhere(withRule({ includes: { minKernel: bad } }), bad);
    refusedSomewhere(withRule({ excludes: { minKernel: bad } }), bad);
  });
}

test("a number for minKernel is refused, since 4.10 would be 4.1, and the message says how to write it", () => {
  refusedSomewhere(withRule({ includes: { minKernel: 4 } }), "minKernel");
  refusedSomewhere(withRule({ includes: { minKernel: 4.8 } }), /minKernel|"X\.Y"|X\.Y|string/);
});

// Keys

test("an unknown key is a warning with its place, and the command runs", () => {
  const top = JSON.stringify({ ...JSON.parse(withRule({})), defaultErnoRet: 5 });
  warned(launch(top), denied(1001), "defaultErnoRet", /p\.json:1:\d+/, "defaultErrnoRet");
  warned(launch(withRule({ errnoRat: 5 })), denied(1001), "errnoRat", /p\.json:\d+:\d+/, "errnoRet");
  warned(launch(withRule({ includes: { cap: ["CAP_CHOWN"] } })), denied(1001), "cap", /p\.json:\d+:\d+/);
});

test("a key that differs from a known one in capital letters only is refused: Go takes it, others do not", () => {
  refusedAt("\\d+:7", withRule({ errnoret: 5 }), "errnoret", "errnoRet");
  refusedSomewhere(withRule({ Action: "SCMP_ACT_ALLOW" }), "write 'action'");
  refusedSomewhere('{"defaultAction": "SCMP_ACT_ALLOW", "SYSCALLS": []}', "write 'syscalls'");
  refusedSomewhere('{"defaultAction": "SCMP_ACT_ALLOW", "\u017fyscalls": []}', "write 'syscalls'");
});

test("a comment key and Docker's and OCI's other keys are no warning", () => {
  ran(launch(withRule({ comment: "why", includes: {}, excludes: {} })), denied(1001));
});

test("a key that every JavaScript object has is only an unknown key", () => {
  const text = withRule({}).replace(
    "{",
    '{\n  "__proto__": {"defaultAction": "SCMP_ACT_KILL"},\n  "constructor": 1,',
  );
  warned(launch(text), denied(1001), "__proto__", "constructor");
});

// Together

test("several mistakes are reported together, each with its place", () => {
  const { stderr, status } = launch(
    '{\n"defaultAction": "SCMP_ACT_ALOW",\n"syscalls": [\n{"names": ["raed"], "action": "SCMP_ACT_ERNO"}\n]}',
  );
  assert.is(status, 125);
  assert.match(stderr, "p.json:2:");
  assert.match(stderr, "p.json:4:");
});

test("a profile that denies execve is refused before anything is installed", () => {
  refused(launch(withRule({ names: ["execve"] })), "execve", "p.json");
  refused(launch(withRule({ names: ["execve"], action: "SCMP_ACT_KILL" })), "execve");
  refused(launch('{"defaultAction": "SCMP_ACT_ERRNO"}'), "execve");
  refused(launch('{"defaultAction": "SCMP_ACT_KILL_PROCESS", "syscalls": []}'), "execve");
  refused(launch(withRule({ names: ["execve"], action: "SCMP_ACT_TRAP", errnoRet: undefined })), "execve");
});

test("a profile that denies only what the launch does not do, an execve without arguments, is fine", () => {
  const args = [{ index: 1, value: 0, valueTwo: 0, op: "SCMP_CMP_EQ" }];
  ran(launch(profileOf({ names: ["execve"], action: "SCMP_ACT_KILL", args })), "value 99\n");
});

test("a profile that allows only what the launch does not do, an execve without arguments, is refused", () => {
  const args = [{ index: 1, value: 0, valueTwo: 0, op: "SCMP_CMP_EQ" }];
  const syscalls = [{ names: ["execve"], action: "SCMP_ACT_ALLOW", args }];
  refused(launch(JSON.stringify({ defaultAction: "SCMP_ACT_KILL", syscalls })), "execve");
});

test("a profile that forbids execve for some addresses is refused as one of which nobody can tell", () => {
  const at = (action: string, index: number): object => ({
    names: ["execve"],
    action,
    args: [{ index, value: 4096, valueTwo: 0, op: "SCMP_CMP_EQ" }],
  });
  const hint = "a filter sees addresses, not the path";
  refused(
    launch(profileOf(at("SCMP_ACT_ERRNO", 0))),
    "execve gets ALLOW or ERRNO(EPERM), depending on the address of its path (argument 0)",
    hint,
  );
  const syscalls = [at("SCMP_ACT_ALLOW", 2)];
  refused(
    launch(JSON.stringify({ defaultAction: "SCMP_ACT_KILL_PROCESS", syscalls })),
    "execve gets KILL_PROCESS or ALLOW, depending on the address of its environment (argument 2)",
    hint,
  );
  refused(launch(profileOf(at("SCMP_ACT_TRACE", 5))), "argument 5, which execve does not use", hint);
});

test("a profile that only logs some addresses of execve is fine", () => {
  const args = [{ index: 0, value: 4096, valueTwo: 0, op: "SCMP_CMP_NE" }];
  ran(launch(profileOf({ names: ["execve"], action: "SCMP_ACT_LOG", args })), "value 99\n");
});

test("a filter that is too long for the kernel is refused with its length", () => {
  const rules = Array.from({ length: 6000 }, (_, i) => ({
    names: [CALL],
    action: "SCMP_ACT_ERRNO",
    errnoRet: 1 + (i % 2),
    args: [{ index: i % 3, value: 7919 * i + 2 ** 33 * (i % 5), valueTwo: 0, op: "SCMP_CMP_EQ" }],
  }));
  refused(
    launch(JSON.stringify({ defaultAction: "SCMP_ACT_ALLOW", syscalls: rules })),
    "4096",
    /instructions/,
  );
});

test("a warning does not hide an error, and the command does not run", () => {
  const text = JSON.stringify({ ...JSON.parse(withRule({ action: "SCMP_ACT_ERNO" })), other: 1 });
  refused(launch(text), "SCMP_ACT_ERNO");
});

test.run();
