/**
 * Names of profiles: which are none, what is said where there is no such profile, and that new ones work at once.
 */

import { writeFileSync } from "node:fs";
import * as assert from "uvu/assert";
import { denied, PROBE, ran, refused } from "../support/programs/expect.ts";
import { answering, directoryOf, NOBODY } from "../support/programs/files.ts";
import { type Outcome, run } from "../support/programs/program.ts";
import { test } from "../support/running/test.ts";

const D = directoryOf({
  "default.json": answering(1000),
  "team-a.json": answering(1001),
  "team-b.json": answering(1002),
  "no-ending": answering(1003),
  "with space é.json": answering(1004),
  "sub/inner.json": answering(1005),
});

const SOURCES: Readonly<Record<string, (name: string) => Outcome>> = {
  SECCOMP_EXEC_PROFILE: (name) => byEnvironment({ SECCOMP_EXEC_PROFILE: name }),
  SECCOMP_EXEC_LINUX_INFO: (name) =>
    byEnvironment({ SECCOMP_EXEC_LINUX_INFO: JSON.stringify({ profileName: name }) }),
  MARATHON_APP_LABEL_SECCOMP_PROFILE: (name) => byEnvironment({ MARATHON_APP_LABEL_SECCOMP_PROFILE: name }),
  MESOS_SECCOMP_PROFILE_NAME: (name) => byEnvironment({ MESOS_SECCOMP_PROFILE_NAME: name }),
};

function byEnvironment(env: Readonly<Record<string, string>>): Outcome {
  return run(["--", PROBE], { cwd: D, env: { MESOS_SECCOMP_CONFIG_DIR: D, ...env } });
}

const byOption = (name: string): Outcome =>
  run(["--profile-dir", D, "--profile", name, "--", PROBE], { cwd: `${D}/sub` });

for (const [source, ask] of Object.entries(SOURCES)) {
  test(`${source}: a path is refused, relative or absolute`, () => {
    refused(ask(`${D}/team-a.json`), source, `${D}/team-a.json`);
    refused(ask("sub/inner.json"), source, "sub/inner.json");
    refused(ask("./team-a.json"), source, "./team-a.json");
    refused(ask("../etc/passwd"), source, "../etc/passwd");
    refused(ask("/team-a.json"), source, "/team-a.json");
    refused(ask("team-a.json/"), source, "team-a.json/");
  });

  test(`${source}: '.', '..' and the empty name are refused`, () => {
    refused(ask("."), source, "'.'");
    refused(ask(".."), source, "'..'");
    refused(ask(""), source, "empty");
  });

  test(`${source}: a name longer than a file's name can be is refused`, () => {
    refused(ask("x".repeat(256)), source, "255");
    refused(ask("x".repeat(5000)), source, "255");
  });

  test(`${source}: a file's name of any other kind is a name`, () => {
    ran(ask("team-a.json"), denied(1001));
    ran(ask("no-ending"), denied(1003));
  });

  test(`${source}: a name may have spaces and characters outside ASCII`, () => {
    ran(ask("with space é.json"), denied(1004));
  });

  test(`${source}: control characters in a name do not reach the terminal or the log as they are`, () => {
    const outcome = ask("x\nseccomp-exec: error: forged\x1b[31m\r");
    refused(outcome);
    assert.not.match(outcome.stderr, /[\x1b\r]/);
    assert.not.match(outcome.stderr, /^seccomp-exec: error: forged/m);
  });

  test(`${source}: a profile that is not there: the message names the directory and what there is`, () => {
    refused(ask("team-c.json"), "'team-c.json'", D, "team-a.json", "team-b.json");
  });
}

test("--profile: a name is looked up in the directory, not in the working directory", () => {
  ran(byOption("team-a.json"), denied(1001));
  refused(byOption("inner.json"), "inner.json", D);
});

test("--profile: with a slash it is a path, from the working directory", () => {
  ran(byOption("./inner.json"), denied(1005));
  ran(byOption("../team-b.json"), denied(1002));
  ran(byOption(`${D}/team-b.json`), denied(1002));
  refused(byOption("./team-a.json"), "./team-a.json");
});

test("--profile: '.', '..' and the empty name are refused", () => {
  refused(byOption("."), "'.'");
  refused(byOption(".."), "'..'");
  refused(byOption(""), "empty");
});

test("--profile: a name of 256 bytes is refused, one of 255 is only not there", () => {
  refused(byOption("x".repeat(256)), "255");
  refused(byOption("é".repeat(128)), "255");
  refused(byOption("x".repeat(255)), D, "team-a.json");
});

test("--profile: a path that is not there is named", () => {
  refused(byOption("./none.json"), "./none.json", /no such file|does not exist/i);
  refused(byOption("/no/such/directory/x.json"), "/no/such/directory/x.json", /no such file|does not exist/i);
});

test("a name that almost exists is suggested", () => {
  refused(byOption("team-a"), "team-a.json");
  refused(byOption("tema-a.json"), "team-a.json");
});

test("MESOS_SECCOMP_CONFIG_DIR: a relative or empty directory is refused, since the task chooses what it is relative to", () => {
  for (const directory of [".", "sub/..", ""]) {
    const outcome = run(["--", PROBE], { cwd: D, env: { MESOS_SECCOMP_CONFIG_DIR: directory } });
    refused(outcome, "MESOS_SECCOMP_CONFIG_DIR");
  }
});

test("a directory that cannot be listed does not hide the reason", () => {
  const hidden = directoryOf({ "inner/p.json": answering(1) });
  const outcome = run(["--profile-dir", `${hidden}/none`, "--profile", "p.json", "--", PROBE], {
    uid: NOBODY,
  });
  refused(outcome, `${hidden}/none`, "p.json", /no such file|does not exist/i);
});

test("a directory with very many profiles does not flood the message", () => {
  const many = directoryOf(
    Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`profile-${i}.json`, ""])),
  );
  const outcome = run(["--profile-dir", many, "--profile", "none.json", "--", PROBE]);
  refused(outcome, many);
});

test("a profile that is added to the directory works at the next launch", () => {
  const directory = directoryOf({ "default.json": answering(1000) });
  const launch = () => run(["--profile-dir", directory, "--profile", "new.json", "--", PROBE]);
  refused(launch(), "new.json", "default.json");
  writeFileSync(`${directory}/new.json`, answering(1010), { mode: 0o644 });
  ran(launch(), denied(1010));
  writeFileSync(`${directory}/new.json`, answering(1011), { mode: 0o644 });
  ran(launch(), denied(1011));
});

test("the word of others for no profile is answered with ours", () => {
  const says = ["there is no profile 'unconfined'", "--unconfined", "SECCOMP_EXEC_UNCONFINED=true"];
  refused(run(["--profile", "unconfined", "--", PROBE]), ...says);
  refused(run(["--", PROBE], { env: { SECCOMP_EXEC_PROFILE: "unconfined" } }), ...says);
});

test("who asked for a profile that is not there is told, where that is not the command line", () => {
  const missing = "there is no profile 'gone.json'";
  for (const variable of [
    "SECCOMP_EXEC_PROFILE",
    "MESOS_SECCOMP_PROFILE_NAME",
    "MARATHON_APP_LABEL_SECCOMP_PROFILE",
  ]) {
    refused(run(["--", PROBE], { env: { [variable]: "gone.json" } }), `error: ${variable}: ${missing}`);
  }
  refused(run(["--profile", "gone.json", "--", PROBE]), `error: ${missing}`);
});

test("a name that is nearly that of one profile is taken for a slip", () => {
  for (const [name, meant] of [
    ["defualt.json", "default.json"],
    ["default", "default.json"],
    ["noending", "no-ending"],
  ]) {
    refused(byOption(name as string), `hint: did you mean '${meant}'?`);
  }
  refused(run(["--profile", "builtin:relaxd.json", "--", PROBE]), "hint: did you mean 'relaxed.json'?");
  // Two are as near as each other, and nothing is near.
  refused(byOption("team-c.json"), "hint: available are default.json, ");
  refused(byOption("c.json"), "hint: available are default.json, ");
});

test("a file of that name in the working directory is pointed to, whether names have a directory or not", () => {
  refused(byOption("inner.json"), "hint: for the file in the working directory write ./inner.json");
  refused(
    run(["--profile", "builtin:inner.json", "--", PROBE], { cwd: `${D}/sub` }),
    "hint: for the file in the working directory write ./inner.json",
  );
});

test.run();
