/**
 * The launcher's command line: what it takes, and what it refuses before it does anything.
 */

import * as assert from "uvu/assert";
import { VERBS } from "../../src/verbs/table.ts";
import { ALLOWED, denied, PROBE, ran, refused } from "../support/programs/expect.ts";
import { answering, directoryOf } from "../support/programs/files.ts";
import { type Outcome, run } from "../support/programs/program.ts";
import { test } from "../support/running/test.ts";

/** Refused as the command line of a verb is. */
function misunderstood(outcome: Outcome, ...says: readonly string[]): Outcome {
  assert.is(outcome.status, 2, outcome.stderr);
  for (const what of ["seccomp-exec: error: ", ...says]) {
    assert.match(outcome.stderr, what);
  }
  return outcome;
}

const DIRECTORY = directoryOf({ "p.json": answering(1001), "q.json": answering(1002) });
const P = `${DIRECTORY}/p.json`;

test("a command needs `--` before it, even where it is not a verb's name", () => {
  misunderstood(run(["true"]), "--");
  refused(run(["--unconfined", "true"]), "'true'", "--");
  refused(run(["--profile", P, PROBE]), PROBE, "--");
});

test("options without a command are refused", () => {
  refused(run(["--unconfined"]), "'--'");
  refused(run(["--profile", P, "--"]), "missing command");
  refused(run(["--"]), "missing command");
});

test("no arguments at all are refused, with the usage", () => {
  refused(run([]), "seccomp-exec [OPTIONS] -- COMMAND");
});

test("an unknown option is refused by its name", () => {
  refused(run(["--porfile", P, "--", "true"]), "unknown option '--porfile'");
  refused(run(["-p", P, "--", "true"]), "unknown option '-p'");
  refused(run(["-", "--", "true"]), "'-'");
  refused(run(["--profiles=x", "--", "true"]), "unknown option '--profiles'");
});

test("an option is not recognised by its beginning", () => {
  refused(run(["--prof", P, "--", "true"]), "unknown option '--prof'");
  refused(run(["--uncon", "--", "true"]), "unknown option '--uncon'");
});

for (const [name, value] of [
  ["--profile", P],
  ["--profile-dir", DIRECTORY],
  ["--linux-info", "{}"],
  ["--argv0", "x"],
  ["--caps", "all"],
  ["--kernel", "5.10"],
  ["--unknown-syscalls", "enosys"],
] as const) {
  test(`${name} given twice is refused, in whichever way it is written`, () => {
    refused(run([name, value, name, value, "--", "true"]), name, "twice");
    refused(run([`${name}=${value}`, name, value, "--", "true"]), name, "twice");
  });

  test(`${name} without its value is refused`, () => {
    refused(run([name]), name, "value");
    refused(run([name, "--", "true"]), name, "value");
    refused(run(["--no-new-privs", name]), name, "value");
  });
}

for (const name of ["--unconfined", "--no-new-privs"]) {
  test(`${name} given twice is refused`, () => {
    refused(run([name, name, "--", "true"]), name, "twice");
  });

  test(`${name} takes no value`, () => {
    refused(run([`${name}=true`, "--", "true"]), name, "no value");
    refused(run([`${name}=`, "--", "true"]), name, "no value");
  });
}

test("a value may stand behind `=`", () => {
  ran(run([`--profile=${P}`, "--", PROBE]), denied(1001));
  ran(run([`--profile-dir=${DIRECTORY}`, "--profile=q.json", "--", PROBE]), denied(1002));
});

test("only the first `=` ends the name of an option", () => {
  ran(run(["--argv0=a=b", `--profile=${P}`, "--", "sh", "-c", "echo $0"]), "a=b\n");
});

test("an empty value is a value, and is refused where it means nothing", () => {
  refused(run(["--profile=", "--", "true"]), "empty");
  refused(run(["--profile", "", "--", "true"]), "empty");
  refused(run(["--kernel=", "--profile", P, "--", "true"]), "--kernel");
  refused(run(["--unknown-syscalls=", "--profile", P, "--", "true"]), "--unknown-syscalls");
  refused(run(["--linux-info=", "--", "true"]), "--linux-info");
  refused(run(["--profile-dir=", "--profile", "p.json", "--", "true"]), "--profile-dir");
});

test("options end at the first `--`; all behind it is the command's", () => {
  ran(run(["--profile", P, "--", "echo", "--", "--profile", "-x", "--help"]), "-- --profile -x --help\n");
});

test("a command's arguments are handed on as they are", () => {
  ran(
    run(["--profile", P, "--", "printf", "<%s>", "", " ", "a b", "é", "\n", "*", "--"]),
    "<>< ><a b><é><\n><*><-->",
  );
});

test("--profile and --unconfined together are refused", () => {
  refused(run(["--profile", P, "--unconfined", "--", PROBE]), "--profile", "--unconfined");
});

test("--unconfined runs the command without a filter", () => {
  ran(run(["--unconfined", "--", PROBE]), ALLOWED);
});

test("--help and `help` print the usage to standard output", () => {
  for (const word of ["--help", "help"]) {
    const { status, stdout, stderr } = run([word]);
    assert.is(status, 0);
    assert.is(stderr, "");
    assert.match(stdout, "Usage: seccomp-exec [OPTIONS] -- COMMAND [ARG...]");
    assert.match(stdout, "125");
  }
});

test("the help names every option", () => {
  const { stdout } = run(["--help"]);
  for (const option of [
    "--profile",
    "--unconfined",
    "--profile-dir",
    "--linux-info",
    "--argv0",
    "--no-new-privs",
    "--caps",
    "--kernel",
    "--unknown-syscalls",
    "--help",
    "--version",
  ]) {
    assert.match(stdout, new RegExp(`^  (-\\w, )?${option}\\b`, "m"));
  }
});

test("every short option that a help shows is one", () => {
  const short = (text: string): string[] => [...text.matchAll(/^ {2}(-\w), /gm)].map(([, one = ""]) => one);
  assert.equal(short(run(["--help"]).stdout), ["-h", "-V"]);
  assert.match(run(["-h"]).stdout, "Usage:");
  assert.is(run(["-V"]).stdout, run(["version"]).stdout);
  for (const { name: verb } of VERBS) {
    for (const option of short(run([verb, "-h"]).stdout)) {
      assert.not.match(run([verb, option]).stderr, "unknown option", `${verb} ${option}`);
    }
  }
});

test("--version and `version` print one line to standard output", () => {
  for (const word of ["--version", "version"]) {
    const { status, stdout, stderr } = run([word]);
    assert.is(status, 0);
    assert.is(stderr, "");
    assert.match(stdout, /^seccomp-exec \d+\.\d+\.\d+\n$/);
  }
});

test("--help behind `--` is not ours", () => {
  ran(run(["--profile", P, "--", "printf", "%s\\n", "--help"]), "--help\n");
});

test("an unknown verb is refused, and the hint says how to run a command", () => {
  misunderstood(run(["sleep"]), "unknown verb 'sleep'", "--");
  misunderstood(run(["sleep", "1000"]), "unknown verb 'sleep'", "--");
  misunderstood(run([""]), "''");
});

test("a misspelt verb or option gets the one that was probably meant", () => {
  misunderstood(run(["chekc", P]), "unknown verb 'chekc'", "did you mean 'check'?");
  misunderstood(run(["dissasm", "x.bpf"]), "did you mean 'disasm'?");
  refused(run(["--porfile", P, "--", "true"]), "did you mean '--profile'?");
  refused(run(["-profile", P, "--", "true"]), "did you mean '--profile'?");
  refused(run(["-p", P, "--", "true"]), "did you mean '--profile'?");
  refused(run(["--dryrun", "--", "true"]), "did you mean '--dry-run'?");
  refused(run(["--frobnicate", "--", "true"]), "seccomp-exec --help lists the options");
});

test("a misspelt value of an option gets the one that was probably meant", () => {
  refused(run(["--unknown-syscalls", "enosy", "--", "true"]), "did you mean 'enosys'?");
  misunderstood(
    run(["check", "--for", "dcoker", P]),
    "--for: 'dcoker' is not one of",
    "did you mean 'docker'?",
  );
  misunderstood(run(["check", "--arch", "x86-64", P]), "did you mean 'x86_64'?");
});

test("an option before its verb is told where it goes", () => {
  for (const [args, verb, line] of [
    [["--json", "check", "x.json"], "check", "--json x.json"],
    [["--arch", "x86_64", "check", "./a b.json"], "check", "--arch x86_64 './a b.json'"],
    [["--caps=none", "verify", "x.json", "x.bpf"], "verify", "--caps=none x.json x.bpf"],
    [["-o", "x.json", "record", "--", "true"], "record", "-o x.json -- true"],
  ] as const) {
    refused(run(args), `options of ${verb} come after it: seccomp-exec ${verb} ${line}\n`);
  }
  // The name of a verb may be a profile, or a part of the command.
  refused(run(["--porfile", "list", "--", "true"]), "did you mean '--profile'?");
  refused(run(["--josn", "--", "check"]), "did you mean '--json'?");
});

test("an option of launches or of another verb is told as such", () => {
  misunderstood(
    run(["check", "--unconfined", P]),
    "it is an option of launches: seccomp-exec --unconfined --",
  );
  misunderstood(run(["check", "--listener", "x", P]), "of launches: seccomp-exec --listener PATH --");
  misunderstood(run(["check", "--audit", P]), "of launches: seccomp-exec --audit --");
  misunderstood(run(["diff", "--stage", "bpf", P, P]), "it is an option of explain");
  misunderstood(run(["list", "--check", "x"]), "it is an option of prepare, manifest");
  misunderstood(run(["compile", "--josn", P]), "did you mean '--json'?");
  misunderstood(run(["compile", "--nonsense", P]), "seccomp-exec help compile lists the options");
});

test("a profile in the place of a verb is told how it is meant", () => {
  misunderstood(run([P, "--", "true"]), `seccomp-exec --profile ${P} -- true`);
  misunderstood(run([P]), `seccomp-exec check ${P}`, `seccomp-exec --profile ${P} -- COMMAND`);
  misunderstood(run(["builtin:strict.json", "--", "true"]), "--profile builtin:strict.json -- true");
});

test("a verb does not become a command's wrapper", () => {
  const { stdout } = misunderstood(run(["sh", "--", "-c", "echo ran"]), "unknown verb 'sh'");
  assert.is(stdout, "");
});

test("a name that every JavaScript object has is neither an option nor a verb", () => {
  for (const name of ["constructor", "__proto__", "toString", "hasOwnProperty"]) {
    misunderstood(run([name]), `'${name}'`);
    refused(run([`--${name}`, "--", "true"]), `unknown option '--${name}'`);
  }
});

test.run();
