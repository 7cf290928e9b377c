/**
 * Facts about each instruction of a program that need no call: what may be used after it, and where paths meet.
 */

import type { Instruction, Instructions, Operand, Register } from "../bpf/decode.ts";

/** In {@link ProgramFacts.uses}: the accumulator, the index register, then the words of the scratch memory. */
export const USES_A = 1;
export const USES_X = 2;
export const FIRST_MEMORY_BIT = 2;

/** By instruction. */
export interface ProgramFacts {
  /** Bit n: from here on word n of the call may be loaded. */
  readonly loads: readonly number[];
  /** The registers and memory words that may be used before they are overwritten. */
  readonly uses: readonly number[];
  /** Whether several paths lead here and more than a return follows. */
  readonly isJoin: readonly boolean[];
}

/** Analyses a program that the kernel accepts. All its jumps lead forward, so one pass from its end is enough. */
export function factsOf(instructions: Instructions): ProgramFacts {
  const { length } = instructions;
  const loads: number[] = new Array(length).fill(0);
  const uses: number[] = new Array(length).fill(0);
  const ways: number[] = new Array(length).fill(0);
  for (let at = length - 1; at >= 0; at -= 1) {
    const instruction = instructions[at] as Instruction;
    let [loaded, used] = [0, 0];
    for (const to of instruction.next) {
      loaded |= loads[to] as number;
      used |= uses[to] as number;
      ways[to] = (ways[to] as number) + 1;
    }
    loads[at] = instruction.kind === "load" ? loaded | (1 << (instruction.offset >> 2)) : loaded;
    uses[at] = (used & ~sets(instruction)) | needs(instruction);
  }
  return {
    loads,
    uses,
    isJoin: ways.map((count, at) => count > 1 && instructions[at]?.kind !== "return"),
  };
}

const USES: Readonly<Record<Register, number>> = { a: USES_A, x: USES_X };

/** The registers and memory words that an instruction overwrites. */
function sets(instruction: Instruction): number {
  switch (instruction.kind) {
    case "load":
      return USES_A;
    case "loadImmediate":
    case "loadLength":
    case "loadMemory":
    case "transfer":
      return USES[instruction.into];
    case "store":
      return ofMemory(instruction.index);
    default:
      return 0;
  }
}

/** The registers and memory words that an instruction uses. */
function needs(instruction: Instruction): number {
  switch (instruction.kind) {
    case "branch":
    case "alu":
      return USES_A | ofOperand(instruction.operand);
    case "return":
      return instruction.verdict === "a" ? USES_A : 0;
    case "negate":
      return USES_A;
    case "transfer":
    case "store":
      return USES[instruction.from];
    case "loadMemory":
      return ofMemory(instruction.index);
    default:
      return 0;
  }
}

function ofOperand(operand: Operand): number {
  return operand === "x" ? USES_X : 0;
}

function ofMemory(index: number): number {
  return 1 << (index + FIRST_MEMORY_BIT);
}
