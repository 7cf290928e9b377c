/**
 * The kernel's test of whether a syscall number is always allowed: seccomp_is_const_allow
 * (kernel/seccomp.c at v6.18). On Linux 5.11 and later, such a call never runs the filter.
 */

import { SECCOMP_DATA_ARCH, SECCOMP_DATA_NR, SECCOMP_RET_ALLOW } from "../tables/seccomp.ts";
import { calculate, compare } from "./arithmetic.ts";
import { afterSkip, FIRST, type Instructions, type Position } from "./decode.ts";

/** Whether the kernel puts the number (AUDIT_ARCH_* `arch`) into its bitmap of allowed calls. */
export function isCacheable(instructions: Instructions, arch: number, nr: number): boolean {
  let accumulator = 0;
  for (let at: Position = FIRST; ; ) {
    const instruction = instructions[at];
    at = afterSkip(at, 0);
    switch (instruction?.kind) {
      case "load":
        if (instruction.offset !== SECCOMP_DATA_NR && instruction.offset !== SECCOMP_DATA_ARCH) {
          return false;
        }
        accumulator = instruction.offset === SECCOMP_DATA_NR ? nr : arch;
        break;
      case "return":
        return instruction.verdict === SECCOMP_RET_ALLOW;
      case "jump":
        at = instruction.to;
        break;
      case "branch": {
        const { comparator, operand, holds, fails } = instruction;
        if (operand === "x") {
          return false;
        }
        at = compare(comparator, accumulator, operand) ? holds : fails;
        break;
      }
      case "alu":
        if (instruction.operation !== "and" || instruction.operand === "x") {
          return false;
        }
        accumulator = calculate("and", accumulator, instruction.operand) as number;
        break;
      default:
        return false;
    }
  }
}
