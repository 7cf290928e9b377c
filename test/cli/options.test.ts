/**
 * The options that say for what a profile is resolved: capabilities, kernel, younger syscalls, no_new_privs.
 */

import { ALLOWED, denied, PROBE, ran, refused } from "../support/programs/expect.ts";
import { directoryOf, NOBODY, profileOf, STARTS } from "../support/programs/files.ts";
import { type Outcome, PROGRAM, type RunOptions, run, runCommand } from "../support/programs/program.ts";
import { ROOT } from "../support/running/needs.ts";
import { test, testWith } from "../support/running/test.ts";

const asRoot = testWith(ROOT);

const RULE = { names: ["sched_get_priority_max"], action: "SCMP_ACT_ERRNO", errnoRet: 1001 };
const ENOSYS = denied(38);

/** A syscall number that no kernel has: as far behind the last as the tables of this age can see. */
const ABOVE_ALL = "4000";

const D = directoryOf({
  "with-admin.json": profileOf({ ...RULE, includes: { caps: ["CAP_SYS_ADMIN"] } }),
  "with-chown.json": profileOf({ ...RULE, includes: { caps: ["CAP_CHOWN"] } }),
  "with-both.json": profileOf({ ...RULE, includes: { caps: ["CAP_CHOWN", "CAP_KILL"] } }),
  "without-chown.json": profileOf({ ...RULE, excludes: { caps: ["CAP_CHOWN"] } }),
  "without-either.json": profileOf({ ...RULE, excludes: { caps: ["CAP_CHOWN", "CAP_KILL"] } }),
  "from-4.8.json": profileOf({ ...RULE, includes: { minKernel: "4.8" } }),
  "before-4.8.json": profileOf({ ...RULE, excludes: { minKernel: "4.8" } }),
  "from-255.json": profileOf({ ...RULE, includes: { minKernel: "255.0" } }),
  "plain.json": profileOf(RULE),
  "denying.json": JSON.stringify({
    defaultAction: "SCMP_ACT_ERRNO",
    defaultErrnoRet: 1003,
    syscalls: [{ names: STARTS, action: "SCMP_ACT_ALLOW" }],
  }),
  "killing.json": JSON.stringify({
    defaultAction: "SCMP_ACT_KILL_PROCESS",
    syscalls: [{ names: STARTS, action: "SCMP_ACT_ALLOW" }],
  }),
});

function under(profile: string, options: readonly string[] = [], runOptions: RunOptions = {}): Outcome {
  return run(["--profile", `${D}/${profile}`, ...options, "--", PROBE], runOptions);
}

// --caps

test("--caps all: rules that include a capability apply, rules that exclude it do not", () => {
  ran(under("with-chown.json", ["--caps", "all"]), denied(1001));
  ran(under("without-chown.json", ["--caps", "all"]), ALLOWED);
});

test("--caps none: rules that include a capability do not apply, rules that exclude it do", () => {
  ran(under("with-chown.json", ["--caps", "none"]), ALLOWED);
  ran(under("without-chown.json", ["--caps", "none"]), denied(1001));
});

test("--caps with a list: all of includes and none of excludes", () => {
  ran(under("with-chown.json", ["--caps", "CAP_CHOWN"]), denied(1001));
  ran(under("with-chown.json", ["--caps", "CAP_KILL"]), ALLOWED);
  ran(under("with-both.json", ["--caps", "CAP_CHOWN"]), ALLOWED);
  ran(under("with-both.json", ["--caps", "CAP_KILL,CAP_CHOWN"]), denied(1001));
  ran(under("without-either.json", ["--caps", "CAP_KILL"]), ALLOWED);
  ran(under("without-either.json", ["--caps", "CAP_SYS_ADMIN"]), denied(1001));
});

test("--caps with an unknown capability is refused, with its name", () => {
  refused(under("plain.json", ["--caps", "CAP_CHWON"]), "--caps", "'CAP_CHWON'");
  refused(under("plain.json", ["--caps", "CAP_KILL,CAP_CHWON"]), "--caps", "'CAP_CHWON'");
});

test("--caps with an empty part or word that is no list is refused", () => {
  refused(under("plain.json", ["--caps", ""]), "--caps");
  refused(under("plain.json", ["--caps", "CAP_KILL,"]), "--caps");
  refused(under("plain.json", ["--caps", ","]), "--caps");
  refused(under("plain.json", ["--caps", "all,CAP_KILL"]), "--caps", "all");
  refused(under("plain.json", ["--caps", "CAP_KILL,none"]), "--caps", "none");
});

asRoot("without --caps, what root can come to hold is the bounding set", () => {
  const bounded = (profile: string) =>
    runCommand(["setpriv", "--bounding-set=-chown", PROGRAM, "--profile", `${D}/${profile}`, "--", PROBE]);
  ran(under("with-chown.json"), denied(1001));
  ran(bounded("with-chown.json"), ALLOWED);
  ran(bounded("without-chown.json"), denied(1001));
  ran(bounded("with-admin.json"), denied(1001));
});

asRoot("without --caps, root under no_new_privs holds its permitted set", () => {
  ran(under("with-chown.json", ["--no-new-privs"]), denied(1001));
});

test("without --caps, another user without CAP_SYS_ADMIN holds its ambient set, which is empty", () => {
  ran(under("with-chown.json", [], { uid: NOBODY }), ALLOWED);
  ran(under("without-chown.json", [], { uid: NOBODY }), denied(1001));
});

asRoot("without --caps, an ambient capability of another user counts", () => {
  const ambient = (profile: string) =>
    runCommand([
      "setpriv",
      `--reuid=${NOBODY}`,
      `--regid=${NOBODY}`,
      "--clear-groups",
      "--inh-caps=+chown",
      "--ambient-caps=+chown",
      PROGRAM,
      "--profile",
      `${D}/${profile}`,
      "--",
      PROBE,
    ]);
  ran(ambient("with-chown.json"), denied(1001));
  ran(ambient("with-admin.json"), ALLOWED);
});

test("--caps is stronger than what the caller holds", () => {
  ran(under("with-chown.json", ["--caps", "all"], { uid: NOBODY }), denied(1001));
});

// --kernel

test("--kernel: minKernel counts versions, not characters", () => {
  for (const [kernel, from, before] of [
    ["4.7", ALLOWED, denied(1001)],
    ["4.8", denied(1001), ALLOWED],
    ["4.10", denied(1001), ALLOWED],
    ["3.19", ALLOWED, denied(1001)],
    ["5.0", denied(1001), ALLOWED],
    ["10.0", denied(1001), ALLOWED],
  ] as const) {
    ran(under("from-4.8.json", ["--kernel", kernel]), from);
    ran(under("before-4.8.json", ["--kernel", kernel]), before);
  }
});

test("without --kernel, the running kernel counts", () => {
  ran(under("from-4.8.json"), denied(1001));
  ran(under("before-4.8.json"), ALLOWED);
  ran(under("from-255.json"), ALLOWED);
});

for (const bad of ["", "4", "x", "4.x", "4.8 ", "-4.8", "4.8.1.2x", ".8", "4."]) {
  test(`--kernel '${bad}' is refused`, () => {
    refused(under("plain.json", ["--kernel", bad]), "--kernel", "X.Y");
  });
}

// --unknown-syscalls

test("a syscall younger than the profile gets ENOSYS where the default denies", () => {
  ran(run(["--profile", `${D}/denying.json`, "--", PROBE, ABOVE_ALL]), ENOSYS);
  ran(run(["--profile", `${D}/killing.json`, "--", PROBE, ABOVE_ALL]), ENOSYS);
  ran(
    run(["--profile", `${D}/denying.json`, "--unknown-syscalls", "enosys", "--", PROBE, ABOVE_ALL]),
    ENOSYS,
  );
});

test("a syscall that the kernel has, but that is younger than the profile, gets ENOSYS all the same", () => {
  // futex_waitv, of Linux 5.16 and with this number on every architecture: without arguments EINVAL, once let through.
  const waitv = (...options: readonly string[]) =>
    run(["--profile", `${D}/denying.json`, ...options, "--", PROBE, "449", "0"]);
  ran(waitv(), ENOSYS);
  ran(waitv("--unknown-syscalls=enosys"), ENOSYS);
  ran(waitv("--unknown-syscalls=default"), denied(1003));
});

test("--unknown-syscalls=default gives it what the default says", () => {
  const launch = (profile: string) =>
    run(["--profile", `${D}/${profile}`, "--unknown-syscalls=default", "--", PROBE, ABOVE_ALL]);
  ran(launch("denying.json"), denied(1003));
  const killed = launch("killing.json");
  if (killed.signal !== "SIGSYS") {
    throw new Error(`not killed: ${JSON.stringify(killed)}`);
  }
});

test("an older syscall that the profile does not name gets what the default says", () => {
  ran(run(["--profile", `${D}/denying.json`, "--", PROBE]), denied(1003));
});

test("a profile whose default allows leaves younger syscalls to the kernel", () => {
  ran(run(["--profile", `${D}/plain.json`, "--", PROBE, ABOVE_ALL]), ENOSYS);
});

test("--unknown-syscalls with another word is refused with those that there are", () => {
  refused(under("plain.json", ["--unknown-syscalls", "eperm"]), "--unknown-syscalls", "enosys", "default");
  refused(under("plain.json", ["--unknown-syscalls", "ENOSYS"]), "--unknown-syscalls", "enosys", "default");
});

// --no-new-privs

const flags = (args: readonly string[], options: RunOptions = {}) =>
  run([...args, "--", "grep", "-E", "^(NoNewPrivs|Seccomp):", "/proc/self/status"], options);

asRoot("no_new_privs is not set for a caller with CAP_SYS_ADMIN", () => {
  ran(flags(["--profile", `${D}/plain.json`]), "NoNewPrivs:\t0\nSeccomp:\t2\n");
});

test("--no-new-privs sets it all the same", () => {
  ran(flags(["--profile", `${D}/plain.json`, "--no-new-privs"]), "NoNewPrivs:\t1\nSeccomp:\t2\n");
});

test("no_new_privs is set for a caller without CAP_SYS_ADMIN", () => {
  ran(flags(["--profile", `${D}/plain.json`], { uid: NOBODY }), "NoNewPrivs:\t1\nSeccomp:\t2\n");
});

test("an unconfined command gets neither a filter nor no_new_privs", () => {
  ran(flags(["--unconfined"]), "NoNewPrivs:\t0\nSeccomp:\t0\n");
  ran(flags(["--unconfined"], { uid: NOBODY }), "NoNewPrivs:\t0\nSeccomp:\t0\n");
});

test("--unconfined with --no-new-privs sets no_new_privs, as was asked for", () => {
  ran(flags(["--unconfined", "--no-new-privs"]), "NoNewPrivs:\t1\nSeccomp:\t0\n");
});

test("options that mean nothing without a filter are still checked", () => {
  refused(run(["--unconfined", "--kernel", "x", "--", PROBE]), "--kernel");
  refused(run(["--unconfined", "--caps", "CAP_CHWON", "--", PROBE]), "--caps");
});

test("a kernel that a personality disguises is not believed", () => {
  const outcome = runCommand(["setarch", "--uname-2.6", PROGRAM, "--", PROBE]);
  refused(outcome, "UNAME26", "--kernel X.Y");
});

test.run();
