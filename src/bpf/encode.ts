/**
 * Encodes decoded instructions as `struct sock_filter`: the inverse of `decode.ts`.
 */

import { type Operation, type Position, type Register, skipTo } from "./decode.ts";
import { JMP_JA, LD_W_ABS, RET_K, type SockFilter } from "./instruction.ts";
import {
  ALU_CODES,
  ALU_NEG,
  BPF_X,
  BRANCH_CODES,
  LD_IMM,
  LD_MEM,
  LD_W_LEN,
  LDX_IMM,
  LDX_MEM,
  LDX_W_LEN,
  RET_A,
  ST,
  STX,
  TAX,
  TXA,
} from "./opcodes.ts";

/**
 * Encodes an instruction at a position. Fields that it does not use are 0.
 *
 * @throws Error if the opcode is unknown
 */
export function encode(operation: Operation, at: Position): SockFilter {
  switch (operation.kind) {
    case "load":
      return [LD_W_ABS, 0, 0, operation.offset];
    case "branch": {
      const { comparator, operand, holds, fails } = operation;
      const code = BRANCH_CODES[comparator];
      const [jt, jf] = [skipTo(at, holds), skipTo(at, fails)];
      return operand === "x" ? [code | BPF_X, jt, jf, 0] : [code, jt, jf, operand];
    }
    case "return":
      return operation.verdict === "a" ? [RET_A, 0, 0, 0] : [RET_K, 0, 0, operation.verdict];
    case "jump":
      return [JMP_JA, 0, 0, skipTo(at, operation.to)];
    case "alu": {
      const code = ALU_CODES[operation.operation];
      return operation.operand === "x" ? [code | BPF_X, 0, 0, 0] : [code, 0, 0, operation.operand];
    }
    case "negate":
      return [ALU_NEG, 0, 0, 0];
    case "loadImmediate":
      return [ofRegister(operation.into, LD_IMM, LDX_IMM), 0, 0, operation.value];
    case "loadLength":
      return [ofRegister(operation.into, LD_W_LEN, LDX_W_LEN), 0, 0, 0];
    case "loadMemory":
      return [ofRegister(operation.into, LD_MEM, LDX_MEM), 0, 0, operation.index];
    case "store":
      return [ofRegister(operation.from, ST, STX), 0, 0, operation.index];
    case "transfer":
      return [ofRegister(operation.from, TAX, TXA), 0, 0, 0];
    case "unknown":
      throw new Error(`the opcode 0x${operation.opcode.toString(16)} has no meaning`);
  }
}

function ofRegister(register: Register, a: number, x: number): number {
  return register === "a" ? a : x;
}
