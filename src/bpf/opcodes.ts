/**
 * The opcodes of classic BPF that seccomp takes: seccomp_check_filter of kernel/seccomp.c, and include/uapi/linux/
 * bpf_common.h, both at v6.18. What this project emits itself is in `instruction.ts`.
 */

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

/** The operations of ALU instructions; the bit {@link BPF_X} says that the second operand is the index register. */
export const ALU = 0x04;
export const ADD = 0x00;
export const SUB = 0x10;
export const MUL = 0x20;
export const DIV = 0x30;
export const OR = 0x40;
export const AND = 0x50;
export const LSH = 0x60;
export const RSH = 0x70;
export const XOR = 0xa0;
/** The conditional jumps. */
export const JMP = 0x05;
export const JEQ = 0x10;
export const JGT = 0x20;
export const JGE = 0x30;
export const JSET = 0x40;

export const BPF_X = 0x08;

/** BPF_MEMWORDS: how many words the scratch memory has. */
export const MEMORY_WORDS = 16;

/** The lower three bits, which are the class of an instruction. */
export function classOf(code: number): number {
  return code & 0x07;
}

/** The operation of an ALU or jump instruction. */
export function operationOf(code: number): number {
  return code & 0xf0;
}

/** Whether the second operand is the index register. */
export function usesX(code: number): boolean {
  return (code & BPF_X) !== 0;
}

const ALU_OPERATIONS: readonly number[] = [ADD, SUB, MUL, DIV, OR, AND, LSH, RSH, XOR];
const JUMPS: readonly number[] = [JEQ, JGT, JGE, JSET];

/** Whether an instruction is arithmetic with two operands. */
export function isAlu(code: number): boolean {
  return (
    classOf(code) === ALU && code <= 0xff && ALU_OPERATIONS.includes(operationOf(code)) && code !== ALU_NEG
  );
}

/** Whether an instruction is a conditional jump. */
export function isConditionalJump(code: number): boolean {
  return classOf(code) === JMP && code <= 0xff && JUMPS.includes(operationOf(code));
}

/**
 * The result of an arithmetic instruction on unsigned 32-bit numbers; undefined for a division by zero, after which a
 * filter returns 0 (net/core/filter.c at v6.18).
 */
export function calculate(operation: number, a: number, b: number): number | undefined {
  switch (operation) {
    case ADD:
      return (a + b) >>> 0;
    case SUB:
      return (a - b) >>> 0;
    case MUL:
      return Math.imul(a, b) >>> 0;
    case DIV:
      return b === 0 ? undefined : Math.floor(a / b);
    case OR:
      return (a | b) >>> 0;
    case AND:
      return (a & b) >>> 0;
    case LSH:
      // The kernel takes the lower five bits of the distance.
      return (a << (b & 31)) >>> 0;
    case RSH:
      return a >>> (b & 31);
    default:
      return (a ^ b) >>> 0;
  }
}

/** Whether a conditional jump is taken. */
export function jumps(operation: number, a: number, b: number): boolean {
  switch (operation) {
    case JEQ:
      return a === b;
    case JGT:
      return a > b;
    case JGE:
      return a >= b;
    default:
      return (a & b) !== 0;
  }
}
