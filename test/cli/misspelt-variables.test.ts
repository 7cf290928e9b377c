/**
 * Variables that look like those that are read: whoever has misspelt one is told, and does not run under something else.
 */

import { join } from "node:path";
import * as assert from "uvu/assert";
import { ALLOWED, denied, PROBE, ran, refused, warned } from "../support/programs/expect.ts";
import { answering, directoryOf, runWithEtc } from "../support/programs/files.ts";
import { compileC } from "../support/programs/native.ts";
import { type Outcome, PROGRAM, run, runCommand } from "../support/programs/program.ts";
import { test } from "../support/running/test.ts";

const D = directoryOf({ "default.json": answering(1000), "task.json": answering(1001) });

function withVariables(env: Readonly<Record<string, string>>, ...options: readonly string[]): Outcome {
  return run([...options, "--", PROBE], { env: { MESOS_SECCOMP_CONFIG_DIR: D, ...env } });
}

/** A name that is wrong, and the one that is meant; undefined: that cannot be told. */
const OWN: readonly (readonly [string, string | undefined])[] = [
  ["SECCOMP_EXEC_PROFIL", "SECCOMP_EXEC_PROFILE"],
  ["SECCOMP_EXEC_PROFLIE", "SECCOMP_EXEC_PROFILE"],
  ["SECCOMP_EXEC_PROFILES", "SECCOMP_EXEC_PROFILE"],
  ["SECCOMP_EXEC_PROFILE_NAME", "SECCOMP_EXEC_PROFILE"],
  ["SECCOMP_EXEC_UNCONFIND", "SECCOMP_EXEC_UNCONFINED"],
  ["SECCOMP_EXEC_LINUXINFO", "SECCOMP_EXEC_LINUX_INFO"],
  ["seccomp_exec_profile", "SECCOMP_EXEC_PROFILE"],
  ["Seccomp_Exec_Profil", "SECCOMP_EXEC_PROFILE"],
  ["SECCOMP_EXEC_POLICY", undefined],
  ["SECCOMP_EXEC_", undefined],
  ["SECCOMP_EXEC_\u00e4", undefined],
];

for (const [name, meant] of OWN) {
  test(`${name} is an error, whatever else is asked for`, () => {
    const hint =
      meant === undefined
        ? "hint: there are SECCOMP_EXEC_PROFILE, SECCOMP_EXEC_UNCONFINED, SECCOMP_EXEC_LINUX_INFO"
        : `hint: did you mean '${meant}'?`;
    const says = [`${name} is set, and there is no such variable`, hint];
    for (const value of ["task.json", ""]) {
      refused(withVariables({ [name]: value }), ...says);
      refused(withVariables({ [name]: value, SECCOMP_EXEC_PROFILE: "task.json" }), ...says);
    }
    for (const options of [["--profile", "task.json"], ["--unconfined"], ["--dry-run"], ["--complain"]]) {
      refused(withVariables({ [name]: "x" }, ...options), ...says);
    }
  });
}

test("so it is under every policy of an operator", () => {
  for (const policy of ['{"enabled": false}', "{}", '{"allowUnconfined": false}']) {
    const etc = directoryOf({ "seccomp-exec/policy.json": policy });
    const outcome = runWithEtc(etc, ["--", PROBE], { env: { SECCOMP_EXEC_PROFIL: "x" } });
    refused(outcome, "SECCOMP_EXEC_PROFIL is set");
  }
});

for (const [name, hint] of [
  ["MESOS_SECCOMP_PROFILE", "did you mean 'MESOS_SECCOMP_PROFILE_NAME'?"],
  ["MESOS_SECCOMP_CONFIGDIR", "did you mean 'MESOS_SECCOMP_CONFIG_DIR'?"],
  ["mesos_seccomp_profile_name", "did you mean 'MESOS_SECCOMP_PROFILE_NAME'?"],
  ["MESOS_SECCOMP_ENABLED", "there are MESOS_SECCOMP_PROFILE_NAME, MESOS_SECCOMP_CONFIG_DIR"],
  ["MARATHON_APP_LABEL_SECCOMP_PROFIL", "did you mean 'MARATHON_APP_LABEL_SECCOMP_PROFILE'?"],
  ["MARATHON_APP_LABEL_SECCOMP_PROFILE_NAME", "did you mean 'MARATHON_APP_LABEL_SECCOMP_PROFILE'?"],
  ["MARATHON_APP_LABEL_SECCOMP_UNCONFIND", "did you mean 'MARATHON_APP_LABEL_SECCOMP_UNCONFINED'?"],
] as const) {
  test(`of ${name} is warned`, () => {
    const says = [`warning: ${name} is set, and there is no such variable`, `hint: ${hint}`];
    warned(withVariables({ [name]: "task.json" }), denied(1000), ...says);
    warned(withVariables({ [name]: "x", SECCOMP_EXEC_PROFILE: "task.json" }), denied(1001), ...says);
    warned(withVariables({ [name]: "x" }, "--unconfined"), ALLOWED, ...says);
  });
}

test("each of them is told once", () => {
  const { stderr } = withVariables({ MESOS_SECCOMP_A: "1", MESOS_SECCOMP_B: "2" });
  assert.is(stderr.match(/warning/g)?.length, 2, stderr);
});

test("of variables that belong to others nothing is said", () => {
  const others = {
    MARATHON_APP_LABEL_SECCOMP_NOTES: "ask Ann",
    MARATHON_APP_LABEL_OWNER: "x",
    SECCOMP_PROFILE: "x",
    SECCOMP_EXEC: "x",
    SECCOMP_EXECUTOR: "x",
    MY_SECCOMP_EXEC_PROFIL: "x",
    MESOS_SANDBOX: "x",
    VALUE: "SECCOMP_EXEC_PROFIL=x",
  };
  ran(withVariables(others), denied(1000));
});

test("the command gets all of them as they are", () => {
  const { stdout } = run(["--unconfined", "--", "env"], { env: { MESOS_SECCOMP_A: "1" } });
  assert.match(stdout, /^MESOS_SECCOMP_A=1$/m);
});

test("a name that is no UTF-8 is shown as what it is, and ends nothing", () => {
  const script = `env "$(printf 'SECCOMP_EXEC_\\377\\nx')=1" "$@"`;
  const outcome = runCommand(["sh", "-c", script, "sh", PROGRAM, "--", PROBE]);
  refused(outcome, "SECCOMP_EXEC_\\xff\\u000ax is set");
});

test("verbs, which do not read them, do not mind them", () => {
  const env = { SECCOMP_EXEC_PROFIL: "x", MESOS_SECCOMP_A: "x" };
  for (const args of [["check", join(D, "task.json")], ["version"], ["--version"], ["--help"]]) {
    const { status, stderr } = run(args, { env });
    assert.equal([status, stderr], [0, ""]);
  }
});

for (const [name, first, last] of [
  ["SECCOMP_EXEC_UNCONFINED", "true", "false"],
  ["SECCOMP_EXEC_PROFILE", "task.json", "default.json"],
  ["SECCOMP_EXEC_LINUX_INFO", '{"seccomp":{"unconfined":true}}', '{"seccomp":{"profile_name":"task.json"}}'],
  ["MESOS_SECCOMP_PROFILE_NAME", "task.json", "default.json"],
  ["MARATHON_APP_LABEL_SECCOMP_UNCONFINED", "true", "false"],
  ["MESOS_SECCOMP_CONFIG_DIR", D, "/"],
] as const) {
  test(`${name} more than once is refused: a shell would show another one than the first`, () => {
    const twice = (...options: readonly string[]) =>
      runCommand(
        [compileC("test/cli/native/append.c"), `${name}=${last}`, PROGRAM, ...options, "--", PROBE],
        {
          env: { MESOS_SECCOMP_CONFIG_DIR: D, [name]: first },
        },
      );
    for (const options of [[], ["--profile", "task.json"], ["--unconfined"], ["--dry-run"]]) {
      refused(twice(...options), `${name} occurs more than once in the environment`, "hint: set it once");
    }
  });
}

test("what is not read may be there as often as one likes", () => {
  const [first, last] = ["X_SECCOMP_EXEC_PROFILE", "SECCOMP_PROFILE"];
  for (const name of [first, last]) {
    const env = { MESOS_SECCOMP_CONFIG_DIR: D, [name]: "1" };
    const command = [compileC("test/cli/native/append.c"), `${name}=2`, PROGRAM, "--", PROBE];
    ran(runCommand(command, { env }), denied(1000));
  }
});

test.run();
