/**
 * What becomes of calls if the caller holds a capability.
 */

import type { Architecture } from "../../tables/architectures.ts";
import type { JudgedCall } from "./calls.ts";

/** A call that is judged otherwise. */
export interface OtherCall {
  readonly architecture: Architecture;
  readonly before: JudgedCall;
  readonly after: JudgedCall;
}

/** What one capability, or several together, change. */
export interface WithCapability {
  /** For example CAP_SYS_ADMIN; `undefined`: all that the profile names, where one alone changes nothing. */
  readonly name: string | undefined;
  readonly calls: readonly OtherCall[];
}

/** The calls that are judged otherwise, of those of one architecture. */
export function otherCalls(
  architecture: Architecture,
  before: ReadonlyMap<number, JudgedCall>,
  after: readonly JudgedCall[],
): readonly OtherCall[] {
  return after.flatMap((call) => {
    const known = before.get(call.id);
    return known === undefined || isAlike(known, call) ? [] : [{ architecture, before: known, after: call }];
  });
}

/** Whether two calls get the same verdicts under the same conditions. */
export function isAlike(a: JudgedCall, b: JudgedCall): boolean {
  return a.kind === b.kind && JSON.stringify(a.verdicts) === JSON.stringify(b.verdicts);
}
