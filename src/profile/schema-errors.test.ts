/**
 * The messages and pointers of a validator's errors.
 */

import type { ErrorObject } from "ajv";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Diagnostic } from "../diagnostic.ts";
import { readProfile } from "./read.ts";
import { schemaDiagnostics } from "./schema-errors.ts";

function messages(value: unknown): string[] {
  return readProfile(value, new Map()).diagnostics.map(({ message }) => message);
}

function messageOf(value: unknown): string {
  const [message = "none", ...more] = messages(value);
  assert.equal(more, []);
  return message;
}

const ERRNO = { defaultAction: "SCMP_ACT_ERRNO" };
const ALLOW = { defaultAction: "SCMP_ACT_ALLOW" };

test("the message says what the value must be and what it is", () => {
  const cases: readonly (readonly [unknown, string])[] = [
    [7, "the file must be an object, not a number"],
    ["x", "the file must be an object, not a string"],
    [null, "the file must be an object, not null"],
    [[], "the file must be an object, not an array"],
    [{ ...ALLOW, syscalls: {} }, "'syscalls' must be an array, not an object"],
    [{ ...ALLOW, syscalls: [true] }, "an entry of 'syscalls' must be an object, not true"],
    [{ ...ALLOW, architectures: [false] }, "an entry of 'architectures' must be a string, not false"],
    [{ ...ALLOW, defaultErrnoRet: "1" }, "'defaultErrnoRet' must be an integer, not a string"],
    [{ ...ALLOW, defaultErrnoRet: -1 }, "'defaultErrnoRet' must be at least 0, not -1"],
    [{ ...ERRNO, defaultErrnoRet: 4096 }, "'defaultErrnoRet' must be at most 4095, not 4096"],
    [
      {
        ...ALLOW,
        syscalls: [
          { name: "read", action: "SCMP_ACT_LOG", args: [{ index: 6, value: 0, op: "SCMP_CMP_EQ" }] },
        ],
      },
      "'index' must be at most 5, not 6",
    ],
    [{}, "the file lacks 'defaultAction'"],
    [{ ...ALLOW, syscalls: [{ name: "read" }] }, "an entry of 'syscalls' lacks 'action'"],
    [{ defaultAction: "ALLOW" }, "unknown action 'ALLOW'"],
    [{ defaultAction: null }, "'defaultAction' must be a string, not null"],
    [{ ...ALLOW, flags: ["LOG"] }, "unknown flag 'LOG'"],
    [{ ...ALLOW, flags: [{}] }, "an entry of 'flags' must be a string, not an object"],
    [
      {
        ...ALLOW,
        syscalls: [{ name: "read", action: "SCMP_ACT_LOG", args: [{ index: 0, value: 0, op: "==" }] }],
      },
      "unknown operator '=='",
    ],
  ];
  for (const [value, message] of cases) {
    assert.is(messageOf(value), message);
  }
});

test("an unknown word gets a hint with the known ones", () => {
  const [diagnostic] = readProfile({ ...ALLOW, flags: ["LOG"] }).diagnostics;
  assert.match(diagnostic?.hint ?? "", "SECCOMP_FILTER_FLAG_LOG");
  assert.equal(diagnostic?.misspelt, { word: "LOG", kind: "flag" });
});

function describe(error: Partial<ErrorObject>, value: unknown, base = ""): Diagnostic {
  const [diagnostic] = schemaDiagnostics(
    [{ keyword: "", instancePath: "", schemaPath: "", params: {}, ...error } as ErrorObject],
    value,
    base,
  );
  if (diagnostic === undefined) {
    throw new Error("nothing is said");
  }
  return diagnostic;
}

test("all allowed types are listed, except null", () => {
  const error = { keyword: "type", instancePath: "/a", params: { type: ["array", "boolean", "null"] } };
  assert.is(describe(error, { a: 1 }).message, "'a' must be an array or true or false, not a number");
});

test("the pointer of an unexpected key leads to it", () => {
  const error = { keyword: "additionalProperties", params: { additionalProperty: "enable" } };
  const diagnostic = describe(error, { enable: true }, "/policy");
  assert.is(diagnostic.pointer, "/policy/enable");
  assert.is(diagnostic.message, "unknown key 'enable'");
  assert.equal(diagnostic.misspelt, { word: "enable", kind: "policy key" });
  assert.is(diagnostic.severity, "error");
});

test("a key with ~ or / in it is escaped in the pointer", () => {
  const error = { keyword: "additionalProperties", params: { additionalProperty: "a/b~c" } };
  assert.is(describe(error, { "a/b~c": true }).pointer, "/a~1b~0c");
});

test("an error without a message of its own is still reported at its place", () => {
  const diagnostic = describe({ keyword: "pattern", instancePath: "/a/0" }, { a: ["x"] }, "/base");
  assert.equal(diagnostic, {
    code: "schema",
    severity: "error",
    message: "an entry of 'a' is not valid (pattern)",
    pointer: "/base/a/0",
  });
});

test.run();
