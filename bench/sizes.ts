/**
 * The length of our filters beside libseccomp's: every shipped profile on every architecture, and random profiles.
 *
 *     npx tsx bench/sizes.ts [--random 1000] [--younger]
 *
 * libseccomp gets the rules that our compiler gets, in their order, as a list and as a tree (SCMP_FLTATR_CTL_OPTIMIZE). With
 * `--younger` ours also hold the rule for calls that are younger than the profile, which libseccomp does not have; runc puts
 * instructions of its own before libseccomp's for that.
 */

import { readdirSync, readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import fc from "fast-check";
import { compile } from "../src/bpf/compile.ts";
import { programLength } from "../src/bpf/instruction.ts";
import { resolve } from "../src/policy/resolve.ts";
import { holds, type Target } from "../src/policy/target.ts";
import type { Profile, Rule } from "../src/profile/profile.ts";
import { readProfile } from "../src/profile/read.ts";
import { type Architecture, architectures, matchesArchName } from "../src/tables/architectures.ts";
import { syscallNames } from "../src/tables/syscalls.ts";
import { actionCode, loadRealLibseccomp, type RealFilter } from "../test/support/real-libseccomp.ts";
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
}

/** undefined where libseccomp does not know an architecture, or does not take a rule. */
function lengths(profile: Profile, target: Target): Lengths | undefined {
  const { policy } = resolve(profile, target, {
    unknownSyscalls: options.younger ? "enosys" : "default",
  });
  if (policy === undefined) {
    return giveUp("a profile has errors");
  }
  const theirs = [false, true].map((tree) => peerLength(profile, target, policy.architectures, tree));
  const [linear, tree] = theirs;
  return linear === undefined || tree === undefined
    ? undefined
    : { ours: programLength(compile(policy)), linear, tree };
}

const EPERM = 1;

function peerLength(
  profile: Profile,
  target: Target,
  listed: readonly Architecture[],
  tree: boolean,
): number | undefined {
  const otherwise = actionCode(profile.defaultAction, profile.defaultErrno.number ?? EPERM);
  const filter = libseccomp.init(otherwise);
  if (filter === undefined) {
    return undefined;
  }
  try {
    if (filter.setArchitectures(listed) !== 0 || (tree && filter.optimize() !== 0)) {
      return undefined;
    }
    return addRules(filter, profile, target, otherwise)
      ? programLength(filter.program(target.arch.bigEndian))
      : undefined;
  } finally {
    filter.release();
  }
}

/** As runc does it: what has the default action is left out, and so are names that libseccomp does not know. */
function addRules(filter: RealFilter, profile: Profile, target: Target, otherwise: number): boolean {
  for (const rule of profile.rules.filter((one) => applies(one, target))) {
    const code = actionCode(rule.action, rule.errno.number ?? EPERM);
    for (const name of code === otherwise ? [] : rule.names) {
      const number = libseccomp.number(name);
      if (number !== UNKNOWN && filter.add(code, number, rule.conditions) !== 0) {
        return false;
      }
    }
  }
  return true;
}

const UNKNOWN = -1;

function applies({ includes, excludes }: Rule, target: Target): boolean {
  const isArch = (name: string): boolean => matchesArchName(target.arch, name);
  return (
    includes.caps.every((name) => holds(target, name) === true) &&
    !excludes.caps.some((name) => holds(target, name) === true) &&
    (includes.arches.length === 0 || includes.arches.some(isArch)) &&
    !excludes.arches.some(isArch) &&
    (includes.minKernel ?? 0) <= target.kernel &&
    (excludes.minKernel ?? Number.POSITIVE_INFINITY) > target.kernel
  );
}

/** Both have to make a filter of the same. */
const KNOWN = syscallNames().filter((name) => libseccomp.number(name) !== UNKNOWN);
/**
 * So many names a profile has at least. With fewer, ours can be longer by two instructions: they judge the numbers with
 * bits that no call of x86 has, and -1, with which a tracer makes the kernel skip a call, as the kernel means them.
 */
const LEAST = 25;

/** Each call has one rule at most: of several that overlap libseccomp makes something else than they mean. */
function arbitraryProfile(): fc.Arbitrary<object> {
  const value = fc
    .oneof(fc.bigInt({ min: 0n, max: 64n }), fc.bigInt({ min: 0n, max: 2n ** 53n - 1n }))
    .map(Number);
  const condition = fc.record({
    index: fc.nat(5),
    op: fc.constantFrom("SCMP_CMP_EQ", "SCMP_CMP_NE", "SCMP_CMP_LT", "SCMP_CMP_GE", "SCMP_CMP_MASKED_EQ"),
    value,
    valueTwo: fc.nat(255),
  });
  const conditions = fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    {
      weight: 1,
      arbitrary: fc.uniqueArray(condition, { selector: ({ index }) => index, minLength: 1, maxLength: 3 }),
    },
  );
  const own = fc.record({
    action: fc.constantFrom(
      "SCMP_ACT_ALLOW",
      "SCMP_ACT_ALLOW",
      "SCMP_ACT_ALLOW",
      "SCMP_ACT_LOG",
      "SCMP_ACT_TRAP",
    ),
    conditions,
  });
  const names = fc.uniqueArray(fc.constantFrom(...KNOWN), { minLength: LEAST, maxLength: 450, size: "max" });
  return fc
    .tuple(
      fc.constantFrom("SCMP_ACT_ERRNO", "SCMP_ACT_KILL_PROCESS"),
      names,
      fc.array(own, { minLength: 1, maxLength: 40 }),
    )
    .map(([defaultAction, all, rules]) => ({
      defaultAction,
      archMap: ARCH_MAP,
      syscalls: all.map((name, i) => {
        // Most are simply allowed, as in profiles that people write.
        const { action, conditions: args } = rules[i] ?? { action: "SCMP_ACT_ALLOW", conditions: [] };
        return { names: [name], action, args };
      }),
    }));
}

const ARCH_MAP = JSON.parse(readFileSync("profiles/default.json", "utf8")).archMap as unknown;

function profileOf(value: unknown): Profile {
  const { profile } = readProfile(value);
  return profile ?? giveUp("a profile has errors");
}

const KERNEL = 6 * 256 + 18;
const ALL_CAPS = (1n << 41n) - 1n;

const rows = [
  [
    "profile",
    "filters",
    "ours",
    "libseccomp linear",
    "libseccomp tree",
    "largest ratio",
    "larger than linear",
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
    String(measured.filter(({ ours, linear, tree }) => ours > Math.min(linear, tree)).length),
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
const random = fc.sample(arbitraryProfile(), { numRuns: Number(options.random), seed }).map(profileOf);
const targets = architectures.map((arch): Target => ({ arch, kernel: KERNEL, caps: 0n }));
compare(
  `${random.length} random`,
  random.map((profile, i) => [profile, targets[i % targets.length] as Target] as const),
);
console.log(`libseccomp ${libseccomp.version}; instructions, summed up.\n`);
console.log(renderTable(rows));
