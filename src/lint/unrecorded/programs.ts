/**
 * The architectures of the programs that a machine runs.
 */

import type { Architecture } from "../../tables/architectures.ts";
import { architecturesRunBy } from "../../tables/run-by.ts";
import { type LintInput, nativeOf } from "../input.ts";
import { someStart, stoppedStarts } from "../starts.ts";

/** The policy's architectures without those that the profile lists for other machines; the native one first. */
export function machineArchitectures(input: LintInput): readonly Architecture[] {
  const run = architecturesRunBy(nativeOf(input));
  return input.policy.architectures.filter((arch) => run.includes(arch));
}

/** The same without those beside the native one whose programs do not start, of which `counterparts.ts` tells. */
export function programArchitectures(input: LintInput): readonly Architecture[] {
  return machineArchitectures(input).filter(
    (arch) =>
      arch === nativeOf(input) ||
      someStart(stoppedStarts(input.installed, arch), { library: "glibc", linking: "dynamic" }),
  );
}
