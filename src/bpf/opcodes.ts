/**
 * The opcodes of classic BPF that seccomp allows: seccomp_check_filter of kernel/seccomp.c, and include/uapi/linux/
 * bpf_common.h, both at v6.18. Those that the compiler emits are in `instruction.ts`.
 */

import { ALU_AND_K, JMP_JEQ_K, JMP_JGE_K, JMP_JGT_K, JMP_JSET_K } from "./instruction.ts";

/** Loads a constant into the accumulator. */
export const LD_IMM = 0x00;
export const LDX_IMM = 0x01;
/** Loads a word of the scratch memory. */
export const LD_MEM = 0x60;
export const LDX_MEM = 0x61;
/** Loads the length of the data, which is 64. */
export const LD_W_LEN = 0x80;
export const LDX_W_LEN = 0x81;
/** Stores into the scratch memory. */
export const ST = 0x02;
export const STX = 0x03;
export const RET_A = 0x16;
export const TAX = 0x07;
export const TXA = 0x87;
export const ALU_NEG = 0x84;

/** This bit of an opcode of {@link ALU_CODES} or {@link BRANCH_CODES}: the second operand is the index register. */
export const BPF_X = 0x08;

/** Arithmetic with two operands. */
export type AluOperation = "add" | "sub" | "mul" | "div" | "or" | "and" | "lsh" | "rsh" | "xor";

/** The opcodes whose second operand is a constant. */
export const ALU_CODES: Readonly<Record<AluOperation, number>> = {
  add: 0x04,
  sub: 0x14,
  mul: 0x24,
  div: 0x34,
  or: 0x44,
  and: ALU_AND_K,
  lsh: 0x64,
  rsh: 0x74,
  xor: 0xa4,
};

/** The comparison of a conditional jump: `set` is whether the accumulator has any bit of the operand. */
export type Comparator = "eq" | "gt" | "ge" | "set";

/** The opcodes whose second operand is a constant. */
export const BRANCH_CODES: Readonly<Record<Comparator, number>> = {
  eq: JMP_JEQ_K,
  gt: JMP_JGT_K,
  ge: JMP_JGE_K,
  set: JMP_JSET_K,
};

/** The lower three bits of an opcode are its class. */
export const CLASS_MASK = 0x07;
export const CLASS_ALU = 0x04;

/** BPF_MEMWORDS: number of words of the scratch memory. */
export const MEMORY_WORDS = 16;
