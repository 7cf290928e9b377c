/**
 * A second opinion on filters: the program that libseccomp makes from a whole profile, passed to it as runc does.
 */

import { readFileSync } from "node:fs";
import fc from "fast-check";
import type { Program } from "../../../src/bpf/instruction.ts";
import { selects } from "../../../src/policy/rule-verdict.ts";
import type { Target } from "../../../src/policy/target.ts";
import type { Profile } from "../../../src/profile/profile.ts";
import type { Architecture } from "../../../src/tables/architectures.ts";
import { EPERM } from "../../../src/tables/errnos.ts";
import { actionCode, type RealFilter, type RealLibseccomp } from "./real-libseccomp.ts";

/** The number of names that libseccomp does not know. */
export const UNKNOWN = -1;

/** The program that libseccomp makes from a profile; undefined if it does not know an architecture or refuses a rule. */
export function libseccompProgram(
  libseccomp: RealLibseccomp,
  profile: Profile,
  target: Target,
  listed: readonly Architecture[],
  tree: boolean,
): Program | undefined {
  const otherwise = actionCode(profile.defaultAction, profile.defaultErrno.number ?? EPERM);
  const filter = libseccomp.init(otherwise);
  if (filter === undefined) {
    return undefined;
  }
  try {
    const foreign = filter.setForeignAction(actionCode("SCMP_ACT_KILL_PROCESS", 0));
    if (foreign !== 0 || filter.setArchitectures(listed) !== 0 || (tree && filter.optimize() !== 0)) {
      return undefined;
    }
    if (!addRules(libseccomp, filter, profile, target, otherwise)) {
      return undefined;
    }
    return filter.program(target.arch.bigEndian);
  } finally {
    filter.release();
  }
}

/** As runc does: rules with the default action and names that libseccomp does not know are left out. */
function addRules(
  libseccomp: RealLibseccomp,
  filter: RealFilter,
  profile: Profile,
  target: Target,
  otherwise: number,
): boolean {
  for (const rule of profile.rules.filter((one) => selects(one, target))) {
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

/** A profile in Docker's form. */
export interface PlainProfile {
  readonly defaultAction: string;
  readonly archMap: unknown;
  readonly syscalls: readonly {
    readonly names: readonly string[];
    readonly action: string;
    readonly args?: unknown;
  }[];
}

/**
 * A profile with at most one rule per call: overlapping rules mean something else to libseccomp.
 *
 * @param known the names that it can have
 * @param least the minimum number of names
 */
export function arbitraryPlainProfile(known: readonly string[], least: number): fc.Arbitrary<PlainProfile> {
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
  const names = fc.uniqueArray(fc.constantFrom(...known), { minLength: least, maxLength: 450, size: "max" });
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
        // Most calls are simply allowed, as in real profiles.
        const { action, conditions: args } = rules[i] ?? { action: "SCMP_ACT_ALLOW", conditions: [] };
        return { names: [name], action, args };
      }),
    }));
}

const ARCH_MAP = JSON.parse(readFileSync("profiles/default.json", "utf8")).archMap as unknown;
