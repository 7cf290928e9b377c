/**
 * What a launch may cost: the instructions that callgrind counts, against a budget that is part of the project.
 *
 * A change that makes a launch cost 5% more fails here, unless it changes the budget as well; so does one that leaves the
 * budget more than 5% too large. `make accept` takes what is counted as the budget.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { countWithCallgrind } from "../support/callgrind.ts";
import { dockerDefault } from "../support/docker-default.ts";
import { directoryOf } from "../support/files.ts";
import { PROGRAM, temporaryDirectory } from "../support/program.ts";

const BUDGET = "test/budget/instructions.json";
const ACCEPT = process.env["ACCEPT"] === "1";
/** In either direction. */
const MARGIN = 0.05;

const DOCKER = join(
  directoryOf({ "docker.json": JSON.stringify(dockerDefault(), null, "\t") }),
  "docker.json",
);

/** Launches by what they are called in the budget. What depends on the machine is given. */
const LAUNCHES: Readonly<Record<string, readonly string[]>> = {
  "Docker's default as a file": ["--profile", DOCKER],
  "builtin:default.json": ["--profile", "builtin:default.json"],
  "builtin:strict.json": ["--profile", "builtin:strict.json"],
};
const MACHINE = ["--caps", "none", "--kernel", "6.1"];

type Budget = Record<string, number>;

const budget = JSON.parse(readFileSync(BUDGET, "utf8")) as Record<string, Budget>;
const ours = budget[process.arch] ?? {};
const counted: Budget = {};

for (const [name, options] of Object.entries(LAUNCHES)) {
  test(`${name} keeps within its budget`, () => {
    const file = join(temporaryDirectory(), "callgrind.out");
    const count = countWithCallgrind([PROGRAM, ...options, ...MACHINE, "--", "/bin/true"], "/bin/true", file);
    assert.ok(count > 1_000_000, "valgrind or strace is missing: install the Debian packages of these names");
    counted[name] = count;
    const allowed = ours[name] ?? 0;
    if (!ACCEPT) {
      const change = `${count} instructions instead of ${allowed} (${((count / allowed - 1) * 100).toFixed(1)}%)`;
      assert.ok(
        count <= allowed * (1 + MARGIN),
        `${change}: make it cheaper, or change ${BUDGET}: make accept`,
      );
      assert.ok(count >= allowed * (1 - MARGIN), `${change}: lower ${BUDGET}: make accept`);
    }
  });
}

test.after(() => {
  if (ACCEPT) {
    writeFileSync(BUDGET, `${JSON.stringify({ ...budget, [process.arch]: counted }, null, 2)}\n`);
  }
});

test.run();
