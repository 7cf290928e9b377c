/**
 * What an audit names, how it folds and bounds it, and that calls are answered as the profile says, on the running kernel.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { refused } from "../support/programs/expect.ts";
import { directoryOf, profileOf, STARTS } from "../support/programs/files.ts";
import { PROGRAM, run, runCommand, temporaryDirectory } from "../support/programs/program.ts";
import { extent } from "../support/running/extent.ts";
import { MOUNTS, X86_64_LINUX } from "../support/running/needs.ts";
import { test, testWith } from "../support/running/test.ts";
import {
  type Audited,
  audited,
  auditing,
  CALL,
  DENIED,
  isPlain,
  type Line,
  lineOf,
  linesIn,
  PROFILE,
  TRAPPING,
} from "./support/audited.ts";

const SIGSYS = 31;

/** The only named call. */
function only(outcome: Audited): Line {
  assert.is(outcome.lines.length, 1, JSON.stringify(outcome.lines));
  return outcome.lines[0] as Line;
}

const testX86 = testWith(X86_64_LINUX);

testX86("a call that is denied with an errno is named with the rule's place, and gets that errno", () => {
  const outcome = audited(["call", `${CALL.errno},1`]);
  assert.is(outcome.status, 7);
  assert.is(outcome.stdout, `call ${CALL.errno}: -95\n`);
  const { time, process, thread, ...line } = only(outcome);
  assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  assert.is(process, thread);
  assert.equal(line, {
    version: 1,
    kind: "denied",
    id: 0,
    command: "denied",
    arch: "x86_64",
    syscall: "sched_get_priority_max",
    number: CALL.errno,
    arguments: [{ name: "policy", value: "0x1", text: "SCHED_FIFO" }],
    verdict: "ERRNO(EOPNOTSUPP)",
    errno: "EOPNOTSUPP",
    profile: PROFILE,
    line: lineOf("sched_get_priority_max"),
    column: (line as Line)["column"],
    by: "rule for sched_get_priority_max",
  });
  assert.equal(
    { ...outcome.totals, time: 0 },
    { version: 1, kind: "ended", time: 0, calls: 1, leftOut: 0, lost: 0 },
  );
});

testX86("a logged call is named and carried out; an allowed and a trapped one are not named", () => {
  const words = ["handle", SIGSYS, "call", `${CALL.log},0,0`, "call", CALL.allowed, "call", CALL.trap];
  const outcome = audited(words, { profile: TRAPPING });
  const [unnamed, ...named] = outcome.lines;
  assert.equal(unnamed, { version: 1, kind: "unnamed", verdicts: ["TRAP"], profile: TRAPPING });
  assert.equal(
    named.map(({ kind, verdict }) => [kind, verdict]),
    [["allowed", "LOG"]],
  );
  assert.match(outcome.stdout, /^call 140: [1-9]\d*\n[\s\S]*\nhandled\n$/);
  assert.is(outcome.status, 7);
});

/** What precedes the call. */
const DISPOSITIONS: Readonly<Record<string, readonly (string | number)[]>> = {
  default: [],
  ignored: ["ignore", SIGSYS],
  handled: ["handle", SIGSYS],
  blocked: ["block", SIGSYS],
  "of a thread": ["thread", 1],
  "of a thread that blocks it": ["thread", 1, "block", SIGSYS],
};

for (const [name, setup] of Object.entries(DISPOSITIONS)) {
  for (const call of ["killProcess", "killThread"] as const) {
    testX86(`a call with the verdict ${call} is named and ends as without audit: SIGSYS ${name}`, () => {
      const words = [...setup, "call", CALL[call]];
      const plain = run(["--profile", PROFILE, "--", DENIED, ...words.map(String)]);
      const outcome = audited(words);
      assert.equal([outcome.signal, outcome.status], [plain.signal, plain.status]);
      assert.is(outcome.stdout, plain.stdout);
      const line = only(outcome);
      assert.is(line.kind, "killed");
      assert.is(line["signal"], "SIGSYS", "the line says what happens");
      assert.is(line["process"] !== line["thread"], name.startsWith("of a thread"));
    });
  }
}

testX86("a child that is killed is seen by its parent as without audit", () => {
  for (const how of ["fork 1 call", "vfork"]) {
    const words = [...how.split(" "), CALL.killProcess];
    const plain = run(["--profile", PROFILE, "--", DENIED, ...words.map(String)]);
    assert.is(plain.stdout, `ended: 0 signal ${SIGSYS}\n`);
    assert.is(audited(words).stdout, plain.stdout);
  }
});

testX86("the core flag of a killed process is that without audit", () => {
  const core = (options: readonly string[]): string =>
    runCommand([
      "sh",
      "-c",
      'ulimit -c unlimited; cd "$0"; perl -e \'system(@ARGV); print $? & 128\' -- "$@"',
      temporaryDirectory(),
      PROGRAM,
      ...options,
      "--",
      DENIED,
      "call",
      String(CALL.killProcess),
    ]).stdout;
  assert.is(core(auditing("/dev/null")), core(["--profile", PROFILE]));
});

testWith(MOUNTS, X86_64_LINUX)("the first process of a PID namespace is ended too, and named before", () => {
  // With it, the command could trace the supervisor, and the launch is refused.
  const before = (...options: readonly string[]) => [
    ...["setpriv", "--bounding-set", "-sys_ptrace"],
    "unshare",
    "--pid",
    "--fork",
    "--kill-child",
    ...options,
  ];
  // /proc is that of the namespace, or of another one, in which its numbers mean other tasks.
  for (const [options, command] of [
    [["--mount-proc"], "denied"],
    [[], "?"],
  ] as const) {
    const file = join(temporaryDirectory(), "log");
    for (const call of [CALL.killProcess, CALL.killThread]) {
      writeFileSync(file, "");
      const outcome = runCommand([
        ...before(...options),
        PROGRAM,
        ...auditing(file),
        "--",
        DENIED,
        "call",
        String(call),
      ]);
      assert.is(outcome.stdout, "", "the call does not return");
      // The supervisor may or may not come to its last line before the kernel ends it with its namespace.
      const [line, ...more] = linesIn(readFileSync(file, "utf8")).filter(({ kind }) => kind !== "ended");
      assert.equal(more, []);
      assert.equal([line?.kind, line?.["signal"], line?.["command"]], ["killed", "SIGSYS", command]);
    }
  }
});

testWith(MOUNTS, X86_64_LINUX)(
  "where the command could trace its supervisor, and nothing else, the launch is refused",
  () => {
    const command = [PROGRAM, ...auditing(join(temporaryDirectory(), "log")), "--", DENIED];
    refused(runCommand(["unshare", "--pid", "--fork", "--kill-child", ...command]), "CAP_SYS_PTRACE");
  },
);

testX86("--complain lets everything through, and names what is denied otherwise", () => {
  const calls = [CALL.errno, CALL.killProcess, CALL.killThread, CALL.log, CALL.trap];
  const words = [...calls.flatMap((call) => ["call", `${call},1`]), "i386", 20];
  const outcome = audited(words, { options: ["--complain"], profile: TRAPPING });
  assert.equal(
    outcome.stdout,
    run(["--unconfined", "--", DENIED, ...words.map(String)]).stdout.replace(
      /\d+\n$/,
      String(only0(outcome)),
    ),
  );
  assert.equal(
    outcome.lines.map((line) => [line.kind, line["verdict"]]),
    [
      ["allowed", "ERRNO(EOPNOTSUPP)"],
      ["allowed", "KILL_PROCESS"],
      ["allowed", "KILL_THREAD"],
      ["allowed", "LOG"],
      ["allowed", "TRAP"],
      ["allowed", "KILL_PROCESS"],
    ],
  );
});

/** The last number that was printed, which is a process id. */
const only0 = ({ stdout }: Audited): string => `${/\d+\n$/.exec(stdout)?.[0]}`;

test("that calls with the verdict TRAP or TRACE are not named is said first, once, and only under such a profile", () => {
  const directory = directoryOf({
    "both.json": profileOf(
      { names: ["sched_getparam"], action: "SCMP_ACT_TRAP" },
      { names: ["sched_getscheduler"], action: "SCMP_ACT_TRACE" },
    ),
  });
  const both = join(directory, "both.json");
  const said = (profile: string, ...more: readonly string[]) =>
    run(["--audit", ...more, "--profile", profile, "--", "/bin/true"]).stderr;
  const note = `seccomp-exec: note: --audit does not name calls with the verdict TRAP or TRACE of ${both}; --complain --audit does\n`;
  assert.is(said(both), note);
  assert.is(said(both, "--complain"), "");
  assert.is(said(PROFILE), "");
  run(["prepare", both]);
  assert.is(said(both), note, "of a prepared filter, too");
});

test("a log that nobody reads does not keep a command from starting, whatever is to be said first", () => {
  const script = 'mkfifo "$0/p"; true <"$0/p" & exec 9>"$0/p"; wait; "$@" 2>&9';
  const command = [PROGRAM, "--audit", "--profile", TRAPPING, "--", "/bin/echo", "ran"];
  assert.is(runCommand(["sh", "-c", script, temporaryDirectory(), ...command]).stdout, "ran\n");
});

testX86("calls of other architectures are named with theirs", () => {
  for (const [words, arch] of [
    [["i386", 20], "x86"],
    [["call", 0x40000000 + CALL.allowed], "x32"],
  ] as const) {
    const outcome = audited(words);
    assert.is(outcome.signal, "SIGSYS");
    const line = only(outcome);
    assert.equal(
      [line.kind, line["arch"], line["syscall"], line["by"]],
      ["killed", arch, "getpid", "not among the architectures"],
    );
  }
});

testX86("a call that the profile's author cannot have known gets ENOSYS, and is named as newer", () => {
  const old = join(
    directoryOf({
      "p.json": JSON.stringify({
        defaultAction: "SCMP_ACT_ERRNO",
        syscalls: [{ names: [...STARTS, "read", "mmap"], action: "SCMP_ACT_ALLOW" }],
      }),
    }),
    "p.json",
  );
  const file = join(temporaryDirectory(), "log");
  const outcome = run([...auditing(file, old), "--", DENIED, "call", String(CALL.newer)]);
  assert.is(outcome.stdout, `call ${CALL.newer}: -38\n`, outcome.stderr);
  const line = linesIn(readFileSync(file, "utf8"))[0] as Line;
  assert.equal(
    [line["number"], line["errno"], line["by"]],
    [CALL.newer, "ENOSYS", "newer than all calls that the profile names"],
  );
});

testX86("equal calls are folded: a line at the first, the 10th, the 100th, ..., and exact totals", () => {
  const outcome = audited(["times", 1234, "call", `${CALL.errno},1`, "times", 3, "call", `${CALL.errno},2`]);
  assert.is(outcome.stdout, `call ${CALL.errno}: -95\n`.repeat(2));
  assert.equal(
    outcome.lines.map((line) => [line.kind, line["id"], line["count"]]),
    [
      ["denied", 0, undefined],
      ["repeated", 0, 10],
      ["repeated", 0, 100],
      ["repeated", 0, 1000],
      ["denied", 1, undefined],
      ["repeated", 0, 1234],
      ["repeated", 1, 3],
    ],
  );
  assert.is(outcome.totals["calls"], 1237);
});

testX86("calls with another string at the same address are not folded, equal ones are", () => {
  const path = (text: string) => ["path", `${CALL.path},${text}`];
  const outcome = audited([...path("/a"), ...path("/b"), ...path("/a"), ...path("/a")]);
  const shown = outcome.lines.map((line) => (line["arguments"] as { text: string }[] | undefined)?.[0]?.text);
  assert.equal(
    shown.filter((text) => text !== undefined),
    ['"/a"', '"/b"', '"/a"'],
  );
  assert.is(outcome.totals["calls"], 4);
});

testX86("equal calls are counted also if the same address had another string afterwards", () => {
  const path = (text: string, times: number) => ["times", times, "path", `${CALL.path},${text}`];
  const outcome = audited([...path("/a", 2), ...path("/b", 3), ...path("/a", 1)]);
  assert.equal(
    outcome.lines.filter(({ kind }) => kind === "repeated").map((line) => [line["id"], line["count"]]),
    [
      [0, 2],
      [1, 3],
    ],
  );
  assert.is(outcome.totals["calls"], 6);
});

testX86(
  "what is remembered of calls with other strings each time is bounded, and nothing of it is lost",
  () => {
    const words = Array.from({ length: 1500 }, (_, i) => [
      "times",
      2,
      "path",
      `${CALL.path},/${i % 7}`,
    ]).flat();
    const outcome = audited(words);
    const named = outcome.lines.filter(({ kind }) => kind === "denied").length;
    const repeated = outcome.lines.filter((line) => line.kind === "repeated" && line["count"] === 2).length;
    // What is forgotten between two equal calls is named twice.
    assert.ok(named >= 1500 && named < 1510, `${named} are named`);
    assert.is(named + repeated, 3000);
    assert.is(outcome.totals["calls"], 3000);
  },
);

testX86(
  "a flood of different calls is bounded: what is left out is counted, and each call is answered",
  () => {
    const calls = 12_000;
    const words = Array.from({ length: 12 }, (_, i) => [
      "times",
      1,
      "sweep",
      `${CALL.errno},${i * 1000},1000`,
    ]).flat();
    const outcome = audited(words);
    assert.is(outcome.stdout, `sweep ${CALL.errno}: -95\n`.repeat(12));
    const named = outcome.lines.filter(({ kind }) => kind === "denied").length;
    const { totals } = outcome;
    assert.ok(named >= 10_000 && named < calls, `${named} are named`);
    assert.is(totals["calls"], calls);
    assert.is(totals["lost"], 0);
    assert.is(named + Number(totals["leftOut"]), calls);
    const missing = outcome.lines.filter(({ kind }) => kind === "missing");
    assert.is(
      missing.reduce((sum, line) => sum + Number(line["leftOut"]), 0),
      totals["leftOut"],
    );
  },
);

testX86("nothing of a task reaches a terminal as it is: names, paths, bytes that are no UTF-8", () => {
  const hostile = ["\u001b[31m\n\r", "\u0085\u009b2J", "a\\nb\u007f", "\t\u2028\u202e"];
  const words = hostile.flatMap((text) => ["name", text, "path", `${CALL.path},/${text}`]);
  const raw = "\\033]0;x\\007\\377\\200\\303(";
  const script = `"$@" name "$(printf '${raw}')" path ${CALL.path},"$(printf '${raw}')"`;
  const text = run(["--audit", "--profile", PROFILE, "--", DENIED, ...words]);
  const bytes = runCommand([
    "sh",
    "-c",
    script,
    "sh",
    PROGRAM,
    "--audit",
    "--profile",
    PROFILE,
    "--",
    DENIED,
  ]);
  for (const { stderr } of [text, bytes]) {
    const lines = stderr.split("\n");
    assert.is(lines.pop(), "");
    assert.ok(
      lines.length > 0 && lines.every((line) => isPlain(line) && line.startsWith("seccomp-exec: ")),
      JSON.stringify(lines),
    );
  }
  assert.is(text.stderr.split("\n").length - 1, hostile.length);
  assert.is(audited(words).lines.length, hostile.length, "as JSON too");
});

testX86("a name that looks like lines of /proc/PID/status changes nothing", () => {
  for (const name of ["\u2028Tgid:\t1", "\u2028SigBlk:\t0", "\u2029NStgid:\t1", "\nTgid:\t1"]) {
    const outcome = audited(["name", name, "call", CALL.killProcess]);
    assert.is(outcome.signal, "SIGSYS");
    const line = only(outcome);
    assert.is(line["process"], line["thread"]);
    assert.ok(String(line["command"]).length > 3);
  }
});

testX86("the text has the place of the rule, and counts equal calls", () => {
  const { stderr } = run([
    "--audit",
    "--profile",
    PROFILE,
    "--",
    DENIED,
    "times",
    "11",
    "call",
    `${CALL.errno},1`,
  ]);
  const shown = stderr
    .replace(/\d{4}-\S+Z/g, "TIME")
    .replace(/\[\d+\]/g, "[PID]")
    .replaceAll(PROFILE, "P");
  const call = "seccomp-exec: TIME denied[PID]: sched_get_priority_max(SCHED_FIFO)";
  assert.is(
    shown,
    [
      `${call} = EOPNOTSUPP, by P:${lineOf("sched_get_priority_max")}:9: rule for sched_get_priority_max`,
      `${call} was made 10 times so far`,
      `${call} was made 11 times so far`,
      "",
    ].join("\n"),
  );
});

testX86("a full disk and a closed pipe lose lines, never an answer", () => {
  const words = ["times", "12", "call", `${CALL.errno},1`];
  const answers = `call ${CALL.errno}: -95\n`;
  const full = run([...auditing("/dev/full"), "--", DENIED, ...words]);
  assert.equal([full.status, full.stdout, full.stderr], [7, answers, ""]);
  // The reader has ended before the first line is written.
  const script = 'mkfifo "$0/p"; true <"$0/p" & exec 9>"$0/p"; wait; "$@" 2>&9';
  const closed = runCommand([
    "sh",
    "-c",
    script,
    temporaryDirectory(),
    PROGRAM,
    "--audit",
    "--profile",
    PROFILE,
    "--",
    DENIED,
    ...words,
  ]);
  assert.equal([closed.status, closed.stdout], [7, answers]);
});

testWith(MOUNTS, X86_64_LINUX)("lines that a full disk loses are counted when there is room again", () => {
  const directory = temporaryDirectory();
  // The file is emptied by a program that the command waits for.
  const script = `mount -t tmpfs -o size=16k none "$0" && "$@" sweep ${CALL.errno},0,200 empty "$0/log" call ${CALL.errno},5000; cat "$0/log"`;
  const { stdout } = runCommand([
    "unshare",
    "--mount",
    "sh",
    "-c",
    script,
    directory,
    PROGRAM,
    ...auditing(join(directory, "log")),
    "--",
    DENIED,
  ]);
  const lines = stdout
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Line);
  const missing = lines.find(({ kind }) => kind === "missing");
  assert.ok(Number(missing?.["lost"]) > 100, stdout);
  assert.is(lines.find(({ kind }) => kind === "denied")?.["id"], 200);
});

test("a FILE that cannot be opened, an empty one and standard error that is closed are refused", () => {
  const command = ["--", DENIED, "call", "1000000"];
  refused(
    run([...auditing("/none/log"), ...command]),
    "--audit: /none/log cannot be opened: No such file or directory",
  );
  refused(run([...auditing("/"), ...command]), "Is a directory");
  refused(run([...auditing(""), ...command]), "the file's name is empty");
  const pipe = join(temporaryDirectory(), "pipe");
  runCommand(["mkfifo", pipe]);
  refused(run([...auditing(pipe), ...command]), "No such device or address");
  const closed = runCommand([
    "sh",
    "-c",
    '"$@" 2>&-',
    "sh",
    PROGRAM,
    "--audit",
    "--profile",
    PROFILE,
    ...command,
  ]);
  assert.equal([closed.status, closed.stdout], [125, ""]);
});

testX86("two audits append to one file, each line whole", () => {
  const file = join(temporaryDirectory(), "log");
  const script = `"$@" sweep ${CALL.errno},0,500 & "$@" sweep ${CALL.errno},0,500; wait`;
  const { stdout } = runCommand(["sh", "-c", script, "sh", PROGRAM, ...auditing(file), "--", DENIED]);
  assert.is(stdout, `sweep ${CALL.errno}: -95\n`.repeat(2));
  const lines = linesIn(readFileSync(file, "utf8")).filter(({ kind }) => kind === "denied");
  assert.is(lines.length, 1000);
  assert.is(new Set(lines.map((line) => line["process"])).size, 2);
});

testX86("a script without #! and a command in PATH start, and only what is denied is named", () => {
  const directory = directoryOf({
    script: { content: `exec "$@" ${DENIED} call ${CALL.errno}\n`, mode: 0o755 },
  });
  for (const [command, env] of [
    [`${directory}/script`, {}],
    ["script", { PATH: `/none:${directory}` }],
  ] as const) {
    const { status, stderr, stdout } = run(["--audit", "--profile", PROFILE, "--", command], { env });
    assert.equal([status, stdout], [7, `call ${CALL.errno}: -95\n`], stderr);
    assert.match(stderr, /^seccomp-exec: \S+ denied\[\d+\]: sched_get_priority_max[^\n]*\n$/);
  }
});

test("a command that does not exist or cannot be run ends as without audit", () => {
  const directory = directoryOf({ plain: "", "bad-elf": { content: "\u007fELF", mode: 0o755 } });
  for (const command of [
    "/none",
    "no-such-command",
    `${directory}/plain`,
    `${directory}/bad-elf`,
    directory,
  ]) {
    const plain = run(["--profile", PROFILE, "--", command]);
    assert.ok([126, 127].includes(plain.status ?? 0));
    assert.equal(run([...auditing("/dev/null"), "--", command]), plain);
    assert.equal(run(["--audit", "--profile", PROFILE, "--", command]), plain);
  }
});

testX86("an audit within an audit is refused, and the outer one goes on", () => {
  const inner = [PROGRAM, "--audit", "--profile", PROFILE, "--", DENIED];
  const file = join(temporaryDirectory(), "log");
  refused(
    run([...auditing(file), "--", ...inner, "call", "39"]),
    "this process is under a filter with a listener already",
  );
});

test("signals interrupt a waiting call only as any call", () => {
  const calls = extent(2000, 20_000);
  for (const [action, allowed] of [
    ["restart", [-95]],
    // Between a call and the moment when its supervisor takes it, the kernel lets a signal interrupt it: docs/decisions/0020.
    ["handle", [-95, -4]],
  ] as const) {
    const { stdout, totals } = audited([action, 14, "tick", 700, "times", calls, "tally", `${CALL.errno},1`]);
    const results = [...stdout.matchAll(/^tally (-?\d+): (\d+)$/gm)].map(
      ([, result, count]) => [Number(result), Number(count)] as const,
    );
    assert.ok(
      results.every(([result]) => (allowed as readonly number[]).includes(result)),
      stdout,
    );
    assert.is(
      results.reduce((sum, [, count]) => sum + count, 0),
      calls,
    );
    const answered = results.find(([result]) => result === -95)?.[1] ?? 0;
    assert.ok(Number(totals["calls"]) >= answered, "each that was answered was counted");
    assert.match(stdout, /\nhandled\n$/);
  }
});

test.run();
