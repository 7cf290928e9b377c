/**
 * The operator's policy, /etc/seccomp-exec/policy.json: what it bounds, and that a policy that cannot be trusted or
 * understood is never taken for none.
 */

import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, symlinkSync } from "node:fs";
import * as assert from "uvu/assert";
import { ALLOWED, denied, PROBE, ran, refused } from "../support/programs/expect.ts";
import {
  answering,
  directoryOf,
  type FileSpec,
  type Files,
  NOBODY,
  runCommandWithEtc,
  runWithEtc,
} from "../support/programs/files.ts";
import { type Outcome, PROGRAM, type RunOptions, runCommand } from "../support/programs/program.ts";
import { MOUNTS, needs } from "../support/running/needs.ts";
import { test } from "../support/running/test.ts";

const POLICY = "/etc/seccomp-exec/policy.json";

const D = directoryOf({
  "default.json": answering(1000),
  "a.json": answering(1001),
  "b.json": answering(1002),
});
const OTHER = directoryOf({
  "default.json": answering(2000),
  "a.json": answering(2001),
  "policy-default.json": answering(2009),
});

const PATH = process.env["PATH"];

/** What the agent's profiles are where nothing else is said. */
const AGENT: Files = {
  "dcos/mesos/seccomp/default.json": answering(3000),
  "dcos/mesos/seccomp/a.json": answering(3001),
};

/** Launches the probe on a machine with this policy. */
function under(
  policy: object | FileSpec | string,
  args: readonly string[] = [],
  options: RunOptions = {},
): Outcome {
  const spec =
    typeof policy === "string" || "content" in policy
      ? (policy as string | FileSpec)
      : JSON.stringify(policy);
  const etc = directoryOf({ ...AGENT, "seccomp-exec/policy.json": spec });
  return runWithEtc(etc, [...args, "--", PROBE], options);
}

const env = (values: Readonly<Record<string, string>>): RunOptions => ({ env: { PATH, ...values } });

test("without a policy file nothing is bounded", () => {
  ran(runWithEtc(AGENT, ["--", PROBE]), denied(3000));
  ran(runWithEtc(AGENT, ["--unconfined", "--", PROBE]), ALLOWED);
  ran(runWithEtc({ ...AGENT, "seccomp-exec/other": "" }, ["--unconfined", "--", PROBE]), ALLOWED);
});

test("an empty policy bounds nothing", () => {
  ran(under({}), denied(3000));
  ran(under({}, ["--profile", `${D}/a.json`]), denied(1001));
});

// enabled

test("enabled: true changes nothing", () => {
  ran(under({ enabled: true }), denied(3000));
  ran(under({ enabled: true }, ["--profile", "a.json"]), denied(3001));
});

test("enabled: false runs a task that asks for nothing without a filter", () => {
  ran(under({ enabled: false }), ALLOWED);
  ran(under({ enabled: false }, ["--unconfined"]), ALLOWED);
});

test("enabled: false with a task that asks for a profile is refused, whoever asks", () => {
  const says = [POLICY, "enabled"];
  refused(under({ enabled: false }, ["--profile", "a.json"]), ...says);
  refused(under({ enabled: false }, ["--profile", `${D}/a.json`]), ...says);
  refused(under({ enabled: false }, ["--profile", "builtin:default.json"]), ...says);
  refused(under({ enabled: false }, ["--linux-info", '{"profileName": "a.json"}']), ...says);
  refused(under({ enabled: false }, [], env({ SECCOMP_EXEC_PROFILE: "a.json" })), ...says);
  refused(
    under({ enabled: false }, [], env({ SECCOMP_EXEC_LINUX_INFO: '{"profileName": "a.json"}' })),
    ...says,
  );
  refused(under({ enabled: false }, [], env({ MARATHON_APP_LABEL_SECCOMP_PROFILE: "a.json" })), ...says);
});

test("enabled: false with a task that says it is not to be unconfined is refused", () => {
  for (const said of ["false", "0"]) {
    const outcome = under({ enabled: false }, [], env({ SECCOMP_EXEC_UNCONFINED: said }));
    refused(outcome, `'enabled' of ${POLICY}`, `but SECCOMP_EXEC_UNCONFINED is '${said}'`);
    ran(under({ enabled: false }, ["--unconfined"], env({ SECCOMP_EXEC_UNCONFINED: said })), ALLOWED);
  }
  ran(under({ enabled: false }, [], env({ SECCOMP_EXEC_UNCONFINED: "true" })), ALLOWED);
});

// profileDir

test("profileDir is where names are looked up", () => {
  ran(under({ profileDir: D }), denied(1000));
  ran(under({ profileDir: D }, ["--profile", "a.json"]), denied(1001));
  ran(under({ profileDir: D }, [], env({ SECCOMP_EXEC_PROFILE: "b.json" })), denied(1002));
});

test("profileDir: no other directory may be asked for", () => {
  refused(under({ profileDir: D }, ["--profile-dir", OTHER]), POLICY, "profileDir");
});

test("profileDir is stronger than the agent's environment", () => {
  const outcome = under({ profileDir: D }, ["--profile", "a.json"], env({ MESOS_SECCOMP_CONFIG_DIR: OTHER }));
  if (outcome.status === 125) {
    refused(outcome, POLICY, "profileDir");
  } else {
    ran(outcome, denied(1001));
  }
});

test("profileDir: a profile that is not in it is refused with its name", () => {
  refused(under({ profileDir: D }, ["--profile", "c.json"]), "c.json", D, "a.json");
});

test("profileDir: a directory that does not exist is not replaced by the compiled-in profiles", () => {
  refused(under({ profileDir: `${D}/none` }), `${D}/none`);
});

test("profileDir: an empty path is refused, and the message blames the policy", () => {
  refused(under({ profileDir: "" }), POLICY, "profileDir");
});

test("profileDir: a relative path is refused, since the task chooses what it is relative to", () => {
  refused(under({ profileDir: "profiles" }), POLICY, "profileDir");
  refused(under({ profileDir: "." }, [], { cwd: D }), POLICY, "profileDir");
});

// defaultProfile

test("defaultProfile is what a task gets that asks for nothing", () => {
  ran(under({ defaultProfile: "a.json" }), denied(3001));
  ran(under({ profileDir: OTHER, defaultProfile: "policy-default.json" }), denied(2009));
});

test("defaultProfile is only a default", () => {
  ran(under({ profileDir: D, defaultProfile: "a.json" }, ["--profile", "b.json"]), denied(1002));
  ran(
    under({ profileDir: D, defaultProfile: "a.json" }, [], env({ SECCOMP_EXEC_PROFILE: "b.json" })),
    denied(1002),
  );
});

test("defaultProfile that is not there is refused", () => {
  refused(
    under({ profileDir: D, defaultProfile: "c.json" }),
    `'defaultProfile' of /etc/seccomp-exec/policy.json: there is no profile 'c.json' in ${D}`,
  );
});

test("defaultProfile: a relative path is refused, since the task chooses what it is relative to", () => {
  refused(under({ defaultProfile: "./a.json" }, [], { cwd: D }), POLICY, "defaultProfile");
  refused(under({ defaultProfile: "../a.json" }, [], { cwd: `${D}/..` }), POLICY, "defaultProfile");
});

test("defaultProfile: '..' and the empty name are refused", () => {
  refused(under({ defaultProfile: "" }), POLICY, "defaultProfile");
  refused(under({ defaultProfile: ".." }), POLICY, "defaultProfile");
});

test("defaultProfile may be a compiled-in one", () => {
  ran(under({ defaultProfile: "builtin:default.json" }), ALLOWED);
});

// allowUnconfined

test("allowUnconfined: false refuses every way to ask for no filter", () => {
  const policy = { allowUnconfined: false };
  const says = [POLICY, "allowUnconfined"];
  refused(under(policy, ["--unconfined"]), ...says);
  refused(under(policy, ["--linux-info", '{"unconfined": true}']), ...says);
  refused(under(policy, [], env({ SECCOMP_EXEC_UNCONFINED: "true" })), ...says);
  refused(under(policy, [], env({ SECCOMP_EXEC_LINUX_INFO: '{"unconfined": true}' })), ...says);
  refused(under(policy, [], env({ MARATHON_APP_LABEL_SECCOMP_UNCONFINED: "true" })), ...says);
});

test("allowUnconfined: false leaves confined tasks alone", () => {
  ran(under({ allowUnconfined: false }), denied(3000));
  ran(under({ allowUnconfined: false }, ["--profile", "a.json"]), denied(3001));
  ran(under({ allowUnconfined: false }, [], env({ SECCOMP_EXEC_UNCONFINED: "false" })), denied(3000));
});

test("allowUnconfined: true allows it", () => {
  ran(under({ allowUnconfined: true }, ["--unconfined"]), ALLOWED);
});

// allowedProfiles

test("allowedProfiles: a profile in the list is allowed, another is refused", () => {
  const policy = { allowedProfiles: ["default.json", "a.json"] };
  ran(under(policy), denied(3000));
  ran(under(policy, ["--profile", "a.json"]), denied(3001));
  refused(under({ ...policy, profileDir: D }, ["--profile", "b.json"]), POLICY, "allowedProfiles", "b.json");
  refused(
    under({ ...policy, profileDir: D }, [], env({ SECCOMP_EXEC_PROFILE: "b.json" })),
    POLICY,
    "allowedProfiles",
  );
});

test("allowedProfiles: the refusal says which profiles there are to ask for", () => {
  refused(
    under({ allowedProfiles: ["default.json", "a.json"], profileDir: D }, ["--profile", "b.json"]),
    "a.json",
  );
});

test("allowedProfiles: a path is no name of the list, even where its last part is", () => {
  const policy = { allowedProfiles: ["default.json", "a.json"] };
  refused(under(policy, ["--profile", `${D}/a.json`]), POLICY, "allowedProfiles");
  refused(under(policy, ["--profile", "./a.json"], { cwd: D }), POLICY, "allowedProfiles");
});

test("allowedProfiles: a compiled-in profile is another than the file of that name", () => {
  const policy = { allowedProfiles: ["default.json"] };
  refused(under(policy, ["--profile", "builtin:default.json"]), POLICY, "allowedProfiles");
  ran(under({ allowedProfiles: ["builtin:default.json"] }, ["--profile", "builtin:default.json"]), ALLOWED);
});

test("allowedProfiles: a name of the list cannot be given another meaning by naming a directory", () => {
  const policy = { allowedProfiles: ["default.json", "a.json"] };
  refused(under(policy, ["--profile-dir", OTHER, "--profile", "a.json"]), POLICY);
});

test("allowedProfiles: nor by MESOS_SECCOMP_CONFIG_DIR, which a task can set as well", () => {
  const outcome = under(
    { allowedProfiles: ["default.json", "a.json"] },
    ["--profile", "a.json"],
    env({ MESOS_SECCOMP_CONFIG_DIR: OTHER }),
  );
  if (outcome.status === 125) {
    refused(outcome, POLICY);
  } else {
    ran(outcome, denied(3001));
  }
});

test("profileDir: a path outside it is no way around it", () => {
  refused(under({ profileDir: D }, ["--profile", `${OTHER}/a.json`]), POLICY, "profileDir");
});

test("allowedProfiles: a name of the list cannot be given another meaning by the environment, with profileDir", () => {
  const policy = { allowedProfiles: ["default.json", "a.json"], profileDir: D };
  const outcome = under(policy, ["--profile", "a.json"], env({ MESOS_SECCOMP_CONFIG_DIR: OTHER }));
  if (outcome.status === 125) {
    refused(outcome, POLICY);
  } else {
    ran(outcome, denied(1001));
  }
});

test("allowedProfiles bounds the default too: one that is not in the list is refused", () => {
  refused(under({ allowedProfiles: ["a.json"] }), "default.json", "allowedProfiles");
  refused(under({ allowedProfiles: [] }), "default.json", "allowedProfiles");
});

test("allowedProfiles alone does not forbid running unconfined; allowUnconfined does", () => {
  ran(under({ allowedProfiles: ["a.json"], allowUnconfined: true }, ["--unconfined"]), ALLOWED);
  refused(
    under({ allowedProfiles: ["a.json"], allowUnconfined: false }, ["--unconfined"]),
    "allowUnconfined",
  );
});

// A file that cannot be trusted or understood

const ASK: readonly (readonly [string, readonly string[]])[] = [
  ["with a profile", ["--profile", "builtin:default.json"]],
  ["with nothing asked", []],
  ["unconfined", ["--unconfined"]],
];

/** Whatever is asked for, and whoever asks, such a policy is refused. */
function alwaysRefused(policy: object | FileSpec | string, ...says: readonly (string | RegExp)[]): void {
  for (const [, args] of ASK) {
    refused(under(policy, args), POLICY, ...says);
  }
}

const UNTRUSTED: Readonly<Record<string, FileSpec>> = {
  "owned by another user": { content: "{}", owner: NOBODY },
  "writable by its group": { content: "{}", mode: 0o664 },
  "writable by others": { content: "{}", mode: 0o646 },
};
for (const [what, spec] of Object.entries(UNTRUSTED)) {
  test(`a policy ${what} is refused, also for a caller who is not root`, () => {
    alwaysRefused(spec, /own|writ/);
    for (const [, args] of ASK) {
      refused(under(spec, args, { uid: NOBODY }), POLICY, /own|writ/);
    }
  });
}

test("a policy that the caller may not read is refused, not passed over", () => {
  const secret = { content: '{"allowUnconfined": false}', mode: 0o600 };
  for (const [, args] of ASK) {
    refused(under(secret, args, { uid: NOBODY }), POLICY, /permission denied/i);
  }
  ran(under(secret, ["--profile", "a.json"]), denied(3001));
});

test("a policy in a directory that the caller may not search is refused, not passed over", () => {
  const etc = directoryOf({ ...AGENT, "seccomp-exec/policy.json": '{"allowUnconfined": false}' });
  execFileSync("chmod", ["0700", `${etc}/seccomp-exec`]);
  refused(runWithEtc(etc, ["--unconfined", "--", PROBE], { uid: NOBODY }), POLICY, /permission denied/i);
});

test("a policy binds callers who are not root", () => {
  refused(under({ allowUnconfined: false }, ["--unconfined"], { uid: NOBODY }), POLICY, "allowUnconfined");
  ran(under({ profileDir: D }, ["--profile", "a.json"], { uid: NOBODY }), denied(1001));
});

const NOT_JSON: Readonly<Record<string, string>> = {
  "an empty file": "",
  "a cut-off file": '{"allowUnconfined": false',
  "a trailing comma": '{"allowUnconfined": false,}',
  "a comment": '// ours\n{"allowUnconfined": false}',
  "text behind the end": "{} x",
  YAML: "allowUnconfined: false\n",
  "a byte order mark": '\ufeff{"allowUnconfined": false}',
};
for (const [what, text] of Object.entries(NOT_JSON)) {
  test(`a policy that is not JSON (${what}) is refused with the place`, () => {
    alwaysRefused(text, /policy\.json:\d+:\d+/);
  });
}

test("a policy that is not UTF-8 is refused", () => {
  alwaysRefused({ content: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]) }, "UTF-8");
});

const WRONG: Readonly<Record<string, string>> = {
  "an unknown key": '{"allowUnconfimed": false}',
  "a key in other capitals": '{"AllowUnconfined": false}',
  "a key of snake_case": '{"allow_unconfined": false}',
  "a key twice": '{"allowUnconfined": false, "allowUnconfined": true}',
  "a string for enabled": '{"enabled": "false"}',
  "a number for enabled": '{"enabled": 0}',
  "null for enabled": '{"enabled": null}',
  "a string for allowUnconfined": '{"allowUnconfined": "false"}',
  "null for allowUnconfined": '{"allowUnconfined": null}',
  "a number for profileDir": '{"profileDir": 7}',
  "an array for defaultProfile": '{"defaultProfile": ["a.json"]}',
  "a string for allowedProfiles": '{"allowedProfiles": "a.json"}',
  "an object for allowedProfiles": '{"allowedProfiles": {"a.json": true}}',
  "a number in allowedProfiles": '{"allowedProfiles": ["a.json", 7]}',
  "null in allowedProfiles": '{"allowedProfiles": [null]}',
  "an array": "[]",
  "a string": '"enabled"',
  null: "null",
  true: "true",
};
for (const [what, text] of Object.entries(WRONG)) {
  test(`a policy with ${what} is refused`, () => {
    alwaysRefused(text);
  });
}

test("a policy that misspells a key is told which one was meant, and where", () => {
  refused(under('{\n  "allowUnconfimed": false\n}'), `${POLICY}:2:3`, "allowUnconfimed", "allowUnconfined");
});

test("a policy that is a directory is refused", () => {
  const etc = directoryOf({ ...AGENT, "seccomp-exec/policy.json/inside": "" });
  refused(runWithEtc(etc, ["--unconfined", "--", PROBE]), POLICY, /regular file|directory/);
});

test("a policy that is a fifo is refused and not waited for", () => {
  const etc = directoryOf({ ...AGENT, "seccomp-exec/other": "" });
  execFileSync("mkfifo", ["-m", "0644", `${etc}/seccomp-exec/policy.json`]);
  refused(runWithEtc(etc, ["--unconfined", "--", PROBE]), POLICY, /regular file/);
});

test("a policy that is a symbolic link to nowhere is refused: someone meant there to be one", () => {
  const etc = directoryOf({ ...AGENT, "seccomp-exec/other": "" });
  symlinkSync("none.json", `${etc}/seccomp-exec/policy.json`);
  refused(runWithEtc(etc, ["--unconfined", "--", PROBE]), POLICY);
});

test("a policy that is a symbolic link to a trustworthy file is read", () => {
  const etc = directoryOf({ ...AGENT, "seccomp-exec/real.json": '{"allowUnconfined": false}' });
  symlinkSync("real.json", `${etc}/seccomp-exec/policy.json`);
  refused(runWithEtc(etc, ["--unconfined", "--", PROBE]), POLICY, "allowUnconfined");
});

test("a policy that is too large is refused", () => {
  refused(under("{}".padEnd(4 * 1024 * 1024 + 1, " "), ["--unconfined"]), POLICY, /4 MiB|4194304/);
});

test("where /etc/seccomp-exec is a file, that is an error and not the absence of a policy", () => {
  const etc = directoryOf({ ...AGENT, "seccomp-exec": "" });
  refused(runWithEtc(etc, ["--unconfined", "--", PROBE]), POLICY, /not a directory/i);
});

test("the environment cannot name another policy", () => {
  refused(
    under({ allowUnconfined: false }, ["--unconfined"], env({ HOME: D, POLICY: "/dev/null" })),
    POLICY,
    "allowUnconfined",
  );
  for (const name of ["SECCOMP_EXEC_POLICY", "SECCOMP_EXEC_POLICY_FILE"]) {
    refused(
      under({ allowUnconfined: false }, ["--unconfined"], env({ [name]: "/dev/null" })),
      `${name} is set`,
    );
  }
});

test("without open files to spare the policy is not passed over", () => {
  const etc = directoryOf({ ...AGENT, "seccomp-exec/policy.json": '{"allowUnconfined": false}' });
  const script = 'mount --bind "$1" /etc && shift && ulimit -n 3 && exec "$@"';
  needs(MOUNTS);
  const outcome = runCommand(
    ["unshare", "--mount", "sh", "-c", script, "sh", etc, PROGRAM, "--unconfined", "--", PROBE],
    {},
  );
  refused(outcome, POLICY);
});

test("--help and --version work whatever the policy is", () => {
  const etc = directoryOf({ "seccomp-exec/policy.json": "broken" });
  const { status } = runWithEtc(etc, ["--version"]);
  if (status !== 0) {
    throw new Error("--version failed");
  }
});

test("what the operator has chosen has to be root's, whoever launches", () => {
  const policy = '{"defaultProfile": "default.json", "allowedProfiles": ["a.json", "/etc/mine.json"]}';
  const own = (files: Files, args: readonly string[]) =>
    runWithEtc({ ...AGENT, "seccomp-exec/policy.json": policy, ...files }, [...args, "--", PROBE], {
      uid: NOBODY,
    });
  ran(own({}, []), denied(3000));
  const theirs = { content: answering(3007), owner: NOBODY };
  refused(own({ "dcos/mesos/seccomp/default.json": theirs }, []), `user ${NOBODY}`);
  refused(
    own({ "dcos/mesos/seccomp/a.json": { ...theirs, owner: 0, mode: 0o666 } }, ["--profile", "a.json"]),
    "666",
  );
  refused(own({ "mine.json": theirs }, ["--profile", "/etc/mine.json"]), `user ${NOBODY}`);
});

test("a profile directory that others may write to is refused, under a policy and as root", () => {
  for (const [mode, uid, hint] of [
    [0o777, 0, "if it is for profiles alone, remove that permission: chmod go-w /etc/dcos/mesos/seccomp;"],
    [0o1777, 0, "hint: keep the profile where only root can write"],
    [0o777, NOBODY, "chmod go-w /etc/dcos/mesos/seccomp;"],
  ] as const) {
    const etc = directoryOf({ ...AGENT, ...(uid === 0 ? {} : { "seccomp-exec/policy.json": "{}" }) });
    chmodSync(`${etc}/dcos/mesos/seccomp`, mode);
    refused(runWithEtc(etc, ["--", PROBE], { uid }), " /etc/dcos/mesos/seccomp", mode.toString(8), hint);
  }
});

test("a user's own profile, named by its path, may be the user's where the policy does not speak of profiles", () => {
  const mine = { content: answering(3007), owner: NOBODY };
  const etc = { ...AGENT, "seccomp-exec/policy.json": "{}", "mine.json": mine };
  ran(runWithEtc(etc, ["--profile", "/etc/mine.json", "--", PROBE], { uid: NOBODY }), denied(3007));
});

test("a policy under which no task can start is refused", () => {
  refused(under({ enabled: false, allowUnconfined: false }), POLICY, "'enabled'", "'allowUnconfined'");
});

test("options that change what a profile means are refused under a policy", () => {
  for (const args of [
    ["--caps", "all"],
    ["--kernel", "7.1"],
    ["--unknown-syscalls", "default"],
  ]) {
    refused(under({}, args), args[0] ?? "", POLICY);
  }
});

test("a relative path among the allowed profiles is refused, since the working directory is the task's", () => {
  refused(under({ allowedProfiles: ["default.json", "./a.json"] }), POLICY, "allowedProfiles", "./a.json");
});

test("a policy in a directory that others may write to is refused", () => {
  const etc = directoryOf({ ...AGENT, "seccomp-exec/policy.json": "{}" });
  chmodSync(`${etc}/seccomp-exec`, 0o777);
  refused(runWithEtc(etc, ["--", PROBE]), "/etc/seccomp-exec", "777", "chmod go-w");
  chmodSync(`${etc}/seccomp-exec`, 0o755);
  chownSync(`${etc}/seccomp-exec`, NOBODY, NOBODY);
  refused(runWithEtc(etc, ["--", PROBE]), "/etc/seccomp-exec", `user ${NOBODY}`);
});

test("a link that leads nowhere in place of the policy's directory is refused", () => {
  const etc = directoryOf(AGENT);
  symlinkSync("/nowhere/at/all", `${etc}/seccomp-exec`);
  refused(runWithEtc(etc, ["--unconfined", "--", PROBE]), "/etc/seccomp-exec", "No such file");
});

test("a directory of the policy that cannot be looked at, or belongs to somebody else, is refused", () => {
  const etc = directoryOf({ ...AGENT, "seccomp-exec/other": "" });
  chmodSync(`${etc}/seccomp-exec`, 0o700);
  refused(runWithEtc(etc, ["--unconfined", "--", PROBE], { uid: NOBODY }), "/etc/seccomp-exec", "chmod 755");
  // Who may search it knows what is not in it.
  chmodSync(`${etc}/seccomp-exec`, 0o711);
  ran(runWithEtc(etc, ["--unconfined", "--", PROBE], { uid: NOBODY }), ALLOWED);
  chmodSync(`${etc}/seccomp-exec`, 0o755);
  chownSync(`${etc}/seccomp-exec`, NOBODY, NOBODY);
  refused(runWithEtc(etc, ["--unconfined", "--", PROBE], { uid: NOBODY }), `user ${NOBODY}`);
});

test("the compiled-in profiles stand in only for a directory that does not exist", () => {
  const etc = directoryOf({ "dcos/mesos/seccomp/a.json": answering(3001) });
  chmodSync(`${etc}/dcos/mesos/seccomp`, 0o711);
  refused(runWithEtc(etc, ["--profile", "relaxed.json", "--", PROBE], { uid: NOBODY }), "relaxed.json");
  const dangling = directoryOf({ "dcos/mesos/x": "" });
  symlinkSync("/nowhere/at/all", `${dangling}/dcos/mesos/seccomp`);
  refused(runWithEtc(dangling, ["--profile", "relaxed.json", "--", PROBE]), "relaxed.json");
  ran(runWithEtc({}, ["--profile", "relaxed.json", "--", PROBE]), ALLOWED);
});

test("a directory that is not read is no request, whoever names it", () => {
  const agent = env({ MESOS_SECCOMP_CONFIG_DIR: OTHER });
  const relative = env({ MESOS_SECCOMP_CONFIG_DIR: "profiles" });
  for (const options of [agent, relative]) {
    ran(under({ enabled: false }, [], options), ALLOWED);
    ran(under({ enabled: false }, ["--unconfined"], options), ALLOWED);
    ran(under({}, ["--profile", "builtin:default.json"], options), ALLOWED);
    ran(under({ defaultProfile: `${D}/a.json` }, [], options), denied(1001));
    refused(under({}, [], options), POLICY, "MESOS_SECCOMP_CONFIG_DIR");
    refused(under({ profileDir: D }, ["--profile", "a.json"], options), POLICY, "MESOS_SECCOMP_CONFIG_DIR");
  }
  ran(under({ enabled: false }, ["--profile-dir", OTHER]), ALLOWED);
  // Without a policy likewise.
  for (const args of [
    ["--unconfined"],
    ["--profile", `${D}/default.json`],
    ["--profile", "builtin:default.json"],
  ]) {
    const { status, stderr } = runWithEtc(AGENT, [...args, "--", PROBE], relative);
    assert.is(`${stderr}${status}`, "0");
  }
  refused(runWithEtc(AGENT, ["--", PROBE], relative), "MESOS_SECCOMP_CONFIG_DIR", "not an absolute path");
});

/** What is hinted at under a policy; "" where nothing is. */
function hint(policy: object, args: readonly string[], options: RunOptions = {}): string {
  const outcome = under(policy, args, options);
  refused(outcome);
  return /^seccomp-exec: hint: (.*)$/m.exec(outcome.stderr)?.[1] ?? "";
}

test("hints name nothing that the policy refuses: profiles", () => {
  const allowedProfiles = [
    "default.json",
    "none.json",
    "builtin:none.json",
    "builtin:strict.json",
    "builtin:log",
  ];
  const bounded = { allowedProfiles };
  assert.is(hint({}, ["--profile", "none.json"]), "available are a.json, default.json");
  assert.is(hint(bounded, ["--profile", "none.json"]), "available are default.json");
  assert.is(
    hint({ allowedProfiles: ["none.json"] }, ["--profile", "none.json"]),
    "the directory holds no profile that the policy permits",
  );
  assert.is(hint(bounded, ["--profile", "builtin:none.json"]), "available are strict.json");
  assert.is(hint({}, ["--profile", "builtin:log"]), "did you mean 'log.json'?");
  assert.is(hint(bounded, ["--profile", "builtin:log"]), "available are strict.json");
  assert.is(hint({ allowedProfiles: ["builtin:log"] }, ["--profile", "builtin:log"]), "");
  // A file of that name is in the working directory.
  const here: RunOptions = { cwd: D };
  const a = "builtin:a.json";
  assert.is(hint({}, ["--profile", a], here), "for the file in the working directory write ./a.json");
  assert.is(
    hint({ allowedProfiles: [a, "builtin:dcos.json"] }, ["--profile", a], here),
    "available are dcos.json",
  );
  assert.is(hint({ allowedProfiles: [a], profileDir: D }, ["--profile", a], here), "");
  // Where the agent has no directory, names are those that are compiled in.
  const policy = JSON.stringify({ allowedProfiles: ["none.json", "log.json"] });
  refused(
    runWithEtc({ "seccomp-exec/policy.json": policy }, ["--profile", "none.json", "--", PROBE]),
    "hint: available are log.json\n",
  );
});

test("hints name the default profile too, which is always allowed, and only what can be a profile", () => {
  const etc: Files = {
    "seccomp-exec/policy.json": JSON.stringify({
      profileDir: "/etc/p",
      defaultProfile: "site.json",
      allowedProfiles: ["batch.json"],
    }),
    "p/site.json": answering(1),
    "p/batch.json": answering(2),
    "p/README.md": "",
  };
  refused(
    runWithEtc(etc, ["--profile", "none.json", "--", PROBE]),
    "hint: allowed are site.json, batch.json\n",
  );
  const open = { ...etc, "seccomp-exec/policy.json": '{ "profileDir": "/etc/p" }' };
  refused(
    runWithEtc(open, ["--profile", "none.json", "--", PROBE]),
    "hint: available are batch.json, site.json\n",
  );
});

test("hints name nothing that the policy refuses: options and requests", () => {
  const disguised = (files: Files) =>
    runCommandWithEtc(files, [
      "setarch",
      "--uname-2.6",
      PROGRAM,
      "--profile",
      "builtin:log.json",
      "--",
      PROBE,
    ]);
  refused(disguised(AGENT), "UNAME26", "--kernel X.Y");
  const outcome = disguised({ ...AGENT, "seccomp-exec/policy.json": "{}" });
  refused(outcome, "UNAME26", "hint: start the launcher without that personality");
  assert.not.match(outcome.stderr, "--kernel");
  for (const args of [
    ["--kernel", "new"],
    ["--caps", "some"],
    ["--unknown-syscalls", "maybe"],
  ]) {
    assert.is(hint({}, args), `leave out ${args[0]}`);
  }
  const nothing = ["--linux-info", '{"seccomp": {}}'];
  assert.is(hint({}, nothing), "name a profile, or set unconfined to true");
  assert.is(hint({ allowUnconfined: false }, nothing), "name a profile");
  assert.is(hint({ enabled: false }, nothing), "set unconfined to true");
  const path = env({ SECCOMP_EXEC_PROFILE: "/etc/dcos/mesos/seccomp/a.json" });
  assert.is(hint({ profileDir: D }, [], path), "name a file of the profile directory");
});

test.run();
