/**
 * The compiler: a policy through a decision graph to a program.
 */

import { Refusal } from "../diagnostic.ts";
import type { Policy } from "../policy/policy.ts";
import { BPF_MAXINSNS } from "../tables/seccomp.ts";
import { buildTree } from "../tree/build.ts";
import { emit } from "./emit.ts";
import { type Program, programLength } from "./instruction.ts";

/**
 * Compiles a policy, and refuses what the kernel would.
 *
 * @param what what to call the profile
 * @param treeBuilt is called between the decision graph and the program
 * @throws Refusal
 */
export function compileForKernel(policy: Policy, what: string, treeBuilt?: () => void): Program {
  const program = compile(policy, treeBuilt);
  const problem = tooLong(program, what);
  if (problem !== undefined) {
    throw new Refusal(problem, SHORTEN);
  }
  return program;
}

/** What to do about a filter that is too long. */
export const SHORTEN = "use fewer conditions on arguments";

/** Says how long a profile's filter is, where it is longer than the kernel takes. */
export function tooLong(program: Program, what: string): string | undefined {
  const length = programLength(program);
  return length > BPF_MAXINSNS
    ? `${what} needs a filter of ${length} instructions; the kernel takes at most ${BPF_MAXINSNS}`
    : undefined;
}

/** Compiles a policy for the machine that its native architecture stands for. */
export function compile(policy: Policy, treeBuilt?: () => void): Program {
  const tree = buildTree(policy);
  treeBuilt?.();
  return emit(tree, policy.architectures[0]?.bigEndian === true);
}
