/**
 * What can be told of each place of a program without following any call: what it still looks at, and where paths meet.
 */

import { JMP_JA, LD_W_ABS, type Program, programLength, RET_K, STRIDE } from "../bpf/instruction.ts";
import {
  ALU_NEG,
  isAlu,
  isConditionalJump,
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
  usesX,
} from "../bpf/opcodes.ts";

/** In {@link ProgramFacts.uses}: the accumulator, the index register, and from there on the words of the scratch memory. */
export const USES_A = 1;
export const USES_X = 2;
export const FIRST_MEMORY_BIT = 2;

export interface ProgramFacts {
  /** By instruction: which ones may follow. */
  readonly next: readonly (readonly number[])[];
  /** By instruction. Bit n: from here on word n of the call may be loaded. */
  readonly loads: readonly number[];
  /** By instruction: what may be used that was put there before. */
  readonly uses: readonly number[];
  /** By instruction: whether more than one way leads here, and more than a return follows. */
  readonly isJoin: readonly boolean[];
}

/** Looks through a program that the kernel takes. All its jumps lead forward, so one pass from its end is enough. */
export function factsOf(program: Program): ProgramFacts {
  const length = programLength(program);
  const loads: number[] = new Array(length).fill(0);
  const uses: number[] = new Array(length).fill(0);
  const ways: number[] = new Array(length).fill(0);
  const following: (readonly number[])[] = new Array(length).fill([]);
  for (let pc = length - 1; pc >= 0; pc -= 1) {
    const at = pc * STRIDE;
    const code = program[at] as number;
    const k = program[at + 3] as number;
    const next = [...new Set(successors(program, pc))];
    following[pc] = next;
    let [loaded, used] = [0, 0];
    for (const to of next) {
      loaded |= loads[to] as number;
      used |= uses[to] as number;
      ways[to] = (ways[to] as number) + 1;
    }
    loads[pc] = code === LD_W_ABS ? loaded | (1 << (k >> 2)) : loaded;
    uses[pc] = (used & ~sets(code, k)) | needs(code, k);
  }
  return {
    next: following,
    loads,
    uses,
    isJoin: ways.map((count, pc) => count > 1 && following[pc]?.length !== 0),
  };
}

function successors(program: Program, pc: number): readonly number[] {
  const at = pc * STRIDE;
  const code = program[at] as number;
  if (code === RET_K || code === RET_A) {
    return [];
  }
  if (code === JMP_JA) {
    return [pc + 1 + (program[at + 3] as number)];
  }
  return isConditionalJump(code)
    ? [pc + 1 + (program[at + 1] as number), pc + 1 + (program[at + 2] as number)]
    : [pc + 1];
}

/** What an instruction puts something new into. */
function sets(code: number, k: number): number {
  switch (code) {
    case LD_W_ABS:
    case LD_IMM:
    case LD_MEM:
    case LD_W_LEN:
    case TXA:
      return USES_A;
    case LDX_IMM:
    case LDX_MEM:
    case LDX_W_LEN:
    case TAX:
      return USES_X;
    case ST:
    case STX:
      return 1 << (k + FIRST_MEMORY_BIT);
    default:
      return 0;
  }
}

/** What an instruction uses. */
function needs(code: number, k: number): number {
  if (isConditionalJump(code) || isAlu(code)) {
    return USES_A | (usesX(code) ? USES_X : 0);
  }
  switch (code) {
    case RET_A:
    case TAX:
    case ALU_NEG:
    case ST:
      return USES_A;
    case TXA:
    case STX:
      return USES_X;
    case LD_MEM:
    case LDX_MEM:
      return 1 << (k + FIRST_MEMORY_BIT);
    default:
      return 0;
  }
}
