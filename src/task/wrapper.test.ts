/**
 * Under which names the launcher is a wrapper, and for which program.
 */

import { test } from "uvu";
import * as assert from "uvu/assert";
import { Refusal } from "../diagnostic.ts";
import type { OperatorPolicy } from "./operator.ts";
import { realProgram, wrapperCommandLine } from "./wrapper.ts";

const ARGS = ["argv0", "--help"];

test("every other name is that of a wrapper, whose arguments are all the program's", () => {
  for (const path of [
    "/opt/mesos/mesos-executor",
    "./a",
    "a",
    "/dev/fdx",
    "/seccomp-exec/a",
    "/a/Seccomp-exec",
    "/procs/a",
  ]) {
    assert.equal(wrapperCommandLine(path, ARGS), { kind: "launch", options: {}, firstArg: 0, wrapper: path });
  }
});

test("what begins with its own name is the launcher, and so is what has no name", () => {
  const own = [
    "seccomp-exec",
    "/seccomp-exec",
    "./seccomp-exec-2",
    "/a/seccomp-exec.new",
    "/opt/a/seccomp-executor",
  ];
  const nameless = ["/dev/fd/3", "/dev/fd/3/a", "/proc/self/fd/3", "/proc/self/exe", "/proc/7/root/a"];
  for (const path of [...own, ...nameless, undefined]) {
    assert.is(wrapperCommandLine(path, ARGS), undefined, path);
  }
});

test("a wrapper has at least its argv[0]", () => {
  assert.throws(
    () => wrapperCommandLine("/a", []),
    (error: unknown) => error instanceof Refusal,
  );
  assert.equal(wrapperCommandLine("/a", [""])?.firstArg, 0);
});

const beside = (wrapper: string, policy?: OperatorPolicy) => realProgram(wrapper, policy);

test("the program is beside the wrapper, and never looked up in PATH", () => {
  for (const policy of [undefined, {}, { wraps: {} }, { wraps: { b: "/b" } }]) {
    assert.equal(beside("/x/a", policy), { path: "/x/a.real", byPolicy: false });
    assert.equal(beside("./a", policy), { path: "./a.real", byPolicy: false });
    assert.equal(beside("a", policy), { path: "./a.real", byPolicy: false });
  }
  // Every object has these.
  assert.equal(beside("toString", { wraps: {} }).byPolicy, false);
  assert.equal(beside("/x/__proto__", { wraps: {} }).byPolicy, false);
});

test("the policy names it by the whole path, or else by the name", () => {
  const policy = { wraps: { a: "/by-name", "/x/a": "/by-path" } };
  const path = (wrapper: string) => realProgram(wrapper, policy).path;
  assert.equal(realProgram("/x/a", policy), { path: "/by-path", byPolicy: true });
  assert.equal(["/y/a", "./a", "a", "x/a", "//x/a"].map(path), Array(5).fill("/by-name"));
  assert.equal(["/x/aa", "/x/a/b"].map(path), ["/x/aa.real", "/x/a/b.real"]);
});

test("names are compared as bytes", () => {
  const policy = { wraps: { "\u00e9": "/p\u00e9", "\\xff": "/text" } };
  assert.equal(realProgram("/x/\xc3\xa9", policy), { path: "/p\xc3\xa9", byPolicy: true });
  assert.is(realProgram("/x/\xff", policy).byPolicy, false);
});

test.run();
