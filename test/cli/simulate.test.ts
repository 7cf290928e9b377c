/**
 * simulate: arguments in words, and what decides a call.
 */

import * as assert from "uvu/assert";
import { directoryOf } from "../support/programs/files.ts";
import { type Outcome, run } from "../support/programs/program.ts";
import { test } from "../support/running/test.ts";

/** Answers with the number of the rule where the argument has just that value. */
function compares(name: string, index: number, value: string, errno: number): string {
  return `{ "names": ["${name}"], "action": "SCMP_ACT_ERRNO", "errnoRet": ${errno},
    "args": [{ "index": ${index}, "op": "SCMP_CMP_EQ", "value": ${value} }] }`;
}

const D = directoryOf({
  "p.json": `{
  "defaultAction": "SCMP_ACT_ALLOW",
  "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"],
  "syscalls": [
    { "names": ["mkdir"], "action": "SCMP_ACT_ERRNO" },
    ${compares("socket", 0, "38", 1001)},
    ${compares("socket", 1, "524289", 1002)},
    ${compares("openat", 0, "4294967196", 1003)},
    ${compares("openat", 2, "2621440", 1004)},
    ${compares("openat", 3, "420", 1005)},
    ${compares("unshare", 0, "268435456", 1006)},
    ${compares("close", 0, "4294967295", 1007)},
    ${compares("read", 2, "18446744073709551615", 1008)},
    ${compares("ptrace", 2, "18446744073709551615", 1009)},
    ${compares("fcntl", 2, "2048", 1010)}
  ]
}
`,
});
const ON = ["--arch", "x86_64", "--caps", "none", "--kernel", "6.12"];

function simulate(lines: readonly string[], ...options: readonly string[]): Outcome {
  return run(["simulate", ...ON, ...options, "./p.json"], { cwd: D, input: lines.join("\n") });
}

test("arguments may be constants, and several of them", () => {
  const lines: readonly (readonly [string, string])[] = [
    ["x86_64 socket AF_ALG", "ERRNO(1001)"],
    ["x86_64 socket AF_INET SOCK_STREAM|SOCK_CLOEXEC", "ERRNO(1002)"],
    ["x86_64 socket AF_INET 1|SOCK_CLOEXEC", "ERRNO(1002)"],
    ["x86_64 41 AF_ALG", "ERRNO(1001)"],
    ["x86_64 openat AT_FDCWD", "ERRNO(1003)"],
    ["x86_64 openat 3 0 O_PATH|O_CLOEXEC", "ERRNO(1004)"],
    ["x86_64 unshare CLONE_NEWUSER", "ERRNO(1006)"],
    ["x86_64 unshare CLONE_NEWNS", "ALLOW"],
    // The meaning of the third depends on the second.
    ["x86_64 fcntl 3 F_SETFL O_NONBLOCK  # the same line", "ERRNO(1010)"],
    ["x86_64 fcntl 3 F_SETFL O_NONBLOCK", "ERRNO(1010)"],
  ];
  const { stdout, stderr, status } = simulate(lines.map(([line]) => line));
  assert.equal(stdout.split("\n"), [...lines.map(([, verdict]) => verdict), ""]);
  assert.equal([stderr, status], ["", 0]);
});

test("a negative number has the bits of its parameter, and a mode is octal", () => {
  const { stdout } = simulate([
    "x86_64 close -1",
    "x86_64 close 0xffffffff",
    "x86_64 read 0 0 -1",
    "x86_64 ptrace 0 0 -1",
    "x86_64 openat 3 0 0 0644",
    "x86_64 openat 3 0 0 0x1a4",
    "x86_64 openat 3 0 0 644",
    "x86_64 openat -100",
    // On 32 bits a size has 32 bits.
    "x86 read 0 0 -1",
  ]);
  assert.equal(stdout.trimEnd().split("\n"), [
    "ERRNO(1007)",
    "ERRNO(1007)",
    "ERRNO(1008)",
    "ERRNO(1009)",
    "ERRNO(1005)",
    "ERRNO(1005)",
    "ALLOW",
    "ERRNO(1003)",
    "ALLOW",
  ]);
});

test("a word that is no argument is refused with its line, and what was probably meant", () => {
  for (const [line, ...says] of [
    ["x86_64 socket AF_ALGG", "'AF_ALGG' is not an argument", "did you mean 'AF_ALG'?"],
    ["x86_64 socket 1 SOCK_STREAM|SOCK_CLOEXEX", "'SOCK_CLOEXEX' of 'SOCK_STREAM|SOCK_CLOEXEX'"],
    ["x86_64 socket -99999999999", "the parameter has 32 bits"],
    ["0x1234 41 AF_ALG", "constants are known only for architectures with a name"],
    ["0x1234 41 -1", "write a number from 0 to 2^64-1"],
  ] as const) {
    const { stderr, status } = simulate(["", line]);
    assert.match(stderr, "seccomp-exec: error: standard input, line 2: ");
    for (const words of says) {
      assert.match(stderr, words);
    }
    assert.is(status, 1);
  }
});

test("--trace shows the place that decides, and each instruction with what it found", () => {
  const { stdout } = simulate(["x86_64 socket AF_ALG", "s390x read"], "--trace");
  assert.match(
    stdout,
    /^ERRNO\(1001\)\n {2}\.\/p\.json:6:17: rule for socket\n {5}0 {2}ld \[4\] +; architecture: 0xc000003e\n/,
  );
  assert.match(stdout, /; argument 0, lower half: 0x26\n/);
  assert.match(stdout, /; ERRNO\(1001\)\nKILL_PROCESS\n {2}\.\/p\.json:3:20: not among the architectures\n/);
  assert.match(stdout, /; x86_64 or x32\? no\n/);
  assert.match(stdout, /jge #1, .*; at least write\? yes\n/);
});

/** A trace as JSON has it. */
interface Traced {
  readonly verdict: string;
  readonly trace: {
    readonly decidedBy: { readonly what: string; readonly line: number; readonly pointer: string } | null;
    readonly instructions: readonly {
      readonly at: number;
      readonly text: string;
      readonly comment: string | null;
      readonly holds: boolean | null;
      readonly accumulator: number;
    }[];
  };
}

test("the path of a trace is one through the listing of the filter, and ends with the verdict", () => {
  const listing = run(["compile", "--format", "asm", ...ON, "./p.json"], { cwd: D }).stdout.split("\n");
  const lines = [
    "x86_64 socket AF_ALG",
    "x86_64 mkdir",
    "x86_64 read 0 0 -1",
    "x86 mkdir",
    "s390x read",
    "x86_64 -1",
  ];
  const traced = simulate(lines, "--trace", "--json").stdout.trimEnd().split("\n");
  assert.is(traced.length, lines.length);
  for (const text of traced) {
    const { verdict, trace } = JSON.parse(text) as Traced;
    const { instructions } = trace;
    assert.is(instructions[0]?.at, 0);
    assert.is(instructions.at(-1)?.comment, verdict);
    for (const [i, { at, text: instruction, holds }] of instructions.entries()) {
      assert.ok(listing[at]?.includes(instruction), `${at}: ${instruction}`);
      const [, yes, no] = /L(\d+), L(\d+)$/.exec(instruction) ?? [];
      const next = yes === undefined || yes === no ? undefined : Number(holds === true ? yes : no);
      assert.is(next ?? instructions[i + 1]?.at, instructions[i + 1]?.at, `${at}: ${instruction}`);
    }
  }
});

test("the place of a trace is the rule whose verdict it is, or the default", () => {
  const lines = ["x86_64 mkdir", "x86_64 socket 1 SOCK_STREAM|SOCK_CLOEXEC", "x86_64 socket", "x86_64 write"];
  const places = simulate(lines, "--trace", "--json")
    .stdout.trimEnd()
    .split("\n")
    .map((text) => (JSON.parse(text) as Traced).trace.decidedBy);
  assert.equal(
    places.map((place) => [place?.pointer, place?.what]),
    [
      ["/syscalls/0/names/0", "rule for mkdir"],
      ["/syscalls/2/names/0", "rule for socket"],
      ["/defaultAction", "defaultAction, since no rule for socket applies"],
      ["/defaultAction", "defaultAction"],
    ],
  );
});

test("a raw filter is traced without a profile", () => {
  assert.is(run(["compile", ...ON, "-o", "f.bpf", "./p.json"], { cwd: D }).status, 0);
  const traced = run(["simulate", ...ON, "--trace", "./f.bpf"], { cwd: D, input: "x86_64 mkdir" }).stdout;
  const ofProfile = simulate(["x86_64 mkdir"], "--trace").stdout;
  assert.is(traced, ofProfile.replace(/^ {2}\.\/p\.json.*\n/m, ""));
});

test.run();
