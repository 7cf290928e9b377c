/**
 * Compares, field by field, the state that a command receives through the launcher with that of a direct exec.
 */

import { chmodSync, copyFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { directoryOf, profileOf } from "../support/programs/files.ts";
import { CALLER, differences, STATE, stateOf } from "../support/programs/process-state.ts";
import { PROGRAM, runCommand, temporaryDirectory } from "../support/programs/program.ts";
import { IS_ROOT, needs, ROOT } from "../support/running/needs.ts";
import { NO_SETTINGS } from "../support/running/settings.ts";
import { test, testWith } from "../support/running/test.ts";

const DIRECTORY = temporaryDirectory();
const FILE = join(DIRECTORY, "open-file");
writeFileSync(FILE, "content");
chmodSync(DIRECTORY, 0o777);
chmodSync(FILE, 0o666);
const LOG = join(DIRECTORY, "log");
writeFileSync(LOG, "");
chmodSync(LOG, 0o666);
/** Denies a call that the probe does not make, so that the filter has something to notify. */
const PROFILE = join(
  directoryOf({ "p.json": profileOf({ names: ["acct"], action: "SCMP_ACT_ERRNO" }) }),
  "p.json",
);

/** What the launcher may change. */
const FILTER_FIELDS: Readonly<Record<string, string>> = {
  "status.Seccomp": "2",
  "status.Seccomp_filters": "1",
};
/** And for the user who runs the tests. */
const CHANGED_FIELDS: Readonly<Record<string, string>> = IS_ROOT
  ? FILTER_FIELDS
  : { ...FILTER_FIELDS, "status.NoNewPrivs": "1" };

const UNCHANGED: Readonly<Record<string, readonly string[]>> = {
  "as it comes": [],
  "an ignored SIGHUP": ["ignore", "1"],
  "an ignored SIGPIPE": ["ignore", "13"],
  "ignored SIGXFSZ, SIGCHLD and a real-time signal": ["ignore", "25", "ignore", "17", "ignore", "40"],
  "blocked signals": ["block", "15", "block", "2", "block", "34"],
  "a low limit of open files": ["limit", "7", "256"],
  "a stack limit of 1 MiB": ["limit", "3", "1048576"],
  "no core files": ["limit", "4", "0"],
  "closed standard input": ["close", "0"],
  "closed standard error": ["close", "2"],
  "closed descriptors 0 and 2": ["close", "0", "close", "2"],
  "closed descriptors 0, 2 and 3": ["close", "0", "close", "2", "close", "3"],
  "open files": ["open", FILE, "open", "/dev/null", "open", "/"],
  "a umask": ["umask", "0137"],
  niceness: ["nice", "7"],
  "a running alarm": ["alarm", "600"],
  "a parent death signal": ["pdeathsig", "10"],
  "an empty environment": ["clearenv", "1"],
  "an environment with odd names": ["env", "\u00e9=\u00e9", "env", "=x", "env", "A=B=C"],
  "another directory": ["chdir", "/usr"],
  "another personality": ["personality", "0x40000"],
  "a timer slack": ["timerslack", "12345"],
  "a pending signal": ["pending", "10"],
  "a pending SIGCHLD": ["pending", "17"],
  "closed standard streams": ["close", "0", "close", "2", "open", "/dev/null"],
  "many open files": ["limit", "7", "1024", "many", "900"],
  "a lock on a file": ["lock", FILE],
};

/** The launcher under another name, and the program beside it for which it stands. */
const WRAPPER = join(DIRECTORY, "wrapped-probe");
const REAL = `${WRAPPER}.real`;
symlinkSync(PROGRAM, WRAPPER);
copyFileSync(STATE, REAL);

/** A way to launch a command that must look the same to it. */
interface Way {
  readonly launched: readonly string[];
  readonly direct: readonly string[];
  /** Besides what else the caller sets up. */
  readonly setup: readonly string[];
}

function through(...launcher: readonly string[]): Way {
  return { launched: [...launcher, STATE], direct: [STATE], setup: [] };
}

const WAYS: Readonly<Record<string, Way>> = {
  "": through(PROGRAM, "--profile", "builtin:log.json", "--"),
  " under --audit": through(PROGRAM, `--audit=${LOG}`, "--profile", PROFILE, "--"),
  " under --audit to standard error": through(PROGRAM, "--audit", "--profile", PROFILE, "--"),
  " through a wrapper of it": {
    launched: [WRAPPER],
    direct: [REAL],
    setup: ["argv0", "a name of the caller's", "env", "SECCOMP_EXEC_PROFILE=builtin:log.json"],
  },
};

for (const [how, way] of Object.entries(WAYS)) {
  const directly = (setup: readonly string[]) => stateOf([...setup, ...way.setup], way.direct);
  const launch = (setup: readonly string[]) => {
    needs(NO_SETTINGS);
    return stateOf([...setup, ...way.setup], way.launched);
  };
  const needsStderr = way.launched.includes("--audit");
  const closesStderr = (setup: readonly string[]) => setup.join(" ").includes("close 2");
  for (const [name, setup] of Object.entries(UNCHANGED)) {
    if (needsStderr && closesStderr(setup)) {
      continue;
    }
    test(`the command receives ${name} as from a direct exec${how}`, () => {
      const direct = directly(setup);
      const launched = launch(setup);
      assert.ok(direct.size > 100, "the probe prints its state");
      assert.equal(differences(direct, launched), CHANGED_FIELDS);
    });
  }

  test(`a user without CAP_SYS_ADMIN gets no_new_privs, and nothing else${how}`, () => {
    needs(ROOT);
    const setup = ["uid", "65534"];
    const launched = launch(setup);
    assert.equal(differences(directly(setup), launched), { ...FILTER_FIELDS, "status.NoNewPrivs": "1" });
  });

  testWith(ROOT)(`other securebits stay${how}`, () => {
    // SECBIT_NO_SETUID_FIXUP: include/uapi/linux/securebits.h.
    const setup = ["securebits", "4"];
    const direct = directly(setup);
    assert.is(direct.get("securebits"), "4");
    assert.equal(differences(direct, launch(setup)), FILTER_FIELDS);
  });

  // A C library, also that of the probe, opens /dev/null in their place: its own, not the launcher's.
  testWith(ROOT)(`closed descriptors stay closed where real and effective ids differ${how}`, () => {
    for (const [id, expected] of [
      ["egid", FILTER_FIELDS],
      ["euid", { ...FILTER_FIELDS, "status.NoNewPrivs": "1" }],
    ] as const) {
      const setup = [...(needsStderr ? [] : ["close", "2"]), "close", "0", id, "65534"];
      assert.equal(differences(directly(setup), launch(setup)), expected);
    }
  });

  test(`a caller with no_new_privs keeps it${how}`, () => {
    const setup = ["nnp", "1"];
    const launched = launch(setup);
    assert.is(launched.get("status.NoNewPrivs"), "1");
    assert.equal(differences(directly(setup), launched), FILTER_FIELDS);
  });
}

test("without a filter nothing at all is changed", () => {
  const launched = stateOf([], [PROGRAM, "--unconfined", "--", STATE]);
  assert.equal(differences(stateOf([], [STATE]), launched), {});
});

test("the lock of a caller is seen, and so is its loss", () => {
  assert.is(stateOf(["lock", FILE], [STATE]).get("lock.3"), "held");
  assert.is(stateOf(["open", FILE], [STATE]).get("lock.3"), undefined);
});

test("--no-new-privs sets no_new_privs", () => {
  const launched = stateOf([], [PROGRAM, "--no-new-privs", "--profile", "builtin:log.json", "--", STATE]);
  assert.is(launched.get("status.NoNewPrivs"), "1");
});

test("with all of the descriptors 0 to 3 closed the command has none of them", () => {
  // The probe has nowhere to print to: the state is what the kernel says of a process that sleeps.
  const closed = ["close", "0", "close", "1", "close", "2", "close", "3"];
  const script = `
    "$@" & pid=$!
    until [ "$(cat /proc/$pid/comm)" = sleep ] && [ "$(cut -d ' ' -f 3 /proc/$pid/stat)" = S ]; do :; done
    ls /proc/$pid/fd; grep Seccomp: /proc/$pid/status; kill $pid`;
  const sleep = (launcher: readonly string[]): string =>
    runCommand(["sh", "-c", script, "sh", CALLER, ...closed, "--", ...launcher, "/bin/sleep", "600"]).stdout;
  const launched = sleep([PROGRAM, "--profile", "builtin:log.json", "--"]);
  assert.is(launched, sleep([]).replace("Seccomp:\t0", "Seccomp:\t2"));
  assert.not.match(launched, /^[0123]$/m);
});

test("the process is the same one", () => {
  const { stdout } = runCommand([
    "sh",
    "-c",
    `echo $$; exec ${PROGRAM} --profile builtin:log.json -- sh -c 'echo $$'`,
  ]);
  const [before, after] = stdout.split("\n");
  assert.ok(before !== "" && before === after, `${before} is ${after}`);
});

test("--argv0 gives the command another name", () => {
  const launched = stateOf([], [PROGRAM, "--profile", "builtin:log.json", "--argv0", "-shell", "--", STATE]);
  assert.is(launched.get("argv.0"), "-shell");
  assert.is(launched.get("argv.1"), "one");
});

test("arguments that are not UTF-8 arrive byte by byte", () => {
  const { stdout } = runCommand([
    "sh",
    "-c",
    `${PROGRAM} --profile builtin:log.json -- printf '%s' "$(printf 'a\\377\\200b')" | od -An -tx1`,
  ]);
  assert.is(stdout.trim(), "61 ff 80 62");
});

test.run();
