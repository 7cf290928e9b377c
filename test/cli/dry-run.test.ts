/**
 * `--dry-run`: what is shown is what a launch does, and nothing is run.
 */

import { createHash } from "node:crypto";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { PROBE, refused } from "../support/programs/expect.ts";
import { answering, directoryOf, NOBODY, runWithEtc } from "../support/programs/files.ts";
import { type Outcome, type RunOptions, run } from "../support/programs/program.ts";
import { ROOT } from "../support/running/needs.ts";
import { test, testWith } from "../support/running/test.ts";

const asRoot = testWith(ROOT);

const RELAXED = answering(1001);
const D = directoryOf({ "default.json": answering(1000), "relaxed.json": RELAXED, "broken.json": "{" });
const NATIVE = process.arch === "x64" ? "x86_64" : process.arch === "arm64" ? "aarch64" : process.arch;
const PATH = process.env["PATH"];

const env = (values: Readonly<Record<string, string>>): RunOptions => ({
  env: { PATH, MESOS_SECCOMP_CONFIG_DIR: D, ...values },
});

/** What is shown as JSON. */
function shown(outcome: Outcome): Record<string, unknown> {
  assert.is(outcome.stderr, "");
  assert.is(outcome.status, 0);
  return JSON.parse(outcome.stdout) as Record<string, unknown>;
}

function facts(options: RunOptions, ...args: readonly string[]): Record<string, unknown> {
  return shown(run(["--dry-run", "--json", ...args], options));
}

/** The lines of the text, by their first words. */
function lines(outcome: Outcome): Record<string, string> {
  assert.is(outcome.stderr, "");
  assert.is(outcome.status, 0);
  const pairs = outcome.stdout.trimEnd().split("\n");
  return Object.fromEntries(pairs.map((line) => line.split(/ {2,}(.*)/).slice(0, 2)));
}

test("the command is not run", () => {
  const { stdout } = run(["--dry-run", "--profile", "builtin:relaxed.json", "--", PROBE]);
  assert.not.match(stdout, "value 99");
  assert.match(stdout, PROBE);
});

test("it says which source decided, which were passed over, and which file it is, with its digest", () => {
  const result = facts(
    env({ SECCOMP_EXEC_PROFILE: "relaxed.json", MESOS_SECCOMP_PROFILE_NAME: "other.json" }),
  );
  assert.is(result["confined"], true);
  assert.is(result["decidedBy"], "SECCOMP_EXEC_PROFILE");
  assert.equal(result["passedOver"], ["MESOS_SECCOMP_PROFILE_NAME=other.json"]);
  assert.is(result["profile"], join(D, "relaxed.json"));
  assert.is(result["profileDir"], D);
  assert.is(result["digest"], `sha256:${createHash("sha256").update(RELAXED).digest("hex")}`);
  assert.is(result["policy"], null);
});

test("the digest is that of the bytes of the file, whatever is in it", () => {
  const text = JSON.stringify({ defaultAction: "SCMP_ACT_ALLOW", comment: "ä€😀\u2028" });
  const file = join(directoryOf({ "p.json": text }), "p.json");
  const digest = `sha256:${createHash("sha256").update(text).digest("hex")}`;
  assert.is(facts({}, "--profile", file)["digest"], digest);
});

test("the filter that is shown is the one that compile makes", () => {
  const args = ["--profile", "builtin:default.json", "--caps", "none", "--kernel", "6.1"];
  const compiled = run([
    "compile",
    "builtin:default.json",
    "--caps",
    "none",
    "--kernel",
    "6.1",
    "--format",
    "json",
  ]);
  const result = facts({}, ...args);
  assert.is(
    result["instructions"],
    (JSON.parse(compiled.stdout) as { instructions: unknown[] }).instructions.length,
  );
  assert.is(result["kernel"], "6.1");
  assert.equal(result["capabilities"], []);
  assert.equal((result["architectures"] as string[]).slice(0, 1), [NATIVE]);
  assert.equal(result["flags"], ["SECCOMP_FILTER_FLAG_SPEC_ALLOW"]);
});

asRoot("capabilities are told in words, with where they are known from", () => {
  const caps = (...args: readonly string[]) =>
    lines(run(["--dry-run", "--profile", "builtin:log.json", ...args]))["capabilities"];
  assert.is(caps("--caps", "all"), "all (--caps)");
  assert.is(caps("--caps", "none"), "none (--caps)");
  assert.is(caps("--caps", "sys_admin,bpf"), "CAP_SYS_ADMIN, CAP_BPF (--caps)");
  assert.match(caps() ?? "", /\(the bounding set\)$/);
  assert.match(caps("--no-new-privs") ?? "", /\(what the command keeps under no_new_privs\)$/);
});

asRoot("it says whether no_new_privs will be set, and why", () => {
  const args = ["--dry-run", "--profile", "builtin:log.json"];
  const told = (outcome: Outcome) => lines(outcome)["no_new_privs"];
  assert.is(told(run(args)), "will not be set: CAP_SYS_ADMIN is held");
  assert.is(told(run([...args, "--no-new-privs"])), "will be set (--no-new-privs)");
  assert.match(told(run(args, { uid: NOBODY })) ?? "", /will be set \(.*CAP_SYS_ADMIN is lacking\)/);
  assert.is(told(run(["--dry-run", "--unconfined"], { uid: NOBODY })), "will not be set");
  assert.is(shown(run([...args, "--json"], { uid: NOBODY }))["noNewPrivs"], true);
});

test("no filter is never shown as one", () => {
  const text = lines(run(["--dry-run", "--unconfined", "--", PROBE]));
  assert.is(text["confined"], "no");
  assert.is(text["decided by"], "--unconfined");
  assert.is(text["filter"], undefined);
  const disabled = directoryOf({ "seccomp-exec/policy.json": '{"enabled": false}' });
  const result = shown(runWithEtc(disabled, ["--dry-run", "--json"]));
  assert.is(result["confined"], false);
  assert.is(result["decidedBy"], "'enabled' of /etc/seccomp-exec/policy.json");
  assert.is(result["policy"], "/etc/seccomp-exec/policy.json");
});

test("a profile that denies nothing does not pass for confinement", () => {
  const told = (...args: readonly string[]) => lines(run(["--dry-run", ...args]))["confined"];
  assert.is(told("--profile", "builtin:log.json"), "no: the profile denies nothing");
  assert.is(facts({}, "--profile", "builtin:log.json")["confined"], false);
  assert.match(told("--profile", "builtin:strict.json", "--complain") ?? "", /^no: .* logged$/);
  assert.is(told("--profile", join(D, "default.json")), "yes");
});

test("a launch that would be refused is refused in the same words, with the same status", () => {
  const wishes: readonly (readonly string[])[] = [
    ["--profile", `${D}/broken.json`, "--", PROBE],
    ["--profile", `${D}/none.json`, "--", PROBE],
    ["--profile", "builtin:strict.json", "--unconfined", "--", PROBE],
  ];
  for (const args of wishes) {
    const launched = run(args);
    assert.is(launched.status, 125);
    assert.equal(run(["--dry-run", ...args]), launched);
  }
  const missing = run(["--dry-run", "--unconfined", "--", "no-such-command"]);
  assert.is(missing.status, 127);
  assert.equal(missing, run(["--unconfined", "--", "no-such-command"]));
});

test("the operator's policy bounds it like a launch", () => {
  const etc = directoryOf({ "seccomp-exec/policy.json": '{"allowUnconfined": false}' });
  refused(runWithEtc(etc, ["--dry-run", "--unconfined"]), "allowUnconfined");
});

test("no command is needed, and --json is for it only", () => {
  assert.is(run(["--dry-run", "--profile", "builtin:log.json"]).status, 0);
  assert.is(run(["--dry-run", "--profile", "builtin:log.json", "--"]).status, 0);
  refused(run(["--json", "--", PROBE]), "--json", "--dry-run");
});

test("names from the environment cannot forge a line", () => {
  const forged = run(["--dry-run", "--unconfined"], env({ SECCOMP_EXEC_PROFILE: "x\nconfined  yes" }));
  assert.is(forged.stdout.split("\n").filter((line) => line.startsWith("confined")).length, 1);
});

test.run();
