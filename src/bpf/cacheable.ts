/**
 * The kernel's test of whether it may remember that a number is always allowed: seccomp_is_const_allow
 * (kernel/seccomp.c at v6.18). Such a call never runs the filter on Linux 5.11 and later.
 */

import { SECCOMP_DATA_ARCH, SECCOMP_DATA_NR, SECCOMP_RET_ALLOW } from "../tables/seccomp.ts";
import {
  ALU_AND_K,
  JMP_JA,
  JMP_JEQ_K,
  JMP_JGE_K,
  JMP_JGT_K,
  JMP_JSET_K,
  LD_W_ABS,
  type Program,
  programLength,
  RET_K,
  STRIDE,
} from "./instruction.ts";

/** Whether the kernel puts the number (AUDIT_ARCH_* `arch`) into its bitmap of allowed calls. */
export function isCacheable(program: Program, arch: number, nr: number): boolean {
  let accumulator = 0;
  const length = programLength(program);
  for (let pc = 0; pc < length; pc += 1) {
    const at = pc * STRIDE;
    const [code, jt = 0, jf = 0, k = 0] = program.slice(at, at + STRIDE);
    switch (code) {
      case LD_W_ABS:
        if (k !== SECCOMP_DATA_NR && k !== SECCOMP_DATA_ARCH) {
          return false;
        }
        accumulator = k === SECCOMP_DATA_NR ? nr : arch;
        break;
      case RET_K:
        return k === SECCOMP_RET_ALLOW;
      case JMP_JA:
        pc += k;
        break;
      case JMP_JEQ_K:
        pc += accumulator === k ? jt : jf;
        break;
      case JMP_JGE_K:
        pc += accumulator >= k ? jt : jf;
        break;
      case JMP_JGT_K:
        pc += accumulator > k ? jt : jf;
        break;
      case JMP_JSET_K:
        pc += (accumulator & k) !== 0 ? jt : jf;
        break;
      case ALU_AND_K:
        accumulator = (accumulator & k) >>> 0;
        break;
      default:
        return false;
    }
  }
  return false;
}
