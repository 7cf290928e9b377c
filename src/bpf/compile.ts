/**
 * The compiler: a policy through a decision graph to a program.
 */

import { Refusal } from "../diagnostic.ts";
import { buildGraph } from "../graph/build.ts";
import { TooManyNodes } from "../graph/size.ts";
import type { Policy } from "../policy/policy.ts";
import { BPF_MAXINSNS } from "../tables/seccomp.ts";
import { emit } from "./emit.ts";
import { type Program, programLength } from "./instruction.ts";

/**
 * Compiles a policy, and refuses what the kernel would.
 *
 * @param what what to call the profile
 * @param graphBuilt is called between the decision graph and the program
 * @throws Refusal
 */
export function compileForKernel(policy: Policy, what: string, graphBuilt?: () => void): Program {
  const program = compileWithin(policy, graphBuilt);
  const problem = tooLong(program, what);
  if (problem !== undefined) {
    throw new Refusal(problem, SHORTEN);
  }
  return program as Program;
}

/** A filter, or more than how many instructions it would have: whatever is far too long is not made to its end. */
type Compiled = Program | { readonly moreThan: number };

/** Compiles a policy, unless its filter gets far too long. */
export function compileWithin(policy: Policy, graphBuilt?: () => void): Compiled {
  try {
    return compile(policy, graphBuilt);
  } catch (error) {
    if (error instanceof TooManyNodes) {
      return { moreThan: error.nodes };
    }
    throw error;
  }
}

/** What to do about a filter that is too long. */
export const SHORTEN = "use fewer conditions on arguments";

/** Says how long a profile's filter is, where it is longer than the kernel takes. */
export function tooLong(program: Compiled, what: string): string | undefined {
  const most = "moreThan" in program;
  const length = most ? program.moreThan : programLength(program);
  return length > BPF_MAXINSNS
    ? `${what} needs a filter of ${most ? "more than " : ""}${length} instructions; the kernel takes at most ${BPF_MAXINSNS}`
    : undefined;
}

/**
 * Compiles a policy for the machine that its native architecture stands for.
 *
 * @throws TooManyNodes where the filter gets far too long
 */
export function compile(policy: Policy, graphBuilt?: () => void): Program {
  const graph = buildGraph(policy);
  graphBuilt?.();
  return emit(graph, policy.architectures[0]?.bigEndian === true);
}
