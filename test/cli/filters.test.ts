/**
 * The verbs about filters: compile, disasm, verify and simulate, alone and one behind the other.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { assemble } from "../../src/bpf/assembly.ts";
import { decodeProgram, encodeProgram } from "../../src/bpf/codec.ts";
import { directoryOf } from "../support/programs/files.ts";
import { compileC } from "../support/programs/native.ts";
import { type Outcome, PROGRAM, run, runCommand, temporaryDirectory } from "../support/programs/program.ts";
import { test } from "../support/running/test.ts";

const DIRECTORY = temporaryDirectory();
/** So that the figures are the same on every machine. */
const MACHINE = ["--arch", "x86_64", "--caps", "none", "--kernel", "6.18"];

/** A raw filter of a shipped profile. */
function filterOf(profile: string, ...options: readonly string[]): string {
  const file = join(DIRECTORY, `${profile}.bpf`);
  const { status, stderr } = run(["compile", ...MACHINE, ...options, "-o", file, `builtin:${profile}.json`]);
  assert.is(status, 0, stderr);
  return file;
}

function compiled(format: string, profile = "builtin:strict.json"): string {
  const { status, stdout, stderr } = run(["compile", ...MACHINE, "--format", format, profile]);
  assert.is(status, 0, stderr);
  return stdout;
}

const STRICT = filterOf("strict");

test("compile writes the same filter raw, as assembly, as C and as JSON", () => {
  const program = decodeProgram(readFileSync(STRICT), false);
  assert.ok(program !== undefined && program.length > 200);
  assert.equal(assemble(compiled("asm")), program);
  const { instructions, architecture, bigEndian } = JSON.parse(compiled("json"));
  assert.equal(instructions.flat(), program);
  assert.equal([architecture, bigEndian], ["x86_64", false]);
  const rows = [...compiled("c").matchAll(/\{ (0x\w+), (\d+), (\d+), (0x\w+) \}/g)];
  assert.equal(
    rows.flatMap((row) => row.slice(1).map(Number)),
    program,
  );
});

test("the C form compiles", () => {
  const file = join(DIRECTORY, "filter.c");
  writeFileSync(
    file,
    `#include <linux/filter.h>\n${compiled("c")}int main(void) { return filter[0].code != 0x20; }\n`,
  );
  assert.is(runCommand([compileC(file)]).status, 0);
});

test("compile writes in the byte order of the target", () => {
  const big = join(DIRECTORY, "big.bpf");
  run(["compile", "--arch", "s390x", "--caps", "none", "-o", big, "builtin:strict.json"]);
  assert.is(readFileSync(STRICT)[0], 0x20);
  assert.equal([...readFileSync(big).subarray(0, 2)], [0, 0x20]);
  assert.is(run(["verify", "--arch", "s390x", "--caps", "none", "builtin:strict.json", big]).status, 0);
});

test("standard output takes the raw filter, unless it is a terminal", () => {
  const script = `"$0" compile ${MACHINE.join(" ")} builtin:strict.json | cmp - "$1"`;
  const raw = runCommand(["sh", "-c", script, PROGRAM, STRICT]);
  assert.is(raw.status, 0, raw.stdout + raw.stderr);
  const terminal = runCommand(["script", "-qec", `${PROGRAM} compile builtin:strict.json`, "/dev/null"]);
  assert.is(terminal.status, 2);
  assert.match(terminal.stdout, "refusing to write a binary filter to a terminal");
});

test("disasm shows what compile lists", () => {
  assert.is(run(["disasm", "--arch", "x86_64", STRICT]).stdout, compiled("asm"));
});

test("disasm refuses what is no filter, and says why", () => {
  const refused = (bytes: readonly number[], says: string | RegExp): void => {
    const file = join(DIRECTORY, "bad.bpf");
    writeFileSync(file, Uint8Array.from(bytes));
    const { status, stdout, stderr } = run(["disasm", "--arch", "x86_64", file]);
    assert.is(status, 1);
    assert.is(stdout, "");
    assert.match(stderr, says);
  };
  refused([], "0 bytes");
  refused([6, 0, 0, 0, 0, 0, 0], "7 bytes");
  refused(
    [0x30, 0, 0, 0, 0, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0],
    "instruction 0: seccomp does not take the opcode 0x30",
  );
  refused([0, 6, 0, 0, 0, 0, 0, 0], /opcode 0x600.*\n.*byte order/);
  refused(Array(8 * 4097).fill(0), "longest filter");
  assert.match(run(["disasm", "/none.bpf"]).stderr, "No such file");
  assert.match(run(["disasm", "/dev/zero"]).stderr, "not a regular file");
});

test("verify proves our own filter, and one from a file", () => {
  for (const profile of ["default", "strict", "relaxed", "dcos", "log"]) {
    const own = run(["verify", ...MACHINE, `builtin:${profile}.json`]);
    assert.is(own.status, 0, own.stdout);
    assert.match(
      own.stdout,
      /^equal on every call of x86_64.* and every other architecture \(\d+ instructions, \d+ sets of calls compared\)\n$/,
    );
  }
  assert.is(run(["verify", ...MACHINE, "builtin:strict.json", STRICT]).status, 0);
});

test("verify shows a call where a filter is not the profile", () => {
  const bytes = readFileSync(STRICT);
  const program = decodeProgram(bytes, false) ?? [];
  // The last return that allows something is turned into another.
  const at = program.lastIndexOf(0x7fff0000);
  const changed = join(DIRECTORY, "changed.bpf");
  bytes.writeUInt32LE(0x7ffc0000, ((at - 3) / 4) * 8 + 4);
  writeFileSync(changed, bytes);
  const { status, stdout } = run(["verify", ...MACHINE, "builtin:strict.json", changed]);
  assert.is(status, 1);
  assert.match(
    stdout,
    /^different: x86_64 \w+\(0x0, .*\) gets LOG from the filter, but the profile means ALLOW\n$/,
  );
  const json = JSON.parse(run(["verify", "--json", ...MACHINE, "builtin:strict.json", changed]).stdout);
  assert.is(json.result, "different");
  assert.equal([json.counterexample.filter, json.counterexample.profile], ["LOG", "ALLOW"]);
});

test("a proof that is cut short is no success", () => {
  const computing = join(DIRECTORY, "computing.bpf");
  const add = [0x20, 0, 0, 0, 16, 0, 0, 0, 0x04, 0, 0, 0, 1, 0, 0, 0, 0x15, 0, 0, 1, 7, 0, 0, 0];
  const ret = [6, 0, 0, 0, 0, 0, 0xff, 0x7f];
  writeFileSync(computing, Uint8Array.from([...add, ...ret, ...ret]));
  const { status, stdout } = run(["verify", ...MACHINE, "builtin:log.json", computing]);
  assert.is(status, 1);
  assert.match(stdout, /^not proven: the proof was cut short, because the filter computes/);
});

test("a filter that looks at the instruction pointer is the profile only if that decides nothing", () => {
  const file = join(DIRECTORY, "pointer.bpf");
  /** Looks at the lower half of the pointer, and goes to one of two returns. */
  const write = (first: number, second: number): void => {
    const ret = (verdict: number): number[] => [6, 0, 0, 0, 0, 0, (verdict >> 16) & 255, verdict >>> 24];
    const load = (offset: number): number[] => [0x20, 0, 0, 0, offset, 0, 0, 0];
    const arch = [...load(4), 0x15, 0, 1, 0, 0x3e, 0, 0, 0xc0, ...ret(0x80000000)];
    const pointer = [...load(8), 0x15, 0, 0, 1, 7, 0, 0, 0];
    writeFileSync(file, Uint8Array.from([...arch, ...pointer, ...ret(first), ...ret(second)]));
  };
  const all = join(DIRECTORY, "all.json");
  // Numbers of x32 are no calls of x86-64, so both of its architectures are listed.
  writeFileSync(all, '{"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X32"]}');
  write(0x7fff0000, 0x7fff0000);
  const same = run(["verify", ...MACHINE, all, file]);
  assert.is(same.status, 0, same.stdout + same.stderr);
  write(0, 0x7fff0000);
  const { status, stdout } = run(["verify", ...MACHINE, all, file]);
  assert.is(status, 1);
  assert.match(stdout, /^different: x86_64 .*, made at 0x7, gets KILL_THREAD from the filter/);
});

function simulate(input: string, operand: string, ...options: readonly string[]): Outcome {
  return run(["simulate", ...MACHINE, ...options, operand], { input });
}

test("simulate prints a verdict a line, the same by profile and by filter", () => {
  const calls = `# names and numbers, decimal and hexadecimal
x86_64 read
amd64 0 1 2 3 4 5 6

SCMP_ARCH_X86_64 personality 0xffffffff # a comment
x86_64 personality 1
x86_64 -1
x86_64 0xffffffff
x86_64 mount
0xc000003e 165
x32 read
aarch64 read
0x12345678 7
`;
  const expected = `ALLOW
ALLOW
ERRNO(EPERM)
ERRNO(EPERM)
ERRNO(EPERM)
ERRNO(EPERM)
ERRNO(EPERM)
ERRNO(EPERM)
KILL_PROCESS
KILL_PROCESS
KILL_PROCESS
`;
  for (const operand of ["builtin:strict.json", STRICT]) {
    const { status, stdout } = simulate(calls, operand);
    assert.is(stdout, expected, operand);
    assert.is(status, 0);
  }
});

test("simulate says on standard error why calls of an architecture that is not listed end the process, once for each", () => {
  const calls = "x86_64 read\n\naarch64 read\naarch64 write\nx86_64 0x40000000\n1 2\n";
  const { status, stdout, stderr } = simulate(calls, "builtin:strict.json");
  assert.is(status, 0);
  assert.is(stdout, "ALLOW\nKILL_PROCESS\nKILL_PROCESS\nKILL_PROCESS\nKILL_PROCESS\n");
  const why = "is not one of the profile's architectures (x86_64), so each of its calls ends the process";
  assert.is(
    stderr,
    [
      [3, "aarch64"],
      [5, "x32"],
      [6, "1"],
    ]
      .map(([line, arch]) => `seccomp-exec: note: standard input, line ${line}: ${arch} ${why}\n`)
      .join(""),
  );
});

test("simulate --json prints an object a line, which has the reason", () => {
  const { status, stdout, stderr } = simulate(
    "x86_64 read\n# a comment\naarch64 read\n",
    "builtin:strict.json",
    "--json",
  );
  assert.is(status, 0);
  assert.is(stderr, "");
  const [first, second, ...rest] = stdout.split("\n");
  assert.equal(JSON.parse(first ?? ""), { version: 1, line: 1, verdict: "ALLOW", reason: null, trace: null });
  assert.equal(JSON.parse(second ?? ""), {
    version: 1,
    line: 3,
    verdict: "KILL_PROCESS",
    reason:
      "aarch64 is not one of the profile's architectures (x86_64), so each of its calls ends the process",
    trace: null,
  });
  assert.equal(rest, [""]);
});

test("simulate says nothing more where a rule or the default ends the process, and of a skipped call", () => {
  const directory = directoryOf({
    "p.json": '{ "defaultAction": "SCMP_ACT_KILL_PROCESS", "syscalls": [] }',
  });
  const { stdout, stderr } = simulate("x86_64 read\nx86_64 -1\n", `${directory}/p.json`);
  assert.is(stdout, "KILL_PROCESS\nKILL_PROCESS\n");
  assert.is(stderr, "");
});

test("simulate has the errno's own name, on the architecture of the call", () => {
  assert.is(simulate("x86_64 clone3\n", "builtin:strict.json").stdout, "ERRNO(ENOSYS)\n");
  const mips = run(["simulate", "--arch", "mips64", "--caps", "none", "builtin:strict.json"], {
    input: "mips64 clone3\n",
  });
  assert.is(mips.stdout, "ERRNO(ENOSYS)\n");
});

test("simulate takes a hundred thousand calls", () => {
  const { stdout, status } = simulate("x86_64 read\n".repeat(100_000), STRICT);
  assert.is(status, 0);
  assert.is(stdout.length, "ALLOW\n".length * 100_000);
});

test("simulate says which line it does not understand, after the verdicts before it", () => {
  for (const [line, says] of [
    ["x86_64 raed", "did you mean 'read'?"],
    ["x86 arm_fadvise64_64", "x86 has no syscall"],
    ["x8664 read", "did you mean 'x86_64'?"],
    ["z80 read", "known are x86"],
    ["x86_64", "the syscall is missing"],
    ["x86_64 read -x", "'-x' is not an argument"],
    ["x86 read 0x100000000", "2^32-1"],
    ["x86_64 read 0x10000000000000000", "2^64-1"],
    ["x86_64 read 1 2 3 4 5 6 7", "7 arguments"],
    ["0x1234 read", "write its number"],
    ["x86_64 4294967296", "'4294967296' is not the number of a syscall"],
  ] as const) {
    const { status, stdout, stderr } = simulate(`x86_64 read\n${line}\nx86_64 read\n`, "builtin:strict.json");
    assert.is(status, 1, line);
    assert.is(stdout, "ALLOW\n", line);
    assert.match(stderr, "seccomp-exec: error: standard input, line 2: ");
    assert.match(stderr, says);
  }
});

test("an invalid profile is told and goes no further", () => {
  const bad = join(DIRECTORY, "bad.json");
  writeFileSync(bad, '{"defaultAction": "SCMP_ACT_ALOW"}');
  for (const verb of ["compile", "verify", "simulate"]) {
    const { status, stdout, stderr } = run([verb, bad], { input: "" });
    assert.is(status, 1);
    assert.is(stdout, "");
    assert.match(stderr, "did you mean 'SCMP_ACT_ALLOW'?");
  }
});

test("the examples of their helps work", () => {
  for (const verb of ["compile", "disasm", "verify", "simulate"]) {
    const [, example = ""] = /^Example:\n {2}(.*)$/m.exec(run(["help", verb]).stdout) ?? [];
    const command = example.replaceAll("seccomp-exec", PROGRAM);
    const { status, stderr } = runCommand(["sh", "-c", command], { cwd: DIRECTORY });
    assert.is(status, 0, `${example}: ${stderr}`);
  }
});

test("simulate takes the instruction pointer, which no line gives, for 0, and says once where that matters", () => {
  const file = join(DIRECTORY, "pointer.bpf");
  // read is judged without it, the others by it: 0 is ALLOW, all else KILL_PROCESS.
  const program = [
    ...[0x20, 0, 0, 0, 0x15, 3, 0, 0, 0x20, 0, 0, 8, 0x15, 1, 0, 0],
    ...[0x06, 0, 0, 0x80000000, 0x06, 0, 0, 0x7fff0000],
  ];
  writeFileSync(file, encodeProgram(program, false));
  const judged = (input: string): Outcome => run(["simulate", "--arch", "x86_64", file], { input });
  const warning = (what: string) =>
    `seccomp-exec: warning: on the call of line ${what} the filter looks at the instruction pointer, which is taken as 0\n`;
  assert.equal(judged("x86_64 read\n"), { status: 0, signal: null, stdout: "ALLOW\n", stderr: "" });
  const some = judged("x86_64 read\n\nx86_64 write\nx86_64 open\nx86_64 close\n");
  assert.equal([some.status, some.stdout], [0, "ALLOW\nALLOW\nALLOW\nALLOW\n"]);
  assert.is(some.stderr, warning("3 and of 2 others"));
  const bad = judged("x86_64 write\nx86_64 raed\n");
  assert.equal([bad.status, bad.stdout], [1, "ALLOW\n"]);
  assert.ok(bad.stderr.startsWith(warning("1")), bad.stderr);
  assert.match(bad.stderr, "line 2: 'raed' is not a syscall");
  assert.match(run(["disasm", "--arch", "x86_64", file]).stdout, /ld \[8\] +; instruction pointer/);
});

test.run();
