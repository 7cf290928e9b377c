/**
 * Runs a program on a call, as the kernel does (net/core/filter.c at v6.18, for the opcodes that seccomp takes).
 */

import type { Call } from "../policy/policy.ts";
import {
  SECCOMP_DATA_ARCH,
  SECCOMP_DATA_ARGS,
  SECCOMP_DATA_INSTRUCTION_POINTER,
  SECCOMP_DATA_NR,
} from "../tables/seccomp.ts";
import {
  ALU_AND_K,
  JMP_JA,
  JMP_JEQ_K,
  JMP_JGE_K,
  JMP_JGT_K,
  JMP_JSET_K,
  LD_W_ABS,
  type Program,
  RET_K,
  STRIDE,
} from "./instruction.ts";

export interface Run {
  /** What the program returns, unsigned. */
  readonly verdict: number;
  /** Instructions executed, the return included. */
  readonly executed: number;
}

/**
 * @param program one that the kernel would accept and that uses only the opcodes that this project emits
 * @throws Error for any other program
 */
export function interpret(program: Program, call: Call, bigEndian: boolean): Run {
  let accumulator = 0;
  let executed = 0;
  for (let pc = 0; ; pc += 1) {
    const at = pc * STRIDE;
    const [code, jt = 0, jf = 0, k = 0] = program.slice(at, at + STRIDE);
    executed += 1;
    switch (code) {
      case LD_W_ABS:
        accumulator = load(call, k, bigEndian);
        break;
      case ALU_AND_K:
        accumulator = (accumulator & k) >>> 0;
        break;
      case JMP_JA:
        pc += k;
        break;
      case JMP_JEQ_K:
        pc += accumulator === k ? jt : jf;
        break;
      case JMP_JGT_K:
        pc += accumulator > k ? jt : jf;
        break;
      case JMP_JGE_K:
        pc += accumulator >= k ? jt : jf;
        break;
      case JMP_JSET_K:
        pc += (accumulator & k) !== 0 ? jt : jf;
        break;
      case RET_K:
        return { verdict: k, executed };
      default:
        throw new Error(`instruction ${pc} has the opcode ${code}`);
    }
  }
}

/** A 32-bit word of struct seccomp_data. */
function load(call: Call, offset: number, bigEndian: boolean): number {
  if (offset === SECCOMP_DATA_NR) {
    return call.nr;
  }
  if (offset === SECCOMP_DATA_ARCH) {
    return call.arch;
  }
  if (offset < SECCOMP_DATA_ARGS) {
    throw new Error(
      `a load from the instruction pointer (offset ${SECCOMP_DATA_INSTRUCTION_POINTER}) is not modelled`,
    );
  }
  const argument = call.args[(offset - SECCOMP_DATA_ARGS) >> 3] ?? 0n;
  const upper = ((offset & 4) !== 0) !== bigEndian;
  return Number(BigInt.asUintN(32, upper ? argument >> 32n : argument));
}
