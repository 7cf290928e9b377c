/**
 * The machine and the caller that a profile is resolved for, as values that are passed in.
 */

import type { Architecture } from "../tables/architectures.ts";
import { capabilityBit } from "../tables/capabilities.ts";

export interface Target {
  /** The native architecture: that of the command. */
  readonly arch: Architecture;
  /** major * 256 + minor. */
  readonly kernel: number;
  /** The capabilities that the command can hold: bit n is the capability with number n (capabilities(7)). */
  readonly caps: bigint;
}

/** Whether the capability of that name is held; undefined if there is no such capability. */
export function holds(target: Target, name: string): boolean | undefined {
  const bit = capabilityBit(name);
  return bit < 0 ? undefined : ((target.caps >> BigInt(bit)) & 1n) === 1n;
}
