/**
 * The length of our filters beside libseccomp's: every shipped profile on every architecture, and random profiles.
 *
 *     npx tsx bench/sizes.ts [--random 1000] [--younger]
 *
 * libseccomp gets the rules that our compiler gets, in their order, as a list and as a tree (SCMP_FLTATR_CTL_OPTIMIZE). Where
 * it needs fewer instructions, the proof tells whether its filter means the same as the profile. It does not where libseccomp
 * leaves something out: the upper halves of x32's, n32's and PA-RISC's registers, or the version that a caller may add to the
 * call number of ipc(2). With `--younger` ours also hold the rule for calls that are younger than the profile, which libseccomp
 * does not have; runc puts instructions of its own before libseccomp's for that.
 */

import { readdirSync, readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import fc from "fast-check";
import { prove } from "../src/analysis/equivalent.ts";
import { compile } from "../src/bpf/compile.ts";
import { programLength } from "../src/bpf/instruction.ts";
import { resolve } from "../src/policy/resolve.ts";
import type { Target } from "../src/policy/target.ts";
import type { Profile } from "../src/profile/profile.ts";
import { readProfile } from "../src/profile/read.ts";
import { architectures } from "../src/tables/architectures.ts";
import { syscallNames } from "../src/tables/syscalls.ts";
import { ALL_CAPS, KERNEL } from "../test/support/fixtures/policies.ts";
import { loadRealLibseccomp } from "../test/support/oracles/real-libseccomp.ts";
import { arbitraryPlainProfile, libseccompProgram, UNKNOWN } from "../test/support/oracles/second-opinion.ts";
import { giveUp } from "./setting.ts";
import { renderTable } from "./statistics.ts";

const { values: options } = parseArgs({
  options: { random: { type: "string", default: "1000" }, younger: { type: "boolean", default: false } },
});
const loaded = loadRealLibseccomp();
const libseccomp = loaded ?? giveUp("this machine has no libseccomp");

interface Lengths {
  readonly ours: number;
  readonly linear: number;
  readonly tree: number;
  /** Whether one of libseccomp's is shorter, and whether one of these means the same as the profile. */
  readonly longer: boolean;
  readonly longerThanEqual: boolean;
}

/** undefined where libseccomp does not know an architecture, or does not take a rule. */
function lengths(profile: Profile, target: Target): Lengths | undefined {
  const { policy } = resolve(profile, target, {
    unknownSyscalls: options.younger ? "enosys" : "default",
  });
  if (policy === undefined) {
    return giveUp("a profile has errors");
  }
  const theirs = [false, true].map((tree) =>
    libseccompProgram(libseccomp, profile, target, policy.architectures, tree),
  );
  const [linear, tree] = theirs;
  if (linear === undefined || tree === undefined) {
    return undefined;
  }
  const ours = programLength(compile(policy));
  const shorter = [linear, tree].filter((program) => programLength(program) < ours);
  return {
    ours,
    linear: programLength(linear),
    tree: programLength(tree),
    longer: shorter.length > 0,
    longerThanEqual: shorter.some(
      (program) => prove(policy, program, target.arch.bigEndian).kind !== "different",
    ),
  };
}

/** Both have to make a filter of the same. */
const KNOWN = syscallNames().filter((name) => libseccomp.number(name) !== UNKNOWN);
function profileOf(value: unknown): Profile {
  const { profile } = readProfile(value);
  return profile ?? giveUp("a profile has errors");
}

const rows = [
  [
    "profile",
    "filters",
    "ours",
    "libseccomp linear",
    "libseccomp tree",
    "largest ratio",
    "ours larger",
    "and theirs equal",
  ],
];

function compare(label: string, pairs: readonly (readonly [Profile, Target])[]): void {
  const measured = pairs
    .map(([profile, target]) => lengths(profile, target))
    .filter((one) => one !== undefined);
  const sum = (pick: (one: Lengths) => number): string =>
    String(measured.reduce((all, one) => all + pick(one), 0));
  const ratios = measured.map(({ ours, linear, tree }) => ours / Math.min(linear, tree));
  rows.push([
    label,
    `${measured.length} of ${pairs.length}`,
    sum(({ ours }) => ours),
    sum(({ linear }) => linear),
    sum(({ tree }) => tree),
    Math.max(...ratios).toFixed(2),
    String(measured.filter(({ longer }) => longer).length),
    String(measured.filter(({ longerThanEqual }) => longerThanEqual).length),
  ]);
}

for (const file of readdirSync("profiles").filter((name) => name.endsWith(".json"))) {
  const profile = profileOf(JSON.parse(readFileSync(`profiles/${file}`, "utf8")));
  compare(
    file,
    architectures.flatMap((arch) =>
      [0n, ALL_CAPS].map((caps) => [profile, { arch, kernel: KERNEL, caps }] as const),
    ),
  );
}
const seed = 4;
const random = fc
  .sample(arbitraryPlainProfile(KNOWN, 1), { numRuns: Number(options.random), seed })
  .map(profileOf);
const targets = architectures.map((arch): Target => ({ arch, kernel: KERNEL, caps: 0n }));
compare(
  `${random.length} random`,
  random.map((profile, i) => [profile, targets[i % targets.length] as Target] as const),
);
console.log(`libseccomp ${libseccomp.version}; instructions, summed up.\n`);
console.log(renderTable(rows));
