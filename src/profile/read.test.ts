/**
 * Reading profiles in every format: their content, and the diagnostic of each mistake.
 */

import { test } from "uvu";
import * as assert from "uvu/assert";
import { documentOf } from "../../test/support/fixtures/policies.ts";
import { ACTIONS, FLAGS, OPERATORS, type Profile, type Rule } from "./profile.ts";
import { PROFILE_VOCABULARY } from "./raw-profile.ts";
import { readProfile } from "./read.ts";
import type { ReadResult } from "./read-typed.ts";

/** Reads a text exactly. */
function readText(text: string): ReadResult {
  const { value, exact } = documentOf(text);
  return readProfile(value, exact);
}

function read(value: unknown): ReadResult {
  return readText(JSON.stringify(value));
}

/** The diagnostics, as `SEVERITY CODE POINTER`. */
function said({ diagnostics }: ReadResult): string[] {
  return diagnostics.map(({ severity, code, pointer }) => `${severity} ${code} ${pointer}`);
}

/** The profile, read without diagnostics. */
function clean(result: ReadResult): Profile {
  assert.equal(result.diagnostics, []);
  if (result.profile === undefined) {
    throw new Error("no profile");
  }
  return result.profile;
}

const ALLOW = { defaultAction: "SCMP_ACT_ALLOW" };
const RULE = { names: ["read"], action: "SCMP_ACT_ALLOW" };

function withRule(rule: unknown): unknown {
  return { defaultAction: "SCMP_ACT_ERRNO", syscalls: [rule] };
}

function ruleOf(rule: unknown): Rule {
  const [found] = clean(read(withRule(rule))).rules;
  if (found === undefined) {
    throw new Error("no rule");
  }
  return found;
}

const NO_ERRNO = { number: undefined, name: undefined };
const NOTHING = { caps: [], arches: [], minKernel: undefined };

test("a default action alone is a profile", () => {
  assert.equal(clean(read(ALLOW)), {
    base: "",
    defaultAction: "SCMP_ACT_ALLOW",
    defaultErrno: NO_ERRNO,
    archMap: undefined,
    architectures: undefined,
    flags: undefined,
    listenerPath: undefined,
    listenerMetadata: undefined,
    rules: [],
  });
});

test("Docker's form is read", () => {
  const profile = clean(
    read({
      defaultAction: "SCMP_ACT_ERRNO",
      defaultErrnoRet: 38,
      archMap: [
        { architecture: "SCMP_ARCH_X86_64", subArchitectures: ["SCMP_ARCH_X86", "SCMP_ARCH_X32"] },
        { architecture: "SCMP_ARCH_AARCH64" },
        { architecture: "SCMP_ARCH_S390X", subArchitectures: null },
      ],
      syscalls: [
        {
          names: ["read", "write"],
          action: "SCMP_ACT_ERRNO",
          errnoRet: 1,
          comment: "why",
          args: [{ index: 1, value: 2, valueTwo: 3, op: "SCMP_CMP_MASKED_EQ" }],
          includes: { caps: ["CAP_SYS_ADMIN"], arches: ["amd64"], minKernel: "4.8" },
          excludes: { caps: ["CAP_CHOWN"] },
        },
        { name: "old", action: "SCMP_ACT_ALLOW" },
      ],
    }),
  );
  assert.equal(profile, {
    base: "",
    defaultAction: "SCMP_ACT_ERRNO",
    defaultErrno: { number: 38, name: undefined },
    archMap: [
      { architecture: "SCMP_ARCH_X86_64", subArchitectures: ["SCMP_ARCH_X86", "SCMP_ARCH_X32"] },
      { architecture: "SCMP_ARCH_AARCH64", subArchitectures: [] },
      { architecture: "SCMP_ARCH_S390X", subArchitectures: [] },
    ],
    architectures: undefined,
    flags: undefined,
    listenerPath: undefined,
    listenerMetadata: undefined,
    rules: [
      {
        index: 0,
        names: ["read", "write"],
        action: "SCMP_ACT_ERRNO",
        errno: { number: 1, name: undefined },
        conditions: [{ index: 1, op: "SCMP_CMP_MASKED_EQ", value: 2n, valueTwo: 3n }],
        includes: { caps: ["CAP_SYS_ADMIN"], arches: ["amd64"], minKernel: 4 * 256 + 8 },
        excludes: { caps: ["CAP_CHOWN"], arches: [], minKernel: undefined },
      },
      {
        index: 1,
        names: ["old"],
        singleName: true,
        action: "SCMP_ACT_ALLOW",
        errno: NO_ERRNO,
        conditions: [],
        includes: NOTHING,
        excludes: NOTHING,
      },
    ],
  });
});

test("Mesos's form, with every field present and empty, is Docker's without them", () => {
  const mesos = { ...RULE, args: [], comment: "", includes: {}, excludes: {} };
  assert.equal(ruleOf(mesos), ruleOf(RULE));
});

test("the OCI's form is read", () => {
  const profile = clean(
    read({
      defaultAction: "SCMP_ACT_KILL",
      architectures: ["SCMP_ARCH_X86", "SCMP_ARCH_X32"],
      flags: ["SECCOMP_FILTER_FLAG_LOG"],
      listenerPath: "/run/x",
      listenerMetadata: "m",
      syscalls: [RULE],
    }),
  );
  assert.equal(profile.architectures, ["SCMP_ARCH_X86", "SCMP_ARCH_X32"]);
  assert.equal(profile.flags, ["SECCOMP_FILTER_FLAG_LOG"]);
  assert.is(profile.listenerPath, "/run/x");
  assert.is(profile.listenerMetadata, "m");
  assert.is(profile.archMap, undefined);
});

test("a whole OCI config.json is read, and pointers lead into it", () => {
  const seccomp = { defaultAction: "SCMP_ACT_ERRNO", what: 1, syscalls: [{ ...RULE, names: [""] }, RULE] };
  const result = read({ ociVersion: "1.0.2", process: {}, linux: { namespaces: [], seccomp } });
  assert.equal(said(result), [
    "warning unknown-key /linux/seccomp/what",
    "error empty-name /linux/seccomp/syscalls/0/names/0",
  ]);
  assert.is(clean(read({ linux: { seccomp: ALLOW } })).base, "/linux/seccomp");
});

test("values are read exactly inside an OCI config.json too", () => {
  const { profile } = readText(
    '{"linux": {"seccomp": {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["read"], ' +
      '"action": "SCMP_ACT_ERRNO", "args": [{"index": 0, "op": "SCMP_CMP_EQ", "value": 18446744073709551615}]}]}}}',
  );
  assert.is(profile?.rules[0]?.conditions[0]?.value, 2n ** 64n - 1n);
});

test("type errors in an OCI config.json have pointers from its root", () => {
  assert.equal(said(read({ linux: { seccomp: { defaultAction: 1 } } })), [
    "error wrong-type /linux/seccomp/defaultAction",
  ]);
  assert.equal(said(read({ linux: { seccomp: null } })), ["error missing-key "]);
  assert.equal(said(read({ linux: { seccomp: { syscalls: 1 } } })), [
    "error missing-key /linux/seccomp",
    "error wrong-type /linux/seccomp/syscalls",
  ]);
});

test("a repeated argument in a rule gets one warning, at its second place", () => {
  const arg = (index: number) => ({ index, value: 1, op: "SCMP_CMP_EQ" });
  const rule = (...indexes: number[]) => ({ ...RULE, args: indexes.map(arg) });
  const result = read({ ...ALLOW, syscalls: [rule(0, 1, 2), rule(0, 1, 0, 1)] });
  assert.equal(said(result), ["warning repeated-argument /syscalls/1/args/2"]);
  assert.is(result.profile?.rules.length, 2);
});

test("two profiles in one file are refused, whichever is stricter", () => {
  assert.equal(said(read({ defaultAction: "SCMP_ACT_KILL", linux: { seccomp: ALLOW } })), [
    "error two-profiles /linux/seccomp",
  ]);
});

test("a linux that is not an object, or has no seccomp, is an unknown key", () => {
  for (const linux of [null, 1, "seccomp", [], {}]) {
    assert.equal(said(read({ ...ALLOW, linux })), ["warning unknown-key /linux"]);
  }
});

test("lists that are null are read as absent", () => {
  const lists = { archMap: null, architectures: null, flags: null, syscalls: null };
  assert.equal(clean(read({ ...ALLOW, ...lists })), clean(read(ALLOW)));
  const rule = { ...RULE, args: null, includes: null, excludes: null, errnoRet: null };
  assert.equal(ruleOf(rule), ruleOf(RULE));
  const selectors = { includes: { caps: null, arches: null }, excludes: { caps: null } };
  assert.equal(ruleOf({ ...RULE, ...selectors }), ruleOf(RULE));
  assert.equal(ruleOf({ ...RULE, names: null, name: "read" }), { ...ruleOf(RULE), singleName: true });
  const words = { defaultErrno: null, listenerPath: null, listenerMetadata: null };
  assert.equal(clean(read({ ...ALLOW, ...words })), clean(read(ALLOW)));
  const inRule = { errno: null, comment: null, name: null, includes: { minKernel: null } };
  assert.equal(ruleOf({ ...RULE, ...inRule }), ruleOf(RULE));
  const arg = { index: 0, value: 1, op: "SCMP_CMP_EQ" };
  assert.equal(ruleOf({ ...RULE, args: [{ ...arg, valueTwo: null }] }), ruleOf({ ...RULE, args: [arg] }));
});

test("an empty list of flags differs from an absent one", () => {
  assert.equal(clean(read({ ...ALLOW, flags: [] })).flags, []);
  assert.is(clean(read(ALLOW)).flags, undefined);
});

test("every action, operator and flag is read", () => {
  for (const action of ACTIONS) {
    assert.is(clean(read({ defaultAction: action })).defaultAction, action);
    assert.is(ruleOf({ ...RULE, action }).action, action);
  }
  for (const op of OPERATORS) {
    const [condition] = ruleOf({ ...RULE, args: [{ index: 5, value: 1, op }] }).conditions;
    assert.equal(condition, { index: 5, op, value: 1n, valueTwo: 0n });
  }
  assert.equal(clean(read({ ...ALLOW, flags: FLAGS })).flags, FLAGS);
});

test("values are exact up to 2^64-1", () => {
  for (const value of [
    0n,
    1n,
    2n ** 53n - 1n,
    2n ** 53n,
    2n ** 53n + 1n,
    2n ** 63n - 1n,
    2n ** 63n,
    2n ** 64n - 1n,
  ]) {
    const result = readText(
      `{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["read"], "action": "SCMP_ACT_LOG",
        "args": [{"index": 0, "value": ${value}, "valueTwo": ${value}, "op": "SCMP_CMP_MASKED_EQ"}]}]}`,
    );
    const [condition] = clean(result).rules[0]?.conditions ?? [];
    assert.equal([condition?.value, condition?.valueTwo], [value, value]);
  }
});

const VALUE_AT = "/syscalls/0/args/0/value";
for (const [value, expected] of [
  ["18446744073709551616", `error value-range ${VALUE_AT}`],
  ["340282366920938463463374607431768211456", `error value-range ${VALUE_AT}`],
  ["-1", `error out-of-range ${VALUE_AT}`],
  ["-18446744073709551615", `error out-of-range ${VALUE_AT}`],
  ['"1"', `error wrong-type ${VALUE_AT}`],
  ["null", `error wrong-type ${VALUE_AT}`],
  ["true", `error wrong-type ${VALUE_AT}`],
  [`1${"0".repeat(400)}`, `error value-range ${VALUE_AT}`],
] as const) {
  test(`the value ${value.slice(0, 50)} is refused`, () => {
    const result = readText(
      `{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["read"], "action": "SCMP_ACT_LOG",
        "args": [{"index": 0, "value": ${value}, "op": "SCMP_CMP_EQ"}]}]}`,
    );
    assert.equal(said(result), [expected]);
    assert.is(result.profile, undefined);
  });
}

test("valueTwo has the same limits as value", () => {
  const result = readText(
    `{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["read"], "action": "SCMP_ACT_LOG",
      "args": [{"index": 0, "value": 1, "valueTwo": 18446744073709551616, "op": "SCMP_CMP_EQ"}]}]}`,
  );
  assert.equal(said(result), ["error value-range /syscalls/0/args/0/valueTwo"]);
});

test("without exact integers, one that may have been rounded is an error", () => {
  const profile = (value: number): unknown => ({
    ...ALLOW,
    syscalls: [{ names: ["read"], action: "SCMP_ACT_LOG", args: [{ index: 0, value, op: "SCMP_CMP_EQ" }] }],
  });
  assert.equal(said(readProfile(profile(2 ** 53))), [`error inexact-number ${VALUE_AT}`]);
  assert.is(readProfile(profile(2 ** 53)).profile, undefined);
  assert.is(clean(readProfile(profile(2 ** 53 - 1))).rules[0]?.conditions[0]?.value, 2n ** 53n - 1n);
});

/** A value of every JSON type. */
const OF_TYPES = { null: null, boolean: true, number: 7, fraction: 1.5, string: "x", array: [], object: {} };
type Type = keyof typeof OF_TYPES;

/** Every place of the schema: where a value goes, its pointer, and the types allowed there. */
const PLACES: readonly (readonly [string, (value: unknown) => unknown, string, readonly Type[]])[] = [
  ["the profile", (v) => v, "", []],
  ["defaultErrnoRet", (v) => ({ ...ERRNO, defaultErrnoRet: v }), "/defaultErrnoRet", ["number", "null"]],
  ["defaultErrno", (v) => ({ ...ERRNO, defaultErrno: v }), "/defaultErrno", ["string", "null"]],
  ["archMap", (v) => ({ ...ALLOW, archMap: v }), "/archMap", ["array", "null"]],
  ["an entry of archMap", (v) => ({ ...ALLOW, archMap: [v] }), "/archMap/0", []],
  [
    "architecture",
    (v) => ({ ...ALLOW, archMap: [{ architecture: v }] }),
    "/archMap/0/architecture",
    ["string"],
  ],
  [
    "subArchitectures",
    (v) => ({ ...ALLOW, archMap: [{ architecture: "a", subArchitectures: v }] }),
    "/archMap/0/subArchitectures",
    ["array", "null"],
  ],
  [
    "an entry of subArchitectures",
    (v) => ({ ...ALLOW, archMap: [{ architecture: "a", subArchitectures: [v] }] }),
    "/archMap/0/subArchitectures/0",
    ["string"],
  ],
  ["architectures", (v) => ({ ...ALLOW, architectures: v }), "/architectures", ["array", "null"]],
  ["an entry of architectures", (v) => ({ ...ALLOW, architectures: [v] }), "/architectures/0", ["string"]],
  ["flags", (v) => ({ ...ALLOW, flags: v }), "/flags", ["array", "null"]],
  ["listenerPath", (v) => ({ ...ALLOW, listenerPath: v }), "/listenerPath", ["string", "null"]],
  ["listenerMetadata", (v) => ({ ...ALLOW, listenerMetadata: v }), "/listenerMetadata", ["string", "null"]],
  ["syscalls", (v) => ({ ...ALLOW, syscalls: v }), "/syscalls", ["array", "null"]],
  ["a rule", (v) => withRule(v), "/syscalls/0", []],
  [
    "name",
    (v) => withRule({ action: "SCMP_ACT_LOG", name: v, names: typeof v === "string" ? [] : ["read"] }),
    "/syscalls/0/name",
    ["string", "null"],
  ],
  [
    "names",
    (v) => withRule({ name: "read", action: "SCMP_ACT_LOG", names: v }),
    "/syscalls/0/names",
    ["null", "array"],
  ],
  ["an entry of names", (v) => withRule({ ...RULE, names: ["read", v] }), "/syscalls/0/names/1", ["string"]],
  [
    "errnoRet",
    (v) => withRule({ ...RULE, action: "SCMP_ACT_ERRNO", errnoRet: v }),
    "/syscalls/0/errnoRet",
    ["number", "null"],
  ],
  [
    "errno",
    (v) => withRule({ ...RULE, action: "SCMP_ACT_ERRNO", errno: v }),
    "/syscalls/0/errno",
    ["string", "null"],
  ],
  ["args", (v) => withRule({ ...RULE, args: v }), "/syscalls/0/args", ["array", "null"]],
  ["a condition", (v) => withRule({ ...RULE, args: [v] }), "/syscalls/0/args/0", []],
  ["comment", (v) => withRule({ ...RULE, comment: v }), "/syscalls/0/comment", ["string", "null"]],
  ["includes", (v) => withRule({ ...RULE, includes: v }), "/syscalls/0/includes", ["object", "null"]],
  ["excludes", (v) => withRule({ ...RULE, excludes: v }), "/syscalls/0/excludes", ["object", "null"]],
  [
    "caps",
    (v) => withRule({ ...RULE, includes: { caps: v } }),
    "/syscalls/0/includes/caps",
    ["array", "null"],
  ],
  [
    "an entry of caps",
    (v) => withRule({ ...RULE, excludes: { caps: [v] } }),
    "/syscalls/0/excludes/caps/0",
    ["string"],
  ],
  [
    "arches",
    (v) => withRule({ ...RULE, excludes: { arches: v } }),
    "/syscalls/0/excludes/arches",
    ["array", "null"],
  ],
  [
    "an entry of arches",
    (v) => withRule({ ...RULE, includes: { arches: [v] } }),
    "/syscalls/0/includes/arches/0",
    ["string"],
  ],
];
const ERRNO = { defaultAction: "SCMP_ACT_ERRNO" };

for (const [what, place, pointer, allowed] of PLACES) {
  test(`${what}: every wrong type is an error at its place, and no right type is`, () => {
    for (const [type, value] of Object.entries(OF_TYPES)) {
      // The exact reader never gives a fraction, but JSON.parse does.
      const result = readProfile(place(value), new Map());
      const errors = result.diagnostics.filter(({ severity }) => severity === "error");
      if (allowed.includes(type as Type)) {
        assert.equal(errors, [], type);
        assert.ok(result.profile !== undefined, type);
      } else if (type === "object" && allowed.length === 0) {
        assert.ok(
          errors.every(({ code }) => code === "missing-key" || code === "no-names"),
          type,
        );
        assert.ok(errors.length > 0);
      } else {
        const code = type === "fraction" && allowed.includes("number") ? "json-not-an-integer" : "wrong-type";
        assert.equal(said({ ...result, diagnostics: errors }), [`error ${code} ${pointer}`], type);
        assert.is(result.profile, undefined, type);
        assert.match(errors[0]?.message ?? "", /must be|is not an integer/);
      }
    }
  });
}

test("minKernel of every wrong type and form is an error at its place", () => {
  for (const minKernel of [true, 4.8, 4, [], {}]) {
    const result = readProfile(withRule({ ...RULE, includes: { minKernel } }), new Map());
    assert.equal(said(result), ["error wrong-type /syscalls/0/includes/minKernel"]);
  }
  for (const minKernel of ["4.8.1", "4", "", "0.0", "256.0", "x"]) {
    const result = read(withRule({ ...RULE, excludes: { minKernel } }));
    assert.equal(said(result), ["error min-kernel /syscalls/0/excludes/minKernel"]);
    assert.is(result.profile, undefined);
    assert.match(result.diagnostics[0]?.message ?? "", `'${minKernel}'`);
  }
});

test("an action, operator or flag that is unknown or not a string is an error at its place", () => {
  for (const wrong of ["SCMP_ACT_DENY", "scmp_act_allow", "", 7, null, {}, []]) {
    for (const [result, code, pointer] of [
      [read({ defaultAction: wrong }), "unknown-action", "/defaultAction"],
      [read(withRule({ ...RULE, action: wrong })), "unknown-action", "/syscalls/0/action"],
      [
        read(withRule({ ...RULE, args: [{ index: 0, value: 0, op: wrong }] })),
        "unknown-operator",
        "/syscalls/0/args/0/op",
      ],
      [read({ ...ALLOW, flags: ["SECCOMP_FILTER_FLAG_LOG", wrong] }), "unknown-flag", "/flags/1"],
    ] as const) {
      assert.equal(said(result), [`error ${typeof wrong === "string" ? code : "wrong-type"} ${pointer}`]);
      assert.is(result.profile, undefined);
      const [diagnostic] = result.diagnostics;
      assert.is(diagnostic?.misspelt?.word, typeof wrong === "string" ? wrong : undefined);
    }
  }
});

test("an action that every object inherits is unknown", () => {
  assert.equal(said(read({ defaultAction: "constructor" })), ["error unknown-action /defaultAction"]);
});

test("a missing key is an error at the object that lacks it", () => {
  assert.equal(said(read({})), ["error missing-key "]);
  assert.equal(said(read(withRule({ names: ["read"] }))), ["error missing-key /syscalls/0"]);
  assert.equal(said(read({ ...ALLOW, archMap: [{}] })), ["error missing-key /archMap/0"]);
  const whole = { index: 0, value: 0, op: "SCMP_CMP_EQ" };
  for (const key of ["index", "value", "op"] as const) {
    const { [key]: _, ...rest } = whole;
    const result = read(withRule({ ...RULE, args: [rest] }));
    assert.equal(said(result), ["error missing-key /syscalls/0/args/0"]);
    assert.match(result.diagnostics[0]?.message ?? "", `'${key}'`);
  }
});

test("a key that only the prototype has is missing", () => {
  assert.equal(
    said(readText('{"__proto__": {"defaultAction": "SCMP_ACT_ALLOW"}}')).filter((line) =>
      line.startsWith("error"),
    ),
    ["error missing-key "],
  );
});

test("an argument's index goes from 0 to 5", () => {
  for (const index of [-1, 6, 255]) {
    const result = read(withRule({ ...RULE, args: [{ index, value: 0, op: "SCMP_CMP_EQ" }] }));
    assert.equal(said(result), ["error out-of-range /syscalls/0/args/0/index"]);
  }
  for (const index of [0, 5]) {
    assert.is(
      ruleOf({ ...RULE, args: [{ index, value: 0, op: "SCMP_CMP_EQ" }] }).conditions[0]?.index,
      index,
    );
  }
});

test("errnos go from 0 to 4095, numbers for the tracer to 65535", () => {
  const rule = (action: string, errnoRet: number): ReadResult =>
    read({ ...ALLOW, syscalls: [{ names: ["read"], action, errnoRet }] });
  for (const errno of [0, 1, 4095]) {
    assert.is(clean(rule("SCMP_ACT_ERRNO", errno)).rules[0]?.errno.number, errno);
    assert.is(clean(read({ ...ERRNO, defaultErrnoRet: errno })).defaultErrno.number, errno);
  }
  assert.is(clean(rule("SCMP_ACT_TRACE", 65535)).rules[0]?.errno.number, 65535);
  assert.equal(said(rule("SCMP_ACT_ERRNO", 4096)), ["error errno-range /syscalls/0/errnoRet"]);
  assert.is(rule("SCMP_ACT_ERRNO", 4096).profile, undefined);
  assert.equal(said(read({ ...ERRNO, defaultErrnoRet: 4096 })), ["error errno-range /defaultErrnoRet"]);
  assert.equal(said(rule("SCMP_ACT_TRACE", 65536)), ["error errno-range /syscalls/0/errnoRet"]);
  assert.equal(said(rule("SCMP_ACT_ERRNO", 2 ** 40)), ["error errno-range /syscalls/0/errnoRet"]);
  assert.equal(said(rule("SCMP_ACT_ERRNO", -1)), ["error out-of-range /syscalls/0/errnoRet"]);
});

test("an errno without effect is noted", () => {
  for (const action of ACTIONS.filter((name) => name !== "SCMP_ACT_ERRNO" && name !== "SCMP_ACT_TRACE")) {
    const byNumber = read({ ...ERRNO, syscalls: [{ ...RULE, action, errnoRet: 1 }] });
    assert.equal(said(byNumber), ["note errno-without-effect /syscalls/0/errnoRet"]);
    assert.ok(byNumber.profile !== undefined);
    const byName = read({ defaultAction: action, defaultErrno: "EPERM" });
    assert.equal(said(byName), ["note errno-without-effect /defaultErrno"]);
  }
});

test("Podman's errno by name and by number are both kept", () => {
  const both = { errnoRet: 22, errno: "EINVAL" };
  assert.equal(ruleOf({ ...RULE, action: "SCMP_ACT_ERRNO", ...both }).errno, { number: 22, name: "EINVAL" });
  const profile = clean(read({ ...ERRNO, defaultErrnoRet: 38, defaultErrno: "ENOSYS" }));
  assert.equal(profile.defaultErrno, { number: 38, name: "ENOSYS" });
  assert.equal(clean(read({ ...ERRNO, defaultErrno: "ENOSYS" })).defaultErrno, {
    number: undefined,
    name: "ENOSYS",
  });
});

test("name and names together are an error, and so are neither, an empty list and an empty name", () => {
  const rule = (parts: object): string[] => said(read(withRule({ action: "SCMP_ACT_LOG", ...parts })));
  assert.equal(rule({ name: "read", names: ["read"] }), ["error name-and-names /syscalls/0/name"]);
  assert.equal(rule({ name: "read", names: [] }), [], "as Docker takes it");
  assert.equal(rule({}), ["error no-names /syscalls/0"]);
  assert.equal(rule({ names: null }), ["error no-names /syscalls/0"]);
  assert.equal(rule({ names: [] }), ["error no-names /syscalls/0/names"]);
  assert.equal(rule({ names: ["read", ""] }), ["error empty-name /syscalls/0/names/1"]);
  assert.equal(rule({ name: "" }), ["error empty-name /syscalls/0/name"]);
  assert.is(read(withRule({ action: "SCMP_ACT_LOG" })).profile, undefined);
});

test("archMap and architectures together are an error, unless one is null", () => {
  const both = { archMap: [], architectures: [] };
  assert.equal(said(read({ ...ALLOW, ...both })), ["error archmap-and-architectures /architectures"]);
  assert.equal(clean(read({ ...ALLOW, archMap: [], architectures: null })).archMap, []);
  assert.equal(clean(read({ ...ALLOW, archMap: null, architectures: [] })).architectures, []);
});

test("an unknown key is a warning at any place", () => {
  const odd = { "x~/y": 1 };
  const result = read({
    ...ERRNO,
    ...odd,
    archMap: [{ architecture: "SCMP_ARCH_X86", ...odd }],
    syscalls: [
      {
        ...RULE,
        ...odd,
        args: [{ index: 0, value: 0, op: "SCMP_CMP_EQ", ...odd }],
        includes: odd,
        excludes: odd,
      },
    ],
  });
  assert.equal(
    said(result).sort(),
    ["/archMap/0", "", "/syscalls/0", "/syscalls/0/args/0", "/syscalls/0/excludes", "/syscalls/0/includes"]
      .map((at) => `warning unknown-key ${at}/x~0~1y`)
      .sort(),
  );
  assert.ok(result.profile !== undefined);
  assert.equal(
    result.diagnostics.map(({ misspelt }) => [misspelt?.word, misspelt?.kind]),
    result.diagnostics.map(() => ["x~/y", "key"]),
  );
  assert.ok(result.diagnostics[0]?.misspelt?.among?.includes("syscalls"));
});

test("a key that belongs elsewhere is unknown", () => {
  assert.equal(said(read({ ...ALLOW, names: [] })), ["warning unknown-key /names"]);
  assert.equal(said(read(withRule({ ...RULE, defaultAction: "x" }))), [
    "warning unknown-key /syscalls/0/defaultAction",
  ]);
});

test("a key that JavaScript objects inherit is unknown like any other", () => {
  assert.equal(said(readText('{"defaultAction": "SCMP_ACT_ALLOW", "__proto__": 1, "toString": 1}')), [
    "warning unknown-key /__proto__",
    "warning unknown-key /toString",
  ]);
});

test("comment and $schema keys are known, with any value", () => {
  clean(read({ ...ALLOW, comment: ["a", { b: 1 }], $schema: 7, syscalls: [{ ...RULE, comment: "x" }] }));
});

test("every known key is in the vocabulary", () => {
  for (const key of ["defaultAction", "names", "valueTwo", "minKernel", "subArchitectures", "errno"]) {
    assert.ok(PROFILE_VOCABULARY.includes(key), key);
  }
});

test("all mistakes are reported at once, types first", () => {
  const types = read({ defaultAction: 1, flags: 2, syscalls: [{ names: 3, action: "SCMP_ACT_LOG" }] });
  assert.equal(said(types).sort(), [
    "error wrong-type /defaultAction",
    "error wrong-type /flags",
    "error wrong-type /syscalls/0/names",
  ]);
  const meaning = read({
    ...ALLOW,
    syscalls: [
      { name: "", action: "SCMP_ACT_LOG" },
      { names: [], action: "SCMP_ACT_LOG" },
    ],
  });
  assert.equal(said(meaning), ["error empty-name /syscalls/0/name", "error no-names /syscalls/1/names"]);
});

test("rules know their place in the file", () => {
  const { rules } = clean(read({ ...ERRNO, syscalls: [RULE, RULE, RULE] }));
  assert.equal(
    rules.map(({ index }) => index),
    [0, 1, 2],
  );
});

test.run();
