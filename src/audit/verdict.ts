/**
 * What a call gets: the verdict of the profile's filter, and what the supervisor does about it.
 */

import { LD_W_ABS, type Program, STRIDE } from "../bpf/instruction.ts";
import { actionOf, type Verdict } from "../policy/verdict.ts";
import {
  MAX_ERRNO,
  SECCOMP_DATA_ARGS,
  SECCOMP_RET_ALLOW,
  SECCOMP_RET_DATA,
  SECCOMP_RET_ERRNO,
  SECCOMP_RET_KILL_PROCESS,
  SECCOMP_RET_KILL_THREAD,
  SECCOMP_RET_LOG,
} from "../tables/seccomp.ts";

/** What happens to a call. */
export type Outcome =
  /** The kernel carries it out. */
  | { readonly kind: "allowed" }
  /** It fails. */
  | { readonly kind: "denied"; readonly errno: number }
  /** Its task ends. */
  | { readonly kind: "killed" };

/** @param complains whether nothing is denied */
export function outcomeOf(verdict: Verdict, complains: boolean): Outcome {
  const action = actionOf(verdict);
  if (complains || action === SECCOMP_RET_LOG || action === SECCOMP_RET_ALLOW) {
    return { kind: "allowed" };
  }
  switch (action) {
    case SECCOMP_RET_ERRNO:
      return { kind: "denied", errno: Math.min(verdict & SECCOMP_RET_DATA, MAX_ERRNO) };
    case SECCOMP_RET_KILL_PROCESS:
    case SECCOMP_RET_KILL_THREAD:
      return { kind: "killed" };
    default:
      throw new Error(`the filter asks about the verdict 0x${verdict.toString(16)}`);
  }
}

/** The arguments that a program looks at for any call: bit n is argument n. */
export function comparedArguments(program: Program): number {
  let compared = 0;
  for (let at = 0; at < program.length; at += STRIDE) {
    const offset = program[at + 3] as number;
    if (program[at] === LD_W_ABS && offset >= SECCOMP_DATA_ARGS) {
      compared |= 1 << ((offset - SECCOMP_DATA_ARGS) >> 3);
    }
  }
  return compared;
}
