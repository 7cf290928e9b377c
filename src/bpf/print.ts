/**
 * A program as an assembly listing.
 */

import { formatVerdict } from "../policy/verdict.ts";
import type { Architecture } from "../tables/architectures.ts";
import { SECCOMP_DATA_ARCH, SECCOMP_DATA_ARGS, SECCOMP_DATA_NR } from "../tables/seccomp.ts";
import {
  ALU_AND_K,
  instructionAt,
  JMP_JA,
  JMP_JEQ_K,
  JMP_JGE_K,
  JMP_JGT_K,
  JMP_JSET_K,
  LD_W_ABS,
  type Program,
  programLength,
  RET_K,
} from "./instruction.ts";

const JUMPS: Readonly<Record<number, string>> = {
  [JMP_JEQ_K]: "jeq",
  [JMP_JGT_K]: "jgt",
  [JMP_JGE_K]: "jge",
  [JMP_JSET_K]: "jset",
};

/** One line an instruction: its number, its mnemonic, and where it jumps to. `arch` gives errnos their names. */
export function printProgram(program: Program, arch: Architecture): string {
  let text = "";
  for (let pc = 0; pc < programLength(program); pc += 1) {
    const [code, jt, jf, k] = instructionAt(program, pc);
    text += `${String(pc).padStart(4)}  ${printInstruction(code, pc + 1 + jt, pc + 1 + jf, k, pc, arch)}\n`;
  }
  return text;
}

function printInstruction(
  code: number,
  then: number,
  otherwise: number,
  k: number,
  pc: number,
  arch: Architecture,
): string {
  switch (code) {
    case LD_W_ABS:
      return `ld   ${fieldName(k, arch.bigEndian)}`;
    case ALU_AND_K:
      return `and  0x${k.toString(16)}`;
    case JMP_JA:
      return `ja   ${pc + 1 + k}`;
    case RET_K:
      return `ret  ${formatVerdict(k, arch)}`;
    default:
      return `${(JUMPS[code] ?? `op${code}`).padEnd(4)} 0x${k.toString(16)}, ${then}, ${otherwise}`;
  }
}

function fieldName(offset: number, bigEndian: boolean): string {
  if (offset === SECCOMP_DATA_NR) {
    return "nr";
  }
  if (offset === SECCOMP_DATA_ARCH) {
    return "arch";
  }
  const upper = ((offset & 4) !== 0) !== bigEndian;
  return `a${(offset - SECCOMP_DATA_ARGS) >> 3}.${upper ? "hi" : "lo"}`;
}
