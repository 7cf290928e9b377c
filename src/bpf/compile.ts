/**
 * The compiler: a policy through a decision graph to a program.
 */

import type { Policy } from "../policy/policy.ts";
import { buildTree } from "../tree/build.ts";
import { emit } from "./emit.ts";
import type { Program } from "./instruction.ts";

/** Compiles a policy for the machine that its native architecture stands for. */
export function compile(policy: Policy): Program {
  const tree = buildTree(policy);
  return emit(tree, policy.architectures[0]?.bigEndian === true);
}
