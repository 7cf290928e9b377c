/**
 * From profiles to policies: selected rules, the meaning of names, and which unknown names are fatal.
 */

import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  ALL_CAPS,
  architecture,
  KERNEL,
  profileOf,
  X32,
  X86,
  X86_64,
} from "../../test/support/fixtures/policies.ts";
import { type ArchitectureName, architectures } from "../tables/architectures.ts";
import { syscallId, syscallSince } from "../tables/syscalls.ts";
import type { Policy, PolicyRule } from "./policy.ts";
import { type ResolveResult, resolve } from "./resolve.ts";
import type { Target } from "./target.ts";

const TARGET: Target = { arch: X86_64, kernel: KERNEL, caps: 0n };

function resolved(
  value: object,
  target: Partial<Target> = {},
  unknownSyscalls: "enosys" | "default" = "enosys",
): ResolveResult {
  return resolve(profileOf(JSON.stringify(value)), { ...TARGET, ...target }, { unknownSyscalls });
}

/** The policy of a profile without diagnostics. */
function clean(value: object, target: Partial<Target> = {}): Policy {
  const { policy, diagnostics } = resolved(value, target);
  assert.equal(diagnostics, []);
  if (policy === undefined) {
    throw new Error("no policy");
  }
  return policy;
}

/** The diagnostics, as `SEVERITY CODE POINTER`. */
function said({ diagnostics }: ResolveResult): string[] {
  return diagnostics.map(({ severity, code, pointer }) => `${severity} ${code} ${pointer}`);
}

function rulesOn(policy: Policy, name: string): readonly PolicyRule[] | undefined {
  return policy.rules.of(syscallId(name));
}

/** Whether a rule with these selectors applies there. */
function selected(parts: object, target: Partial<Target> = {}): boolean {
  const rule = { names: ["read"], action: "SCMP_ACT_ALLOW", ...parts };
  const policy = clean({ defaultAction: "SCMP_ACT_ERRNO", syscalls: [rule] }, target);
  return rulesOn(policy, "read") !== undefined;
}

function on(name: ArchitectureName): Partial<Target> {
  return { arch: architecture(name) };
}

const ADMIN = 1n << 21n;
const CHOWN = 1n;

test("includes.caps requires all of them, excludes.caps any", () => {
  const caps = ["CAP_SYS_ADMIN", "CAP_CHOWN"];
  for (const [held, included, excluded] of [
    [0n, false, false],
    [ADMIN, false, true],
    [CHOWN, false, true],
    [ADMIN | CHOWN, true, true],
    [ALL_CAPS, true, true],
    [ALL_CAPS & ~CHOWN, false, true],
    [ALL_CAPS & ~CHOWN & ~ADMIN, false, false],
  ] as const) {
    assert.is(selected({ includes: { caps } }, { caps: held }), included, `includes ${held}`);
    assert.is(selected({ excludes: { caps } }, { caps: held }), !excluded, `excludes ${held}`);
  }
});

test("the highest capability is a bit like the others", () => {
  const includes = { caps: ["CAP_CHECKPOINT_RESTORE"] };
  assert.ok(selected({ includes }, { caps: 1n << 40n }));
  assert.not(selected({ includes }, { caps: (1n << 40n) - 1n }));
});

test("arches are Go's names or libseccomp's, and mean the native one", () => {
  for (const word of ["amd64", "x86_64"]) {
    assert.ok(selected({ includes: { arches: [word] } }), word);
    assert.not(selected({ includes: { arches: [word] } }, on("aarch64")), word);
    assert.not(selected({ includes: { arches: [word] } }, on("x32")), word);
    assert.not(selected({ excludes: { arches: ["arm64", word] } }), word);
    assert.ok(selected({ excludes: { arches: [word] } }, on("s390x")), word);
  }
  assert.ok(selected({ includes: { arches: ["s390x", "arm64", "ppc64le"] } }, on("aarch64")));
  assert.ok(selected({ includes: { arches: ["mips64p32le"] } }, on("mipsel64n32")));
  assert.ok(selected({ includes: { arches: [] } }));
});

test("minKernel is compared with the running kernel", () => {
  for (const [version, kernel, reached] of [
    ["4.8", 4 * 256 + 8, true],
    ["4.8", 4 * 256 + 7, false],
    ["4.10", 4 * 256 + 9, false],
    ["4.9", 4 * 256 + 10, true],
    ["5.0", 4 * 256 + 255, false],
    ["0.1", KERNEL, true],
  ] as const) {
    const selector = { minKernel: version };
    assert.is(selected({ includes: selector }, { kernel }), reached, `includes ${version}`);
    assert.is(selected({ excludes: selector }, { kernel }), !reached, `excludes ${version}`);
  }
});

test("includes requires all its conditions, excludes any of them", () => {
  const both = { caps: ["CAP_CHOWN"], arches: ["amd64"], minKernel: "5.0" };
  const [yes, no] = [
    { kernel: 5 * 256, caps: CHOWN },
    { kernel: 4 * 256, caps: 0n, arch: X86 },
  ];
  for (const right of [[], ["kernel"], ["caps"], ["arch"], ["kernel", "caps"], ["kernel", "caps", "arch"]]) {
    const target = {
      kernel: right.includes("kernel") ? yes.kernel : no.kernel,
      caps: right.includes("caps") ? yes.caps : no.caps,
      arch: right.includes("arch") ? X86_64 : X86,
    };
    assert.is(selected({ includes: both }, target), right.length === 3, `includes ${right}`);
    assert.is(selected({ excludes: both }, target), right.length === 0, `excludes ${right}`);
  }
});

test("a rule that is both included and excluded does not apply", () => {
  const selectors = { includes: { caps: ["CAP_CHOWN"] }, excludes: { caps: ["CAP_SYS_ADMIN"] } };
  assert.ok(selected(selectors, { caps: CHOWN }));
  assert.not(selected(selectors, { caps: CHOWN | ADMIN }));
  assert.not(selected(selectors, { caps: 0n }));
});

const names = (policy: Policy): string => policy.architectures.map(({ name }) => name).join(" ");

test("the native architecture is always judged, and comes first", () => {
  const action = { defaultAction: "SCMP_ACT_ALLOW" };
  for (const arch of architectures) {
    assert.is(names(clean(action, { arch })), arch.name);
    assert.is(names(clean({ ...action, architectures: [] }, { arch })), arch.name);
    assert.is(names(clean({ ...action, archMap: [] }, { arch })), arch.name);
  }
  assert.is(names(clean({ ...action, architectures: ["SCMP_ARCH_X86", "SCMP_ARCH_X86_64"] })), "x86_64 x86");
});

test("archMap adds the sub-architectures of the native one, once each, by its first entry", () => {
  const archMap = [
    { architecture: "SCMP_ARCH_AARCH64", subArchitectures: ["SCMP_ARCH_ARM"] },
    {
      architecture: "SCMP_ARCH_X86_64",
      subArchitectures: ["SCMP_ARCH_X86", "SCMP_ARCH_X86", "SCMP_ARCH_X86_64"],
    },
    { architecture: "SCMP_ARCH_X86_64", subArchitectures: ["SCMP_ARCH_X32"] },
  ];
  const profile = { defaultAction: "SCMP_ACT_ALLOW", archMap };
  assert.is(names(clean(profile)), "x86_64 x86");
  assert.is(names(clean(profile, on("aarch64"))), "aarch64 arm");
  assert.is(names(clean(profile, on("arm"))), "arm");
  assert.is(names(clean(profile, on("s390x"))), "s390x");
});

test("architectures adds all that it lists", () => {
  const profile = { defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_X32", "SCMP_ARCH_S390"] };
  assert.is(names(clean(profile)), "x86_64 x32 s390");
});

test("an architecture that cannot be judged is an error where it would be, else a warning", () => {
  const action = { defaultAction: "SCMP_ACT_ALLOW" };
  const listed = resolved({ ...action, architectures: ["SCMP_ARCH_X86", "SCMP_ARCH_I386"] });
  assert.equal(said(listed), ["error unknown-architecture /architectures/1"]);
  assert.is(listed.policy, undefined);
  const sub = { architecture: "SCMP_ARCH_X86_64", subArchitectures: ["amd64"] };
  assert.equal(said(resolved({ ...action, archMap: [sub] })), [
    "error unknown-architecture /archMap/0/subArchitectures/0",
  ]);
  assert.equal(said(resolved({ ...action, archMap: [sub] }, on("arm"))), []);
  const other = resolved({
    ...action,
    archMap: [{ architecture: "SCMP_ARCH_VAX", subArchitectures: ["x"] }],
  });
  assert.equal(said(other), ["warning unknown-architecture /archMap/0/architecture"]);
  assert.ok(other.policy !== undefined);
});

/** Every action with what it makes of a misspelt name, by the default action. */
const ORDER = ["KILL_PROCESS", "KILL_THREAD", "TRAP", "ERRNO", "TRACE", "LOG", "ALLOW"];

test("an unknown syscall is an error where its rule is stricter than the default, else a warning", () => {
  ORDER.forEach((byDefault, i) => {
    ORDER.forEach((action, j) => {
      const result = resolved({
        defaultAction: `SCMP_ACT_${byDefault}`,
        syscalls: [{ names: ["read", "raed"], action: `SCMP_ACT_${action}` }],
      });
      const fatal = j < i;
      assert.equal(said(result), [`${fatal ? "error" : "warning"} unknown-syscall /syscalls/0/names/1`]);
      assert.is(result.policy === undefined, fatal);
      const [{ message, misspelt } = { message: "", misspelt: undefined }] = result.diagnostics;
      assert.is(message, "unknown syscall 'raed'");
      assert.equal(misspelt, { word: "raed", kind: "syscall" });
    });
  });
});

test("an unknown syscall is reported even if its rule does not apply", () => {
  const rule = { names: ["raed"], action: "SCMP_ACT_ERRNO", includes: { caps: ["CAP_CHOWN"] } };
  const result = resolved({ defaultAction: "SCMP_ACT_ALLOW", syscalls: [rule] });
  assert.equal(said(result), ["error unknown-syscall /syscalls/0/names/0"]);
});

test("a syscall of another architecture is skipped without a diagnostic", () => {
  const rule = { names: ["read", "breakpoint", "s390_pci_mmio_read"], action: "SCMP_ACT_ERRNO" };
  clean({ defaultAction: "SCMP_ACT_ALLOW", syscalls: [rule] });
});

test("names that every object inherits are unknown", () => {
  const rule = { names: ["constructor", "__proto__", "toString"], action: "SCMP_ACT_ERRNO" };
  assert.is(said(resolved({ defaultAction: "SCMP_ACT_ALLOW", syscalls: [rule] })).length, 3);
});

test("an unknown capability or architecture is an error if it could weaken the profile", () => {
  const result = (action: string, selector: string, words: object): string[] =>
    said(
      resolved({
        defaultAction: "SCMP_ACT_ERRNO",
        syscalls: [{ names: ["read"], action: `SCMP_ACT_${action}`, [selector]: words }],
      }),
    );
  for (const [words, kind, at] of [
    [{ caps: ["CAP_CHOWN", "CAP_ADMIN"] }, "capability", "caps/1"],
    [{ caps: ["CAP_CHOWN", "SYS_ADMIN"] }, "capability", "caps/1"],
    [{ arches: ["x86-64"] }, "architecture", "arches/0"],
    [{ arches: ["SCMP_ARCH_X86_64"] }, "architecture", "arches/0"],
  ] as const) {
    const line = (severity: string, selector: string): string[] => [
      `${severity} unknown-${kind} /syscalls/0/${selector}/${at}`,
    ];
    // A rule that forbids and is not included forbids nothing; one that allows and is not excluded allows too much.
    assert.equal(result("KILL_PROCESS", "includes", words), line("error", "includes"));
    assert.equal(result("KILL_PROCESS", "excludes", words), line("warning", "excludes"));
    assert.equal(result("ALLOW", "includes", words), line("warning", "includes"));
    assert.equal(result("ALLOW", "excludes", words), line("error", "excludes"));
  }
});

test("an unknown capability is not held, so that nothing is included for it", () => {
  const rule = { names: ["read"], action: "SCMP_ACT_ALLOW", includes: { caps: ["CAP_ADMIN"] } };
  const { policy } = resolved({ defaultAction: "SCMP_ACT_ERRNO", syscalls: [rule] }, { caps: ALL_CAPS });
  assert.is(policy?.rules.of(syscallId("read")), undefined);
});

const ERRNO = 0x00050000;

/** The verdict of a rule. */
function verdictOf(rule: object, target: Partial<Target> = {}): number | undefined {
  const policy = clean({ defaultAction: "SCMP_ACT_ALLOW", syscalls: [{ names: ["read"], ...rule }] }, target);
  return rulesOn(policy, "read")?.[0]?.verdict;
}

test("an errno is the given one, or EPERM", () => {
  const action = "SCMP_ACT_ERRNO";
  assert.is(verdictOf({ action }), ERRNO + 1);
  assert.is(verdictOf({ action, errnoRet: 0 }), ERRNO);
  assert.is(verdictOf({ action, errnoRet: 4095 }), ERRNO + 4095);
  assert.is(verdictOf({ action, errno: "ENOSYS" }), ERRNO + 38);
  assert.is(verdictOf({ action: "SCMP_ACT_TRACE" }), 0x7ff00001);
  assert.is(verdictOf({ action: "SCMP_ACT_TRACE", errnoRet: 65535 }), 0x7ff0ffff);
});

test("an errno by name has the number of the architecture, one by number has that number", () => {
  const action = "SCMP_ACT_ERRNO";
  for (const [name, number] of [
    ["mips", 89],
    ["mipsel64", 89],
    ["parisc", 251],
    ["ppc64", 38],
  ] as const) {
    assert.is(verdictOf({ action, errno: "ENOSYS" }, on(name)), ERRNO + number, name);
    assert.is(verdictOf({ action, errnoRet: 38 }, on(name)), ERRNO + 38, name);
  }
});

test("Podman's errno by name and by number at once: the generic number or the architecture's", () => {
  const both = (errnoRet: number): object => ({ action: "SCMP_ACT_ERRNO", errno: "ENOSYS", errnoRet });
  assert.is(verdictOf(both(38)), ERRNO + 38);
  assert.is(verdictOf(both(38), on("mips")), ERRNO + 89);
  assert.is(verdictOf(both(89), on("mips")), ERRNO + 89);
  const wrong = { defaultAction: "SCMP_ACT_ALLOW", syscalls: [{ names: ["read"], ...both(89) }] };
  assert.equal(said(resolved(wrong)), ["error errno-mismatch /syscalls/0/errno"]);
  assert.is(resolved(wrong).policy, undefined);
});

test("an errno that does not exist is an error", () => {
  const rule = { names: ["read"], action: "SCMP_ACT_ERRNO", errno: "ENOPE" };
  assert.equal(said(resolved({ defaultAction: "SCMP_ACT_ALLOW", syscalls: [rule] })), [
    "error unknown-errno /syscalls/0/errno",
  ]);
  assert.equal(said(resolved({ defaultAction: "SCMP_ACT_ERRNO", defaultErrno: "" })), [
    "error unknown-errno /defaultErrno",
  ]);
});

test("the default's errno is for the default only", () => {
  const policy = clean({
    defaultAction: "SCMP_ACT_ERRNO",
    defaultErrnoRet: 38,
    syscalls: [{ names: ["read"], action: "SCMP_ACT_ERRNO" }],
  });
  assert.is(policy.defaultVerdict, ERRNO + 38);
  assert.is(rulesOn(policy, "read")?.[0]?.verdict, ERRNO + 1);
  assert.is(clean({ defaultAction: "SCMP_ACT_ERRNO" }).defaultVerdict, ERRNO + 1);
  assert.is(
    clean({ defaultAction: "SCMP_ACT_ERRNO", defaultErrno: "ENOSYS" }, on("mips")).defaultVerdict,
    ERRNO + 89,
  );
  assert.is(clean({ defaultAction: "SCMP_ACT_KILL" }).defaultVerdict, 0);
});

test("conditions on different arguments are one rule, and exact", () => {
  const args = [
    { index: 1, value: 0, op: "SCMP_CMP_NE" },
    { index: 0, value: 0xff, valueTwo: 0x1f0, op: "SCMP_CMP_MASKED_EQ" },
  ];
  const policy = clean({
    defaultAction: "SCMP_ACT_ERRNO",
    syscalls: [{ names: ["read"], action: "SCMP_ACT_ALLOW", args }],
  });
  assert.equal(rulesOn(policy, "read"), [
    {
      verdict: 0x7fff0000,
      conditions: [
        { index: 1, op: "SCMP_CMP_NE", value: 0n, mask: 0n },
        // The bits of the datum that are not in the mask are ignored.
        { index: 0, op: "SCMP_CMP_MASKED_EQ", value: 0xf0n, mask: 0xffn },
      ],
    },
  ]);
});

test("an argument that is compared twice makes each condition a rule of its own", () => {
  const args = [
    { index: 0, value: 1, op: "SCMP_CMP_GE" },
    { index: 2, value: 7, op: "SCMP_CMP_EQ" },
    { index: 0, value: 5, op: "SCMP_CMP_LE" },
  ];
  const { policy } = resolved({
    defaultAction: "SCMP_ACT_ERRNO",
    syscalls: [{ names: ["read"], action: "SCMP_ACT_ALLOW", args }],
  });
  assert.equal(
    policy?.rules
      .of(syscallId("read"))
      ?.map(({ conditions }) => conditions.map(({ index, value }) => [index, value])),
    [[[0, 1n]], [[2, 7n]], [[0, 5n]]],
  );
});

test("rules of one syscall are kept in the order of the file, and do not leak to its neighbours", () => {
  const rule = (errnoRet: number, ...list: string[]): object => ({
    names: list,
    action: "SCMP_ACT_ERRNO",
    errnoRet,
  });
  const policy = clean({
    defaultAction: "SCMP_ACT_ALLOW",
    syscalls: [
      rule(1, "read", "write", "close"),
      rule(2, "read", "close"),
      rule(3, "write"),
      rule(4, "read", "read"),
      rule(5, "open"),
      rule(6, "open", "close"),
    ],
  });
  const numbers = (name: string): number[] | undefined =>
    rulesOn(policy, name)?.map(({ verdict }) => verdict - ERRNO);
  assert.equal(numbers("read"), [1, 2, 4], "a duplicate name in a rule counts once");
  assert.equal(numbers("write"), [1, 3]);
  assert.equal(numbers("close"), [1, 2, 6]);
  assert.equal(numbers("open"), [5, 6]);
  assert.is(rulesOn(policy, "openat"), undefined);
});

test("NOTIFY is refused if it would be used, by a rule or by default", () => {
  const rule = { names: ["read"], action: "SCMP_ACT_NOTIFY" };
  const byRule = resolved({ defaultAction: "SCMP_ACT_ALLOW", syscalls: [rule] });
  assert.equal(said(byRule), ["error notify-without-listener /syscalls/0/action"]);
  assert.is(byRule.policy, undefined);
  const excluded = { ...rule, includes: { caps: ["CAP_CHOWN"] } };
  clean({ defaultAction: "SCMP_ACT_ALLOW", syscalls: [excluded] });
  assert.equal(said(resolved({ defaultAction: "SCMP_ACT_NOTIFY" })), [
    "error notify-without-listener /defaultAction",
  ]);
});

test("NOTIFY needs an agent, which the profile or something else names", () => {
  const notifying = {
    defaultAction: "SCMP_ACT_ALLOW",
    syscalls: [{ names: ["read"], action: "SCMP_ACT_NOTIFY" }],
    flags: ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"],
  };
  const named = clean({ ...notifying, listenerPath: "/run/agent.sock", listenerMetadata: "m" });
  assert.equal(named.listener, { path: "/run/agent.sock", metadata: "m" });
  assert.is(named.flags, 8 | 32, "NEW_LISTENER is added");
  assert.equal(rulesOn(named, "read"), [{ conditions: [], verdict: 0x7fc00000 }]);
  const options = { unknownSyscalls: "enosys", listenerNamed: true } as const;
  const elsewhere = resolve(profileOf(JSON.stringify(notifying)), TARGET, options);
  assert.equal(elsewhere.diagnostics, []);
  assert.equal(elsewhere.policy?.listener, { path: undefined, metadata: undefined });
  assert.equal(said(resolved({ ...notifying, listenerPath: "" })), [
    "error notify-without-listener /syscalls/0/action",
  ]);
  assert.equal(said(resolved({ ...notifying, listenerPath: "run/agent.sock" })), [
    "error relative-path /listenerPath",
  ]);
});

test("without a call that notifies there is no listener, and no flag about it", () => {
  const { listener, flags } = clean({
    defaultAction: "SCMP_ACT_ALLOW",
    listenerPath: "/run/agent.sock",
    flags: ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", "SECCOMP_FILTER_FLAG_LOG"],
  });
  assert.is(listener, undefined);
  assert.is(flags, 2);
});

test("flags are the kernel's bits; an absent list is runc's SPEC_ALLOW, where the kernel knows it", () => {
  const flags = (list?: readonly string[]): [number, number] => {
    const policy = clean({ defaultAction: "SCMP_ACT_ALLOW", ...(list === undefined ? {} : { flags: list }) });
    return [policy.flags, policy.optionalFlags];
  };
  assert.equal(flags(), [0, 4]);
  assert.equal(flags([]), [0, 0]);
  assert.equal(flags(["SECCOMP_FILTER_FLAG_TSYNC"]), [1, 0]);
  assert.equal(flags(["SECCOMP_FILTER_FLAG_LOG"]), [2, 0]);
  assert.equal(flags(["SECCOMP_FILTER_FLAG_SPEC_ALLOW"]), [4, 0]);
  const killable = { defaultAction: "SCMP_ACT_ALLOW", flags: ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"] };
  assert.is(resolved(killable).policy, undefined, "there is no listener");
  assert.equal(
    flags(["SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_TSYNC"]),
    [3, 0],
  );
});

test("the newest syscall of the profile dates it", () => {
  const profile = (...list: string[]): object => ({
    defaultAction: "SCMP_ACT_ERRNO",
    syscalls: list.map((name) => ({ names: [name], action: "SCMP_ACT_ALLOW" })),
  });
  assert.is(clean(profile("read", "openat2", "write")).youngest, syscallSince(syscallId("openat2")));
  assert.is(clean(profile("openat2", "clone3")).youngest, 5 * 256 + 6);
  assert.is(clean({ defaultAction: "SCMP_ACT_ERRNO" }).youngest, undefined);
  assert.is(resolved(profile("read"), {}, "default").policy?.youngest, undefined);
  for (const action of ["ALLOW", "LOG", "TRACE"]) {
    assert.is(clean({ ...profile("read"), defaultAction: `SCMP_ACT_${action}` }).youngest, undefined);
  }
});

test("a syscall in a rule for other callers or architectures counts as known", () => {
  const policy = clean({
    defaultAction: "SCMP_ACT_ERRNO",
    syscalls: [{ names: ["openat2"], action: "SCMP_ACT_ALLOW", includes: { arches: ["arm64"] } }],
  });
  assert.is(policy.youngest, 5 * 256 + 6);
});

test("foreign calls kill, and newer ones get ENOSYS", () => {
  const policy = clean({ defaultAction: "SCMP_ACT_ALLOW" });
  assert.is(policy.foreignVerdict, 0x80000000);
  assert.is(policy.youngerVerdict, ERRNO + 38);
});

test("pointers of a profile inside a config.json lead into it", () => {
  const rule = { names: ["raed"], action: "SCMP_ACT_ERRNO" };
  const seccomp = {
    defaultAction: "SCMP_ACT_ALLOW",
    architectures: ["x"],
    syscalls: [
      { ...rule, includes: { arches: ["y"] } },
      { names: ["read"], action: "SCMP_ACT_ERRNO", errno: "z", excludes: { caps: ["x"] } },
    ],
  };
  assert.equal(said(resolved({ linux: { seccomp } })).sort(), [
    "error unknown-architecture /linux/seccomp/architectures/0",
    "error unknown-architecture /linux/seccomp/syscalls/0/includes/arches/0",
    "error unknown-errno /linux/seccomp/syscalls/1/errno",
    "error unknown-syscall /linux/seccomp/syscalls/0/names/0",
    "warning unknown-capability /linux/seccomp/syscalls/1/excludes/caps/0",
  ]);
});

test("the rules of a call made by socketcall extend to socketcall, if the machine has it", () => {
  const profile = {
    defaultAction: "SCMP_ACT_ERRNO",
    architectures: ["SCMP_ARCH_X86"],
    syscalls: [{ names: ["socket"], action: "SCMP_ACT_ALLOW" }],
  };
  assert.is(rulesOn(clean(profile), "socketcall")?.length, 1);
  assert.is(rulesOn(clean({ ...profile, architectures: ["SCMP_ARCH_X32"] }), "socketcall"), undefined);
  assert.is(rulesOn(clean({ ...profile, architectures: [] }, { arch: X32 }), "socketcall"), undefined);
});

test("a rule after another of the same call can have more conditions than a function can take arguments", () => {
  const count = 200_000;
  const condition = { index: 0, value: 1, op: "SCMP_CMP_EQ" };
  const { policy } = resolved({
    defaultAction: "SCMP_ACT_ERRNO",
    syscalls: [
      { names: ["read"], action: "SCMP_ACT_ALLOW", args: [{ ...condition, value: 2 }] },
      { names: ["read"], action: "SCMP_ACT_ALLOW", args: [{ ...condition, value: 3 }] },
      { names: ["read"], action: "SCMP_ACT_ALLOW", args: new Array(count).fill(condition) },
    ],
  });
  assert.is(policy?.rules.of(syscallId("read"))?.length, count + 2);
});

test.run();
