/**
 * The calls that two policies or filters judge differently.
 */

import { changesBetween } from "../analysis/changes.ts";
import type { Side } from "../analysis/sides.ts";
import type { Architecture, ArchitectureName } from "../tables/architectures.ts";
import { architectureByName } from "../tables/architectures.ts";
import { allRowsOf, differ, type Row } from "../verbs/diff/rows.ts";
import { type Call, publicCall, type Verdict } from "./call.ts";
import { type Filter, internalFilter } from "./filter.ts";
import { internalPolicy, isPolicy, type Policy } from "./policy.ts";

/** Calls that get one pair of different verdicts. */
export interface Difference {
  /** Their architecture; absent: all that neither side lists. */
  readonly architecture?: ArchitectureName;
  /** The name of the call, or its numbers: "number 463", "numbers 463 to 511"; "calls": all of an architecture that one side lacks. */
  readonly calls: string;
  /** The first side's verdict, and the second's. */
  readonly verdicts: readonly [Verdict, Verdict];
  /** The condition on the arguments, in words; "": there is none; absent: the search for it was cut short. */
  readonly condition?: string;
  /** One of the calls, as it is written in C; absent: its arguments do not matter. */
  readonly example?: string;
  /** The same call, for {@link evaluate} and {@link interpret}. */
  readonly call: Call;
  /** Whether no program makes such a call by accident: it needs a register with bits that the kernel does not look at. */
  readonly crafted: boolean;
}

/** Calls of which it is not known whether they are judged differently. */
export interface Undecided {
  /** Their architecture; absent: all that neither side lists. */
  readonly architecture?: ArchitectureName;
  /** As in {@link Difference.calls}. */
  readonly calls: string;
  /** Why the comparison was cut short. */
  readonly why: string;
}

/** The result of {@link diff}. */
export interface Comparison {
  /** Whether every call is known to get the same verdict from both. */
  readonly equal: boolean;
  /** By architecture, the native one first. */
  readonly differences: readonly Difference[];
  /** What is not known; often nothing. */
  readonly cutShort: readonly Undecided[];
}

/**
 * Compares two policies or filters by what they mean: for every architecture, every number and all arguments.
 *
 * To compare profiles for callers with capabilities, resolve both for each of {@link Profile.capabilities}.
 *
 * @throws RangeError if the two are for different native architectures, or the kernel would refuse a filter
 *
 * @example
 * ```ts
 * import { builtinProfiles, diff, readProfile, resolve } from "seccomp-exec";
 *
 * function policyOf(text: string) {
 *   const { profile } = readProfile(text);
 *   const { policy } = profile ? resolve(profile, { architecture: "x86_64", kernel: "6.12" }) : {};
 *   if (policy === undefined) {
 *     throw new Error("the profile is not valid");
 *   }
 *   return policy;
 * }
 *
 * const rule = (value: number) => ({ names: ["socket"], action: "SCMP_ACT_ALLOW", args: [{ index: 0, value, op: "SCMP_CMP_EQ" }] });
 * const profile = (value: number) => JSON.stringify({ defaultAction: "SCMP_ACT_ERRNO", syscalls: [rule(value)] });
 * const { equal, differences } = diff(policyOf(profile(1)), policyOf(profile(2)));
 * console.log(equal); //=> false
 * for (const { calls, condition, verdicts } of differences) {
 *   console.log(`${calls} if ${condition}: ${verdicts.join(" -> ")}`);
 * }
 * //=> socket if family == AF_UNIX: ALLOW -> ERRNO(EPERM)
 * //=> socket if family == AF_INET: ERRNO(EPERM) -> ALLOW
 *
 * const own = policyOf(builtinProfiles["default.json"]);
 * console.log(diff(own, own).equal); //=> true
 * ```
 */
export function diff(first: Policy | Filter, second: Policy | Filter): Comparison {
  const [a, b] = [sideOf(first), sideOf(second)];
  if (a.arch !== b.arch) {
    throw new RangeError(`the first is for ${a.arch.name}, and the second for ${b.arch.name}`);
  }
  const base = changesBetween(a.side, b.side, a.arch);
  const all = allRowsOf({ arch: a.arch, base, withCapability: [] });
  return {
    equal: !differ(all),
    differences: all.rows.map(shown),
    cutShort: all.cutShort.map(({ architecture, calls, why }) => ({ ...named(architecture), calls, why })),
  };
}

function sideOf(given: Policy | Filter): { readonly side: Side; readonly arch: Architecture } {
  if (isPolicy(given)) {
    const { policy, arch } = internalPolicy(given);
    return { side: { kind: "policy", policy }, arch };
  }
  if (!("instructions" in given)) {
    throw new TypeError("what is compared must be a policy from resolve, or a filter");
  }
  const { instructions, arch } = internalFilter(given);
  return { side: { kind: "filter", instructions }, arch };
}

function shown({ architecture, calls, verdicts, condition, example, call, crafted }: Row): Difference {
  return {
    ...named(architecture),
    calls,
    verdicts: verdicts as readonly [Verdict, Verdict],
    ...(condition === undefined ? {} : { condition }),
    ...(example === undefined ? {} : { example }),
    call: publicCall(call, architectureByName(architecture)),
    crafted,
  };
}

function named(architecture: string | undefined): { readonly architecture?: ArchitectureName } {
  return architecture === undefined ? {} : { architecture: architecture as ArchitectureName };
}
