/**
 * A profile at each stage of its way to a filter, as text: what `explain --stage` prints and the golden files hold.
 */

import { compileForKernel } from "../bpf/compile.ts";
import { decode } from "../bpf/decode.ts";
import { printProgram } from "../bpf/print.ts";
import { buildGraph } from "../graph/build.ts";
import { printGraph } from "../graph/print.ts";
import type { Policy } from "../policy/policy.ts";
import { printPolicy } from "../policy/print.ts";
import type { Architecture } from "../tables/architectures.ts";

/** The stages that depend on the machine and the caller; the profile before them does not. */
export const POLICY_STAGES = ["policy", "graph", "bpf"] as const;
export type PolicyStage = (typeof POLICY_STAGES)[number];

/** All stages, in the order in which a profile goes through them. */
export const STAGES = ["profile", ...POLICY_STAGES] as const;
export type Stage = (typeof STAGES)[number];

/**
 * Prints the result of a stage.
 *
 * @param arch the native architecture of the policy; it gives the errnos their names
 * @param what the name of the profile in messages
 * @throws Refusal if the kernel would reject the filter
 */
export function printStage(stage: PolicyStage, policy: Policy, arch: Architecture, what: string): string {
  switch (stage) {
    case "policy":
      return printPolicy(policy);
    case "graph":
      // A graph can be far too large to print; compiling it finds out.
      compileForKernel(policy, what);
      return printGraph(buildGraph(policy), arch);
    case "bpf":
      return printProgram(decode(compileForKernel(policy, what)), arch);
  }
}
