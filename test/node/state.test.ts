/**
 * The process state that a command receives from execUnder: that of a direct exec, but for what Node has changed before, which
 * docs/node.md lists.
 */

import * as assert from "uvu/assert";
import { differences, STATE, stateOf } from "../support/programs/process-state.ts";
import { runCommand } from "../support/programs/program.ts";
import { IS_ROOT } from "../support/running/needs.ts";
import { test } from "../support/running/test.ts";
import { scriptOf } from "./support/packed.ts";

/** What the filter changes. */
const FILTER: Readonly<Record<string, string>> = {
  "status.Seccomp": "2",
  "status.Seccomp_filters": "1",
  ...(IS_ROOT ? {} : { "status.NoNewPrivs": "1" }),
};

function launched(setup: readonly string[], options = "{}"): ReturnType<typeof stateOf> {
  const body = `const [file, ...args] = process.argv.slice(2); execUnder("builtin:log.json", file, args, ${options});`;
  return stateOf(setup, [process.execPath, scriptOf(body), STATE]);
}

const UNCHANGED: Readonly<Record<string, readonly string[]>> = {
  "as it comes": [],
  "a stack limit of 1 MiB": ["limit", "3", "1048576"],
  "no core files": ["limit", "4", "0"],
  "a umask": ["umask", "0137"],
  niceness: ["nice", "7"],
  "a running alarm": ["alarm", "600"],
  "a parent death signal": ["pdeathsig", "10"],
  "an empty environment": ["clearenv", "1"],
  "an environment with odd names": ["env", "\u00e9=\u00e9", "env", "=x", "env", "A=B=C"],
  "another directory": ["chdir", "/usr"],
  "another personality": ["personality", "0x40000"],
  "a timer slack": ["timerslack", "12345"],
};

for (const [name, setup] of Object.entries(UNCHANGED)) {
  test(`the command receives ${name} as from a direct exec`, () => {
    const direct = stateOf(setup, [STATE]);
    assert.ok(direct.size > 100, "the probe prints its state");
    assert.equal(differences(direct, launched(setup)), FILTER);
  });
}

/** What Node loses before a program starts; a version of Node may lose less. */
const LOST: Readonly<Record<string, readonly [setup: readonly string[], fields: readonly string[]]>> = {
  "an ignored SIGHUP": [
    ["ignore", "1"],
    ["status.SigIgn", "signal.1"],
  ],
  "an ignored SIGPIPE": [
    ["ignore", "13"],
    ["status.SigIgn", "signal.13"],
  ],
  "ignored SIGXFSZ and SIGCHLD": [
    ["ignore", "25", "ignore", "17"],
    ["status.SigIgn", "signal.17", "signal.25"],
  ],
  "blocked signals": [["block", "15", "block", "2"], ["status.SigBlk"]],
  "a pending signal": [
    ["pending", "17"],
    ["status.SigPnd", "status.SigBlk", "sigchld"],
  ],
  "a low limit of open files": [["limit", "7", "256"], ["limit.7"]],
  "closed standard input": [["close", "0"], ["fd.0"]],
  "closed standard error": [["close", "2"], ["fd.2"]],
  "open files": [
    ["open", "/dev/null", "open", "/"],
    ["fd.3", "fd.4"],
  ],
};

for (const [name, [setup, fields]] of Object.entries(LOST)) {
  test(`of ${name}, the command misses what Node has lost, and nothing else is different`, () => {
    const found = Object.keys(differences(stateOf(setup, [STATE]), launched(setup)));
    assert.equal(
      found.filter((field) => !fields.includes(field) && !(field in FILTER)),
      [],
    );
  });
}

test("descriptors and the limit of open files are handed on if they are named", () => {
  const setup = ["limit", "7", "256", "open", "/dev/null", "open", "/"];
  const found = differences(
    stateOf(setup, [STATE]),
    launched(setup, "{ descriptors: [3, 4], openFiles: 256 }"),
  );
  assert.equal(found, FILTER);
});

test("argv[0] and the environment are those that are given", () => {
  const state = launched([], '{ argv0: "other name", env: { ONE: "é", GONE: undefined, TWO: "" } }');
  assert.is(state.get("argv.0"), "other name");
  assert.is(state.get("argv.1"), "one");
  assert.equal(
    [...state].filter(([field]) => field.startsWith("environ.")).map(([, value]) => value),
    ["ONE=\\xc3\\xa9", "TWO="],
  );
});

/** Prints the modes of its standard streams on descriptor 3. */
const MODES = `for n in 0 1 2; do sed -n 's/^flags:[[:space:]]*//p' /proc/self/fdinfo/$n; done >&3`;

test("pipes that Node has made non-blocking are blocking again", () => {
  const body = `
    process.stdin.on("data", () => {}).pause();
    process.stdout.write("");
    process.stderr.write("");
    const modes = ["0", "1", "2"].map((fd) => /flags:\\s*(\\d+)/.exec(fs.readFileSync("/proc/self/fdinfo/" + fd, "latin1"))[1]);
    fs.writeSync(3, JSON.stringify(modes) + "\\n");
    execUnder("builtin:log.json", "sh", ["-c", ${JSON.stringify(MODES)}], { descriptors: [3] });`;
  const file = scriptOf(body);
  const script = `exec 4>&1; { sleep 0 | "$1" "$2" 3>&4 2>&1 | cat >&4; }`;
  const { stdout } = runCommand(["sh", "-c", script, "sh", process.execPath, file]);
  const [during = "[]", ...after] = stdout.trimEnd().split("\n");
  const O_NONBLOCK = 0o4000;
  const isNonBlocking = (flags: string): boolean => (Number.parseInt(flags, 8) & O_NONBLOCK) !== 0;
  assert.ok((JSON.parse(during) as string[]).some(isNonBlocking), "Node has made one non-blocking");
  assert.equal(after.map(isNonBlocking), [false, false, false]);
});

test.run();
