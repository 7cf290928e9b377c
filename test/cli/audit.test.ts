/**
 * The option --audit: what is refused, what a dry run and the help say of it.
 */

import { existsSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { refused } from "../support/programs/expect.ts";
import { answering, directoryOf, runWithEtc } from "../support/programs/files.ts";
import { run, temporaryDirectory } from "../support/programs/program.ts";
import { ROOT } from "../support/running/needs.ts";
import { test, testWith } from "../support/running/test.ts";

const P = join(directoryOf({ "p.json": answering(1004) }), "p.json");
const ECHO = ["--", "/bin/echo", "ran"];

test("a file after a space is told to come after '='", () => {
  refused(
    run(["--audit", "log", ...ECHO]),
    "the option '--audit' takes its value after a '=', not 'log'",
    "write --audit=log",
  );
  refused(run(["--audit=log", "more", ...ECHO]), "expected an option or '--', not 'more'");
  refused(run(["--audit=a", "--audit", ...ECHO]), "given twice");
  refused(
    run(["--audit=", "--profile", P, ...ECHO]),
    "--audit: the file's name is empty",
    "--audit for standard error",
  );
});

test("the help shows that the value is optional", () => {
  const line = run(["--help"])
    .stdout.split("\n")
    .find((each) => each.includes("--audit"));
  assert.match(line ?? "", /^ {2}--audit\[=FILE\] {2,}name each call/);
});

const policy = (rest: object) => ({ "seccomp-exec/policy.json": JSON.stringify(rest) });

test("where there is no filter, nothing could be named: refused, also by a dry run", () => {
  const message = (by: string) =>
    `--audit: the command runs without a filter, by ${by}, so there is nothing to name`;
  for (const more of [[], ["--dry-run"]]) {
    refused(run(["--audit", "--unconfined", ...more, ...ECHO]), message("--unconfined"));
    const env = { SECCOMP_EXEC_UNCONFINED: "true" };
    refused(run(["--audit", ...more, ...ECHO], { env }), message("SECCOMP_EXEC_UNCONFINED"));
  }
});

testWith(ROOT)("under a policy that turns profiles off or forbids to complain, an audit is refused", () => {
  refused(
    runWithEtc(policy({ enabled: false }), ["--audit", ...ECHO]),
    "--audit: the command runs without a filter, by",
  );
  const strict = policy({ allowUnconfined: false });
  refused(
    runWithEtc(strict, ["--audit", "--complain", "--profile", "builtin:default.json", ...ECHO]),
    "--complain",
  );
});

test("a dry run says where denied calls are named, and opens no file", () => {
  const file = join(temporaryDirectory(), "log");
  const line = (options: readonly string[], name: string): string | undefined =>
    run([...options, "--profile", P, "--dry-run", ...ECHO])
      .stdout.split("\n")
      .find((each) => each.startsWith(`${name} `))
      ?.slice(name.length)
      .trim();
  const json = (options: readonly string[]) =>
    JSON.parse(run([...options, "--profile", P, "--dry-run", "--json", ...ECHO]).stdout);
  assert.is(line(["--audit"], "audit"), "each call that the profile denies is named on standard error");
  assert.is(
    line([`--audit=${file}`], "audit"),
    `each call that the profile denies is named, as JSON appended to ${file}`,
  );
  assert.is(line([], "audit"), undefined);
  assert.is(line(["--audit"], "confined"), "yes");
  assert.is(
    line(["--audit", "--complain"], "confined"),
    "no: what the profile denies is let through and named",
  );
  assert.equal(
    [json(["--audit"]).audit, json([`--audit=${file}`]).audit, json([]).audit],
    ["standard error", file, null],
  );
  assert.not.ok(existsSync(file));
  refused(run(["--audit=", "--profile", P, "--dry-run", ...ECHO]), "the file's name is empty");
});

test.run();
