/**
 * Which dangers a profile leaves open: those that `check` reports, all of them, in one table.
 */

import { DANGERS, type Danger, isOfKernel, leftOf, nothingNew, openCalls } from "./dangers.ts";
import type { LintInput } from "./input.ts";

/** A call that is let through. */
export interface ExposedCall {
  readonly name: string;
  /** The argument with which it is dangerous; undefined: any. */
  readonly given: string | undefined;
}

/** A danger, and to whom it is open. */
export interface Exposed {
  readonly danger: Danger;
  /** The calls through which it is open to the caller; empty: it is not. */
  readonly calls: readonly ExposedCall[];
  /** The capabilities each of which would open it to a caller to whom it is not open. */
  readonly capabilities: readonly string[];
  /** A capability of the caller to whom it is let through, but to whom it is nothing new; undefined: it is open or closed. */
  readonly nothingNewWith: string | undefined;
}

/** A capability that the caller may get. */
export interface Opener {
  readonly name: string;
  /** The names of the calls about which rules depend on it. */
  readonly changes: ReadonlySet<string>;
  /** The profile for a caller with it. */
  input(): LintInput;
}

/** All dangers that the target's kernel has, the worst first. */
export function exposureOf(input: LintInput, openers: readonly Opener[]): readonly Exposed[] {
  return DANGERS.filter((danger) => isOfKernel(danger, input.target)).map((danger) => {
    const calls = openCalls(input, danger).map(
      ({ call, via }): ExposedCall => ({ name: via ?? call.name, given: call.given }),
    );
    const mayOpen = ({ name, changes }: Opener): boolean =>
      danger.needs?.caps.includes(name) === true || danger.calls.some((call) => changes.has(call.name));
    return {
      danger: calls.length > 0 ? leftOf(input, danger) : danger,
      calls,
      nothingNewWith: nothingNew(input, danger),
      capabilities:
        calls.length > 0
          ? []
          : openers
              .filter((opener) => mayOpen(opener) && openCalls(opener.input(), danger).length > 0)
              .map(({ name }) => name),
    };
  });
}

/** The capabilities without which the kernel refuses a danger that a filter lets through. */
export const CAPABILITIES_OF_DANGERS: readonly string[] = [
  ...new Set(DANGERS.flatMap(({ needs }) => needs?.caps ?? [])),
];

/** The names of all calls that can be dangerous. */
export const DANGEROUS_CALLS: readonly string[] = DANGERS.flatMap(({ calls }) =>
  calls.map(({ name }) => name),
);
