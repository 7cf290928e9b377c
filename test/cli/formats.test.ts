/**
 * Profiles in the forms of Kubernetes's Security Profiles Operator and of seccompiler: read by every verb and by launches.
 */

import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { denied, failed, PROBE, ran, refused } from "../support/programs/expect.ts";
import { directoryOf, runWithEtc } from "../support/programs/files.ts";
import { run } from "../support/programs/program.ts";
import { ROOT } from "../support/running/needs.ts";
import { test, testWith } from "../support/running/test.ts";

const NATIVE = process.arch === "x64" ? "x86_64" : "aarch64";

/** Answers the probe's call with 1001. */
const SECCOMP_PROFILE = `# What the web server may do.
apiVersion: security-profiles-operator.x-k8s.io/v1beta1
kind: SeccompProfile
metadata:
  name: web
  annotations: { description: "of the shop" }
spec:
  defaultAction: SCMP_ACT_ALLOW
  architectures:
  - SCMP_ARCH_X86_64
  - SCMP_ARCH_AARCH64
  syscalls:
  - action: SCMP_ACT_ERRNO
    errnoRet: 1001
    names:
    - sched_get_priority_max
    - mkdir
`;

const filter = (errno: number) => ({
  mismatch_action: "allow",
  match_action: { errno },
  filter: [{ syscall: "sched_get_priority_max", comment: "the probe's" }],
});
const ONE = JSON.stringify({ main: filter(1002) }, null, 2);
const SEVERAL = JSON.stringify({ vmm: filter(1003), api: filter(1004) }, null, 2);

const DIRECTORY = directoryOf({
  "web.yaml": SECCOMP_PROFILE,
  "web.json": JSON.stringify({
    apiVersion: "security-profiles-operator.x-k8s.io/v1beta1",
    kind: "SeccompProfile",
    spec: {
      defaultAction: "SCMP_ACT_ALLOW",
      syscalls: [{ names: ["sched_get_priority_max"], action: "SCMP_ACT_ERRNO", errnoRet: 1001 }],
    },
  }),
  "one.json": ONE,
  "several.json": SEVERAL,
  "mistaken.yaml": SECCOMP_PROFILE.replace("- mkdir", "- mkdri").replace(
    "errnoRet: 1001",
    "errnoRet: '1001'",
  ),
  "based.yaml": `${SECCOMP_PROFILE}  baseProfileName: runc-v1.2.0\n`,
  "docker.json": '{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [] }',
});
const at = (name: string): string => join(DIRECTORY, name);

/** Files, and the errno that they answer the probe. */
const READ: readonly (readonly [name: string, errno: number])[] = [
  ["web.yaml", 1001],
  ["web.json", 1001],
  ["one.json", 1002],
  ["one.json#main", 1002],
  ["several.json#vmm", 1003],
  ["several.json#api", 1004],
];

for (const [name, errno] of READ) {
  test(`${name} is launched, prepared and audited, and means the same each time`, () => {
    const path = at(name);
    const filters = `${path}.${NATIVE}.filters`;
    const options = ["--profile", path];
    ran(run([...options, "--", PROBE]), denied(errno));
    const named = run([...options, "--audit", "--", PROBE]);
    assert.is(named.stdout, denied(errno));
    assert.match(named.stderr, /sched_get_priority_max.*web|sched_get_priority_max.*\.json/s);
    const { status, stdout, stderr } = run(["prepare", path]);
    assert.is(`${stderr}${status}`, "0");
    assert.match(stdout, `${filters}: `);
    assert.ok(existsSync(filters));
    const verbose = run([...options, "--verbose", "--", PROBE]);
    assert.is(verbose.stdout, denied(errno));
    assert.match(verbose.stderr, "instructions, prepared");
    const again = run([...options, "--audit", "--", PROBE]);
    assert.is(again.stdout, denied(errno));
    assert.is(again.stderr.replaceAll(/\d+/g, "N"), named.stderr.replaceAll(/\d+/g, "N"));
    rmSync(filters);
  });

  test(`${name} is what convert writes in Docker's form`, () => {
    const { status, stdout, stderr } = run(["convert", "--to", "docker", "--caps", "none", at(name)]);
    assert.is(`${stderr}${status}`, "0");
    writeFileSync(at("converted.json"), stdout);
    const compiled = ["compile", "--format", "asm", "--caps", "none"];
    const [ours, theirs] = [at(name), at("converted.json")].map((path) => run([...compiled, path]));
    assert.is(ours?.status, 0);
    assert.is(ours?.stdout, theirs?.stdout);
  });
}

test("the audit names the line of the YAML", () => {
  const { stderr } = run(["--profile", at("web.yaml"), "--audit", "--", PROBE]);
  assert.match(stderr, "web.yaml:16:7: rule for");
});

test("the prepared filter of one filter of a file is no other's", () => {
  const path = at("several.json");
  assert.is(run(["prepare", `${path}#vmm`]).status, 0);
  ran(run(["--profile", `${path}#api`, "--", PROBE]), denied(1004));
  ran(run(["--profile", `${path}#vmm`, "--", PROBE]), denied(1003));
  refused(run(["--profile", path, "--", PROBE]), "2 filters of seccompiler", "vmm, api", "FILE#vmm");
  writeFileSync(path, SEVERAL.replace("1003", "1005"));
  ran(run(["--profile", `${path}#vmm`, "--", PROBE]), denied(1005));
  writeFileSync(path, SEVERAL);
  rmSync(`${path}#vmm.${NATIVE}.filters`);
});

test("mistakes are told with the line and column of the YAML, by a launch too", () => {
  const expected = [":14:15: 'errnoRet' must be an integer", ":17:7: unknown syscall 'mkdri'"];
  const { status, stdout } = run(["check", at("mistaken.yaml")]);
  assert.is(status, 1);
  for (const one of expected) {
    const [place = "", message = ""] = one.split(": ");
    assert.match(stdout, `${at("mistaken.yaml")}${place}: error: ${message}`);
  }
  refused(run(["--profile", at("mistaken.yaml"), "--", "true"]), ...expected);
});

test("what only the operator can carry out is refused", () => {
  refused(run(["--profile", at("based.yaml"), "--", "true"]), ":18:20: 'baseProfileName'", "'runc-v1.2.0'");
  const { status, stdout } = run(["check", at("based.yaml")]);
  assert.is(status, 1);
  assert.match(stdout, "[needs-operator]");
});

test("a filter that there is not", () => {
  refused(run(["--profile", at("several.json#vcpu"), "--", "true"]), "no filter 'vcpu'", "vmm, api");
  refused(run(["--profile", at("docker.json#main"), "--", "true"]), "no filter 'main'", "leave out #main");
  refused(run(["--profile", at("web.yaml#main"), "--", "true"]), "no filter 'main'");
  refused(run(["--profile", at("none.json#main"), "--", "true"]), "none.json#main does not exist");
  refused(run(["--profile", at("#main"), "--", "true"]), "#main does not exist");
});

test("a file whose own name has that sign comes first", () => {
  const directory = directoryOf({ "a.json": SEVERAL, "a.json#api": ONE });
  ran(run(["--profile", join(directory, "a.json#api"), "--", PROBE]), denied(1002));
  ran(run(["--profile", join(directory, "a.json#vmm"), "--", PROBE]), denied(1003));
});

test("a name in the profile directory, from the environment", () => {
  const env = { SECCOMP_EXEC_PROFILE: "several.json#api" };
  ran(run(["--profile-dir", DIRECTORY, "--", PROBE], { env }), denied(1004));
});

testWith(ROOT)("an operator's policy permits a filter by its whole name only", () => {
  const withPolicy = (allowed: string, name: string) =>
    runWithEtc(
      {
        "seccomp-exec/policy.json": JSON.stringify({
          profileDir: "/etc/seccomp-exec/profiles",
          defaultProfile: allowed,
          allowedProfiles: [allowed],
        }),
        "seccomp-exec/profiles/several.json": SEVERAL,
      },
      ["--profile", name, "--", PROBE],
    );
  ran(withPolicy("several.json#vmm", "several.json#vmm"), denied(1003));
  refused(withPolicy("several.json#vmm", "several.json#api"), "not");
  refused(withPolicy("several.json", "several.json#api"), "not");
});

test("other engines: what reads the file, and what does not", () => {
  const said = (engine: string, name: string) => run(["check", "--for", engine, at(name)]).stdout;
  assert.match(said("docker", "web.yaml"), "it does not look into a Kubernetes object");
  assert.match(said("runc", "web.json"), "it does not look into a Kubernetes object");
  assert.match(said("mesos", "web.json"), "it does not look into a Kubernetes object");
  assert.not.match(said("kubernetes", "web.yaml"), "engine-refuses");
  for (const engine of ["docker", "oci", "mesos", "kubernetes"]) {
    assert.match(said(engine, "one.json"), "it is a file of seccompiler");
  }
});

test("a dword of an argument of 64 bits is converted to a comparison under a mask, whatever the meaning of the others", () => {
  const args = (op: string) => [{ index: 1, type: "dword", op, val: 38 }];
  const rules = (op: string, more: readonly string[]) => {
    writeFileSync(
      at("dword.json"),
      JSON.stringify({ main: { ...filter(1), filter: [{ syscall: "mmap", args: args(op) }] } }),
    );
    const { status, stdout } = run(["convert", "--to", "docker", ...more, at("dword.json")]);
    assert.is(status, 0);
    return (JSON.parse(stdout) as { syscalls: { args: object[] }[] }).syscalls.map((rule) => rule.args);
  };
  for (const more of [[], ["--wide-arguments"]]) {
    assert.equal(rules("eq", more), [
      [{ index: 1, value: 0xffffffff, valueTwo: 38, op: "SCMP_CMP_MASKED_EQ" }],
    ]);
    assert.is(rules("ne", more).length, 32);
  }
});

test("check --json gives the places of the file", () => {
  writeFileSync(at("twice.json"), ONE.replace('"filter": [', '"filter": [\n{ "syscall": "nosuchcall" },'));
  const { stdout } = run(["check", "--json", at("twice.json")]);
  const [unknown] = JSON.parse(stdout).profiles[0].diagnostics.filter(
    (one: { code: string }) => one.code === "unknown-syscall",
  );
  assert.is(unknown.pointer, "/main/filter/0/syscall");
  assert.is(
    unknown.line,
    readFileSync(at("twice.json"), "utf8")
      .split("\n")
      .findIndex((line) => line.includes("nosuchcall")) + 1,
  );
});

test("rules are not added to a text in another form", () => {
  for (const name of ["web.yaml", "one.json"]) {
    failed(
      125,
      run(["record", "--merge", at(name), "-o", at("new.json"), "--", "true"]),
      "--merge",
      "convert",
    );
  }
});

test.run();
