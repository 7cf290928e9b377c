/**
 * `explain`: prints each stage of a profile as the golden files have it, and says what is wrong where it cannot.
 */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { POLICY_STAGES, STAGES } from "../../src/verbs/stages.ts";
import { directoryOf } from "../support/programs/files.ts";
import { type Outcome, run } from "../support/programs/program.ts";
import { test } from "../support/running/test.ts";

const GOLDEN = "test/golden";
const PROFILES = readdirSync("profiles").filter((file) => file.endsWith(".json"));

/** The machine for which golden files were made, by the middle of their names. */
const CAPS: Readonly<Record<string, string>> = { "no-caps": "none", "all-caps": "all" };

function explained(file: string, stage: string, ...options: readonly string[]): string {
  const { status, stdout, stderr } = run(["explain", "--stage", stage, ...options, `profiles/${file}`]);
  assert.is(stderr, "");
  assert.is(status, 0);
  return stdout;
}

for (const file of PROFILES) {
  test(`${file}: what is printed are the golden files`, () => {
    const directory = join(GOLDEN, file.replace(/\.json$/, ""));
    const names = readdirSync(directory);
    assert.ok(names.length > POLICY_STAGES.length);
    for (const name of names) {
      const expected = readFileSync(join(directory, name), "utf8");
      if (name === "profile.txt") {
        assert.is(explained(file, "profile"), expected);
        continue;
      }
      const [, arch = "", caps = "", stage = ""] = /^(\w+?)-([a-z-]+)\.(\w+)\.txt$/.exec(name) ?? [];
      const machine = ["--arch", arch, "--caps", CAPS[caps] ?? "", "--kernel", "6.18"];
      assert.is(explained(file, stage, ...machine), expected, name);
    }
  });
}

function failed(outcome: Outcome, status: number, ...says: readonly string[]): void {
  assert.is(outcome.stdout, "");
  assert.is(outcome.status, status, outcome.stderr);
  for (const what of says) {
    assert.match(outcome.stderr, what);
  }
}

const P = "builtin:strict.json";

test("a stage that there is not, none at all, and no profile are usage errors", () => {
  failed(
    run(["explain", "--stage", "asm", P]),
    2,
    "--stage: 'asm' is not one of profile, policy, graph, bpf",
  );
  failed(run(["explain", "--stage", "polici", P]), 2, "did you mean 'policy'?");
  failed(run(["explain", P]), 2, "explain needs a SYSCALL, or --stage", "explain PROFILE SYSCALL [ARG...]");
  failed(
    run(["explain", "--stage", "bpf"]),
    2,
    "explain needs PROFILE",
    "seccomp-exec explain [OPTIONS] PROFILE",
  );
  failed(
    run(["explain", "--stage", "bpf", P, "read"]),
    2,
    "'read' asks about a call",
    "leave out one of them",
  );
  failed(run(["explain", "--stage", "bpf", "--json", P]), 2, "--json is about a call");
  failed(run(["explain", "--stage", "bpf", "--patch", P]), 2, "--patch is about a call");
  failed(run(["explain", "--stage", "bpf", "--arch", "pdp11", P]), 2, "unknown architecture 'pdp11'");
});

test("a profile that is not there or is invalid is said to be so at every stage", () => {
  const directory = directoryOf({
    "broken.json": "{",
    "wrong.json": '{"defaultAction": "SCMP_ACT_DENY"}',
  });
  for (const stage of STAGES) {
    const explain = (path: string): Outcome => run(["explain", "--stage", stage, path]);
    failed(explain(join(directory, "none.json")), 1, "does not exist");
    failed(explain(join(directory, "broken.json")), 1, "[json-syntax]");
    failed(explain(join(directory, "wrong.json")), 1, "SCMP_ACT_DENY");
  }
});

test("warnings are said on standard error, and the stage is shown", () => {
  const syscalls = [{ names: ["reed"], action: "SCMP_ACT_ALLOW" }];
  const text = JSON.stringify({ defaultAction: "SCMP_ACT_ERRNO", syscalls });
  const path = join(directoryOf({ "p.json": text }), "p.json");
  for (const stage of POLICY_STAGES) {
    const { status, stdout, stderr } = run(["explain", "--stage", stage, path]);
    assert.is(status, 0);
    assert.not.equal(stdout, "");
    assert.match(stderr, "unknown syscall 'reed'");
  }
});

test("a profile that means nothing to the resolver is shown as it was read, and at no later stage", () => {
  const syscalls = [{ names: ["read"], action: "SCMP_ACT_ERRNO", errno: "EFOO" }];
  const text = JSON.stringify({ defaultAction: "SCMP_ACT_ALLOW", syscalls });
  const path = join(directoryOf({ "p.json": text }), "p.json");
  const { status, stdout } = run(["explain", "--stage", "profile", path]);
  assert.is(status, 0);
  assert.match(stdout, '"EFOO"');
  for (const stage of POLICY_STAGES) {
    failed(run(["explain", "--stage", stage, path]), 1, "EFOO");
  }
});

test("a filter that the kernel would not take is refused, and its policy is shown", () => {
  const values = Array.from({ length: 9000 }, (_, i) => (i * 7919 * 104729) % 2 ** 40);
  const syscalls = values.map((value) => ({
    names: ["personality"],
    action: "SCMP_ACT_ALLOW",
    args: [{ index: 0, value, op: "SCMP_CMP_EQ" }],
  }));
  const text = JSON.stringify({ defaultAction: "SCMP_ACT_ERRNO", syscalls });
  const path = join(directoryOf({ "long.json": text }), "long.json");
  for (const stage of ["graph", "bpf"]) {
    failed(run(["explain", "--stage", stage, path]), 1, "the kernel takes at most 4096");
  }
  assert.is(run(["explain", "--stage", "policy", path]).status, 0);
});

test("a profile comes from a pipe as well", () => {
  const input = readFileSync("profiles/strict.json", "utf8");
  const { status, stdout } = run(["explain", "--stage", "profile", "-"], { input });
  assert.is(status, 0);
  assert.is(stdout, readFileSync("test/golden/strict/profile.txt", "utf8"));
});

test.run();
