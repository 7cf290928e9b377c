/**
 * The kernel's own rules for a seccomp filter: bpf_check_classic and check_load_and_stores (net/core/filter.c), and
 * seccomp_check_filter (kernel/seccomp.c), all at v6.18.
 */

import { BPF_MAXINSNS, SECCOMP_DATA_SIZE } from "../tables/seccomp.ts";
import { decode, type Instruction, type Instructions, type Position, skipTo } from "./decode.ts";
import { type Program, programLength } from "./instruction.ts";
import { type AluOperation, CLASS_ALU, CLASS_MASK, MEMORY_WORDS } from "./opcodes.ts";

/** The kernel's judgement of a program. */
export type Checked =
  /** The kernel takes it. All jumps are forward, and to existing instructions. */
  | { readonly kind: "accepted"; readonly instructions: Instructions }
  /** The kernel refuses it; the reason is a sentence without a full stop that names the instruction at fault. */
  | { readonly kind: "refused"; readonly reason: string };

/** Checks a program by the kernel's rules. */
export function checkProgram(program: Program): Checked {
  const length = programLength(program);
  if (!Number.isInteger(length) || length < 1) {
    return refused("a filter has at least one instruction");
  }
  if (length > BPF_MAXINSNS) {
    return refused(`the filter has ${length} instructions; the kernel takes at most ${BPF_MAXINSNS}`);
  }
  const instructions = decode(program);
  for (const instruction of instructions) {
    const problem = problemOf(instruction, length);
    if (problem !== undefined) {
      return refused(`instruction ${instruction.at}: ${problem}`);
    }
  }
  if (instructions[length - 1]?.kind !== "return") {
    return refused(`instruction ${length - 1}: the last instruction is not a return`);
  }
  const unwritten = firstUnwrittenRead(instructions);
  return unwritten === undefined
    ? { kind: "accepted", instructions }
    : refused(
        `instruction ${unwritten.at}: word ${unwritten.index} of the scratch memory is read before it is written`,
      );
}

/**
 * The instructions of a program that the kernel takes.
 *
 * @throws Error if it refuses the program
 */
export function acceptedInstructions(program: Program): Instructions {
  const checked = checkProgram(program);
  if (checked.kind === "refused") {
    throw new Error(checked.reason);
  }
  return checked.instructions;
}

function refused(reason: string): Checked {
  return { kind: "refused", reason };
}

/** Maximum number of instructions that a conditional jump can skip: jt and jf have 8 bits. */
const MAX_BRANCH_SKIP = 255;

/** What is wrong with an instruction by itself, in a program of that length. */
function problemOf(instruction: Instruction, length: number): string | undefined {
  switch (instruction.kind) {
    case "load": {
      const { offset } = instruction;
      return offset % 4 === 0 && offset < SECCOMP_DATA_SIZE
        ? undefined
        : `the load at offset ${offset} is not a word of struct seccomp_data`;
    }
    case "loadMemory":
    case "store":
      return instruction.index < MEMORY_WORDS
        ? undefined
        : `the scratch memory has ${MEMORY_WORDS} words, and no word ${instruction.index}`;
    case "branch": {
      const { at, holds, fails } = instruction;
      const near = Math.max(skipTo(at, holds), skipTo(at, fails)) <= MAX_BRANCH_SKIP;
      return near ? leadsOut(instruction, length) : LEADS_OUT;
    }
    case "jump":
      return leadsOut(instruction, length);
    case "alu":
      return instruction.operand === "x"
        ? undefined
        : problemOfConstant(instruction.operation, instruction.operand);
    case "unknown": {
      const { opcode } = instruction;
      const arithmetic = (opcode & CLASS_MASK) === CLASS_ALU ? " (arithmetic)" : "";
      return `seccomp does not take the opcode 0x${opcode.toString(16)}${arithmetic}`;
    }
    default:
      return undefined;
  }
}

const LEADS_OUT = "the jump leads out of the program";

function leadsOut({ next }: Instruction, length: number): string | undefined {
  return next.every((to) => to < length) ? undefined : LEADS_OUT;
}

function problemOfConstant(operation: AluOperation, constant: number): string | undefined {
  if (operation === "div" && constant === 0) {
    return "a division by zero";
  }
  return (operation === "lsh" || operation === "rsh") && constant >= 32
    ? `a shift by ${constant} bits`
    : undefined;
}

/** A read of the scratch memory, by position and word. */
interface MemoryRead {
  readonly at: Position;
  readonly index: number;
}

/** The first read of a scratch memory word that some path has not written: check_load_and_stores. */
function firstUnwrittenRead(instructions: Instructions): MemoryRead | undefined {
  const ALL = (1 << MEMORY_WORDS) - 1;
  // By instruction. Bit i: word i is written on every path that leads here.
  const written: number[] = new Array(instructions.length).fill(ALL);
  let here = 0;
  for (const instruction of instructions) {
    const { at } = instruction;
    here &= written[at] as number;
    switch (instruction.kind) {
      case "store":
        here |= 1 << instruction.index;
        break;
      case "loadMemory":
        if ((here & (1 << instruction.index)) === 0) {
          return { at, index: instruction.index };
        }
        break;
      case "jump":
      case "branch":
        for (const to of instruction.next) {
          written[to] = (written[to] as number) & here;
        }
        here = ALL;
        break;
    }
  }
  return undefined;
}
