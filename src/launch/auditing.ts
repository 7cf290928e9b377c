/**
 * Turns the filter of a profile into one that asks a supervisor.
 */

import type { Program } from "../bpf/instruction.ts";
import { asking, checkLength, markedBeginning, notifyingMark, returning } from "../bpf/supervised.ts";
import { DIGITS, hexReturning, hexToProgram, programToHex } from "../load/prepared.ts";
import { actionOf, denies } from "../policy/verdict.ts";
import { type Architecture, architectureByName } from "../tables/architectures.ts";
import {
  SECCOMP_RET_ALLOW,
  SECCOMP_RET_LOG,
  SECCOMP_RET_TRACE,
  SECCOMP_RET_TRAP,
  SECCOMP_RET_USER_NOTIF,
} from "../tables/seccomp.ts";
import type { Code, Filter } from "./plan.ts";

/** The instructions of a filter. */
export function programOf(filter: Filter): Program {
  return filter.kind === "prepared" ? hexToProgram(filter.hex) : filter.program;
}

/** `Compiler.auditing` */
export function auditing(filter: Filter, arch: string, complains: boolean): Code {
  const asks = complains ? (verdict: number) => actionOf(verdict) !== SECCOMP_RET_ALLOW : isNamed;
  if (filter.kind === "compiled") {
    return notifyingExec(asking(filter.program, asks), arch);
  }
  const hex =
    beginningDigits(arch) +
    hexReturning(filter.hex, (verdict) => (asks(verdict) ? SECCOMP_RET_USER_NOTIF : verdict));
  checkLength(hex.length / DIGITS);
  return hex;
}

/** The digits of {@link markedBeginning}, by architecture. */
const beginnings = new Map<string, string>();

/** The beginning of an audited filter, as digits of a prepared one. */
export function beginningDigits(arch: string): string {
  const known = beginnings.get(arch);
  if (known !== undefined) {
    return known;
  }
  const digits = programToHex(markedBeginning(architectureByName(arch) as Architecture));
  beginnings.set(arch, digits);
  return digits;
}

/** `Compiler.notifyingExec` */
export function notifyingExec(program: Program, arch: string, mark?: number): Program {
  return notifyingMark(program, architectureByName(arch) as Architecture, mark);
}

/** `Compiler.unnamed` */
export function unnamed(filter: Filter): readonly string[] {
  const found = { TRAP: false, TRACE: false };
  const look = (verdict: number): number => {
    const action = actionOf(verdict);
    found.TRAP ||= action === SECCOMP_RET_TRAP;
    found.TRACE ||= action === SECCOMP_RET_TRACE;
    return verdict;
  };
  if (filter.kind === "compiled") {
    returning(filter.program, look);
  } else {
    hexReturning(filter.hex, look);
  }
  return (["TRAP", "TRACE"] as const).filter((name) => found[name]);
}

/** Whether a supervisor names such a verdict. TRAP and TRACE stay with the kernel: a handler, or a tracer, learns of the call. */
export function isNamed(verdict: number): boolean {
  const action = actionOf(verdict);
  return action === SECCOMP_RET_LOG || (denies(verdict) && action !== SECCOMP_RET_TRAP);
}
