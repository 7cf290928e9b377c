/**
 * What a launch may cost: the instructions that are counted, against a budget that is part of the project.
 *
 * A change that makes a launch cost 5% more fails here, unless it changes the budget as well; so does one that leaves the
 * budget more than 5% too large. `make accept` takes what is counted as the budget.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { dockerDefault } from "../support/fixtures/docker-default.ts";
import { countWithCallgrind, ENVIRONMENT } from "../support/programs/callgrind.ts";
import { directoryOf } from "../support/programs/files.ts";
import { compileC } from "../support/programs/native.ts";
import { PROGRAM, run, runCommand, temporaryDirectory } from "../support/programs/program.ts";
import { test } from "../support/running/test.ts";

const BUDGET = "test/budget/instructions.json";
const ACCEPT = process.env["ACCEPT"] === "1";
/** In either direction. */
const MARGIN = 0.05;

const DOCKER = join(
  directoryOf({ "docker.json": JSON.stringify(dockerDefault(), null, "\t") }),
  "docker.json",
);

const PREPARED = join(
  directoryOf({ "prepared.json": JSON.stringify(dockerDefault(), null, "\t") }),
  "prepared.json",
);
assert.is(run(["prepare", PREPARED]).status, 0);

/** Launches by what they are called in the budget. What depends on the machine is given. */
const LAUNCHES: Readonly<Record<string, readonly string[]>> = {
  "Docker's default as a file": ["--profile", DOCKER],
  // Those that are compiled in are prepared, but not for this kernel.
  "builtin:default.json, compiled": ["--profile", "builtin:default.json", "--kernel", "5.3"],
  "builtin:strict.json, compiled": ["--profile", "builtin:strict.json", "--kernel", "5.3"],
};
const COUNT_STEPS = compileC("test/budget/native/count-steps.c");

/** Launches that have little to do, which are counted to the last instruction before the command's execve. */
const SHORT_LAUNCHES: Readonly<Record<string, readonly string[]>> = {
  "Docker's default as a file, prepared": ["--profile", PREPARED],
  "builtin:default.json": ["--profile", "builtin:default.json"],
};

type Budget = Record<string, number>;

const budget = JSON.parse(readFileSync(BUDGET, "utf8")) as Record<string, Budget>;
const ours = budget[process.arch] ?? {};
const counted: Budget = {};

for (const [name, options] of Object.entries(LAUNCHES)) {
  test(`${name} keeps within its budget`, () => {
    const file = join(temporaryDirectory(), "callgrind.out");
    const machine = ["--caps", "none", ...(options.includes("--kernel") ? [] : ["--kernel", "6.1"])];
    const count = countWithCallgrind([PROGRAM, ...options, ...machine, "--", "/bin/true"], "/bin/true", file);
    assert.ok(count > 1_000_000, "callgrind counted nothing");
    check(name, count);
  });
}

for (const [name, options] of Object.entries(SHORT_LAUNCHES)) {
  test(`${name} keeps within its budget`, () => {
    const { stdout } = runCommand([COUNT_STEPS, PROGRAM, ...options, "--", "/bin/true"], {
      env: ENVIRONMENT,
    });
    const count = Number(stdout);
    assert.ok(count > 50_000, "nothing was counted");
    check(name, count);
  });
}

/** Fails where a launch takes more or fewer instructions than its budget allows. */
function check(name: string, count: number): void {
  counted[name] = count;
  if (ACCEPT) {
    return;
  }
  const allowed = ours[name] ?? 0;
  const change = `${count} instructions instead of ${allowed} (${((count / allowed - 1) * 100).toFixed(1)}%)`;
  assert.ok(count <= allowed * (1 + MARGIN), `${change}: make it cheaper, or change ${BUDGET}: make accept`);
  assert.ok(count >= allowed * (1 - MARGIN), `${change}: lower ${BUDGET}: make accept`);
}

test.after(() => {
  if (ACCEPT) {
    writeFileSync(BUDGET, `${JSON.stringify({ ...budget, [process.arch]: counted }, null, 2)}\n`);
  }
});

test.run();
