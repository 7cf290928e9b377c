/**
 * What `--dry-run` and `--verbose` say of a launch, held against what the kernel is asked for and does, with all options that
 * have to do with each other.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { parseKernelVersion } from "../../src/profile/kernel-version.ts";
import { syscallId, syscallNames, syscallSince } from "../../src/tables/syscalls.ts";
import { PROBE } from "../support/programs/expect.ts";
import { answering, directoryOf, NOBODY, profileOf } from "../support/programs/files.ts";
import { type Outcome, PROGRAM, run, runCommand, temporaryDirectory } from "../support/programs/program.ts";
import { ROOT, STRACE } from "../support/running/needs.ts";
import { test, testWith } from "../support/running/test.ts";

/** A call of Linux 5.6, with the same number on every architecture; it fails with EINVAL where it is let through. */
const OPENAT2 = 437;
const [ENOSYS, EINVAL] = [38, 22];

const OLD = parseKernelVersion("4.18") ?? 0;
/** Denies what it does not name: the call of the probe, and all that is younger than it is. */
const DENYING = JSON.stringify({
  defaultAction: "SCMP_ACT_ERRNO",
  defaultErrnoRet: 1000,
  syscalls: [
    {
      names: syscallNames().filter(
        (name) => name !== "sched_get_priority_max" && syscallSince(syscallId(name)) <= OLD,
      ),
      action: "SCMP_ACT_ALLOW",
    },
  ],
});
const D = directoryOf({
  "denying.json": JSON.stringify({ ...JSON.parse(DENYING), flags: ["SECCOMP_FILTER_FLAG_LOG"] }),
  "allowing.json": answering(1000),
  "prepared.json": DENYING,
  "nothing.json": profileOf(),
});
const { status, stderr } = run(["prepare", join(D, "prepared.json")]);
assert.is(status, 0, stderr);

/** Who starts it. */
const CALLERS: Readonly<Record<string, readonly string[]>> = {
  root: [],
  "root, with no_new_privs": ["setpriv", "--no-new-privs"],
  "a user without privileges": ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"],
};

const profile = (name: string) => ["--profile", join(D, `${name}.json`)];
const LITERALLY = ["--unknown-syscalls", "default"];

/** Choices of options, of each of which one is taken. */
const CHOICES: readonly (readonly (readonly string[])[])[] = [
  [
    ...["denying", "prepared"].flatMap((name) => [profile(name), [...profile(name), ...LITERALLY]]),
    ...["allowing", "nothing"].map(profile),
    ["--unconfined"],
  ],
  [[], ["--complain"]],
  [[], ["--no-new-privs"]],
];

const COMBINATIONS = CHOICES.reduce<readonly (readonly string[])[]>(
  (all, choice) => all.flatMap((before) => choice.map((options) => [...before, ...options])),
  [[]],
);

const TRACE = join(temporaryDirectory(), "trace");

/** What a launch does. */
interface Done {
  readonly verbose: string;
  /** How many instructions the kernel is given; undefined: none. */
  readonly instructions: number | undefined;
  readonly flags: readonly string[];
  readonly noNewPrivs: boolean;
  readonly seccomp: boolean;
  /** What comes of the call that the profiles deny, and of one that is younger than they are. */
  readonly denied: string;
  readonly younger: string;
}

function launched(caller: readonly string[], options: readonly string[]): Done {
  const script = `grep -E '^(NoNewPrivs|Seccomp):' /proc/self/status; ${PROBE}; ${PROBE} ${OPENAT2}`;
  const tracer = ["strace", "-qq", "-o", TRACE, "-e", "trace=seccomp", "-e", "signal=none"];
  const outcome = runCommand([
    ...tracer,
    ...caller,
    PROGRAM,
    "--verbose",
    ...options,
    "--",
    "sh",
    "-c",
    script,
  ]);
  assert.is(outcome.status, 0, JSON.stringify(outcome));
  const [noNewPrivs, seccomp, denied = "", younger = ""] = outcome.stdout.split("\n");
  const calls = readFileSync(TRACE, "utf8").split("\n");
  const installed = calls.filter((line) => line.endsWith(" = 0") && !line.includes("len=0,"));
  assert.ok(installed.length <= 1, installed.join("\n"));
  const [, flags = "", length] =
    /SECCOMP_SET_MODE_FILTER, ([^,]*), \{len=(\d+)/.exec(installed[0] ?? "") ?? [];
  return {
    verbose: outcome.stderr,
    instructions: length === undefined ? undefined : Number(length),
    flags: flags.split("|").filter((flag) => flag !== "" && flag !== "0"),
    noNewPrivs: noNewPrivs === "NoNewPrivs:\t1",
    seccomp: seccomp === "Seccomp:\t2",
    denied,
    younger,
  };
}

function told(caller: readonly string[], options: readonly string[]): Outcome {
  const outcome = runCommand([...caller, PROGRAM, "--dry-run", ...options]);
  assert.equal([outcome.status, outcome.stderr], [0, ""]);
  return outcome;
}

/** A line of the text, by the words that it begins with. */
function line({ stdout }: Outcome, name: string): string {
  return (stdout.split("\n").find((one) => one.startsWith(`${name}  `)) ?? "").slice(name.length).trim();
}

for (const [who, caller] of Object.entries(CALLERS)) {
  testWith(ROOT, STRACE)(
    `${who}: what is said of ${COMBINATIONS.length} combinations of options is what is done`,
    () => {
      for (const options of COMBINATIONS) {
        const what = `${who}: ${options.join(" ")}`;
        const done = launched(caller, options);
        const text = told(caller, options);
        const json = JSON.parse(told(caller, [...options, "--json"]).stdout) as Record<string, unknown>;

        assert.is(done.instructions !== undefined, done.seccomp, what);
        assert.is(json["instructions"] ?? undefined, done.instructions, what);
        assert.is(line(text, "filter"), done.seccomp ? `${done.instructions} instructions` : "", what);
        assert.equal(json["flags"] ?? [], done.flags, what);

        assert.is(json["confined"], done.denied === "error 1000", what);
        assert.is(line(text, "confined").startsWith("yes"), json["confined"], what);

        assert.is(json["noNewPrivs"], done.noNewPrivs, what);
        const before = caller.includes("--no-new-privs");
        const expected = before
          ? /^is set already$/
          : done.noNewPrivs
            ? /^will be set \(/
            : /^will not be set/;
        assert.match(line(text, "no_new_privs"), expected, what);

        const after = json["unknownSyscallsAfter"] ?? null;
        assert.is(after !== null, done.younger === `error ${ENOSYS}`, `${what}: ${done.younger}`);
        const words = line(text, "unknown syscalls");
        if (words !== "") {
          const meaning = words.startsWith("get ENOSYS")
            ? `error ${ENOSYS}`
            : words === "are let through and logged" ||
                json["confined"] === false ||
                options.includes(`${D}/allowing.json`)
              ? `error ${EINVAL}`
              : "error 1000";
          assert.is(done.younger, meaning, `${what}: ${words}`);
        }

        const complains = options.includes("--complain") && done.seccomp;
        assert.is(json["complain"] ?? false, complains, what);
        assert.is(done.verbose.includes("complaining only"), complains, what);
        assert.is(done.verbose.includes("no filter"), !done.seccomp, what);
        assert.is(json["prepared"] ?? false, done.verbose.includes("instructions, prepared;"), what);
        if (done.seccomp) {
          assert.match(
            done.verbose,
            `profile ${json["profile"]} (${json["digest"]}), by ${json["decidedBy"]}`,
          );
          assert.match(done.verbose, `; ${done.instructions} instructions`, what);
        }
      }
    },
  );
}

test("of calls that --complain lets through it is not said that they get ENOSYS, nor of what is allowed that it is logged", () => {
  const words = (...options: readonly string[]) => line(told([], options), "unknown syscalls");
  const denying = ["--profile", join(D, "denying.json")];
  assert.is(
    words(...denying),
    "get ENOSYS if added after Linux 4.18, the newest kernel that the profile knows",
  );
  assert.is(words(...denying, "--complain"), "are let through and logged");
  assert.is(words("--profile", join(D, "allowing.json"), "--complain"), "get the default action");
});

test.run();
