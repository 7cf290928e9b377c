/**
 * A program as an assembly listing.
 */

import { formatVerdict } from "../policy/verdict.ts";
import type { Architecture } from "../tables/architectures.ts";
import { SECCOMP_DATA_ARCH, SECCOMP_DATA_ARGS, SECCOMP_DATA_NR } from "../tables/seccomp.ts";
import { assemblyOf } from "./assembly.ts";
import type { Instruction, Instructions } from "./decode.ts";

/** One line an instruction: its number, its mnemonic, and its jump targets. `arch` gives errnos their names. */
export function printProgram(instructions: Instructions, arch: Architecture): string {
  return instructions
    .map((instruction) => `${String(instruction.at).padStart(4)}  ${printInstruction(instruction, arch)}\n`)
    .join("");
}

/** Instructions that the compiler does not emit are printed in the assembler's syntax. */
function printInstruction(instruction: Instruction, arch: Architecture): string {
  switch (instruction.kind) {
    case "load":
      return `ld   ${fieldName(instruction.offset, arch.bigEndian)}`;
    case "jump":
      return `ja   ${instruction.to}`;
    case "return":
      return instruction.verdict === "a"
        ? assemblyOf(instruction)
        : `ret  ${formatVerdict(instruction.verdict, arch)}`;
    case "branch": {
      const { comparator, operand, holds, fails } = instruction;
      return `${`j${comparator}`.padEnd(4)} ${formatOperand(operand)}, ${holds}, ${fails}`;
    }
    case "alu":
      return `${instruction.operation.padEnd(4)} ${formatOperand(instruction.operand)}`;
    default:
      return assemblyOf(instruction);
  }
}

function formatOperand(operand: number | "x"): string {
  return operand === "x" ? "x" : `0x${operand.toString(16)}`;
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
