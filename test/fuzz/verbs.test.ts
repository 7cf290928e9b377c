/**
 * Gives every verb, and dry runs, damaged files, odd arguments and nonsense to read: whatever comes, they end with a status
 * of theirs and with words of theirs, and none of what the program is made of is to be seen.
 *
 * FUZZ_CASES says how many, FUZZ_SEED which; `make fuzz` sets both.
 */

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import * as assert from "uvu/assert";
import { checkProgram } from "../../src/bpf/check.ts";
import { encodeProgram } from "../../src/bpf/codec.ts";
import { architectures } from "../../src/tables/architectures.ts";
import { syscallNames } from "../../src/tables/syscalls.ts";
import type { OptionSpec } from "../../src/task/command-line.ts";
import { HELP_OPTION, LAUNCH_OPTIONS } from "../../src/task/options.ts";
import { STAGES } from "../../src/verbs/stages.ts";
import { VERBS } from "../../src/verbs/table.ts";
import { operandCount } from "../../src/verbs/verb.ts";
import {
  arbitraryByteSteps,
  arbitraryJsonSteps,
  damageBytes,
  damageTree,
} from "../support/generators/mutations.ts";
import { NULL, readTree, writeTree } from "../support/oracles/json-tree.ts";
import { compileC } from "../support/programs/native.ts";
import { PROGRAM, run, temporaryDirectory } from "../support/programs/program.ts";
import { extent } from "../support/running/extent.ts";
import { needs } from "../support/running/needs.ts";
import { PATIENCE_MS } from "../support/running/patience.ts";
import { NO_SETTINGS } from "../support/running/settings.ts";
import { test } from "../support/running/test.ts";

/** How many runs there are of each verb, ten times. */
const CASES = Number(process.env["FUZZ_CASES"] ?? extent(200, 400));
const SEED = Number(process.env["FUZZ_SEED"] ?? 20);
const RUNS = Math.ceil(CASES / 10);

const WITH_ARGUMENTS = compileC("test/fuzz/native/with_arguments.c");

/** Everything is done here. */
const D = temporaryDirectory();
const NATIVE = ({ x64: "x86_64", arm64: "aarch64", s390x: "s390x" } as const)[process.arch as "x64"];
const PREPARED = `p.json.${NATIVE}.filters`;

// What is in the files

const TEXTS = readdirSync("profiles")
  .filter((file) => file.endsWith(".json"))
  .map((file) => readFileSync(`profiles/${file}`));

/** Small ones, with something of everything. */
const SMALL = [
  {
    defaultAction: "SCMP_ACT_ERRNO",
    defaultErrnoRet: 38,
    archMap: [{ architecture: "SCMP_ARCH_X86_64", subArchitectures: ["SCMP_ARCH_X86", "SCMP_ARCH_X32"] }],
    flags: ["SECCOMP_FILTER_FLAG_LOG"],
    syscalls: [
      { names: ["execve", "read", "clone3", "socketcall"], action: "SCMP_ACT_ALLOW" },
      { names: ["bpf"], action: "SCMP_ACT_ALLOW", includes: { caps: ["CAP_BPF"], minKernel: "5.8" } },
      {
        names: ["personality", "socket"],
        action: "SCMP_ACT_ALLOW",
        args: [
          { index: 0, op: "SCMP_CMP_EQ", value: 0 },
          { index: 1, op: "SCMP_CMP_MASKED_EQ", value: 0xff00, valueTwo: 0x100 },
        ],
      },
      { names: ["ptrace"], action: "SCMP_ACT_TRACE", errnoRet: 7, excludes: { arches: ["arm64"] } },
    ],
  },
  {
    ociVersion: "1.0.2",
    linux: {
      seccomp: {
        defaultAction: "SCMP_ACT_ALLOW",
        architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_S390X"],
        syscalls: [{ names: ["mount"], action: "SCMP_ACT_ERRNO", errnoRet: 1 }],
      },
    },
  },
].map((value) => Buffer.from(JSON.stringify(value, null, 1)));

const anyText = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...SMALL) },
  { weight: 1, arbitrary: fc.constantFrom(...TEXTS) },
);

function bytes(longest: number): fc.Arbitrary<Buffer> {
  return fc.uint8Array({ maxLength: longest }).map((array) => Buffer.from(array));
}

const anyProfile: fc.Arbitrary<Buffer> = fc.oneof(
  { weight: 3, arbitrary: anyText },
  {
    weight: 6,
    arbitrary: fc
      .tuple(anyText, arbitraryJsonSteps())
      .map(([text, steps]) => Buffer.from(writeTree(damageTree(readTree(text.toString()) ?? NULL, steps)))),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(anyText, anyText, arbitraryByteSteps())
      .map(([text, other, steps]) => damageBytes(text, other, steps)),
  },
  { weight: 1, arbitrary: fc.json().map((text) => Buffer.from(text)) },
  { weight: 1, arbitrary: bytes(200) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom("[", '{"a":', '"\\u', "9", " "), fc.nat(20000))
      .map(([text, times]) => Buffer.from(text.repeat(times))),
  },
);

/** Opcodes that seccomp takes, and some that it does not. */
const CODES = [
  ...[
    0x20, 0x20, 0x20, 0x20, 0x15, 0x15, 0x15, 0x25, 0x35, 0x45, 0x06, 0x06, 0x16, 0x05, 0x1d, 0x2d, 0x3d,
    0x4d,
  ],
  ...[
    0x00, 0x01, 0x02, 0x03, 0x07, 0x87, 0x60, 0x61, 0x80, 0x81, 0x84, 0x04, 0x0c, 0x14, 0x24, 0x34, 0x3c,
    0x44, 0x54,
  ],
  ...[0x5c, 0x64, 0x6c, 0x74, 0x7c, 0xa4, 0xac, 0x28, 0x30, 0x40, 0x94, 0x9c, 0xff],
];
/** Offsets of struct seccomp_data, the instruction pointer's among them, verdicts, and numbers that mean something. */
const CONSTANTS = [
  ...[0, 4, 8, 12, 16, 20, 24, 28, 56, 60, 64, 1, 15, 31, 32],
  ...[
    0x7fff0000, 0x7ffc0000, 0x00050001, 0x00050fff, 0x0005ffff, 0x7ff00007, 0x00030000, 0x80000000,
    0x7fc00000,
  ],
  ...[0xffffffff, 0xc000003e, 0x40000003, 0x40000000, 0x12340000],
];

const anyInstruction = fc.oneof(
  // Loads of what there is, and tests of that.
  fc.nat(15).map((word) => [0x20, 0, 0, 4 * word]),
  fc.tuple(fc.constantFrom(0x15, 0x25, 0x35, 0x45), fc.nat(3), fc.nat(3), fc.constantFrom(...CONSTANTS)),
  fc.tuple(
    fc.constantFrom(...CODES),
    fc.oneof(fc.nat(3), fc.nat(255)),
    fc.oneof(fc.nat(3), fc.nat(255)),
    fc.oneof(fc.constantFrom(...CONSTANTS), fc.nat(0xffffffff)),
  ),
);

/** What the kernel takes more often than not: what it would not take is left out, and at the end stands a return. */
const anyProgram = fc
  .tuple(
    fc.array(anyInstruction, { maxLength: 40 }),
    fc.constantFrom(0x06, 0x16),
    fc.constantFrom(...CONSTANTS),
  )
  .map(([instructions, code, k]) => {
    let program: readonly number[] = [code, 0, 0, k];
    for (const one of instructions) {
      const longer = [...one, ...program];
      program = checkProgram(longer).kind === "accepted" ? longer : program;
    }
    return program;
  });

const FILTERS = ["strict", "dcos"].map((name) => {
  const file = join(D, "made.bpf");
  assert.is(run(["compile", "--arch", "x86_64", "-o", file, `builtin:${name}.json`]).status, 0);
  return readFileSync(file);
});

const anyFilter: fc.Arbitrary<Buffer> = fc.oneof(
  { weight: 6, arbitrary: anyProgram.map((program) => Buffer.from(encodeProgram(program, false))) },
  { weight: 1, arbitrary: fc.constantFrom(...FILTERS) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.constantFrom(...FILTERS), arbitraryByteSteps())
      .map(([filter, steps]) => damageBytes(filter, filter, steps)),
  },
  {
    weight: 2,
    arbitrary: fc
      .array(anyInstruction, { maxLength: 20 })
      .map((list) => Buffer.from(encodeProgram(list.flat(), false))),
  },
  { weight: 1, arbitrary: bytes(100) },
);

// What is read from standard input

const WORDS = [
  ...architectures.flatMap(({ name, scmp }) => [name, scmp]),
  ...syscallNames(),
  ...[
    "amd64",
    "0xc000003e",
    "-1",
    "0",
    "1",
    "437",
    "0x40000000",
    "4294967295",
    "4294967296",
    "18446744073709551615",
  ],
  ...[
    "18446744073709551616",
    "0xffffffffffffffff",
    "0x",
    "1e3",
    "1.5",
    "-0",
    "+1",
    "NaN",
    "#",
    "\u00e4",
    "\0",
    "\x1b[31m",
  ],
  ...["__proto__", "constructor", "toString", "hasOwnProperty", "9".repeat(400), "x".repeat(5000)],
];
const anyWord = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom(...WORDS) },
  { weight: 1, arbitrary: fc.string() },
);
const anyLine = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .tuple(
        fc.constantFrom("x86_64", "x86", "x32", "s390x"),
        fc.nat(500),
        fc.array(fc.nat(), { maxLength: 6 }),
      )
      .map(([arch, nr, args]) => [arch, nr, ...args].join(" ")),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom("x86_64", "x86"), fc.constantFrom("read", "socket", "personality", "clone3"))
      .map((words) => words.join(" ")),
  },
  { weight: 2, arbitrary: fc.array(anyWord, { maxLength: 9 }).map((words) => words.join(" ")) },
  {
    weight: 5,
    arbitrary: fc
      .tuple(fc.constantFrom("1326", "SECCOMP", "1300"), fc.nat(500), anyWord)
      .map(([type, nr, name]) => `type=${type} comm="${name}" arch=c000003e syscall=${nr} code=0x50000`),
  },
);
const anyInput: fc.Arbitrary<Buffer> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.array(anyLine, { maxLength: 12 }).map((lines) => Buffer.from(lines.join("\n"))),
  },
  { weight: 1, arbitrary: bytes(60) },
);

// Arguments

const OPERANDS = [
  ...[
    "p.json",
    "./p.json",
    "./p.json",
    "./p.json",
    "f.bpf",
    "f.bpf",
    "./f.bpf",
    "builtin:strict.json",
    "builtin:log.json",
  ],
  ...[
    "builtin:",
    "builtin:x",
    "",
    "-",
    ".",
    "..",
    "/",
    "d",
    "d/",
    "./d",
    "none.json",
    "./none.json",
    "./none.bpf",
    "f.bpf/x",
  ],
  ...[
    "x".repeat(255),
    "x".repeat(256),
    `./${"x/".repeat(3000)}`,
    "/dev/null",
    "/dev/full",
    "/proc/self/mem",
    "./fifo.bpf",
  ],
  ...["help", "check", "a\nb", "\x1b[0m", "__proto__", "constructor"],
];
const VALUES = [
  ...[
    "",
    "0",
    "1",
    "-1",
    "all",
    "none",
    "x86_64",
    "s390x",
    "arm",
    "amd64",
    "SCMP_ARCH_X32",
    "cap_bpf",
    "CAP_BPF,CAP_X",
  ],
  ...[
    "6.1",
    "0.0",
    "4.4",
    "255.255",
    "256.0",
    "6",
    "6.1.2",
    "99999999999999999999.1",
    "1e5.2",
    "-1.2",
    "6.",
    ".1",
    "NaN.NaN",
  ],
  ...[
    "docker",
    "oci",
    "mesos",
    "raw",
    "asm",
    "c",
    "json",
    "enosys",
    "default",
    "d",
    "/",
    "x".repeat(3000),
    "__proto__",
  ],
  ...[
    '{"seccomp":{"unconfined":true}}',
    '{"seccomp":{"profileName":"x"}}',
    "{",
    "null",
    "[]",
    '{"seccomp":null}',
  ],
];
const anyBytes = fc.oneof(
  fc.string(),
  // In Latin-1, so that it is no UTF-8.
  fc.uint8Array({ maxLength: 12 }).map((array) => Buffer.from(array).toString("latin1")),
);
const anyOperand = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...OPERANDS) },
  { weight: 1, arbitrary: anyBytes },
);
const anyValue = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom(...VALUES) },
  { weight: 1, arbitrary: anyBytes },
);
/** Nothing outside of the directory is to be written to. */
const OUTPUTS = [
  "out",
  "out",
  "p.json",
  "d",
  "none/out",
  "/dev/full",
  "/dev/null",
  "/dev/stdout",
  "",
  "x".repeat(256),
];

function anyOption({ name, short, value }: OptionSpec): fc.Arbitrary<readonly string[]> {
  const names = fc.constantFrom(name, short ?? name);
  if (value === undefined) {
    return fc.oneof(
      { weight: 9, arbitrary: names.map((one) => [one]) },
      { weight: 1, arbitrary: fc.constant([`${name}=x`]) },
    );
  }
  const given = name === "--output" ? fc.constantFrom(...OUTPUTS) : anyValue;
  return fc.oneof(
    { weight: 6, arbitrary: fc.tuple(names, given).map((both) => both) },
    { weight: 3, arbitrary: given.map((one) => [`${name}=${one}`]) },
    { weight: 1, arbitrary: fc.constant([name]) },
  );
}

function anyArguments(
  options: readonly OptionSpec[],
  operands: fc.Arbitrary<readonly string[]>,
): fc.Arbitrary<readonly string[]> {
  const some = fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    {
      weight: 4,
      arbitrary: fc.array(fc.oneof(...[...options, HELP_OPTION].map(anyOption)), { maxLength: 3 }),
    },
  );
  const odd = fc.oneof(
    { weight: 30, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: anyBytes.map((one) => [one]) },
  );
  return fc.tuple(some, operands, odd).map(([first, then, last]) => [...first.flat(), ...then, ...last]);
}

/** What a verb is mostly given. */
const USUAL: Readonly<Record<string, readonly string[]>> = {
  check: ["./p.json"],
  compile: ["./p.json"],
  disasm: ["f.bpf"],
  prepare: ["./p.json"],
  "check-policy": ["./policy.json"],
  manifest: ["d"],
  merge: ["./p.json", "./p.json"],
  status: [String(process.pid)],
  task: ["./app.json"],
};

/** What comes with a verb that runs a command: no command that harms. */
const anyCommand = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      ["-o", "r.json", "--", "true"],
      ["-o", "r.json", "--merge", "./p.json", "--", "true"],
      ["-o", "r.json", "--base", "./p.json", "--", "true"],
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      [],
      ["--"],
      ["true"],
      ["--", ""],
      ["-o", "r.json", "--", "no-such-command"],
      ["--", "/"],
    ),
  },
);

function operandsOf(verb: (typeof VERBS)[number]): fc.Arbitrary<readonly string[]> {
  if (verb.runsCommand === true) {
    return anyCommand;
  }
  const { least, most } = operandCount(verb);
  const any = fc.array(anyOperand, { maxLength: Math.min(most, 2) + 1 });
  const usual =
    verb.name === "verify"
      ? fc.constantFrom(["./p.json"], ["./p.json", "f.bpf"], ["builtin:strict.json", "f.bpf"])
      : verb.name === "diff"
        ? fc.constantFrom(
            ["./p.json", "builtin:strict.json"],
            ["f.bpf", "./p.json"],
            ["./p.json", "./p.json"],
          )
        : verb.name === "simulate" || verb.name === "inspect"
          ? fc.constantFrom(["./p.json"], ["f.bpf"], ["f.bpf"])
          : verb.name === "convert"
            ? fc.constantFrom("docker", "oci", "mesos").map((engine) => ["--to", engine, "./p.json"])
            : verb.name === "explain"
              ? fc.oneof(
                  fc.constantFrom(...STAGES).map((stage) => ["--stage", stage, "./p.json"]),
                  fc
                    .tuple(
                      fc.constantFrom(
                        "read",
                        "clone",
                        "socket",
                        "socketcall",
                        "mmap",
                        "clone3",
                        "1000",
                        "-1",
                      ),
                      fc.array(fc.constantFrom("0", "1", "-1", "any", "AF_UNIX", "0xffffffffffffffff"), {
                        maxLength: 6,
                      }),
                    )
                    .map(([syscall, args]) => ["./p.json", syscall, ...args]),
                )
              : fc.constant([...(USUAL[verb.name] ?? [])]);
  return least === 0 ? any : fc.oneof({ weight: 4, arbitrary: usual }, { weight: 1, arbitrary: any });
}

// What comes of it

interface Case {
  readonly args: readonly string[];
  readonly profile: Buffer;
  readonly filter: Buffer;
  readonly prepared: Buffer;
  readonly input: Buffer;
}

interface Ended {
  readonly status: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

function runCase({ args, profile, filter, prepared, input }: Case): Ended {
  needs(NO_SETTINGS);
  for (const name of readdirSync(D)) {
    rmSync(join(D, name), { recursive: true, force: true });
  }
  mkdirSync(join(D, "d"));
  const list = `${D}.arguments`;
  writeFileSync(join(D, "p.json"), profile);
  writeFileSync(join(D, "policy.json"), '{ "enabled": false }');
  writeFileSync(join(D, "app.json"), '{ "id": "/app", "cmd": "exec seccomp-exec -- true" }');
  writeFileSync(join(D, "f.bpf"), filter);
  writeFileSync(join(D, PREPARED), prepared);
  writeFileSync(list, Buffer.concat(args.map((one) => argument(one))));
  const { status, signal, stdout, stderr } = spawnSync(WITH_ARGUMENTS, [list, PROGRAM], {
    cwd: D,
    input,
    encoding: "latin1",
    timeout: PATIENCE_MS,
    maxBuffer: 1 << 28,
    env: { PATH: process.env["PATH"], MESOS_SECCOMP_CONFIG_DIR: D },
  });
  rmSync(list);
  return { status, signal, stdout, stderr };
}

/** As bytes, with a NUL at its end and none before: what is only in Latin-1 stays it. */
function argument(text: string): Buffer {
  const plain = text.replaceAll("\0", "");
  const isLatin1 = /^[\0-\xff]*$/.test(plain);
  return Buffer.concat([Buffer.from(plain, isLatin1 ? "latin1" : "utf8"), Buffer.of(0)]);
}

/** What no message has in it: the words of an engine, and what speaks to a terminal or forges a line. */
const INSIDES =
  /internal error|panicked|QuickJS|\n\s+at |\b(Type|Range|Reference|Syntax|Internal)Error\b|\[object/;

function judge(one: Case, statuses: readonly number[]): void {
  const { status, signal, stdout, stderr } = runCase(one);
  const shown = `${JSON.stringify(one.args)}: status ${status}, signal ${signal}, ${JSON.stringify(stderr.slice(0, 2000))}`;
  assert.is(signal, null, shown);
  assert.ok(statuses.includes(status ?? -1), shown);
  assert.not.match(stderr, INSIDES, shown);
  assert.not.match(stderr, /[\0-\x09\x0b-\x1f\x7f]/, shown);
  if (status !== 0 && stdout === "") {
    assert.not.equal(stderr, "", shown);
  }
  count(one.args[0] ?? "", status);
}

const counts = new Map<string, number>();

function count(verb: string, status: number | null): void {
  const key = `${verb} ${status}`;
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

const anyPrepared = fc.oneof({ weight: 1, arbitrary: bytes(100) }, { weight: 1, arbitrary: anyText });

function hold(args: fc.Arbitrary<readonly string[]>, statuses: readonly number[], runs: number): void {
  const anyCase: fc.Arbitrary<Case> = fc.record({
    args,
    profile: anyProfile,
    filter: anyFilter,
    prepared: anyPrepared,
    input: anyInput,
  });
  const details = fc.check(
    fc.property(anyCase, (one) => judge(one, statuses)),
    { numRuns: runs, seed: SEED, endOnFailure: true },
  );
  if (details.failed) {
    const [one] = details.counterexample ?? [];
    const kept = mkdtempSync(join(tmpdir(), "seccomp-exec-fuzz-"));
    for (const [name, content] of Object.entries(one ?? {})) {
      writeFileSync(join(kept, name), Buffer.isBuffer(content) ? content : JSON.stringify(content));
    }
    const error = details.errorInstance;
    const what = error instanceof Error ? error.message : String(error);
    throw new Error(`${what}\nFUZZ_SEED=${SEED} FUZZ_CASES=${CASES}; the case is in ${kept}`);
  }
}

for (const verb of VERBS) {
  test(`${verb.name}: whatever it is given, it ends with a status and words of its own`, () => {
    // It stops processes, which may be any.
    const options = verb.options.filter(({ name }) => name !== "--identify");
    const args = anyArguments(options, operandsOf(verb)).map((rest) => [verb.name, ...rest]);
    hold(args, verb.runsCommand === true ? [0, 2, 125, 126, 127] : [0, 1, 2], RUNS);
  });
}

test("a dry run: whatever it is given, it ends with a status and words of its own", () => {
  const options = LAUNCH_OPTIONS.filter(({ name }) => name !== "--dry-run");
  const profile = fc.oneof(
    { weight: 4, arbitrary: fc.constant(["--profile", "./p.json"]) },
    { weight: 1, arbitrary: fc.constant([]) },
  );
  const command = fc.constantFrom(
    [],
    ["--"],
    ["--", "true"],
    ["--", ""],
    ["--", "no-such-command"],
    ["--", "/"],
  );
  const args = fc
    .tuple(profile, anyArguments(options, fc.constant([])), command)
    .map((parts) => ["--dry-run", ...parts.flat()]);
  hold(args, [0, 125, 126, 127], RUNS);
});

test("prepared filters that are damaged are no trouble to a dry run", () => {
  writeFileSync(join(D, "p.json"), SMALL[1] as Buffer);
  assert.is(run(["prepare", "./p.json"], { cwd: D }).status, 0);
  const prepared = readFileSync(join(D, PREPARED));
  const damaged = arbitraryByteSteps().map((steps) => damageBytes(prepared, prepared, steps));
  fc.assert(
    fc.property(damaged, fc.boolean(), (bytesOf, json) => {
      const args = ["--dry-run", ...(json ? ["--json"] : []), "--profile", "./p.json"];
      judge(
        { args, profile: SMALL[1] as Buffer, filter: Buffer.of(), prepared: bytesOf, input: Buffer.of() },
        [0, 125],
      );
    }),
    { numRuns: RUNS, seed: SEED },
  );
});

test("each verb was tried with what it takes, and with what it does not", () => {
  if (process.env["FUZZ_CASES"] !== undefined) {
    console.log(JSON.stringify(Object.fromEntries([...counts].sort())));
  }
  for (const { name } of VERBS) {
    for (const status of [0, 2]) {
      assert.ok((counts.get(`${name} ${status}`) ?? 0) > 0, `${name} ended with ${status}`);
    }
  }
});

test.run();
