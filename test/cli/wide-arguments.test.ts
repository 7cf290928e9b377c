/**
 * Conditions compare what the kernel takes of an argument; --wide-arguments and the operator's policy give 64 bits back.
 */

import * as assert from "uvu/assert";
import { syscallId, syscallNumber } from "../../src/tables/syscalls.ts";
import { X86_64 } from "../support/fixtures/policies.ts";
import { PROBE, refused } from "../support/programs/expect.ts";
import { directoryOf, profileOf, runWithEtc } from "../support/programs/files.ts";
import { run } from "../support/programs/program.ts";
import { X86_64_LINUX } from "../support/running/needs.ts";
import { test, testWith } from "../support/running/test.ts";

const nativeTest = testWith(X86_64_LINUX);

const AF_INET = 2n;
const SOCK_DGRAM = 2n;
const UPPER = 1n << 32n;

/** Denies sockets of AF_INET with an errno of its own. */
const PROFILE = profileOf({
  names: ["socket"],
  action: "SCMP_ACT_ERRNO",
  errnoRet: 1001,
  args: [{ index: 0, value: Number(AF_INET), op: "SCMP_CMP_EQ" }],
});

const FILE = `${directoryOf({ "profile.json": PROFILE })}/profile.json`;

/** The probe's socket call in this domain. */
function socket(domain: bigint): readonly string[] {
  return [PROBE, ...[BigInt(syscallNumber(X86_64, syscallId("socket"))), domain, SOCK_DGRAM].map(String)];
}

const DENIED = "error 1001\n";
const MADE = /^value \d+\n$/;

nativeTest("the upper half of an int does not bypass a condition", () => {
  for (const domain of [AF_INET, AF_INET | UPPER]) {
    assert.is(run(["--profile", FILE, "--", ...socket(domain)]).stdout, DENIED);
  }
});

nativeTest("with --wide-arguments it does, and the kernel makes the call", () => {
  const wide = (domain: bigint): string =>
    run(["--profile", FILE, "--wide-arguments", "--", ...socket(domain)]).stdout;
  assert.is(wide(AF_INET), DENIED);
  assert.match(wide(AF_INET | UPPER), MADE);
});

nativeTest("the operator's policy decides for all tasks", () => {
  const under = (policy: object, options: readonly string[] = []) =>
    runWithEtc(
      directoryOf({
        "seccomp-exec/policy.json": JSON.stringify(policy),
        "dcos/mesos/seccomp/default.json": PROFILE,
      }),
      [...options, "--", ...socket(AF_INET | UPPER)],
    );
  assert.match(under({ wideArguments: true }).stdout, MADE);
  assert.is(under({ wideArguments: false }).stdout, DENIED);
  const facts = (options: readonly string[], policy?: object): string =>
    runWithEtc(
      directoryOf({
        "dcos/mesos/seccomp/default.json": PROFILE,
        ...(policy === undefined ? {} : { "seccomp-exec/policy.json": JSON.stringify(policy) }),
      }),
      ["--dry-run", ...options],
    ).stdout;
  assert.match(facts([]), /^arguments +are compared as the kernel takes them$/m);
  assert.match(
    facts(["--wide-arguments"]),
    /^arguments +64 bits of each are compared \(--wide-arguments\)$/m,
  );
  assert.match(
    facts([], { wideArguments: true }),
    /^arguments +64 bits of each are compared \('wideArguments' of .*policy\.json\)$/m,
  );
  refused(under({}, ["--wide-arguments"]), "--wide-arguments changes the meaning of a profile");
});

nativeTest("a prepared filter is used only with the meaning that it was made for", () => {
  const file = `${directoryOf({ "profile.json": PROFILE })}/profile.json`;
  const prepared = (options: readonly string[]): string =>
    /^prepared +(.*)$/m.exec(run(["--dry-run", "--profile", file, ...options]).stdout)?.[1] ?? "";
  for (const [made, other] of [
    [[], ["--wide-arguments"]],
    [["--wide-arguments"], []],
  ] as const) {
    assert.is(run(["prepare", ...made, file]).status, 0);
    assert.match(prepared(made), /^yes/);
    assert.match(prepared(other), `no: it was made with${made.length === 0 ? "out" : ""} --wide-arguments`);
    assert.is(run(["--profile", file, ...made, "--", ...socket(AF_INET)]).stdout, DENIED);
  }
});

const SIMULATED = `x86_64 socket 2\nx86_64 socket ${AF_INET | UPPER}\nx86 socket 2\n`;

test("verbs know both meanings", () => {
  const simulate = (...options: readonly string[]): readonly string[] =>
    run(["simulate", "--arch", "x86_64", "--caps", "none", ...options, FILE], { input: SIMULATED })
      .stdout.trimEnd()
      .split("\n")
      .map((line) => line.split(" ").at(-1) ?? "");
  assert.equal(simulate().slice(0, 2), ["ERRNO(1001)", "ERRNO(1001)"]);
  assert.equal(simulate("--wide-arguments").slice(0, 2), ["ERRNO(1001)", "ALLOW"]);
  const policy = (...options: readonly string[]): string =>
    run(["explain", "--stage", "policy", "--arch", "x86_64", "--caps", "none", ...options, FILE]).stdout;
  assert.match(policy(), "socket: ERRNO(1001) if (u32)a0 == 0x2");
  assert.match(policy("--wide-arguments"), "socket: ERRNO(1001) if a0 == 0x2");
  const converted = (...options: readonly string[]): string =>
    run(["convert", "--to", "docker", "--kernel", "6.1", ...options, FILE]).stdout;
  assert.match(converted(), '"value": 4294967295,\n          "valueTwo": 2,');
  assert.match(converted("--wide-arguments"), '"op": "SCMP_CMP_EQ"');
});

test("a filter that compares 64 bits is not the profile, but what --wide-arguments means", () => {
  const filter = `${directoryOf({})}/wide.bpf`;
  const target = ["--arch", "x86_64", "--caps", "none"];
  assert.is(run(["compile", ...target, "--wide-arguments", "-o", filter, FILE]).status, 0);
  const verify = (...options: readonly string[]) => run(["verify", ...target, ...options, FILE, filter]);
  assert.match(verify().stdout, "different: x86_64 socket(0x100000002");
  assert.is(verify("--wide-arguments").status, 0);
});

test("check notes which calls pass under an engine and not here, and which the other way round", () => {
  const file = `${directoryOf({
    "profile.json": JSON.stringify({
      defaultAction: "SCMP_ACT_ERRNO",
      archMap: [{ architecture: "SCMP_ARCH_X86_64", subArchitectures: [] }],
      syscalls: [
        { names: ["socket"], action: "SCMP_ACT_ALLOW", args: [{ index: 0, value: 2, op: "SCMP_CMP_NE" }] },
        {
          names: ["personality"],
          action: "SCMP_ACT_ALLOW",
          args: [{ index: 0, value: 8, op: "SCMP_CMP_EQ" }],
        },
      ],
    }),
  })}/profile.json`;
  for (const engine of ["docker", "oci", "mesos"]) {
    const check = (...options: readonly string[]): string =>
      run(["check", "--arch", "x86_64", "--kernel", "6.1", "--for", engine, ...options, file]).stdout;
    const said = check();
    assert.match(
      said,
      /warning: .* lets the crafted call socket\(0x100000002\) through, which is denied here/,
      said,
    );
    assert.match(
      said,
      /note: .* denies the crafted call personality\(0x100000008\), which is let through here/,
      said,
    );
    assert.not.match(check("--wide-arguments"), "bits that the kernel ignores");
  }
});

test("Docker's default keeps AF_ALG closed whatever the upper half holds", () => {
  const { stdout } = run(["simulate", "--arch", "x86_64", "--caps", "none", "builtin:default.json"], {
    input: [38n, 38n | UPPER, 40n | (UPPER << 3n), 2n | UPPER]
      .map((domain) => `x86_64 socket ${domain}\n`)
      .join(""),
  });
  assert.equal(
    stdout
      .trimEnd()
      .split("\n")
      .map((line) => /[A-Z]+/.exec(line.split(" ").at(-1) ?? "")?.[0]),
    ["ERRNO", "ERRNO", "ERRNO", "ALLOW"],
  );
});

test.run();
