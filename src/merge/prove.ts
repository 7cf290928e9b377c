/**
 * Proves that a merged profile gives every call what becomes of the verdicts of the profiles that it was merged from.
 */

import type { ChangedCalls } from "../analysis/change.ts";
import { type Changes, changesBetween } from "../analysis/changes.ts";
import type { CombinedSide, PolicySide } from "../analysis/sides.ts";
import { Refusal } from "../diagnostic.ts";
import { evaluate } from "../policy/evaluate.ts";
import type { Call, Policy } from "../policy/policy.ts";
import { type ResolveOptions, resolve } from "../policy/resolve.ts";
import { RuleTable } from "../policy/rule-table.ts";
import type { Target } from "../policy/target.ts";
import { denies, type Verdict } from "../policy/verdict.ts";
import type { Profile } from "../profile/profile.ts";
import type { Architecture } from "../tables/architectures.ts";
import { type Multiplexer, multiplexedCalls, multiplexers } from "../tables/multiplexers.ts";
import { architecturesRunBy } from "../tables/run-by.ts";
import { syscallId, syscallSince } from "../tables/syscalls.ts";
import { judgedBy, type Machine } from "./machines.ts";
import { denialOf, joined, type Operation } from "./operation.ts";
import { type AtLeastOne, mapAll } from "./several.ts";

/** What the profiles mean: as they are resolved, and what becomes of their verdicts. */
export interface Meaning {
  readonly operation: Operation;
  /** What the merged profile is compared with, with its architectures if these are to be the same. */
  readonly profiles: AtLeastOne<Profile>;
  /** The version of the youngest call that any of them names ({@link ageOf}). */
  readonly age: number;
  readonly options: ResolveOptions;
}

/** What becomes of the verdicts of policies, as a side of a comparison. */
interface Combination extends CombinedSide {
  readonly sides: readonly PolicySide[];
}

/** Calls that the merged profile judges otherwise. */
export interface Wrong {
  readonly target: Target;
  /** Undefined: all architectures that no profile lists. */
  readonly arch: Architecture | undefined;
  readonly calls: ChangedCalls;
  /** The architecture is one that some of the profiles list and others do not. */
  readonly unshared: boolean;
}

/** The version of the youngest call that any of the profiles names; 0 if there is none. */
export function ageOf(profiles: readonly Profile[]): number {
  return profiles.reduce(
    (age, { rules }) =>
      rules.reduce(
        (ofRules, { names }) =>
          names.reduce((youngest, name) => {
            const id = syscallId(name);
            return id < 0 ? youngest : Math.max(youngest, syscallSince(id));
          }, ofRules),
        age,
      ),
    0,
  );
}

/** The calls that the merged profile judges otherwise than is meant. */
export function wrongCalls(
  meaning: Meaning,
  merged: Profile,
  machines: readonly Machine[],
): readonly Wrong[] {
  // A part of the rules is enough for most machines, and quicker to resolve.
  const ids = new Set(machines.flatMap(({ among }) => [...(among ?? [])]));
  const part: Meaning = { ...meaning, profiles: mapAll(meaning.profiles, (one) => restricted(one, ids)) };
  const partOfMerged = restricted(merged, ids);
  return machines.flatMap(({ target, among }) => {
    const { sides, meant, result } =
      among === undefined ? compared(meaning, merged, target) : compared(part, partOfMerged, target);
    return wrongOf(changesBetween(meant, result, target.arch, among), target, sides);
  });
}

/** What is compared on one machine. */
interface Compared {
  readonly sides: AtLeastOne<PolicySide>;
  readonly meant: Combination;
  readonly result: PolicySide;
}

function compared(meaning: Meaning, merged: Profile, target: Target): Compared {
  const sideOf = (profile: Profile): PolicySide => ({
    kind: "policy",
    policy: comparable(resolved(profile, target, meaning), target, meaning),
  });
  const sides = mapAll(meaning.profiles, sideOf);
  return { sides, meant: combinationOf(meaning, target, sides), result: sideOf(merged) };
}

/**
 * The verdicts that calls through multiplexers should get and do not, by the multiplexer and the number of the call; undefined if
 * they are not the same on all machines.
 *
 * @param wrong calls of multiplexers
 */
export function callsThrough(
  meaning: Meaning,
  merged: Profile,
  wrong: readonly Wrong[],
): ReadonlyMap<Multiplexer, ReadonlyMap<number, Verdict>> | undefined {
  const found = new Map<Multiplexer, Map<number, Verdict>>();
  for (const { target, arch, calls } of wrong) {
    const multiplexer = multiplexers.find(({ name }) => syscallId(name) === calls.id);
    if (multiplexer === undefined || arch === undefined) {
      return undefined;
    }
    const { meant, result } = compared(meaning, merged, target);
    const verdicts = found.get(multiplexer) ?? new Map<number, Verdict>();
    found.set(multiplexer, verdicts);
    for (const { call } of multiplexedCalls(multiplexer)) {
      const made: Call = { arch: arch.token, nr: calls.first, args: [BigInt(call), 0n, 0n, 0n, 0n, 0n] };
      const wanted = meant.combine(meant.sides.map(({ policy }) => evaluate(policy, made)));
      if (wanted !== evaluate(result.policy, made)) {
        if ((verdicts.get(call) ?? wanted) !== wanted) {
          return undefined;
        }
        verdicts.set(call, wanted);
      }
    }
  }
  return found;
}

function wrongOf(changes: Changes, target: Target, sides: readonly PolicySide[]): readonly Wrong[] {
  const inArchitectures = changes.architectures.flatMap(({ arch, calls }) => {
    const listing = sides.filter(({ policy }) => policy.architectures.includes(arch)).length;
    const unshared = listing > 0 && listing < sides.length;
    return calls.map((one): Wrong => ({ target, arch, calls: one, unshared }));
  });
  return [
    ...inArchitectures,
    ...changes.others.map((calls): Wrong => ({ target, arch: undefined, calls, unshared: false })),
  ];
}

/** What becomes of the verdicts of the sides. */
function combinationOf(meaning: Meaning, target: Target, sides: AtLeastOne<PolicySide>): Combination {
  const { operation } = meaning;
  const [first, ...others] = sides;
  if (operation !== "rest") {
    return {
      kind: "combination",
      sides,
      combine: ([verdict = 0, ...more]) =>
        more.reduce((one, other) => joined(operation, one, other, 0), verdict),
    };
  }
  // The last side says how a call is denied, which for a call newer than the profiles is with ENOSYS.
  const denying: PolicySide = {
    kind: "policy",
    policy: comparable(denyingAll(first.policy), target, meaning),
  };
  return {
    kind: "combination",
    sides: [...sides, denying],
    combine: (verdicts) =>
      verdicts
        .slice(1, 1 + others.length)
        .reduce(
          (one: Verdict, other) => joined(operation, one, other, verdicts[sides.length] as Verdict),
          verdicts[0] as Verdict,
        ),
  };
}

/** The policy of the same machine that denies all calls as a rest does. */
function denyingAll(policy: Policy): Policy {
  return { ...policy, defaultVerdict: denialOf(policy.defaultVerdict), rules: new RuleTable() };
}

function resolved(profile: Profile, target: Target, { options }: Meaning): Policy {
  const { policy, diagnostics } = resolve(profile, target, options);
  if (policy === undefined) {
    const mistake = diagnostics.find(({ severity }) => severity === "error");
    throw new Refusal(`on ${target.arch.name} a profile is not valid: ${mistake?.message}`, mistake?.hint);
  }
  return policy;
}

/**
 * A policy as it is compared: as old as the youngest profile, since the merged one has a single age, and without architectures
 * whose calls the machine cannot make.
 */
function comparable(policy: Policy, { arch }: Target, { options, age }: Meaning): Policy {
  const isYoung = options.unknownSyscalls === "enosys" && age > 0 && denies(policy.defaultVerdict);
  const run = architecturesRunBy(arch);
  return {
    ...policy,
    architectures: policy.architectures.filter((one) => run.includes(one)),
    youngest: isYoung ? age : undefined,
  };
}

/** The rules of a profile that judge some syscalls. */
function restricted(profile: Profile, among: ReadonlySet<number>): Profile {
  const rules = profile.rules.flatMap((rule) => {
    const names = rule.names.filter((name) => judgedBy(name).some((id) => among.has(id)));
    return names.length === 0 ? [] : [{ ...rule, names }];
  });
  return { ...profile, rules };
}
