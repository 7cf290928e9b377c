/**
 * The kernel's own rules for a seccomp filter: bpf_check_classic (net/core/filter.c) and seccomp_check_filter
 * (kernel/seccomp.c), both at v6.18.
 */

import { BPF_MAXINSNS, SECCOMP_DATA_SIZE } from "../tables/seccomp.ts";
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
    const problem = checkInstruction(program.slice(pc * STRIDE, (pc + 1) * STRIDE), length - pc - 1);
    if (problem !== undefined) {
      return `instruction ${pc}: ${problem}`;
    }
  }
  return program[(length - 1) * STRIDE] === RET_K ? undefined : "the last instruction is not a return";
}

/** @param following how many instructions stand after this one */
function checkInstruction(instruction: readonly number[], following: number): string | undefined {
  const [code = 0, jt = 0, jf = 0, k = 0] = instruction;
  switch (code) {
    case LD_W_ABS:
      return k % 4 === 0 && k < SECCOMP_DATA_SIZE
        ? undefined
        : `the load at offset ${k} is not a word of struct seccomp_data`;
    case JMP_JA:
      return k < following ? undefined : "the jump leads out of the program";
    case JMP_JEQ_K:
    case JMP_JGT_K:
    case JMP_JGE_K:
    case JMP_JSET_K:
      return jt < following && jf < following && jt <= 255 && jf <= 255
        ? undefined
        : "the jump leads out of the program";
    case ALU_AND_K:
    case RET_K:
      return undefined;
    default:
      return `the opcode 0x${code.toString(16)} is not one that this project emits`;
  }
}
