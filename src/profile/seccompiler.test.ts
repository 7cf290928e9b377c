/**
 * Files of seccompiler: what their rules mean, which are refused, and where what is said of them is.
 */

import { test } from "uvu";
import * as assert from "uvu/assert";
import { evaluate } from "../policy/evaluate.ts";
import type { Policy } from "../policy/policy.ts";
import { resolve } from "../policy/resolve.ts";
import { formatVerdict } from "../policy/verdict.ts";
import { type Architecture, architectureByName } from "../tables/architectures.ts";
import { syscallId, syscallNumber } from "../tables/syscalls.ts";
import { readJson } from "./json.ts";
import { parseByLibrary } from "./library-parser.ts";
import { isSeccompiler, readSeccompiler, type SeccompilerReading } from "./seccompiler.ts";

const X86_64 = architectureByName("x86_64") as Architecture;

function documentOf(text: string) {
  const reading = readJson(text, parseByLibrary);
  if (reading.kind === "mistakes") {
    throw new Error(reading.mistakes[0]?.message);
  }
  return reading.document;
}

function read(value: object | string, name?: string): SeccompilerReading {
  return readSeccompiler(documentOf(typeof value === "string" ? value : JSON.stringify(value)), name);
}

interface Arg {
  readonly index?: unknown;
  readonly type?: unknown;
  readonly op?: unknown;
  readonly val?: unknown;
  readonly comment?: unknown;
}

const filter = (...rules: readonly object[]) => ({
  default_action: "trap",
  filter_action: "allow",
  filter: rules,
});
const arg = (op: unknown, val: number, type = "dword", index = 0): Arg => ({ index, type, op, val });

function policyOf(...rules: readonly object[]): Policy {
  const { profile, diagnostics } = read({ main: filter(...rules) });
  assert.equal(diagnostics, []);
  assert.ok(profile !== undefined);
  const target = { arch: X86_64, kernel: 6 * 256 + 12, caps: 0n };
  const resolved = resolve(profile, target, { unknownSyscalls: "default" });
  return resolved.policy as Policy;
}

function verdict(policy: Policy, name: string, ...given: readonly bigint[]): string {
  const args = [0, 1, 2, 3, 4, 5].map((i) => given[i] ?? 0n);
  const nr = syscallNumber(X86_64, syscallId(name));
  return formatVerdict(evaluate(policy, { arch: X86_64.token, nr, args }), X86_64);
}

const HIGH = 2n ** 32n;

test("of a dword the lower half is compared, of a qword all", () => {
  // mmap's first three arguments have 64 bits.
  const holds: Readonly<Record<string, (a: bigint) => boolean>> = {
    eq: (a) => a === 7n,
    ne: (a) => a !== 7n,
    lt: (a) => a < 7n,
    le: (a) => a <= 7n,
    gt: (a) => a > 7n,
    ge: (a) => a >= 7n,
  };
  for (const [op, isTrue] of Object.entries(holds)) {
    const dword = policyOf({ syscall: "mmap", args: [arg(op, 7)] });
    const qword = policyOf({ syscall: "mmap", args: [arg(op, 7, "qword")] });
    for (const low of [0n, 6n, 7n, 8n, HIGH - 1n]) {
      for (const value of [low, low + HIGH, low + HIGH * (HIGH - 1n)]) {
        assert.is(verdict(dword, "mmap", value), isTrue(low) ? "ALLOW" : "TRAP", `dword ${op} ${value}`);
        assert.is(verdict(qword, "mmap", value), isTrue(value) ? "ALLOW" : "TRAP", `qword ${op} ${value}`);
      }
    }
  }
});

test("masked_eq compares the bits of the mask, with those of the value", () => {
  const dword = policyOf({ syscall: "mmap", args: [arg({ masked_eq: 6 }, 7)] });
  const qword = policyOf({ syscall: "mmap", args: [arg({ masked_eq: 4294967296 }, 4294967296, "qword")] });
  for (const [policy, value, expected] of [
    [dword, 6n, "ALLOW"],
    [dword, 15n + HIGH, "ALLOW"],
    [dword, 4n, "TRAP"],
    [qword, HIGH + 5n, "ALLOW"],
    [qword, 5n, "TRAP"],
  ] as const) {
    assert.is(verdict(policy, "mmap", value), expected, String(value));
  }
});

test("conditions of a rule must all hold, and one rule of a call is enough", () => {
  const policy = policyOf(
    { syscall: "read", comment: "anything" },
    { syscall: "fcntl", args: [arg("eq", 2, "dword", 1), arg("eq", 1, "dword", 2)] },
    { syscall: "fcntl", args: [arg("eq", 3, "dword", 1)] },
  );
  for (const [command, value, expected] of [
    [2n, 1n, "ALLOW"],
    [2n, 0n, "TRAP"],
    [3n, 9n, "ALLOW"],
    [4n, 1n, "TRAP"],
  ] as const) {
    assert.is(verdict(policy, "fcntl", 5n, command, value), expected, `${command} ${value}`);
  }
  assert.is(verdict(policy, "read", 1n), "ALLOW");
  assert.is(verdict(policy, "write", 1n), "TRAP");
});

test("the actions, by both names of their keys, and only the native architecture", () => {
  for (const [action, expected] of [
    ["allow", "ALLOW"],
    ["log", "LOG"],
    ["kill_thread", "KILL_THREAD"],
    ["kill_process", "KILL_PROCESS"],
    [{ errno: 13 }, "ERRNO(EACCES)"],
    [{ errno: 0 }, "ERRNO(0)"],
    [{ trace: 65535 }, "TRACE(65535)"],
  ] as const) {
    const value = { x: { mismatch_action: action, match_action: "trap", filter: [{ syscall: "read" }] } };
    const { profile, diagnostics } = read(value);
    assert.equal(diagnostics, []);
    assert.ok(profile !== undefined);
    const target = { arch: X86_64, kernel: 6 * 256, caps: 0n };
    const { policy } = resolve(profile, target, { unknownSyscalls: "default" });
    assert.ok(policy !== undefined);
    assert.is(verdict(policy, "write"), expected);
    assert.is(verdict(policy, "read"), "TRAP");
    assert.equal(policy.architectures, [X86_64]);
    assert.is(formatVerdict(policy.foreignVerdict, X86_64), "KILL_PROCESS");
  }
});

test("of several filters one must be named", () => {
  const file = { vmm: filter({ syscall: "read" }), "a/b": filter({ syscall: "write" }) };
  const codes = (reading: SeccompilerReading) =>
    reading.diagnostics.map(({ code, message }) => `${code} ${message}`);
  assert.match(codes(read(file)).join(), /^two-profiles .*vmm, a\/b/);
  assert.is(read(file).profile, undefined);
  assert.equal(read(file, "a/b").profile?.rules[0]?.names, ["write"]);
  assert.is(read(file, "a/b").placeOf("/syscalls/0/names/0"), "/a~1b/filter/0/syscall");
  assert.match(codes(read(file, "vm")).join(), /^missing-key .*'vm'/);
  assert.is(read(file, "toString").profile, undefined);
});

test("mistakes in another filter do not matter, in this one every one is told", () => {
  const file = { vmm: filter({ syscall: "read" }), api: filter({ syscal: 1 }) };
  assert.equal(read(file, "vmm").diagnostics, []);
  assert.is(read(file, "api").diagnostics.length, 2);
});

/** What is said of a file whose filter has this rule, or of this file, as `CODE POINTER`. */
function said(file: object | string): string {
  const { profile, diagnostics } = read(file);
  assert.is(profile === undefined, diagnostics.length > 0, JSON.stringify(file));
  return diagnostics.map(({ code, pointer }) => `${code} ${pointer}`).join(", ");
}
const rule = (one: unknown) => said({ m: { ...filter(), filter: [one] } });
const args = (...list: readonly unknown[]) => rule({ syscall: "mmap", args: list });

test("a file that seccompiler refuses, or that is read in two ways, is refused", () => {
  const good = arg("eq", 1);
  for (const [found, expected] of [
    [rule({ syscall: "read", args: null, comment: null }), ""],
    [rule({ syscall: "read", arg: [] }), "unknown-key /m/filter/0/arg"],
    [rule({ syscall: "read", args: [] }), "readers-differ /m/filter/0/args"],
    [rule({ syscall: "read", comment: 1 }), "wrong-type /m/filter/0/comment"],
    [rule({}), "missing-key /m/filter/0"],
    [rule("read"), "wrong-type /m/filter/0, missing-key /m/filter/0"],
    [rule({ syscall: ["read"] }), "wrong-type /m/filter/0/syscall"],
    [args(good), ""],
    [args({ ...good, comment: "x" }), ""],
    [args({ ...good, value: 1 }), "unknown-key /m/filter/0/args/0/value"],
    [args({ ...good, index: 6 }), "out-of-range /m/filter/0/args/0/index"],
    [args({ ...good, index: -1 }), "out-of-range /m/filter/0/args/0/index"],
    [args({ ...good, type: "word" }), "wrong-type /m/filter/0/args/0/type"],
    [args({ ...good, type: "toString" }), "wrong-type /m/filter/0/args/0/type"],
    [args({ ...good, op: "masked_eq" }), "unknown-operator /m/filter/0/args/0/op"],
    [args({ ...good, op: "constructor" }), "unknown-operator /m/filter/0/args/0/op"],
    [args({ ...good, op: { eq: 1 } }), "wrong-type /m/filter/0/args/0/op"],
    [args({ ...good, op: { masked_eq: 2 ** 32 } }), "value-range /m/filter/0/args/0/op/masked_eq"],
    [args({ ...good, val: 2 ** 32 }), "value-range /m/filter/0/args/0/val"],
    [args({ ...good, val: 2 ** 32, type: "qword" }), ""],
    [args({ ...good, val: -1 }), "value-range /m/filter/0/args/0/val"],
    [args({ ...good, val: "1" }), "wrong-type /m/filter/0/args/0/val"],
    [args({ index: 0, type: "dword", op: "eq" }), "missing-key /m/filter/0/args/0"],
    [args(good, { ...good, op: "ge" }), "repeated-argument /m/filter/0/args/1"],
    [
      said({ m: filter({ syscall: "mmap", args: [good] }, { syscall: "mmap" }) }),
      "readers-differ /m/filter/1",
    ],
    [said({ m: { ...filter(), default_action: "allow" } }), "schema /m"],
    [said({ m: { ...filter(), default_action: "kill" } }), "unknown-action /m/default_action"],
    [said({ m: { ...filter(), default_action: "constructor" } }), "unknown-action /m/default_action"],
    [said({ m: { ...filter(), default_action: "errno" } }), "wrong-type /m/default_action"],
    [said({ m: { ...filter(), default_action: { trap: 1 } } }), "wrong-type /m/default_action"],
    [said({ m: { ...filter(), default_action: { errno: -1 } } }), "errno-range /m/default_action/errno"],
    [said({ m: { ...filter(), default_action: { errno: 4096 } } }), "errno-range /m/default_action/errno"],
    [said({ m: { ...filter(), mismatch_action: "log" } }), "name-and-names /m/mismatch_action"],
    [said({ m: { default_action: "trap", filter_action: "allow" } }), "missing-key /m"],
    [said({ m: { ...filter(), comment: "x" } }), "unknown-key /m/comment"],
  ] as const) {
    assert.is(found, expected);
  }
});

test("values are exact, and written in digits", () => {
  const text = (val: string) =>
    `{"m":{"default_action":"trap","filter_action":"allow","filter":[{"syscall":"mmap","args":[{"index":0,"type":"qword","op":"eq","val":${val}}]}]}}`;
  assert.is(read(text("18446744073709551615")).profile?.rules[0]?.conditions[0]?.value, 2n ** 64n - 1n);
  assert.is(read(text("9007199254740993")).profile?.rules[0]?.conditions[0]?.value, 9007199254740993n);
  assert.is(said(text("18446744073709551616")), "value-range /m/filter/0/args/0/val");
  assert.is(said(text("1.0")), "json-not-an-integer /m/filter/0/args/0/val");
  assert.is(said(text("1e3")), "json-not-an-integer /m/filter/0/args/0/val");
});

test("what is said of the profile is shown where the file has it", () => {
  const { placeOf } = read({
    m: filter({ syscall: "mmap", args: [arg({ masked_eq: 1 }, 1), arg("eq", 1, "dword", 1)] }),
  });
  for (const [pointer, expected] of [
    ["", "/m"],
    ["/defaultAction", "/m/default_action"],
    ["/syscalls", "/m/filter"],
    ["/syscalls/0", "/m/filter/0"],
    ["/syscalls/0/names", "/m/filter/0/syscall"],
    ["/syscalls/0/names/0", "/m/filter/0/syscall"],
    ["/syscalls/0/action", "/m/filter_action"],
    ["/syscalls/0/args", "/m/filter/0/args"],
    ["/syscalls/0/args/0", "/m/filter/0/args/0"],
    ["/syscalls/0/args/0/value", "/m/filter/0/args/0/op/masked_eq"],
    ["/syscalls/0/args/0/valueTwo", "/m/filter/0/args/0/val"],
    ["/syscalls/0/args/1/value", "/m/filter/0/args/1/val"],
    ["/syscalls/0/args/1/op", "/m/filter/0/args/1/op"],
    ["/architectures/0", "/m"],
  ] as const) {
    assert.is(placeOf(pointer), expected);
  }
});

test("which files are seccompiler's", () => {
  assert.ok(isSeccompiler({ a: filter() }) && isSeccompiler({ a: {}, b: { filter: [], match_action: 1 } }));
  for (const other of [
    {},
    [],
    null,
    filter(),
    { defaultAction: "SCMP_ACT_LOG", a: filter() },
    { a: { filter: [] } },
  ]) {
    assert.not(isSeccompiler(other), JSON.stringify(other));
  }
});

test.run();
