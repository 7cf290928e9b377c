/**
 * The filter for a profile on x86-64, x86 and x32: its length beside libseccomp's, what a call executes, and which
 * allowed calls the kernel never runs it for.
 *
 *     npx tsx bench/filter.ts --profile FILE
 */

import { execFileSync } from "node:child_process";
import { statSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { isCacheable } from "../src/bpf/cacheable.ts";
import { compile } from "../src/bpf/compile.ts";
import { decode } from "../src/bpf/decode.ts";
import { programLength } from "../src/bpf/instruction.ts";
import { interpret } from "../src/bpf/interpret.ts";
import type { Policy } from "../src/policy/policy.ts";
import { resolve } from "../src/policy/resolve.ts";
import { readJson } from "../src/profile/json.ts";
import { parseByLibrary } from "../src/profile/library-parser.ts";
import { readProfile } from "../src/profile/read.ts";
import { type Architecture, architectureByName } from "../src/tables/architectures.ts";
import { SECCOMP_RET_ALLOW } from "../src/tables/seccomp.ts";
import { syscallCount, syscallNumber } from "../src/tables/syscalls.ts";
import { compileLibseccomp } from "./peers.ts";
import { chooseProfile, currentTarget, giveUp, outputDirectory } from "./setting.ts";
import { renderTable } from "./statistics.ts";

const { values: options } = parseArgs({ options: { profile: { type: "string" } } });
const profile = chooseProfile(options.profile);

/** libseccomp's SCMP_FLTATR_CTL_OPTIMIZE: rules in a row, or a binary tree. */
const LINEAR = "1";
const TREE = "2";

function policyFor(caps: "all" | "none"): Policy {
  const reading = readJson(profile.text, parseByLibrary);
  if (reading.kind === "mistakes") {
    return giveUp(reading.mistakes[0]?.message ?? "the profile is not JSON");
  }
  const { document } = reading;
  const read = readProfile(document.value, document.exact);
  const arch = architectureByName("x86_64") as Architecture;
  const target = { arch, kernel: 6 * 256 + 18, caps: caps === "all" ? (1n << 41n) - 1n : 0n };
  const resolved = read.profile && resolve(read.profile, target, { unknownSyscalls: "enosys" });
  return resolved?.policy ?? giveUp("the profile has errors");
}

/** Instructions of libseccomp's filter, as it exports it. */
function libseccompLength(caps: "all" | "none", optimize: string): string {
  const peer = compileLibseccomp(profile.text, currentTarget(caps));
  if (typeof peer === "string") {
    return peer;
  }
  const file = join(outputDirectory, `libseccomp-${optimize}.bpf`);
  execFileSync(peer.path, ["--export", file, optimize]);
  return String(statSync(file).size / 8);
}

const rows = [
  [
    "capabilities",
    "ours",
    "libseccomp linear",
    "libseccomp tree",
    "executed mean",
    "executed max",
    "cacheable",
  ],
];
for (const caps of ["none", "all"] as const) {
  const policy = policyFor(caps);
  const program = compile(policy);
  const instructions = decode(program);
  let allowed = 0;
  let cacheable = 0;
  const executed: number[] = [];
  // x32 is left out: its numbers have bit 30 and lie outside of the kernel's bitmap.
  for (const arch of policy.architectures.filter(({ numberBit }) => numberBit === 0)) {
    for (let id = 0; id < syscallCount(); id += 1) {
      const nr = syscallNumber(arch, id);
      if (nr < 0) {
        continue;
      }
      const always = policy.rules
        .of(id)
        ?.every((rule) => rule.conditions.length === 0 && rule.verdict === SECCOMP_RET_ALLOW);
      if (always === true) {
        allowed += 1;
        cacheable += isCacheable(instructions, arch.token, nr) ? 1 : 0;
      }
      if (arch.name === "x86_64") {
        executed.push(
          interpret(instructions, { arch: arch.token, nr, args: [0n, 0n, 0n, 0n, 0n, 0n] }, false).executed,
        );
      }
    }
  }
  rows.push([
    caps,
    String(programLength(program)),
    libseccompLength(caps, LINEAR),
    libseccompLength(caps, TREE),
    (executed.reduce((sum, n) => sum + n, 0) / executed.length).toFixed(1),
    String(Math.max(...executed)),
    `${cacheable} of ${allowed}`,
  ]);
}
console.log(`Profile: ${profile.source}`);
console.log(
  "Instructions for x86-64, x86 and x32; executed: per x86-64 number with zero arguments; cacheable: numbers that",
);
console.log("are always allowed and for which Linux 5.11 and later never run the filter.\n");
console.log(renderTable(rows));
