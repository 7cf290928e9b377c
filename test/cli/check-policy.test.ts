/**
 * `check-policy`: the mistakes of an operator's policy before it is installed, and its meaning in words.
 */

import { copyFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { denied, PROBE, ran, refused } from "../support/programs/expect.ts";
import {
  answering,
  directoryOf,
  type Files,
  NOBODY,
  runCommandWithEtc,
  runWithEtc,
} from "../support/programs/files.ts";
import { PROGRAM, run } from "../support/programs/program.ts";
import { test } from "../support/running/test.ts";

const PROFILES = directoryOf({
  "site.json": answering(1001),
  "batch.json": answering(1002),
  "bad.json": "{}",
});

/** Checks a policy whose profiles are not on their machine yet. */
function checked(policy: object | string, ...args: readonly string[]) {
  const input = typeof policy === "string" ? policy : JSON.stringify(policy);
  return run(["check-policy", "--profile-dir", PROFILES, ...args, "-"], { input });
}

test("a valid policy is told in words", () => {
  const { status, stdout } = checked({
    defaultProfile: "site.json",
    allowedProfiles: ["site.json", "batch.json"],
    allowUnconfined: false,
    noNewPrivs: true,
    listener: "/run/agent.sock",
  });
  assert.equal(stdout.split("\n"), [
    "standard input: ok",
    "  A task that asks for nothing runs under site.json of /etc/dcos/mesos/seccomp.",
    "  A task may ask for site.json, batch.json, and for no other profile.",
    "  No task may run unconfined: --unconfined and its other spellings, --complain and record are refused.",
    "  Every task runs with no_new_privs, so setuid programs and file capabilities give it nothing.",
    "  The seccomp agent at /run/agent.sock decides about the calls with SCMP_ACT_NOTIFY.",
    "  No task may use --caps, --kernel, --unknown-syscalls, --wide-arguments, --listener: these change what a profile means.",
    "",
  ]);
  assert.is(status, 0);
});

test("the words are what launches do", () => {
  const etc = (policy: object): Files => ({
    "seccomp-exec/policy.json": JSON.stringify(policy),
    "p/site.json": answering(1001),
    "p/batch.json": answering(1002),
  });
  const says = (policy: object, words: RegExp) => {
    const file = "/etc/seccomp-exec/policy.json";
    const { stdout, status } = runCommandWithEtc(etc(policy), [PROGRAM, "check-policy", file]);
    assert.match(stdout, words);
    assert.is(status, 0, stdout);
  };
  const named = { profileDir: "/etc/p", defaultProfile: "site.json" };
  says(named, /A task that asks for nothing runs under site\.json of \/etc\/p\./);
  ran(runWithEtc(etc(named), ["--", PROBE]), denied(1001));
  says(named, /A task may ask for each profile of \/etc\/p, and for no path and no builtin: profile\./);
  ran(runWithEtc(etc(named), ["--profile", "batch.json", "--", PROBE]), denied(1002));
  refused(runWithEtc(etc(named), ["--profile", "/etc/p/batch.json", "--", PROBE]), "/etc/p/batch.json");
  const bound = { ...named, allowedProfiles: [], allowUnconfined: false };
  says(bound, /A task may ask for site\.json, and for no other profile\.\n.*No task may run unconfined/);
  refused(runWithEtc(etc(bound), ["--profile", "batch.json", "--", PROBE]), "allowedProfiles");
  refused(runWithEtc(etc(bound), ["--unconfined", "--", PROBE]), "allowUnconfined");
  const off = { enabled: false };
  says(off, /Seccomp is off: .*without a filter\.\n.*is refused/);
  ran(runWithEtc(etc(off), ["--", "grep", "Seccomp:", "/proc/self/status"]), "Seccomp:\t0\n");
  refused(runWithEtc(etc(off), ["--profile", "site.json", "--", PROBE]), "enabled");
});

test("a policy without keys takes the profiles that are compiled in, where there is no directory", () => {
  const { status, stdout } = runCommandWithEtc({ "policy.json": "{}" }, [
    PROGRAM,
    "check-policy",
    "/etc/policy.json",
  ]);
  assert.match(stdout, /: ok\n.*default\.json, of \/etc\/dcos\/mesos\/seccomp \(compiled in, if/);
  assert.is(status, 0);
});

test("mistakes have positions", () => {
  const wrong = (text: string) => checked(text).stdout.split("\n")[0] ?? "";
  assert.match(wrong('{\n  "allowUnconfned": false\n}'), /standard input:2:3: unknown key 'allowUnconfned'/);
  assert.match(wrong('{ "enabled": 1 }'), /standard input:1:14: .*'enabled'/);
  assert.match(
    wrong('{ "profileDir": "p" }'),
    /standard input:1:17: 'profileDir' holds 'p', which is not an absolute/,
  );
  assert.match(wrong("{"), /standard input:1:\d+: /);
  assert.is(checked("{").status, 1);
});

test("a profile that a launch would refuse is an error", () => {
  const errors = (policy: object) => {
    const { stdout, status } = checked(policy);
    assert.is(status, 1, stdout);
    return stdout;
  };
  assert.match(
    errors({ defaultProfile: "sites.json" }),
    /1:19: .*no profile 'sites\.json'.*every task that asks for nothing/,
  );
  assert.match(errors({ defaultProfile: "bad.json" }), /the profile is not valid: /);
  assert.match(errors({ allowedProfiles: ["site.json"] }), /default\.json is not in 'allowedProfiles'/);
  assert.match(
    errors({ defaultProfile: "site.json", allowedProfiles: ["batch.json", "none.json"] }),
    /1:63: .*'none\.json'.*a task that asks for it would be refused/,
  );
});

test("a misspelt profile is compared with the files of the directory, and named once", () => {
  const hint = (allowedProfiles: readonly string[]) =>
    checked({ defaultProfile: "site.json", allowedProfiles }).stdout;
  assert.match(hint(["site.json", "btch.json"]), "hint: did you mean 'batch.json'?");
  assert.match(hint(["something.json"]), "hint: available are bad.json, batch.json, site.json\n");
  const twice = checked({ defaultProfile: "none.json", allowedProfiles: ["none.json"] }).stdout;
  assert.match(twice, ", so none.json would be refused, and every task that asks for nothing");
});

test("a task that misspells an allowed profile is told which", () => {
  const policy = JSON.stringify({
    profileDir: "/etc/p",
    defaultProfile: "site.json",
    allowedProfiles: ["relaxed.json"],
  });
  const files = { "seccomp-exec/policy.json": policy, "p/relaxed.json": answering(1) };
  const of = (name: string) => runWithEtc(files, ["--profile", name, "--", PROBE]);
  refused(of("relxed.json"), "hint: did you mean 'relaxed.json'?");
  refused(of("something.json"), "hint: allowed are site.json, relaxed.json");
});

test("a policy that refuses every task is told", () => {
  const refuses = (policy: object) => {
    const { stdout, status } = checked(policy);
    assert.match(stdout, "refuses every task");
    assert.is(status, 1);
  };
  refuses({ enabled: false, allowUnconfined: false });
  refuses({ allowUnconfined: false, allowedProfiles: ["none.json"], defaultProfile: "none.json" });
  assert.not.match(
    checked({ allowedProfiles: ["none.json"], defaultProfile: "none.json" }).stdout,
    "every task:",
  );
});

test("a door that is left open is a warning", () => {
  const open = checked({ defaultProfile: "site.json", allowUnconfined: false });
  assert.match(open.stdout, /warning: .*builtin:log\.json/);
  assert.is(open.status, 0);
  assert.not.match(
    checked({ defaultProfile: "site.json", allowUnconfined: false, profileDir: "/p" }).stdout,
    "warning",
  );
});

test("an allowed profile that denies nothing is an open door, and one that denies something is none", () => {
  const said = (more: object) =>
    checked({ defaultProfile: "site.json", allowUnconfined: false, ...more }).stdout;
  assert.match(
    said({ allowedProfiles: ["batch.json", "builtin:log.json"] }),
    /warning: standard input:1:\d+: .* under a profile that denies nothing: builtin:log\.json\n/,
  );
  assert.not.match(said({ allowedProfiles: ["batch.json"] }), "warning");
  assert.not.match(
    checked({ defaultProfile: "site.json", allowedProfiles: ["builtin:log.json"] }).stdout,
    "warning",
    "unconfined tasks are allowed anyway",
  );
});

test("a profile of the directory that denies nothing is an open door, if every one may be named", () => {
  const directory = directoryOf({
    "site.json": answering(1),
    "all.json": '{"defaultAction":"SCMP_ACT_LOG"}',
  });
  const said = (more: object) => {
    const policy = { defaultProfile: "site.json", allowUnconfined: false, profileDir: "/p", ...more };
    return run(["check-policy", "--profile-dir", directory, "-"], { input: JSON.stringify(policy) }).stdout;
  };
  assert.match(said({}), /warning: .*of 'profileDir' that denies nothing: all\.json\n/);
  assert.not.match(said({ allowedProfiles: ["site.json"] }), "warning");
});

test("a directory that is not there is one error, and names the file that is checked", () => {
  const policy = {
    profileDir: "/nowhere",
    defaultProfile: "site.json",
    allowedProfiles: ["batch.json", "a.json", "builtin:strict.json"],
  };
  const file = join(directoryOf({ "policy.json": JSON.stringify(policy) }), "policy.json");
  const { stdout, status } = run(["check-policy", file]);
  assert.is(status, 1);
  assert.match(
    stdout,
    /^seccomp-exec: error: \S+\/policy\.json:1:15: the directory \/nowhere \('profileDir'\) cannot be read: No such file or directory, so site\.json, batch\.json, a\.json would be refused, and every task that asks for nothing\n.*hint: .*--profile-dir DIR\n\S+: 1 error\n/,
  );
  assert.not.match(stdout, "/etc/seccomp-exec/policy.json");
  const given = run(["check-policy", "--profile-dir", "/none", "-"], { input: JSON.stringify(policy) });
  assert.match(given.stdout, "the directory /none (--profile-dir) cannot be read");
});

test("a contradiction names the file that is checked", () => {
  const { stdout } = checked({ enabled: false, allowUnconfined: false });
  assert.match(stdout, "the operator's policy (standard input) refuses every task");
});

test("one cause is one error", () => {
  const etc: Files = {
    "policy.json": JSON.stringify({
      profileDir: "/etc/p",
      defaultProfile: "site.json",
      allowedProfiles: ["b.json"],
    }),
    "p/site.json": answering(1001),
    "p/b.json": answering(1002),
  };
  const script = 'chmod 777 /etc/p && exec "$@"';
  const command = ["sh", "-c", script, "sh", PROGRAM, "check-policy", "/etc/policy.json"];
  const { stdout, status } = runCommandWithEtc(etc, command);
  assert.match(
    stdout,
    /\/etc\/p on the way .* is writable by .*, so site\.json, b\.json would be refused.*\n.*\n.*: 1 error\n/,
  );
  assert.is(status, 1);
});

test("wrappers are told in words, and those that cannot work are warnings", () => {
  const programs = directoryOf({ plain: "x" });
  const content = "#!/bin/sh\n";
  const etc = (wraps: object): Files => ({
    "policy.json": JSON.stringify({ profileDir: "/etc/p", wraps }),
    "p/default.json": answering(1000),
    real: { content, mode: 0o755 },
    open: { content, mode: 0o777 },
    "directory/real": { content, mode: 0o755 },
  });
  const script = 'chmod 777 /etc/directory && exec "$@"';
  const said = (wraps: object) => {
    const { stdout, status } = runCommandWithEtc(etc(wraps), [
      "sh",
      "-c",
      script,
      "sh",
      PROGRAM,
      "check-policy",
      "/etc/policy.json",
    ]);
    assert.is(status, 0, stdout);
    return stdout;
  };
  const good = said({ server: "/etc/real", "/opt/own/server": "/bin/true" });
  assert.match(good, ": ok\n");
  assert.match(
    good,
    "  Started as server, the launcher runs /etc/real, and all arguments are that program's.",
  );
  assert.match(good, "  Started as /opt/own/server, the launcher runs /bin/true, ");
  const warned = (wraps: object, ...says: readonly string[]) => {
    const text = said(wraps);
    for (const part of ["warning: /etc/policy.json:1:", ": 'wraps': ", ": 1 warning\n", ...says]) {
      assert.ok(text.includes(part), `${part}: ${text}`);
    }
  };
  warned({ server: "/none/server" }, "/none/server does not exist, so each start of server is refused");
  warned({ server: `${programs}/plain` }, "/plain cannot be run: Permission denied, so each start of server");
  warned({ server: PROGRAM }, `${PROGRAM} is the launcher itself, so each start of server is refused`);
  symlinkSync(PROGRAM, join(programs, "link"));
  warned({ server: `${programs}/link` }, "/link is the launcher itself");
  warned(
    { "seccomp-exec": "/bin/true" },
    "started as seccomp-exec, the launcher is itself and runs no other program",
  );
  copyFileSync(PROGRAM, join(programs, "copy"));
  warned({ server: `${programs}/copy` }, "/copy is the launcher itself");
  copyFileSync(PROGRAM, join(programs, "seccomp-exec-2"));
  warned({ server: `${programs}/seccomp-exec-2` }, "/seccomp-exec-2 is the launcher itself");
  // What can never apply is not told as if it did.
  for (const key of ["", ".", "..", "/", "/opt/server/", "/opt/.", "/opt/.."]) {
    warned({ [key]: "/bin/true" }, `no file can be started as '${key}', so this never applies`);
    assert.not.match(said({ [key]: "/bin/true" }), "Started as");
  }
  for (const key of ["/proc/self/exe", "/dev/fd/3", "/opt/seccomp-exec-2"]) {
    warned({ [key]: "/bin/true" }, `started as ${key}, the launcher is itself and runs no other program`);
    assert.not.match(said({ [key]: "/bin/true" }), "Started as");
  }
  // Who can change the program decides what runs.
  warned({ server: "/etc/open" }, "the program /etc/open is writable by its group or by others (mode 777)");
  warned(
    { server: "/etc/directory/real" },
    "the directory /etc/directory on the way to the program",
    "(mode 777)",
  );
  // On the machine where the policy is checked before it is rolled out, the programs need not be there.
  assert.match(checked({ defaultProfile: "site.json", wraps: { server: "/none" } }).stdout, ": ok\n");
  assert.match(
    checked({ wraps: { server: "none" } }).stdout,
    "'wraps' holds 'none', which is not an absolute",
  );
});

test("the policy is told to be off, and its wrappers too", () => {
  const { stdout } = checked({ enabled: false, wraps: { server: "/opt/server" } });
  assert.match(stdout, /Seccomp is off: .*\n.*\n {2}Started as server, the launcher runs \/opt\/server, /);
});

test("without --profile-dir, a profile that others could change is an error", () => {
  const policy = { profileDir: "/etc/p", defaultProfile: "site.json" };
  const etc: Files = {
    "policy.json": JSON.stringify(policy),
    "p/site.json": { content: answering(1001), mode: 0o666 },
  };
  const { stdout, status } = runCommandWithEtc(etc, [PROGRAM, "check-policy", "/etc/policy.json"]);
  assert.match(stdout, /'defaultProfile': the profile \/etc\/p\/site\.json is writable by/);
  assert.is(status, 1);
});

test("what the users of tasks cannot read is a warning, as its launches are refused", () => {
  const etc = (modes: Readonly<Record<string, number>>): Files => ({
    "seccomp-exec/policy.json": {
      content: JSON.stringify({ profileDir: "/etc/p", defaultProfile: "site.json" }),
      mode: modes["policy"] ?? 0o644,
    },
    "p/site.json": { content: answering(1001), mode: modes["site"] ?? 0o644 },
    "p/batch.json": { content: answering(1002), mode: modes["batch"] ?? 0o644 },
  });
  const file = "/etc/seccomp-exec/policy.json";
  const said = (files: Files, ...more: readonly string[]) => {
    const { stdout, status } = runCommandWithEtc(files, [PROGRAM, "check-policy", ...more, file]);
    assert.is(status, 0, stdout);
    return stdout;
  };
  const launch = (files: Files, ...options: readonly string[]) =>
    runWithEtc(files, [...options, "--", PROBE], { uid: NOBODY });

  assert.match(said(etc({})), ": ok\n");
  ran(launch(etc({})), denied(1001));

  const closed = etc({ policy: 0o600 });
  assert.match(
    said(closed),
    /warning: .*: the policy \S+ cannot be read by users other than root \(mode 600\): every task of theirs is refused\n.*hint: chmod 644 \/etc\/seccomp-exec\/policy\.json\n.*: 1 warning\n/,
  );
  refused(launch(closed), "cannot be read");

  const own = etc({ site: 0o600 });
  assert.match(
    said(own),
    /the profile \/etc\/p\/site\.json cannot be read by .*: every task of theirs under site\.json is refused, and each that asks for nothing\n.*chmod 644 \/etc\/p\/site\.json\n.*: 1 warning\n/,
  );
  refused(launch(own), "cannot be read");
  assert.not.match(said(own, "--profile-dir", PROFILES), "warning");

  const other = etc({ batch: 0o640 });
  assert.match(said(other), /batch\.json cannot be read by .*under batch\.json is refused\n/);
  refused(launch(other, "--profile", "batch.json"), "cannot be read");
  ran(launch(other), denied(1001));

  const script = 'chmod 700 /etc/p && exec "$@"';
  const command = ["sh", "-c", script, "sh", PROGRAM, "check-policy", file];
  assert.match(
    runCommandWithEtc(etc({}), command).stdout,
    /the directory \/etc\/p on the way to .* cannot be searched by .*: every task of theirs under site\.json, batch\.json is refused, and each that asks for nothing\n.*chmod 755 \/etc\/p\n.*: 1 warning\n/,
  );
});

test("the policy in force must be safe, a draft need not", () => {
  const etc = (spec: { mode?: number; owner?: number }): Files => ({
    "seccomp-exec/policy.json": { content: "{}", ...spec },
    "draft.json": { content: "{}", mode: 0o666 },
  });
  const unsafe = (spec: { mode?: number; owner?: number }, why: string) => {
    const { stdout, status } = runCommandWithEtc(etc(spec), [
      PROGRAM,
      "check-policy",
      "/etc/seccomp-exec/policy.json",
    ]);
    assert.match(stdout, why);
    assert.match(stdout, "; every task is refused\n");
    assert.is(status, 1);
    refused(runWithEtc(etc(spec), ["--", PROBE]), why);
  };
  unsafe({ mode: 0o666 }, "is writable by its group or by others (mode 666)");
  unsafe({ owner: NOBODY }, `belongs to user ${NOBODY}`);
  const draft = runCommandWithEtc(etc({}), [PROGRAM, "check-policy", "/etc/draft.json"]);
  assert.match(draft.stdout, "/etc/draft.json: ok\n");
});

test("--json has the findings and the words", () => {
  const { stdout } = checked({ defaultProfile: "none.json" }, "--json");
  const report = JSON.parse(stdout) as {
    valid: boolean;
    meaning: string[];
    diagnostics: { severity: string; line: number; column: number; pointer: string }[];
  };
  assert.is(report.valid, false);
  assert.is(report.meaning.length, 5);
  const [first] = report.diagnostics;
  assert.equal(
    [first?.severity, first?.line, first?.column, first?.pointer],
    ["error", 1, 19, "/defaultProfile"],
  );
});

test("a file that cannot be read is refused", () => {
  const { status, stderr } = run(["check-policy", join(PROFILES, "none")]);
  assert.match(stderr, /none cannot be read: No such file/);
  assert.is(status, 1);
});

test.run();
