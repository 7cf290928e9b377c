/**
 * The kernel's own rules for a seccomp filter: bpf_check_classic and check_load_and_stores (net/core/filter.c), and
 * seccomp_check_filter (kernel/seccomp.c), all at v6.18.
 */

import { BPF_MAXINSNS, SECCOMP_DATA_SIZE } from "../tables/seccomp.ts";
import {
  type Instruction,
  instructionAt,
  JMP_JA,
  LD_W_ABS,
  type Program,
  programLength,
  RET_K,
  STRIDE,
} from "./instruction.ts";
import {
  ALU,
  ALU_NEG,
  classOf,
  DIV,
  isAlu,
  isConditionalJump,
  LD_IMM,
  LD_MEM,
  LD_W_LEN,
  LDX_IMM,
  LDX_MEM,
  LDX_W_LEN,
  LSH,
  MEMORY_WORDS,
  operationOf,
  RET_A,
  RSH,
  ST,
  STX,
  TAX,
  TXA,
  usesX,
} from "./opcodes.ts";

/** Why the kernel would refuse a program; undefined where it takes it. */
export function checkProgram(program: Program): string | undefined {
  const length = programLength(program);
  if (!Number.isInteger(length) || length < 1) {
    return "a filter has at least one instruction";
  }
  if (length > BPF_MAXINSNS) {
    return `the filter has ${length} instructions; the kernel takes at most ${BPF_MAXINSNS}`;
  }
  for (let pc = 0; pc < length; pc += 1) {
    const problem = checkInstruction(instructionAt(program, pc), length - pc - 1);
    if (problem !== undefined) {
      return `instruction ${pc}: ${problem}`;
    }
  }
  const last = program[(length - 1) * STRIDE];
  if (last !== RET_K && last !== RET_A) {
    return `instruction ${length - 1}: the last instruction is not a return`;
  }
  return checkMemory(program, length);
}

/** Instructions without an operand that could be wrong. */
const PLAIN: readonly number[] = [LD_IMM, LDX_IMM, LD_W_LEN, LDX_W_LEN, RET_K, RET_A, TAX, TXA, ALU_NEG];
const OF_MEMORY: readonly number[] = [LD_MEM, LDX_MEM, ST, STX];

/** @param following how many instructions stand after this one */
function checkInstruction(instruction: Instruction, following: number): string | undefined {
  const [code, jt, jf, k] = instruction;
  if (PLAIN.includes(code)) {
    return undefined;
  }
  if (OF_MEMORY.includes(code)) {
    return k < MEMORY_WORDS ? undefined : `the scratch memory has ${MEMORY_WORDS} words, and no word ${k}`;
  }
  if (code === LD_W_ABS) {
    return k % 4 === 0 && k < SECCOMP_DATA_SIZE
      ? undefined
      : `the load at offset ${k} is not a word of struct seccomp_data`;
  }
  if (code === JMP_JA) {
    return k < following ? undefined : "the jump leads out of the program";
  }
  if (isConditionalJump(code)) {
    return jt < following && jf < following && jt <= 255 && jf <= 255
      ? undefined
      : "the jump leads out of the program";
  }
  if (isAlu(code)) {
    return usesX(code) ? undefined : checkConstant(operationOf(code), k);
  }
  return `seccomp does not take the opcode 0x${code.toString(16)}${classOf(code) === ALU ? " (arithmetic)" : ""}`;
}

function checkConstant(operation: number, k: number): string | undefined {
  if (operation === DIV && k === 0) {
    return "a division by zero";
  }
  return (operation === LSH || operation === RSH) && k >= 32 ? `a shift by ${k} bits` : undefined;
}

/** Words of the scratch memory are read only where every path has written them: check_load_and_stores. */
function checkMemory(program: Program, length: number): string | undefined {
  const ALL = (1 << MEMORY_WORDS) - 1;
  // Bit i: word i is written on every path that leads here.
  const written: number[] = new Array(length).fill(ALL);
  let here = 0;
  for (let pc = 0; pc < length; pc += 1) {
    const [code, jt, jf, k] = instructionAt(program, pc);
    here &= written[pc] as number;
    if (code === ST || code === STX) {
      here |= 1 << k;
    } else if (code === LD_MEM || code === LDX_MEM) {
      if ((here & (1 << k)) === 0) {
        return `instruction ${pc}: word ${k} of the scratch memory is read before it is written`;
      }
    } else if (code === JMP_JA) {
      written[pc + 1 + k] = (written[pc + 1 + k] as number) & here;
      here = ALL;
    } else if (isConditionalJump(code)) {
      for (const to of [pc + 1 + jt, pc + 1 + jf]) {
        written[to] = (written[to] as number) & here;
      }
      here = ALL;
    }
  }
  return undefined;
}
