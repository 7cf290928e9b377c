/**
 * Which profile a task gets: every source that may name one, and which of them is the stronger.
 */

import * as assert from "uvu/assert";
import { ALLOWED, denied, PROBE, ran, refused } from "../support/programs/expect.ts";
import { answering, directoryOf, runWithEtc } from "../support/programs/files.ts";
import { type Outcome, run } from "../support/programs/program.ts";
import { test } from "../support/running/test.ts";

const BOTH =
  "Invalid Seccomp configuration: 'profile_name' given even though 'unconfined' Seccomp setting is enabled";
const NEITHER = "Missing Seccomp profile name";

/** Profiles that are told apart by the errno that they answer. */
const D = directoryOf({
  "default.json": answering(1000),
  "cli.json": answering(1001),
  "task.json": answering(1002),
  "info.json": answering(1003),
  "label.json": answering(1004),
  "agent.json": answering(1005),
});
const OTHER = directoryOf({ "default.json": answering(2000), "cli.json": answering(2001) });

type Environment = Readonly<Record<string, string>>;

const IN_D = { MESOS_SECCOMP_CONFIG_DIR: D };
const seccomp = (value: object) => JSON.stringify({ seccomp: value });

/** Launches the probe with this environment; profile names resolve in D. */
function withEnvironment(env: Environment, ...options: readonly string[]): Outcome {
  return run([...options, "--", PROBE], { env: { ...IN_D, ...env } });
}

const NAMED: readonly (readonly [string, Environment, number])[] = [
  ["SECCOMP_EXEC_PROFILE", { SECCOMP_EXEC_PROFILE: "task.json" }, 1002],
  [
    "SECCOMP_EXEC_LINUX_INFO",
    { SECCOMP_EXEC_LINUX_INFO: seccomp({ profileName: "info.json", unconfined: false }) },
    1003,
  ],
  ["MARATHON_APP_LABEL_SECCOMP_PROFILE", { MARATHON_APP_LABEL_SECCOMP_PROFILE: "label.json" }, 1004],
  ["MESOS_SECCOMP_PROFILE_NAME", { MESOS_SECCOMP_PROFILE_NAME: "agent.json" }, 1005],
];

for (const [source, env, errno] of NAMED) {
  test(`${source} names the profile`, () => {
    ran(withEnvironment(env), denied(errno));
  });

  test(`the command line is stronger than ${source}`, () => {
    ran(withEnvironment(env, "--profile", "cli.json"), denied(1001));
    ran(withEnvironment(env, "--profile", `${D}/cli.json`), denied(1001));
    ran(withEnvironment(env, "--unconfined"), ALLOWED);
    ran(withEnvironment(env, "--linux-info", seccomp({ profileName: "cli.json" })), denied(1001));
    ran(withEnvironment(env, "--linux-info", seccomp({ unconfined: true })), ALLOWED);
  });
}

test("with nothing named, the profile is default.json", () => {
  ran(withEnvironment({}), denied(1000));
});

for (let stronger = 0; stronger < NAMED.length; stronger += 1) {
  for (let weaker = stronger + 1; weaker < NAMED.length; weaker += 1) {
    const [strong, strongEnv, errno] = NAMED[stronger] ?? ["", {}, 0];
    const [weak, weakEnv] = NAMED[weaker] ?? ["", {}, 0];
    test(`${strong} is stronger than ${weak}`, () => {
      ran(withEnvironment({ ...weakEnv, ...strongEnv }), denied(errno));
    });
  }
}

const UNCONFINED: readonly (readonly [string, Environment])[] = [
  ["SECCOMP_EXEC_UNCONFINED", { SECCOMP_EXEC_UNCONFINED: "true" }],
  ["SECCOMP_EXEC_LINUX_INFO", { SECCOMP_EXEC_LINUX_INFO: seccomp({ unconfined: true }) }],
  ["MARATHON_APP_LABEL_SECCOMP_UNCONFINED", { MARATHON_APP_LABEL_SECCOMP_UNCONFINED: "true" }],
];

for (const [source, env] of UNCONFINED) {
  test(`${source} asks for no filter, and gets it`, () => {
    const status = ["--", "grep", "^Seccomp:", "/proc/self/status"];
    ran(run(status, { env: { PATH: "/bin:/usr/bin", ...IN_D, ...env } }), "Seccomp:\t0\n");
  });

  test(`${source} is stronger than the agent's profile`, () => {
    ran(withEnvironment({ MESOS_SECCOMP_PROFILE_NAME: "agent.json", ...env }), ALLOWED);
  });

  test(`${source} is weaker than a profile of the command line`, () => {
    ran(withEnvironment(env, "--profile", "cli.json"), denied(1001));
  });
}

test("SECCOMP_EXEC_UNCONFINED is stronger than SECCOMP_EXEC_LINUX_INFO and the labels", () => {
  ran(
    withEnvironment({
      SECCOMP_EXEC_UNCONFINED: "true",
      SECCOMP_EXEC_LINUX_INFO: seccomp({ profileName: "info.json" }),
      MARATHON_APP_LABEL_SECCOMP_PROFILE: "label.json",
    }),
    ALLOWED,
  );
});

test("a profile in SECCOMP_EXEC_LINUX_INFO is stronger than an unconfined label", () => {
  ran(
    withEnvironment({
      SECCOMP_EXEC_LINUX_INFO: seccomp({ profileName: "info.json" }),
      MARATHON_APP_LABEL_SECCOMP_UNCONFINED: "true",
    }),
    denied(1003),
  );
});

for (const name of ["SECCOMP_EXEC_UNCONFINED", "MARATHON_APP_LABEL_SECCOMP_UNCONFINED"]) {
  test(`${name}=false asks for nothing`, () => {
    ran(withEnvironment({ [name]: "false" }), denied(1000));
    ran(withEnvironment({ [name]: "false", MESOS_SECCOMP_PROFILE_NAME: "agent.json" }), denied(1005));
  });

  for (const value of ["yes please", "tru", "truefalse", "2", "null"]) {
    test(`${name}='${value}' is refused, and the message says what it may be`, () => {
      refused(withEnvironment({ [name]: value }), name, `'${value}'`, "true", "false");
    });
  }
}

test("a profile and unconfined in one source are refused; with Mesos's text where it is Mesos's object", () => {
  refused(
    withEnvironment({ SECCOMP_EXEC_PROFILE: "task.json", SECCOMP_EXEC_UNCONFINED: "true" }),
    "SECCOMP_EXEC_PROFILE",
    "SECCOMP_EXEC_UNCONFINED",
  );
  refused(
    withEnvironment({
      MARATHON_APP_LABEL_SECCOMP_PROFILE: "label.json",
      MARATHON_APP_LABEL_SECCOMP_UNCONFINED: "true",
    }),
    "MARATHON_APP_LABEL_SECCOMP_PROFILE",
    "MARATHON_APP_LABEL_SECCOMP_UNCONFINED",
  );
  const both = seccomp({ profileName: "info.json", unconfined: true });
  refused(withEnvironment({ SECCOMP_EXEC_LINUX_INFO: both }), BOTH, "SECCOMP_EXEC_LINUX_INFO");
  refused(withEnvironment({}, "--linux-info", both), BOTH, "--linux-info");
});

test("a profile and unconfined=false in one source are fine", () => {
  ran(withEnvironment({ SECCOMP_EXEC_PROFILE: "task.json", SECCOMP_EXEC_UNCONFINED: "false" }), denied(1002));
  ran(
    withEnvironment({
      MARATHON_APP_LABEL_SECCOMP_PROFILE: "label.json",
      MARATHON_APP_LABEL_SECCOMP_UNCONFINED: "false",
    }),
    denied(1004),
  );
});

test("a seccomp object with neither is refused with Mesos's text", () => {
  for (const neither of [seccomp({}), seccomp({ unconfined: false })]) {
    refused(withEnvironment({ SECCOMP_EXEC_LINUX_INFO: neither }), NEITHER, "SECCOMP_EXEC_LINUX_INFO");
    refused(withEnvironment({}, "--linux-info", neither), NEITHER, "--linux-info");
  }
});

test("a stronger source that asks for nothing leaves the word to the weaker one", () => {
  const silent = JSON.stringify({ type: "MESOS", linuxInfo: {} });
  ran(
    withEnvironment({ SECCOMP_EXEC_LINUX_INFO: silent, MARATHON_APP_LABEL_SECCOMP_PROFILE: "label.json" }),
    denied(1004),
  );
  ran(withEnvironment({ SECCOMP_EXEC_PROFILE: "task.json" }, "--linux-info", silent), denied(1002));
});

test("--profile with --linux-info that asks for another is refused", () => {
  const info = seccomp({ profileName: "info.json" });
  refused(withEnvironment({}, "--profile", "cli.json", "--linux-info", info), "--profile", "--linux-info");
});

test("--unconfined with --linux-info that asks for a profile is refused", () => {
  const info = seccomp({ profileName: "info.json" });
  refused(withEnvironment({}, "--unconfined", "--linux-info", info), "--unconfined", "--linux-info");
});

test("--profile-dir is stronger than MESOS_SECCOMP_CONFIG_DIR", () => {
  ran(withEnvironment({}, "--profile-dir", OTHER), denied(2000));
  ran(withEnvironment({}, "--profile-dir", OTHER, "--profile", "cli.json"), denied(2001));
  ran(withEnvironment({ SECCOMP_EXEC_PROFILE: "cli.json" }, "--profile-dir", OTHER), denied(2001));
});

test("a named directory is never left for another, nor for the compiled-in profiles", () => {
  refused(withEnvironment({}, "--profile-dir", OTHER, "--profile", "task.json"), "task.json", OTHER);
  refused(withEnvironment({}, "--profile", "strict.json"), "strict.json", D);
  refused(withEnvironment({ MESOS_SECCOMP_CONFIG_DIR: `${D}/none` }), `${D}/none`);
  refused(withEnvironment({}, "--profile-dir", `${D}/none`), `${D}/none`);
});

test("builtin:NAME names a compiled-in profile, whatever the directory holds", () => {
  const status = ["--", PROBE];
  ran(run(["--profile", "builtin:default.json", ...status], { env: IN_D }), ALLOWED);
  ran(withEnvironment({ SECCOMP_EXEC_PROFILE: "builtin:default.json" }), ALLOWED);
  ran(withEnvironment({ MARATHON_APP_LABEL_SECCOMP_PROFILE: "builtin:default.json" }), ALLOWED);
  ran(withEnvironment({ MESOS_SECCOMP_PROFILE_NAME: "builtin:default.json" }), ALLOWED);
  ran(
    withEnvironment({ SECCOMP_EXEC_LINUX_INFO: seccomp({ profileName: "builtin:default.json" }) }),
    ALLOWED,
  );
});

test("builtin:NAME gives a filter", () => {
  const { stdout } = run([
    "--profile",
    "builtin:default.json",
    "--",
    "grep",
    "^Seccomp:",
    "/proc/self/status",
  ]);
  assert.is(stdout, "Seccomp:\t2\n");
});

test("builtin: with an unknown name lists those that there are", () => {
  refused(
    run(["--profile", "builtin:nix.json", "--", PROBE]),
    "nix.json",
    "default.json",
    "relaxed.json",
    "strict.json",
    "dcos.json",
  );
  refused(run(["--profile", "builtin:", "--", PROBE]), "empty");
  refused(run(["--profile", "builtin:toString", "--", PROBE]), "toString");
  refused(run(["--profile", "builtin:__proto__", "--", PROBE]), "__proto__");
  refused(run(["--profile", "builtin:../default.json", "--", PROBE]), "../default.json");
});

test("where /etc/dcos/mesos/seccomp does not exist, names are those of the compiled-in profiles", () => {
  const filtered = ["--", "grep", "^Seccomp:", "/proc/self/status"];
  ran(runWithEtc({}, filtered), "Seccomp:\t2\n");
  ran(runWithEtc({}, ["--profile", "relaxed.json", ...filtered]), "Seccomp:\t2\n");
  refused(runWithEtc({}, ["--profile", "own.json", ...filtered]), "own.json", "default.json");
});

test("where /etc/dcos/mesos/seccomp exists, names are looked up there and nowhere else", () => {
  const etc = {
    "dcos/mesos/seccomp/default.json": answering(3000),
    "dcos/mesos/seccomp/own.json": answering(3001),
  };
  ran(runWithEtc(etc, ["--", PROBE]), denied(3000));
  ran(runWithEtc(etc, ["--profile", "own.json", "--", PROBE]), denied(3001));
  refused(
    runWithEtc(etc, ["--profile", "strict.json", "--", PROBE]),
    "strict.json",
    "/etc/dcos/mesos/seccomp",
    "own.json",
  );
  ran(runWithEtc(etc, ["--profile", "builtin:default.json", "--", PROBE]), ALLOWED);
});

test("an empty /etc/dcos/mesos/seccomp is not a missing one", () => {
  const etc = directoryOf({ "dcos/mesos/seccomp/.keep": "" });
  refused(runWithEtc(etc, ["--", PROBE]), "default.json", "/etc/dcos/mesos/seccomp");
});

test("a missing directory that MESOS_SECCOMP_CONFIG_DIR or --profile-dir names is not replaced by the compiled-in profiles", () => {
  const dir = "/etc/dcos/mesos/seccomp";
  refused(runWithEtc({}, ["--", PROBE], { env: { ...PATH, MESOS_SECCOMP_CONFIG_DIR: dir } }), dir);
  refused(runWithEtc({}, ["--profile-dir", dir, "--", PROBE]), dir);
});

const PATH = { PATH: process.env["PATH"] };

test("a task that says it is not unconfined is not made so by a weaker source", () => {
  const no = { SECCOMP_EXEC_UNCONFINED: "false" };
  for (const [source, env] of UNCONFINED.slice(1)) {
    refused(withEnvironment({ ...env, ...no }), source, "SECCOMP_EXEC_UNCONFINED is 'false'");
  }
  ran(withEnvironment(no), denied(1000));
  ran(withEnvironment({ ...no, SECCOMP_EXEC_PROFILE: "task.json" }), denied(1002));
  ran(withEnvironment(no, "--unconfined"), ALLOWED);
});

test("a name that neither the built-in directory nor the executable has is told where it was looked for", () => {
  const outcome = runWithEtc({}, ["--profile", "nope.json", "--", PROBE]);
  refused(outcome, "'nope.json'", "/etc/dcos/mesos/seccomp does not exist", "compiled in", "default.json");
});

test.run();
