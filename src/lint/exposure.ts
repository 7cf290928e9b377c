/**
 * Which dangers a profile leaves open: those that `check` reports, all of them, in one table.
 */

import { DANGERS, type Danger, type DangerousCall, isOfKernel, openDangers } from "./dangers.ts";
import type { LintInput } from "./input.ts";

/** A danger, and to whom it is open. */
export interface Exposed {
  readonly danger: Danger;
  /** The calls through which it is open to the caller; empty: it is not. */
  readonly calls: readonly DangerousCall[];
  /** The capabilities each of which would open it to a caller to whom it is not open. */
  readonly capabilities: readonly string[];
}

/**
 * All dangers that the target's kernel has, the worst first.
 *
 * @param withCapability the profile for the same caller with one more capability each
 */
export function exposureOf(
  input: LintInput,
  withCapability: ReadonlyMap<string, LintInput>,
): readonly Exposed[] {
  const open = new Map(
    openDangers(input).map(({ danger, calls }) => [danger, calls.map(({ call }) => call)]),
  );
  const openers = [...withCapability].map(
    ([name, other]) => [name, new Set(openDangers(other).map(({ danger }) => danger))] as const,
  );
  return DANGERS.filter((danger) => isOfKernel(danger, input.target)).map((danger) => {
    const calls = open.get(danger) ?? [];
    return {
      danger,
      calls,
      capabilities:
        calls.length > 0 ? [] : openers.flatMap(([name, dangers]) => (dangers.has(danger) ? [name] : [])),
    };
  });
}

/** The capabilities without which the kernel refuses a danger that a filter lets through. */
export const CAPABILITIES_OF_DANGERS: readonly string[] = [
  ...new Set(DANGERS.flatMap(({ needs }) => needs?.caps ?? [])),
];
