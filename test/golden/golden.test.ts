/**
 * Holds every stage of every shipped profile against the file that says what it was when it was last accepted.
 */

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import * as assert from "uvu/assert";
import { acceptedInstructions } from "../../src/bpf/check.ts";
import { compile } from "../../src/bpf/compile.ts";
import { resolve } from "../../src/policy/resolve.ts";
import type { Target } from "../../src/policy/target.ts";
import { printProfile } from "../../src/profile/print.ts";
import { readProfile } from "../../src/profile/read.ts";
import { type Architecture, architectureByName } from "../../src/tables/architectures.ts";
import { POLICY_STAGES, printStage } from "../../src/verbs/stages.ts";
import { documentOf } from "../support/fixtures/policies.ts";
import { test } from "../support/running/test.ts";

const PROFILES = readdirSync("profiles").filter((file) => file.endsWith(".json"));
const ACCEPT = process.env["ACCEPT"] === "1";

/** Machines that differ in what matters: word order, sub-architectures, and capabilities. */
const TARGETS: Readonly<Record<string, Target>> = {
  "x86_64-no-caps": target("x86_64", 0n),
  "x86_64-all-caps": target("x86_64", (1n << 41n) - 1n),
  "aarch64-no-caps": target("aarch64", 0n),
  "s390x-no-caps": target("s390x", 0n),
};

function target(arch: string, caps: bigint): Target {
  return { arch: architectureByName(arch) as Architecture, kernel: 6 * 256 + 18, caps };
}

function golden(path: string, actual: string): void {
  const file = `test/golden/${path}`;
  if (ACCEPT) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, actual);
  }
  assert.ok(existsSync(file), `${file} is missing: look at what it would be, and run make accept`);
  assert.is(actual, readFileSync(file, "utf8"), `${file} differs: look at why, and run make accept`);
}

for (const file of PROFILES) {
  const name = file.replace(/\.json$/, "");
  const document = documentOf(readFileSync(`profiles/${file}`, "utf8"));
  const { profile, diagnostics } = readProfile(document.value, document.exact);
  test(`${file} is read without a diagnostic`, () => {
    assert.equal(diagnostics, []);
    assert.ok(profile !== undefined);
    golden(`${name}/profile.txt`, printProfile(profile));
  });
  if (profile === undefined) {
    continue;
  }
  for (const [targetName, machine] of Object.entries(TARGETS)) {
    test(`${file} for ${targetName}`, () => {
      const { policy, diagnostics } = resolve(profile, machine, { unknownSyscalls: "enosys" });
      assert.equal(diagnostics, []);
      assert.ok(policy !== undefined);
      acceptedInstructions(compile(policy));
      for (const stage of POLICY_STAGES) {
        golden(`${name}/${targetName}.${stage}.txt`, printStage(stage, policy, machine.arch, file));
      }
    });
  }
}

test.run();
