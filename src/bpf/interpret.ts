/**
 * Runs a program on a call, as the kernel does (net/core/filter.c at v6.18).
 */

import type { Call } from "../policy/policy.ts";
import {
  SECCOMP_DATA_ARCH,
  SECCOMP_DATA_ARGS,
  SECCOMP_DATA_NR,
  SECCOMP_DATA_SIZE,
} from "../tables/seccomp.ts";
import { JMP_JA, LD_W_ABS, type Program, RET_K, STRIDE } from "./instruction.ts";
import {
  ALU_NEG,
  calculate,
  isAlu,
  isConditionalJump,
  jumps,
  LD_IMM,
  LD_MEM,
  LD_W_LEN,
  LDX_IMM,
  LDX_MEM,
  LDX_W_LEN,
  MEMORY_WORDS,
  operationOf,
  RET_A,
  ST,
  STX,
  TAX,
  TXA,
  usesX,
} from "./opcodes.ts";

export interface Run {
  /** What the program returns, unsigned. */
  readonly verdict: number;
  /** Instructions executed, the return included. */
  readonly executed: number;
  /** Whether the instruction pointer was loaded, which no `Call` has: it was taken for 0. */
  readonly pointed: boolean;
}

/**
 * @param program one that the kernel would accept
 * @throws Error for any other program
 */
export function interpret(program: Program, call: Call, bigEndian: boolean): Run {
  let a = 0;
  let x = 0;
  const memory: number[] = new Array(MEMORY_WORDS).fill(0);
  let executed = 0;
  let pointed = false;
  for (let pc = 0; ; pc += 1) {
    const at = pc * STRIDE;
    const code = program[at] as number;
    const k = program[at + 3] as number;
    executed += 1;
    if (code === LD_W_ABS) {
      pointed ||= isPointer(k);
      a = load(call, k, bigEndian);
    } else if (isConditionalJump(code)) {
      const taken = jumps(operationOf(code), a, usesX(code) ? x : k);
      pc += program[at + (taken ? 1 : 2)] as number;
    } else if (code === RET_K || code === RET_A) {
      return { verdict: code === RET_K ? k : a, executed, pointed };
    } else if (code === JMP_JA) {
      pc += k;
    } else if (isAlu(code)) {
      const result = calculate(operationOf(code), a, usesX(code) ? x : k);
      if (result === undefined) {
        return { verdict: 0, executed, pointed };
      }
      a = result;
    } else {
      switch (code) {
        case ALU_NEG:
          a = -a >>> 0;
          break;
        case LD_IMM:
          a = k;
          break;
        case LDX_IMM:
          x = k;
          break;
        case LD_W_LEN:
          a = SECCOMP_DATA_SIZE;
          break;
        case LDX_W_LEN:
          x = SECCOMP_DATA_SIZE;
          break;
        case LD_MEM:
          a = memory[k] as number;
          break;
        case LDX_MEM:
          x = memory[k] as number;
          break;
        case ST:
          memory[k] = a;
          break;
        case STX:
          memory[k] = x;
          break;
        case TAX:
          x = a;
          break;
        case TXA:
          a = x;
          break;
        default:
          throw new Error(`instruction ${pc} has the opcode ${code}`);
      }
    }
  }
}

/** Whether the word at an offset of struct seccomp_data is one of the instruction pointer's. */
function isPointer(offset: number): boolean {
  return offset > SECCOMP_DATA_ARCH && offset < SECCOMP_DATA_ARGS;
}

/** A 32-bit word of struct seccomp_data. */
function load(call: Call, offset: number, bigEndian: boolean): number {
  if (offset === SECCOMP_DATA_NR) {
    return call.nr;
  }
  if (offset === SECCOMP_DATA_ARCH) {
    return call.arch;
  }
  if (isPointer(offset)) {
    return 0;
  }
  const argument = call.args[(offset - SECCOMP_DATA_ARGS) >> 3] ?? 0n;
  const upper = ((offset & 4) !== 0) !== bigEndian;
  return Number(BigInt.asUintN(32, upper ? argument >> 32n : argument));
}
