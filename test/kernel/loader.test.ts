/**
 * What check says of calls that programs cannot do without, held against a real loader: each is denied by itself.
 */

import * as assert from "uvu/assert";
import { LOADER_CALLS } from "../../src/lint/essentials.ts";
import { architectureByName } from "../../src/tables/architectures.ts";
import { syscallId, syscallNumber } from "../../src/tables/syscalls.ts";
import { directoryOf } from "../support/programs/files.ts";
import { type Outcome, run } from "../support/programs/program.ts";
import { test } from "../support/running/test.ts";

const NATIVE = architectureByName(process.arch === "x64" ? "x86_64" : "aarch64");

/** The names of a row that this machine's programs can call. */
function here(row: readonly string[]): string[] {
  return row.filter((name) => NATIVE !== undefined && syscallNumber(NATIVE, syscallId(name)) >= 0);
}

/** Runs a dynamically linked program under a profile that answers ENOSYS to these calls only. */
function without(names: readonly string[]): Outcome {
  const syscalls = [{ names, action: "SCMP_ACT_ERRNO", errnoRet: 38 }];
  const text = JSON.stringify({ defaultAction: "SCMP_ACT_ALLOW", syscalls });
  return run(["--profile", `${directoryOf({ "p.json": text })}/p.json`, "--", "/bin/true"]);
}

test("with all calls the program starts, and without one that nobody needs", () => {
  assert.is(without(["vhangup"]).status, 0);
});

for (const row of LOADER_CALLS) {
  const names = here(row);
  if (names.length > 0) {
    test(`without ${names.join(" and ")} no dynamically linked program starts`, () => {
      const { status, signal } = without(names);
      assert.ok(status !== 0, `status ${status}, signal ${signal}`);
    });
  }
}

test("without exit_group a program does not end as it should", () => {
  const { status, signal } = without(["exit_group", "exit"]);
  assert.ok(status !== 0, `status ${status}, signal ${signal}`);
});

test.run();
