/**
 * The compiler: from a policy through a decision graph to a program.
 */

import { Refusal } from "../diagnostic.ts";
import { buildGraph } from "../graph/build.ts";
import { TooManyNodes } from "../graph/size.ts";
import type { Policy } from "../policy/policy.ts";
import { BPF_MAXINSNS } from "../tables/seccomp.ts";
import { emit } from "./emit.ts";
import { type Program, programLength } from "./instruction.ts";

/**
 * Compiles a policy, and refuses a filter that the kernel would refuse.
 *
 * @param what the profile's name in messages
 * @param graphBuilt called after the decision graph, before the program
 * @throws Refusal
 */
export function compileForKernel(policy: Policy, what: string, graphBuilt?: () => void): Program {
  const compiled = compileWithin(policy, graphBuilt);
  if (compiled.kind === "tooLong") {
    throw new Refusal(tooLong(compiled, what), SHORTEN);
  }
  return compiled.program;
}

/** The result of compiling. */
export type Compiled =
  /** A filter within the kernel's limit. */
  { readonly kind: "filter"; readonly program: Program } | TooLong;

/** The filter exceeds the kernel's limit. `length` is its number of instructions, or a lower bound if it is not whole. */
export interface TooLong {
  readonly kind: "tooLong";
  readonly length: number;
  readonly isWhole: boolean;
}

/** Compiles a policy, unless its filter gets too long. */
export function compileWithin(policy: Policy, graphBuilt?: () => void): Compiled {
  try {
    const program = compile(policy, graphBuilt);
    const length = programLength(program);
    return length > BPF_MAXINSNS ? { kind: "tooLong", length, isWhole: true } : { kind: "filter", program };
  } catch (error) {
    if (error instanceof TooManyNodes) {
      return { kind: "tooLong", length: error.nodes, isWhole: false };
    }
    throw error;
  }
}

/** The hint for a filter that is too long. */
export const SHORTEN = "use fewer conditions on arguments";

/** The message that a profile's filter is too long. */
export function tooLong({ length, isWhole }: TooLong, what: string): string {
  return `${what} needs a filter of ${isWhole ? "" : "more than "}${length} instructions; the kernel takes at most ${BPF_MAXINSNS}`;
}

/**
 * Compiles a policy for a machine of its native architecture.
 *
 * @throws TooManyNodes if the filter gets far too long
 */
export function compile(policy: Policy, graphBuilt?: () => void): Program {
  const graph = buildGraph(policy);
  graphBuilt?.();
  return emit(graph, policy.architectures[0]?.bigEndian === true);
}
