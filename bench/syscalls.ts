/**
 * What system calls cost under a filter: with none, under ours, and under libseccomp's two for the same profile.
 *
 *     npx tsx bench/syscalls.ts --profile FILE [--rounds 40] [--json FILE]
 *
 * See bench/README.md for what is measured.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { isCacheable } from "../src/bpf/cacheable.ts";
import { encodeProgram } from "../src/bpf/codec.ts";
import { compile as compileFilter } from "../src/bpf/compile.ts";
import { decode } from "../src/bpf/decode.ts";
import { LD_W_ABS, type Program, programLength, RET_K } from "../src/bpf/instruction.ts";
import { interpret } from "../src/bpf/interpret.ts";
import type { Call } from "../src/policy/policy.ts";
import { actionOf, formatVerdict } from "../src/policy/verdict.ts";
import type { Architecture } from "../src/tables/architectures.ts";
import {
  SECCOMP_DATA_ARGS,
  SECCOMP_RET_ALLOW,
  SECCOMP_RET_DATA,
  SECCOMP_RET_ERRNO,
} from "../src/tables/seccomp.ts";
import { syscallCount, syscallId, syscallNumber } from "../src/tables/syscalls.ts";
import { KERNEL, policyOf, profileOf, X32, X86, X86_64 } from "../test/support/fixtures/policies.ts";
import { loadRealLibseccomp } from "../test/support/oracles/real-libseccomp.ts";
import { libseccompProgram } from "../test/support/oracles/second-opinion.ts";
import { capture } from "./harness.ts";
import { compile, compile32 } from "./peers.ts";
import { chooseProfile, describeMachine, giveUp, outputDirectory, warnWhenBusy } from "./setting.ts";
import { renderTable, type Summary, summarize } from "./statistics.ts";

const { values: options } = parseArgs({
  options: {
    profile: { type: "string" },
    rounds: { type: "string", default: "40" },
    turns: { type: "string", default: "20" },
    calls: { type: "string", default: "1000" },
    cpu: { type: "string", default: "-1" },
    json: { type: "string" },
  },
});

const note = (message: string) => process.stderr.write(`bench: ${message}\n`);

/** How a call gets into the kernel, see peers/syscalls.c. */
type Gate = "syscall" | "int80" | "vdso32";

/** A kind of call. None of them does anything where it is let through, whoever makes it. */
interface Kind {
  readonly label: string;
  readonly gate: Gate;
  readonly name: string;
  readonly args: readonly number[];
}

const ALL_ONES = 0xffffffff;
const AF_UNIX = 1;
const AF_ALG = 38;
/** Without CLONE_SIGHAND it is refused before anything is looked at. */
const CLONE_THREAD = 0x10000;

const KINDS: readonly Kind[] = [
  { label: "getppid()", gate: "syscall", name: "getppid", args: [] },
  { label: "read(-1)", gate: "syscall", name: "read", args: [ALL_ONES] },
  { label: "personality(0xffffffff)", gate: "syscall", name: "personality", args: [ALL_ONES] },
  { label: "clone(CLONE_THREAD)", gate: "syscall", name: "clone", args: [CLONE_THREAD] },
  // The type is not valid, so that no socket is made.
  { label: "socket(AF_UNIX, -1)", gate: "syscall", name: "socket", args: [AF_UNIX, ALL_ONES] },
  { label: "socket(AF_ALG, -1)", gate: "syscall", name: "socket", args: [AF_ALG, ALL_ONES] },
  { label: "swapon(0, -1)", gate: "syscall", name: "swapon", args: [0, ALL_ONES] },
  { label: "io_uring_setup(0, 0)", gate: "syscall", name: "io_uring_setup", args: [] },
  { label: "32-bit getppid()", gate: "vdso32", name: "getppid", args: [] },
  { label: "32-bit read(-1)", gate: "vdso32", name: "read", args: [ALL_ONES] },
  { label: "32-bit personality(0xffffffff)", gate: "vdso32", name: "personality", args: [ALL_ONES] },
  { label: "32-bit swapon(0, -1)", gate: "vdso32", name: "swapon", args: [0, ALL_ONES] },
  { label: "int 0x80: getppid()", gate: "int80", name: "getppid", args: [] },
  { label: "int 0x80: swapon(0, -1)", gate: "int80", name: "swapon", args: [0, ALL_ONES] },
];

function archOf(kind: Kind): Architecture {
  return kind.gate === "syscall" ? X86_64 : X86;
}

/** What a filter sees of the call. */
function callOf(kind: Kind): Call {
  const arch = archOf(kind);
  const args = [0, 1, 2, 3, 4, 5].map((i) => BigInt(kind.args[i] ?? 0));
  return { arch: arch.token, nr: syscallNumber(arch, syscallId(kind.name)), args };
}

/** A process that takes part; without a program it has no filter. */
interface Contestant {
  readonly name: string;
  readonly program?: Program;
}

const NONE = 0;
const CONTROL = 1;
const ALLOW_ALL = 2;
const RUN_AND_ALLOW = 3;
const OURS = 4;
const THEIRS = [5, 6];

const ALLOW: Program = [RET_K, 0, 0, SECCOMP_RET_ALLOW];

/** At the places above; libseccomp's two are left out where the machine has none. */
function contestantsFor(text: string): Contestant[] {
  const profile = profileOf(text);
  const policy = policyOf(profile, X86_64, 0n);
  const own: Contestant[] = [
    { name: "none" },
    { name: "none again" },
    // The least that a filter costs: one that is never run, and one that always is, since it loads an argument.
    { name: "allow all", program: ALLOW },
    { name: "run and allow", program: [LD_W_ABS, 0, 0, SECCOMP_DATA_ARGS, ...ALLOW] },
    { name: "ours", program: compileFilter(policy) },
  ];
  const libseccomp = loadRealLibseccomp();
  if (libseccomp === undefined) {
    note("without libseccomp's filters: this machine has no libseccomp");
    return own;
  }
  const target = { arch: X86_64, kernel: KERNEL, caps: 0n };
  const theirs = [false, true].map((tree): Contestant => {
    const program = libseccompProgram(libseccomp, profile, target, policy.architectures, tree);
    return {
      name: tree ? "libseccomp tree" : "libseccomp linear",
      program: program ?? giveUp("libseccomp does not take the profile"),
    };
  });
  return [...own, ...theirs];
}

/** The kinds of call that this machine can make, and that each filter of the profile lets through or answers. */
function kindsFor(contestants: readonly Contestant[], helper: string | undefined): Kind[] {
  const programs = contestants.slice(OURS).map(({ program }) => program as Program);
  if (!allow(programs, X86_64, ["read", "write"])) {
    giveUp("the processes that are measured need read and write, which the profile does not allow");
  }
  const helps = allow(programs, X86_64, ["execve"]) && allow(programs, X86, ["read", "write"]);
  const without = new Map<string, string[]>();
  const kinds = KINDS.filter((kind) => {
    const reason =
      kind.gate === "vdso32" && helper !== undefined && !helps
        ? "what makes these calls cannot work under the profile"
        : reasonAgainst(kind, programs, helper);
    if (reason !== undefined) {
      without.set(reason, [...(without.get(reason) ?? []), kind.label]);
    }
    return reason === undefined;
  });
  for (const [reason, labels] of without) {
    note(`without ${labels.join(", ")}: ${reason}`);
  }
  return kinds.length > 0 ? kinds : giveUp("there is nothing to measure under this profile");
}

function reasonAgainst(
  kind: Kind,
  programs: readonly Program[],
  helper: string | undefined,
): string | undefined {
  const verdicts = programs.map((program) => verdictOf(program, kind));
  const wrong = verdicts.find((verdict) => verdict !== SECCOMP_RET_ALLOW && !isErrno(verdict));
  if (wrong !== undefined) {
    return `a filter says ${formatVerdict(wrong, archOf(kind))}`;
  }
  if (new Set(verdicts).size > 1) {
    note(`${kind.label}: the filters do not give the same answer`);
  }
  if (kind.gate === "vdso32" && helper === undefined) {
    return "the C compiler does not take -m32";
  }
  return kind.gate === "syscall" || works(kind, helper) ? undefined : "this machine does not take such calls";
}

/** Whether all programs allow these calls, whatever their arguments are. */
function allow(programs: readonly Program[], arch: Architecture, names: readonly string[]): boolean {
  return programs
    .map(decode)
    .every((instructions) =>
      names.every((name) => isCacheable(instructions, arch.token, syscallNumber(arch, syscallId(name)))),
    );
}

function isErrno(verdict: number): boolean {
  return actionOf(verdict) === SECCOMP_RET_ERRNO;
}

function verdictOf(program: Program, kind: Kind): number {
  return interpret(decode(program), callOf(kind), false).verdict;
}

/** Whether the machine takes such 32-bit calls at all. */
function works(kind: Kind, helper: string | undefined): boolean {
  try {
    run([{ name: "none" }], [kind], helper, 1, 1);
    return true;
  } catch {
    return false;
  }
}

/** What syscalls.c measured of one kind of call under one filter. */
interface Measured {
  readonly result: number;
  /** Nanoseconds a call, one entry a batch, round by round. */
  readonly ns: readonly number[];
}

function run(
  contestants: readonly Contestant[],
  kinds: readonly Kind[],
  helper: string | undefined,
  rounds: number,
  turns: number,
): Measured[][] {
  const files = contestants.map(({ name, program }) => {
    if (program === undefined) {
      return "-";
    }
    const file = join(outputDirectory, `syscalls-${name.replaceAll(" ", "-")}.bpf`);
    writeFileSync(file, encodeProgram(program, false));
    return file;
  });
  const calls = kinds.map((kind) => [kind.gate, callOf(kind).nr, ...kind.args].join());
  const how = [rounds, turns, options.calls, options.cpu].map(String);
  const output = capture([compile("peers/syscalls.c"), ...how, helper ?? "-", ...files, "::", ...calls]);
  return JSON.parse(output) as Measured[][];
}

/** Fails where a call was not answered as the filter should make the kernel answer it. */
function checkResults(
  contestants: readonly Contestant[],
  kinds: readonly Kind[],
  measured: readonly Measured[][],
): void {
  for (const [i, { name, program }] of contestants.entries()) {
    for (const [j, kind] of kinds.entries()) {
      const verdict = program === undefined ? SECCOMP_RET_ALLOW : verdictOf(program, kind);
      const expected = isErrno(verdict) ? -(verdict & SECCOMP_RET_DATA) : measured[NONE]?.[j]?.result;
      const result = measured[i]?.[j]?.result;
      if (result !== expected) {
        throw new Error(`${kind.label} under ${name}: the kernel answered ${result}, and not ${expected}`);
      }
    }
  }
}

/** How many times as much one series is as another: of each round the medians, and of those ratios the summary. */
function ratio(one: Measured, other: Measured): Summary {
  const rounds = (series: Measured): number[] =>
    Array.from(
      { length: series.ns.length / turns },
      (_, i) => summarize(series.ns.slice(i * turns, (i + 1) * turns)).median,
    );
  const others = rounds(other);
  return summarize(rounds(one).map((median, i) => median / (others[i] ?? Number.NaN)));
}

/** What a filter executes for a call; 0 where the kernel's bitmap answers, and the filter is not run. */
function executedFor(program: Program, call: Call): number {
  // The numbers of x32 lie outside of the bitmap.
  const instructions = decode(program);
  const inBitmap = call.nr < 0x40000000 && isCacheable(instructions, call.arch, call.nr);
  return inBitmap ? 0 : interpret(instructions, call, false).executed;
}

/** Every number of the architectures with arguments of zero, as far as some filter is run for it. */
function everyNumber(programs: readonly Program[]): string[][] {
  return [X86_64, X86, X32].map((arch) => {
    const executed = Array.from({ length: syscallCount() }, (_, id) => syscallNumber(arch, id))
      .filter((nr) => nr >= 0)
      .map((nr): Call => ({ arch: arch.token, nr, args: [0n, 0n, 0n, 0n, 0n, 0n] }))
      .map((call) => programs.map((program) => executedFor(program, call)))
      .filter((counts) => counts.some((count) => count > 0));
    const columns = programs.map((_, i) => {
      const counts = executed.map((row) => row[i] as number);
      return `${(counts.reduce((sum, n) => sum + n, 0) / counts.length).toFixed(1)}, ${Math.max(...counts)}`;
    });
    const more = executed.filter(([ours = 0, ...theirs]) => theirs.some((count) => count < ours));
    return [
      arch.name,
      String(executed.length),
      ...columns,
      ...(programs.length > 1 ? [`${more.length}`] : []),
    ];
  });
}

if (process.arch !== "x64") {
  giveUp("this benchmark is for x86-64");
}
if (!/^Seccomp:\s*0$/m.test(readFileSync("/proc/self/status", "utf8"))) {
  note("a filter is installed already, and all calls below run that one too");
}
const profile = chooseProfile(options.profile);
const rounds = Number(options.rounds);
const turns = Number(options.turns);
const helper = compile32("peers/syscalls-32.c");
const contestants = contestantsFor(profile.text);
const kinds = kindsFor(contestants, helper);
warnWhenBusy();
const machine = describeMachine();
const jit = readFileSync("/proc/sys/net/core/bpf_jit_enable", "utf8").trim();
const measured = run(contestants, kinds, helper, rounds, turns);
checkResults(contestants, kinds, measured);

const filters = contestants.slice(OURS);
const programs = filters.map(({ program }) => program as Program);

const results = kinds.map((kind, j) => {
  const of = (i: number): Measured => measured[i]?.[j] as Measured;
  const verdict = verdictOf(programs[0] as Program, kind);
  const executed = programs.map((program) => executedFor(program, callOf(kind)));
  // Where ours denies a call, filters that allow it are nothing to compare with.
  const least = verdict === SECCOMP_RET_ALLOW ? of(executed[0] === 0 ? ALLOW_ALL : RUN_AND_ALLOW) : undefined;
  const toTheirs = THEIRS.filter((i) => i < contestants.length).map((i) => ratio(of(OURS), of(i)));
  return {
    call: kind.label,
    verdict: formatVerdict(verdict, archOf(kind)),
    none: summarize(of(NONE).ns),
    least: least && summarize(least.ns),
    filters: filters.map((_, i) => summarize(of(OURS + i).ns)),
    executed,
    ofNone: ratio(of(OURS), of(NONE)),
    ofLeast: least && ratio(of(OURS), least),
    ofBest: [...toTheirs].sort((a, b) => b.median - a.median)[0],
    control: ratio(of(CONTROL), of(NONE)),
  };
});

const cell = (summary: Summary | undefined): string =>
  summary === undefined ? "" : `${summary.median.toFixed(1)} (${summary.lowerQuartile.toFixed(1)})`;
const times = (summary: Summary | undefined): string =>
  summary === undefined
    ? ""
    : `${summary.median.toFixed(3)} ±${((summary.upperQuartile - summary.lowerQuartile) / 2).toFixed(3)}`;
const names = filters.map(({ name }) => name);
const lengths = filters.map(({ name }, i) => `${name} ${programLength(programs[i] as Program)}`);

console.log(`Profile: ${profile.source}, no capabilities. Instructions: ${lengths.join(", ")}.`);
console.log(
  `Linux ${machine["kernel"]}, load ${machine["load"]}, JIT ${jit}; ${rounds} rounds of ${turns} turns.\n`,
);
console.log("Nanoseconds a call: the median of all batches (and their lower quartile).\n");
console.log(
  renderTable([
    ["call", "filter", "none", "least filter", ...names],
    ...results.map((one) => [
      one.call,
      one.verdict,
      cell(one.none),
      cell(one.least),
      ...one.filters.map(cell),
    ]),
  ]),
);
console.log("Ours in proportion to others: the median of the rounds ± half of their interquartile range.\n");
console.log(
  renderTable([
    ["call", "of none", "of the least", "of libseccomp's best", "none again, of none"],
    ...results.map((one) => [
      one.call,
      times(one.ofNone),
      times(one.ofLeast),
      times(one.ofBest),
      times(one.control),
    ]),
  ]),
);
console.log("Instructions executed; bitmap: Linux 5.11 and later do not run the filter.\n");
console.log(
  renderTable([
    ["call", ...names],
    ...results.map(({ call, executed }) => [call, ...executed.map((n) => (n === 0 ? "bitmap" : String(n)))]),
  ]),
);
const comparison = everyNumber(programs);
console.log("The same for all numbers that some filter is run for, with arguments of zero: mean, most.\n");
console.log(
  renderTable([
    ["architecture", "numbers", ...names, ...(names.length > 1 ? ["more than libseccomp's best"] : [])],
    ...comparison,
  ]),
);

if (options.json !== undefined) {
  const byName = <T>(values: readonly T[]): Record<string, T> =>
    Object.fromEntries(names.map((name, i) => [name, values[i] as T]));
  const report = {
    profile: profile.source,
    machine: { ...machine, jit },
    ...{ rounds, turns, calls: Number(options.calls) },
    instructions: byName(programs.map(programLength)),
    results: results.map((one) => ({
      ...one,
      filters: byName(one.filters),
      executed: byName(one.executed),
    })),
    comparison: comparison.map(([arch, numbers, ...columns]) => ({ arch, numbers, columns })),
  };
  writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
}
