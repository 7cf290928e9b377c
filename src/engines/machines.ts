/**
 * The machines on which a profile can mean different things.
 */

import type { Target } from "../policy/target.ts";
import { type Profile, selectorsOf } from "../profile/profile.ts";
import { allCapabilities, capabilityBit } from "../tables/capabilities.ts";

/**
 * Machines of the target's architecture, at least one with and one without each rule of the profile: without capabilities and
 * with all, with and without each one that the profile names, and on both sides of each kernel version that it names. If a
 * rule depends on several of these, not all combinations are covered.
 */
export function machinesOf(profile: Profile, target: Target): Target[] {
  const all = allCapabilities();
  const selectors = selectorsOf(profile);
  if (selectors.every(({ caps, minKernel }) => caps.length === 0 && minKernel === undefined)) {
    return [target];
  }
  const bits = new Set(selectors.flatMap(({ caps }) => caps.map(capabilityBit)).filter((bit) => bit >= 0));
  const caps = new Set([target.caps, 0n, all]);
  for (const bit of bits) {
    caps.add(1n << BigInt(bit));
    caps.add(all ^ (1n << BigInt(bit)));
  }
  const kernels = new Set(
    selectors.flatMap(({ minKernel }) => (minKernel === undefined ? [] : [minKernel, minKernel - 1])),
  );
  return [
    ...[...caps].map((held) => ({ ...target, caps: held })),
    ...[...kernels].flatMap((kernel) => [0n, all].map((held) => ({ ...target, kernel, caps: held }))),
  ];
}
