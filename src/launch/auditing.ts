/**
 * Turns the filter of a profile into one that asks a supervisor.
 */

import type { Program } from "../bpf/instruction.ts";
import { asking, notifyingMark } from "../bpf/supervised.ts";
import { hexToProgram } from "../load/prepared.ts";
import { actionOf, denies } from "../policy/verdict.ts";
import { type Architecture, architectureByName } from "../tables/architectures.ts";
import { SECCOMP_RET_ALLOW, SECCOMP_RET_LOG, SECCOMP_RET_TRAP } from "../tables/seccomp.ts";
import type { Filter } from "./plan.ts";

/** The instructions of a filter. */
export function programOf(filter: Filter): Program {
  return filter.kind === "prepared" ? hexToProgram(filter.hex) : filter.program;
}

/** `Compiler.auditing` */
export function auditing(program: Program, arch: string, complains: boolean): Program {
  const asks = complains ? (verdict: number) => actionOf(verdict) !== SECCOMP_RET_ALLOW : isNamed;
  return notifyingExec(asking(program, asks), arch);
}

/** `Compiler.notifyingExec` */
export function notifyingExec(program: Program, arch: string, mark?: number): Program {
  return notifyingMark(program, architectureByName(arch) as Architecture, mark);
}

/** Whether a supervisor names such a verdict. TRAP and TRACE stay with the kernel: a handler, or a tracer, learns of the call. */
export function isNamed(verdict: number): boolean {
  const action = actionOf(verdict);
  return action === SECCOMP_RET_LOG || (denies(verdict) && action !== SECCOMP_RET_TRAP);
}
