/**
 * A profile at each stage of its way to a filter, as text: what `explain --stage` prints and what the golden files hold.
 */

import { compileForKernel } from "../bpf/compile.ts";
import { decode } from "../bpf/decode.ts";
import { printProgram } from "../bpf/print.ts";
import { buildGraph } from "../graph/build.ts";
import { printGraph } from "../graph/print.ts";
import type { Policy } from "../policy/policy.ts";
import { printPolicy } from "../policy/print.ts";
import type { Architecture } from "../tables/architectures.ts";

/** The stages of a policy, which depend on the machine and the caller. The profile itself, which does not, comes before. */
export const POLICY_STAGES = ["policy", "graph", "bpf"] as const;
export type PolicyStage = (typeof POLICY_STAGES)[number];

/** All stages, in the order in which a profile goes through them. */
export const STAGES = ["profile", ...POLICY_STAGES] as const;
export type Stage = (typeof STAGES)[number];

/**
 * Prints what a stage makes of a policy.
 *
 * @param arch the native architecture of the policy; it gives errnos their names
 * @param what what to call the profile
 * @throws Refusal where the kernel would not take the filter
 */
export function printStage(stage: PolicyStage, policy: Policy, arch: Architecture, what: string): string {
  switch (stage) {
    case "policy":
      return printPolicy(policy);
    case "graph":
      // A graph can be far too large to be printed, which is found out by compiling it.
      compileForKernel(policy, what);
      return printGraph(buildGraph(policy), arch);
    case "bpf":
      return printProgram(decode(compileForKernel(policy, what)), arch);
  }
}
