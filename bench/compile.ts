/**
 * How long compiling takes: a profile in QuickJS, the proof of what comes out in Node, and profiles
 * of 400 names with more and more rules for arguments.
 *
 *     npx tsx bench/compile.ts --profile FILE [--rounds 15]
 *
 * In QuickJS the same is compiled N and 2N times, each in a process of its own, and the difference counts; so neither
 * the start of the process nor what is made once for all compilations does.
 */

import { parseArgs } from "node:util";
import { prove } from "../src/analysis/equivalent.ts";
import { compile } from "../src/bpf/compile.ts";
import { programLength } from "../src/bpf/instruction.ts";
import type { Policy } from "../src/policy/policy.ts";
import { resolve } from "../src/policy/resolve.ts";
import { readProfile } from "../src/profile/read.ts";
import { type Architecture, architectureByName } from "../src/tables/architectures.ts";
import { BPF_MAXINSNS } from "../src/tables/seccomp.ts";
import { syscallCount, syscallName, syscallNumber } from "../src/tables/syscalls.ts";
import { KERNEL } from "../test/support/fixtures/policies.ts";
import { scriptInQuickJs } from "./quickjs.ts";
import { chooseProfile, giveUp, warnWhenBusy } from "./setting.ts";
import { renderTable, summarize } from "./statistics.ts";

const { values: options } = parseArgs({
  options: { profile: { type: "string" }, rounds: { type: "string", default: "15" } },
});
const rounds = Number(options.rounds);

/** What runs in QuickJS: reads and resolves the profile once, and compiles it as often as the argument says. */
function script(profile: string): string {
  return `
import { compile } from "./src/bpf/compile.ts";
import { resolve } from "./src/policy/resolve.ts";
import { readTyped } from "./src/profile/read-typed.ts";
import { architectureByName } from "./src/tables/architectures.ts";
globalThis.main = (host) => {
  const target = { arch: architectureByName("x86_64"), kernel: ${KERNEL}, caps: 0n };
  const { policy } = resolve(readTyped(JSON.parse(${JSON.stringify(profile)}), "").profile, target, { unknownSyscalls: "enosys" });
  for (let i = Number(host.args.at(-1)); i > 0; i -= 1) {
    compile(policy);
  }
  return 0;
};`;
}

const TIMES = 100;

function policyOf(value: unknown): Policy {
  const { profile } = readProfile(value);
  const target = { arch: X86_64, kernel: KERNEL, caps: 0n };
  return (
    (profile && resolve(profile, target, { unknownSyscalls: "enosys" }).policy) ??
    giveUp("the profile has errors")
  );
}

const X86_64 = architectureByName("x86_64") as Architecture;

/** 400 names, and so many rules that allow one of them for one value of an argument. */
function withRules(count: number): Policy {
  const names = Array.from({ length: syscallCount() }, (_, id) => id)
    .filter((id) => syscallNumber(X86_64, id) >= 0)
    .map(syscallName);
  const own = names.slice(0, NAMES / 4);
  return policyOf({
    defaultAction: "SCMP_ACT_ERRNO",
    syscalls: [
      { names: names.slice(NAMES / 4, NAMES), action: "SCMP_ACT_ALLOW" },
      ...Array.from({ length: count }, (_, i) => ({
        names: [own[i % own.length]],
        action: "SCMP_ACT_ALLOW",
        // A prime, so that the values come in no order.
        args: [{ index: i % 6, value: (i * 7919) % 100_003, op: "SCMP_CMP_EQ" }],
      })),
    ],
  });
}

const NAMES = 400;

/** Milliseconds in Node, each round's figure. */
function inNode(work: () => unknown): number[] {
  work();
  return Array.from({ length: rounds }, () => {
    const began = performance.now();
    work();
    return performance.now() - began;
  });
}

function median(values: readonly number[]): number {
  return summarize(values).median;
}

warnWhenBusy();
const profile = chooseProfile(options.profile);
const policy = policyOf(JSON.parse(profile.text));
const program = compile(policy);
const quickJs = await scriptInQuickJs(script(profile.text));
console.log(
  `Profile: ${profile.source}, ${programLength(program)} instructions; medians of ${rounds} rounds.\n`,
);
console.log(
  renderTable([
    ["", "ms"],
    ["compiling, in QuickJS", median(quickJs.time([], TIMES, rounds)).toFixed(2)],
    ["compiling, in Node", median(inNode(() => compile(policy))).toFixed(2)],
    ["the proof, in Node", median(inNode(() => prove(policy, program, false))).toFixed(0)],
  ]),
);

const rows = [["rules for arguments", "instructions", "ms in Node", "ms per n log2 n, times 1000"]];
for (const count of [250, 500, 1000, 2000, 4000]) {
  const large = withRules(count);
  const length = programLength(compile(large));
  const time = median(inNode(() => compile(large)));
  rows.push([
    String(count),
    length > BPF_MAXINSNS ? `${length}, refused` : String(length),
    time.toFixed(1),
    ((1000 * time) / (count * Math.log2(count))).toFixed(2),
  ]);
}
console.log(`\n${renderTable(rows)}`);
