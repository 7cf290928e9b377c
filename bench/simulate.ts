/**
 * How many lines a second `simulate` judges: by its own modules in Node, and by the executable, with its start. The lines are calls of
 * all names, with numbers and with constants.
 *
 *     npx tsx bench/simulate.ts [--lines 200000] [--rounds 5]
 */

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { compile } from "../src/bpf/compile.ts";
import { decode } from "../src/bpf/decode.ts";
import { interpret } from "../src/bpf/interpret.ts";
import { evaluate } from "../src/policy/evaluate.ts";
import type { Call } from "../src/policy/policy.ts";
import { formatVerdict, type Verdict } from "../src/policy/verdict.ts";
import { type Architecture, architectureByName } from "../src/tables/architectures.ts";
import { syscallCount, syscallName, syscallNumber } from "../src/tables/syscalls.ts";
import { CallReader } from "../src/verbs/simulate/calls.ts";
import { policyOfFile } from "../test/support/fixtures/policies.ts";
import { giveUp, warnWhenBusy } from "./setting.ts";
import { renderTable, summarize } from "./statistics.ts";

const { values: options } = parseArgs({
  options: { lines: { type: "string", default: "200000" }, rounds: { type: "string", default: "5" } },
});
const COUNT = Number(options.lines);
const ROUNDS = Number(options.rounds);
const ARCH = architectureByName("x86_64") as Architecture;
const FILE = "profiles/default.json";

const NAMES = Array.from({ length: syscallCount() }, (_, id) => id)
  .filter((id) => syscallNumber(ARCH, id) >= 0)
  .map((id) => syscallName(id));
const ARGUMENTS: Readonly<Record<string, (name: string, i: number) => string>> = {
  numbers: (_, i) => ` ${i % 50} 0x${(i * 7919).toString(16)} ${i}`,
  constants: (name) =>
    name === "socket" ? " AF_INET SOCK_STREAM|SOCK_CLOEXEC" : " AT_FDCWD 0 O_PATH|O_CLOEXEC -1",
};

function linesOf(kind: string): string {
  const args = ARGUMENTS[kind] ?? (() => "");
  return Array.from({ length: COUNT }, (_, i) => {
    const name = NAMES[i % NAMES.length] ?? "";
    return `x86_64 ${name}${args(name, i)}\n`;
  }).join("");
}

const policy = policyOfFile(FILE, ARCH, 0n);
const instructions = decode(compile(policy));
const JUDGES: Readonly<Record<string, (call: Call) => Verdict>> = {
  profile: (call) => evaluate(policy, call),
  filter: (call) => interpret(instructions, call, ARCH.bigEndian).verdict,
};

/** Lines a second. */
function inNode(lines: string, judge: (call: Call) => Verdict): number {
  const start = process.cpuUsage();
  const reader = new CallReader();
  let printed = "";
  for (const line of lines.split("\n")) {
    const read = reader.read(line);
    if (read !== undefined) {
      printed += `${formatVerdict(judge(read.call), read.arch ?? ARCH)}\n`;
    }
  }
  if (printed.length < COUNT) {
    giveUp("verdicts are missing");
  }
  // Of this thread and those that collect its garbage.
  return COUNT / (process.cpuUsage(start).user / 1e6);
}

function byExecutable(lines: string): number {
  const start = performance.now();
  const { stdout, stderr } = spawnSync(
    "build/out/seccomp-exec",
    ["simulate", "--arch", "x86_64", "--caps", "none", join(process.cwd(), FILE)],
    { input: lines, encoding: "utf8", maxBuffer: 1 << 28 },
  );
  if (stdout.length < COUNT) {
    giveUp(`verdicts are missing: ${stderr}`);
  }
  return COUNT / ((performance.now() - start) / 1000);
}

warnWhenBusy();
const rows: string[][] = [["lines", "judged by", "lines a second"]];
for (const kind of Object.keys(ARGUMENTS)) {
  const lines = linesOf(kind);
  const median = (measure: () => number): string =>
    Math.round(summarize(Array.from({ length: ROUNDS }, measure)).median).toLocaleString("en");
  for (const [name, judge] of Object.entries(JUDGES)) {
    rows.push([kind, `the ${name}, in Node`, median(() => inNode(lines, judge))]);
  }
  rows.push([kind, "the profile, by the executable", median(() => byExecutable(lines))]);
}
process.stdout.write(renderTable(rows));
