/**
 * Where a multiplexer lets calls through whose arguments no filter sees: on the target, and on the other machines of the profile's
 * `archMap`.
 */

import type { Policy } from "../policy/policy.ts";
import { resolve } from "../policy/resolve.ts";
import { type Architecture, architectureByScmp } from "../tables/architectures.ts";
import type { Multiplexer } from "../tables/multiplexers.ts";
import { syscallId, syscallNumber } from "../tables/syscalls.ts";
import { type LintInput, letsThrough } from "./input.ts";

/** Names of architectures. */
export interface Open {
  readonly here: readonly string[];
  /** On machines of another architecture than the target's. */
  readonly elsewhere: readonly string[];
}

type Via = Multiplexer["name"];

/**
 * The architectures on which the multiplexer makes one of these calls.
 *
 * @param calls their numbers in a policy
 */
export function openThrough(input: LintInput, via: Via, calls: (policy: Policy) => readonly number[]): Open {
  const openIn = (policy: Policy): readonly string[] =>
    policy.architectures
      .filter((arch) => has(arch, via))
      .filter((arch) => calls(policy).some((call) => letsThrough(policy, arch, via, [BigInt(call)])))
      .map(({ name }) => name);
  const here = openIn(input.policy);
  const elsewhere = new Set(policiesElsewhere(input, via).flatMap(openIn));
  return { here, elsewhere: [...elsewhere].filter((name) => !here.includes(name)) };
}

/** "on x86", "on x86 (and on s390x, s390 of other machines)"; nothing for no architecture. */
export function shownPlaces({ here, elsewhere }: Open): string {
  const others = elsewhere.length === 0 ? "" : `on ${elsewhere.join(", ")} of other machines`;
  const own = here.length === 0 ? "" : `on ${here.join(", ")}`;
  return own === "" || others === "" ? own + others : `${own} (and ${others})`;
}

function has(arch: Architecture, via: Via): boolean {
  return syscallNumber(arch, syscallId(via)) >= 0;
}

const known = new WeakMap<LintInput, Map<Architecture, readonly Policy[]>>();

/** The policies of the other machines that have the multiplexer. */
function policiesElsewhere(input: LintInput, via: Via): readonly Policy[] {
  const { profile, policy, target } = input;
  const policies = known.get(input) ?? new Map<Architecture, readonly Policy[]>();
  known.set(input, policies);
  return (profile.archMap ?? []).flatMap(({ architecture, subArchitectures }) => {
    const native = architectureByScmp(architecture);
    const all = [architecture, ...subArchitectures].flatMap((word) => architectureByScmp(word) ?? []);
    if (
      native === undefined ||
      policy.architectures.includes(native) ||
      !all.some((arch) => has(arch, via))
    ) {
      return [];
    }
    const found =
      policies.get(native) ??
      [
        resolve(
          profile,
          { ...target, arch: native },
          { unknownSyscalls: "default", wideArguments: policy.wideArguments },
        ).policy,
      ].flatMap((one) => one ?? []);
    policies.set(native, found);
    return found;
  });
}
