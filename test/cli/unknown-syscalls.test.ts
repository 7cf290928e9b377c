/**
 * The verbs take --unknown-syscalls as a launch does.
 */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { run, temporaryDirectory } from "../support/programs/program.ts";
import { test } from "../support/running/test.ts";

const DIRECTORY = temporaryDirectory();
const PROFILE = join(DIRECTORY, "profile.json");
writeFileSync(
  PROFILE,
  `${JSON.stringify({
    defaultAction: "SCMP_ACT_ERRNO",
    architectures: ["SCMP_ARCH_X86_64"],
    syscalls: [{ names: ["read", "write", "exit_group"], action: "SCMP_ACT_ALLOW" }],
  })}\n`,
);
const MACHINE = ["--arch", "x86_64", "--caps", "none"];
const BY_DEFAULT = ["--unknown-syscalls", "default"];
/** Of Linux 6.10; the profile names nothing younger than Linux 2.6. */
const YOUNGER = "x86_64 mseal\n";

function out(verb: string, options: readonly string[], ...operands: readonly string[]): string {
  const { status, stdout, stderr } = run([verb, ...MACHINE, ...options, ...operands], { input: YOUNGER });
  assert.is(status, 0, stderr);
  return stdout;
}

test("simulate and explain answer as a launch with the option would", () => {
  assert.equal(
    [[], ["--unknown-syscalls=enosys"], BY_DEFAULT].map((options) => out("simulate", options, PROFILE)),
    ["ERRNO(ENOSYS)\n", "ERRNO(ENOSYS)\n", "ERRNO(EPERM)\n"],
  );
  const younger = (options: readonly string[]) =>
    /^younger than .*$/m.exec(out("explain", [...options, "--stage", "policy"], PROFILE))?.[0];
  assert.equal(
    [younger([]), younger(BY_DEFAULT)],
    ["younger than 2.6: ERRNO(ENOSYS)", "younger than anything: default"],
  );
});

test("verify tells the filter of one meaning from that of the other", () => {
  const filter = join(DIRECTORY, "filter.bpf");
  out("compile", [...BY_DEFAULT, "-o", filter], PROFILE);
  assert.match(out("verify", BY_DEFAULT, PROFILE, filter), /^equal on every call/);
  const { status, stdout } = run(["verify", ...MACHINE, PROFILE, filter]);
  assert.is(status, 1);
  assert.match(stdout, /gets ERRNO\(EPERM\) from the filter, but the profile means ERRNO\(ENOSYS\)/);
});

test("diff compares both profiles by the option", () => {
  const all = join(DIRECTORY, "all.json");
  writeFileSync(
    all,
    `${JSON.stringify({
      defaultAction: "SCMP_ACT_ERRNO",
      architectures: ["SCMP_ARCH_X86_64"],
      syscalls: [
        { names: ["read", "write", "exit_group"], action: "SCMP_ACT_ALLOW" },
        { names: ["mseal"], action: "SCMP_ACT_ERRNO" },
      ],
    })}\n`,
  );
  assert.is(run(["diff", ...MACHINE, PROFILE, all]).status, 1);
  assert.is(run(["diff", ...MACHINE, ...BY_DEFAULT, PROFILE, all]).status, 0);
});

test("check says nothing about ENOSYS to those who turn it off", () => {
  const notes = (options: readonly string[]) => out("check", ["--for", "docker", ...options], PROFILE);
  assert.match(notes([]), "--unknown-syscalls=default of the launcher turns it off");
  assert.not.match(notes(BY_DEFAULT), "ENOSYS here");
});

test("convert refuses what no file for another engine can say", () => {
  const convert = (how: string) =>
    run(["convert", ...MACHINE, "--to", "docker", "--unknown-syscalls", how, PROFILE]);
  assert.is(convert("default").status, 0);
  const { status, stderr } = convert("enosys");
  assert.is(status, 2);
  assert.match(stderr, "a file for another engine cannot say '--unknown-syscalls enosys'");
});

test.run();
