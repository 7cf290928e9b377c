import * as assert from "uvu/assert";
import { test } from "../../test/support/running/test.ts";
import { libraryFunction, libraryFunctionNames } from "./library-functions.ts";
import { syscallId } from "./syscalls.ts";

test("no name of the table is a syscall, and all calls are", () => {
  const names = libraryFunctionNames();
  assert.ok(names.length > 250, String(names.length));
  assert.equal(
    names.filter((name) => syscallId(name) >= 0),
    [],
  );
  const calls = names.flatMap((name) => libraryFunction(name)?.steps.flat() ?? []);
  assert.equal(
    calls.filter((call) => syscallId(call) < 0),
    [],
  );
});

test("a name is a word, and stands in one place", () => {
  const names = libraryFunctionNames();
  assert.equal(
    names.filter((name) => !/^\w+$/.test(name)),
    [],
  );
  assert.is(libraryFunction("toString"), undefined);
});

test("what a function calls is listed by steps, with what libraries choose from", () => {
  const [creates, runs] = libraryFunction("popen")?.steps ?? [];
  assert.equal(creates, ["clone", "clone3", "vfork", "fork"]);
  assert.equal(runs, ["execve"]);
  assert.equal(libraryFunction("malloc")?.steps, []);
});

test.run();
