/**
 * What would change the verdicts on a call: capabilities, kernels, and the machine, each found by judging the call under it.
 */

import { type CallOutcomes, outcomesOf } from "../../analysis/call-outcomes.ts";
import { areEqualRules } from "../../analysis/possible-changes.ts";
import { type Section, sectionAt } from "../../analysis/regions.ts";
import type { Policy } from "../../policy/policy.ts";
import { type ResolveOptions, resolve } from "../../policy/resolve.ts";
import type { Target } from "../../policy/target.ts";
import { formatVerdict } from "../../policy/verdict.ts";
import { formatKernelVersion } from "../../profile/kernel-version.ts";
import { NO_SELECTOR, type Profile, type Rule, selectorsOf } from "../../profile/profile.ts";
import {
  type Architecture,
  architectureByScmp,
  architectures,
  X32_SEPARATE_SINCE,
} from "../../tables/architectures.ts";
import { capabilityBit } from "../../tables/capabilities.ts";
import { hidesArguments, hidingCalls } from "../../tables/hidden-arguments.ts";
import { multiplexed, multiplexers } from "../../tables/multiplexers.ts";
import { syscallId, syscallName, syscallSince, youngestFirst } from "../../tables/syscalls.ts";
import { conditionInWords } from "../conditions.ts";
import type { CallsOn } from "./calls.ts";

/** A verdict in words, and the condition under which calls get it: empty if they always do, undefined if it is not known. */
export interface OutcomeInWords {
  readonly verdict: string;
  readonly condition: string | undefined;
}

/** Under something else, calls get other verdicts. */
export interface Influence {
  readonly kind: "capability" | "kernel" | "architecture" | "option";
  /** In words: `with CAP_SYS_ADMIN`, `before Linux 4.8`, `on s390x`. */
  readonly under: string;
  readonly outcomes: readonly OutcomeInWords[];
}

/** The outcomes in words. */
export function inWords({ arch, id }: CallsOn, { outcomes }: CallOutcomes): readonly OutcomeInWords[] {
  return outcomes.map(({ verdict, when }) => ({
    verdict: formatVerdict(verdict, arch),
    condition: when && conditionInWords(arch, id, when),
  }));
}

/** What the influences on a call are looked for among. */
export interface Circumstances {
  readonly profile: Profile;
  readonly policy: Policy;
  readonly target: Target;
  readonly meaning: ResolveOptions;
  /** The version of the youngest call that the profile names, if it is known. */
  readonly youngest: number | undefined;
  /** Asks the same on another architecture; undefined if it has no such call, or no such argument. */
  readonly on: (policy: Policy) => CallsOn | undefined;
}

/** The influences on calls. */
export function influencesOn(
  calls: CallsOn,
  base: readonly OutcomeInWords[],
  circumstances: Circumstances,
): readonly Influence[] {
  return new Influences(calls, base, circumstances).all();
}

class Influences {
  private readonly focused: Profile;
  private readonly section: Section;

  constructor(
    private readonly calls: CallsOn,
    private readonly base: readonly OutcomeInWords[],
    private readonly given: Circumstances,
  ) {
    this.section = sectionAt(given.policy, calls.token, calls.nr);
    this.focused = focusedOn(given.profile, calls.id, given.youngest);
  }

  all(): readonly Influence[] {
    return [...this.capabilities(), ...this.kernels(), ...this.machines(), ...this.options()];
  }

  /** Whether the same rules decide the same calls: most circumstances change nothing. */
  private isDecidedAlike(policy: Policy, calls: CallsOn): boolean {
    const own = this.calls;
    const [a, b] = [this.section, sectionAt(policy, calls.token, calls.nr)];
    const verdicts = new Set([a.otherwise, ...a.rules.map(({ verdict }) => verdict)]);
    return (
      // One number is another errno on some machines.
      (own.arch === calls.arch ||
        [...verdicts].every((one) => formatVerdict(one, own.arch) === formatVerdict(one, calls.arch))) &&
      a.otherwise === b.otherwise &&
      areEqualRules(a.rules, b.rules) &&
      (a.rules.every(({ conditions }) => conditions.length === 0) ||
        areEqualArguments(own.known, calls.known))
    );
  }

  private capabilities(): readonly Influence[] {
    const { target } = this.given;
    const names = new Set(selectorsOf(this.focused).flatMap(({ caps }) => caps));
    const found = [...names].map((name): Influence | undefined => {
      const number = capabilityBit(name);
      if (number < 0) {
        return undefined;
      }
      const bit = 1n << BigInt(number);
      const isHeld = (target.caps & bit) !== 0n;
      return this.under("capability", `${isHeld ? "without" : "with"} ${name}`, {
        ...target,
        caps: target.caps ^ bit,
      });
    });
    return joined(
      found,
      (words) =>
        `${words[0]}${words
          .slice(1)
          .map((word) => ` or ${word.split(" ")[1]}`)
          .join("")}`,
    );
  }

  private kernels(): readonly Influence[] {
    const { target } = this.given;
    const bounds = new Set(selectorsOf(this.focused).flatMap(({ minKernel }) => minKernel ?? []));
    bounds.delete(NEVER);
    if (this.calls.id < 0 && this.calls.arch.sharesToken) {
      bounds.add(X32_SEPARATE_SINCE);
    }
    return [...bounds]
      .sort((a, b) => a - b)
      .flatMap((bound) => {
        const isBelow = target.kernel < bound;
        const under = `${isBelow ? "on" : "before"} Linux ${formatKernelVersion(bound)}${isBelow ? " and later" : ""}`;
        return this.under("kernel", under, { ...target, kernel: isBelow ? bound : bound - 1 }) ?? [];
      });
  }

  private machines(): readonly Influence[] {
    const { target, profile } = this.given;
    const found = otherMachines(profile, target.arch).map((arch) =>
      this.under("architecture", `on ${arch.name}`, { ...target, arch }),
    );
    return joined(found, (words) => `on ${words.map((word) => word.slice("on ".length)).join(", ")}`);
  }

  private options(): readonly Influence[] {
    const { meaning, target } = this.given;
    const other = meaning.unknownSyscalls === "enosys" ? "default" : "enosys";
    const found = this.under("option", `with --unknown-syscalls ${other}`, target, {
      ...meaning,
      unknownSyscalls: other,
    });
    return found === undefined ? [] : [found];
  }

  private under(
    kind: Influence["kind"],
    under: string,
    target: Target,
    meaning = this.given.meaning,
  ): Influence | undefined {
    const { policy } = resolve(this.focused, target, meaning);
    const calls = policy === undefined ? undefined : this.given.on(policy);
    if (policy === undefined || calls === undefined || this.isDecidedAlike(policy, calls)) {
      return undefined;
    }
    const outcomes = inWords(calls, outcomesOf(policy, calls, target.arch.bigEndian));
    return keyOf(outcomes) === keyOf(this.base) ? undefined : { kind, under, outcomes };
  }
}

/** The machines that a profile lists, but for one. */
export function otherMachines(
  { archMap, architectures: own }: Profile,
  arch: Architecture,
): readonly Architecture[] {
  const listed = [...(archMap ?? []).map(({ architecture }) => architecture), ...(own ?? [])];
  const others = new Set(listed.flatMap((scmp) => architectureByScmp(scmp) ?? []));
  others.delete(arch);
  return [...others];
}

/** Whether two sets of known arguments are the same. */
export function areEqualArguments(a: ReadonlyMap<number, bigint>, b: ReadonlyMap<number, bigint>): boolean {
  return a.size === b.size && [...a].every(([index, value]) => b.get(index) === value);
}

function keyOf(outcomes: readonly OutcomeInWords[]): string {
  return outcomes
    .map(({ verdict, condition }) => `${verdict} ${condition}`)
    .sort()
    .join("\n");
}

/** Those with the same outcomes as one. */
function joined(
  influences: readonly (Influence | undefined)[],
  together: (words: readonly string[]) => string,
): readonly Influence[] {
  const found = new Map<string, Influence[]>();
  for (const influence of influences) {
    if (influence !== undefined) {
      const key = keyOf(influence.outcomes);
      found.set(key, [...(found.get(key) ?? []), influence]);
    }
  }
  return [...found.values()].flatMap((alike) => {
    const [first] = alike;
    return first === undefined ? [] : [{ ...first, under: together(alike.map(({ under }) => under)) }];
  });
}

/** The minimum kernel of a rule that applies nowhere. */
const NEVER = Number.MAX_SAFE_INTEGER;

/**
 * What a profile says about a syscall, and how old the youngest one is that it names: resolving that for many machines takes little.
 * It judges calls of that syscall as the whole profile does.
 *
 * @param id -1: about a number without a syscall, which may be taken for any other
 * @param since the version of the youngest call that the profile names, if it is known
 */
export function focusedOn(profile: Profile, id: number, since: number | undefined): Profile {
  if (id < 0) {
    return profile;
  }
  const names = namesJudging(id, profile);
  const rules = profile.rules.flatMap((rule): Rule[] => {
    const about = names.filter((name) => rule.names.includes(name));
    return about.length === 0 ? [] : [{ ...rule, names: about }];
  });
  const youngest = since === undefined ? youngestNamed(profile) : nameOfVersion(since);
  return {
    ...profile,
    rules: youngest === undefined ? rules : [...rules, { ...nowhere(profile), names: [youngest] }],
  };
}

/** A syscall that appeared in a version. */
function nameOfVersion(since: number): string | undefined {
  const id = youngestFirst.find((each) => syscallSince(each) <= since);
  return id === undefined ? undefined : syscallName(id);
}

/** The youngest syscall that a profile names; undefined if it names none. */
export function youngestNamed({ rules }: Profile): string | undefined {
  let youngest: string | undefined;
  let since = 0;
  for (const { names } of rules) {
    for (const name of names) {
      const own = syscallSince(syscallId(name));
      if (own > since) {
        [youngest, since] = [name, own];
      }
    }
  }
  return youngest;
}

/** A rule that applies nowhere. */
function nowhere({ defaultAction, defaultErrno, rules }: Profile): Omit<Rule, "names"> {
  return {
    index: rules.length,
    action: defaultAction,
    errno: defaultErrno,
    conditions: [],
    includes: { ...NO_SELECTOR, minKernel: NEVER },
    excludes: NO_SELECTOR,
  };
}

/** The syscalls whose rules judge calls of a syscall on some architecture. */
function namesJudging(id: number, { rules }: Profile): readonly string[] {
  const name = syscallName(id);
  const through = multiplexers.some((each) => each.name === name)
    ? rules.flatMap((rule) => rule.names).filter((each) => multiplexed(each)?.via === name)
    : [];
  const inRegisters = architectures
    .filter((arch) => hidesArguments(arch, id))
    .flatMap(hidingCalls)
    .filter((each) => each.id === id && each.inRegisters >= 0)
    .map((each) => syscallName(each.inRegisters));
  return [...new Set([name, ...through, ...inRegisters])];
}
