/**
 * Classic BPF as seccomp takes it: `struct sock_filter`, and the opcodes that the compiler emits (include/uapi/linux/
 * bpf_common.h at v6.18).
 */

/**
 * A filter: four numbers an instruction, in the order of `struct sock_filter`: code (16 bits), jt, jf (8 bits
 * each: how many instructions to skip), k (32 bits, unsigned). A flat list, as passed to the host.
 */
export type Program = readonly number[];

/** Numbers of an instruction in a {@link Program}. */
export const STRIDE = 4;

/** Load the 32-bit word of struct seccomp_data at offset k into the accumulator. */
export const LD_W_ABS = 0x20;
/** Bitwise AND of the accumulator with k. */
export const ALU_AND_K = 0x54;
/** Skip k instructions. */
export const JMP_JA = 0x05;
/** Skip jt instructions if the accumulator equals k, else jf. */
export const JMP_JEQ_K = 0x15;
/** ... if it is greater than k, unsigned. */
export const JMP_JGT_K = 0x25;
/** ... if it is greater than or equal to k, unsigned. */
export const JMP_JGE_K = 0x35;
/** ... if it has any bit of k. */
export const JMP_JSET_K = 0x45;
/** Return k. */
export const RET_K = 0x06;

/** One instruction of a {@link Program}; `decode.ts` says what it does. */
export type SockFilter = readonly [code: number, jt: number, jf: number, k: number];

/** The instruction at an index, which must be within the program. */
export function instructionAt(program: Program, pc: number): SockFilter {
  return program.slice(pc * STRIDE, (pc + 1) * STRIDE) as unknown as SockFilter;
}

/** The length of a program in instructions. */
export function programLength(program: Program): number {
  return program.length / STRIDE;
}
