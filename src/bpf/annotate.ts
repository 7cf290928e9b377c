/**
 * What each instruction of a program is about: which architecture a test is for, which calls a number stands for, which
 * word of which argument is looked at, and what a return means.
 */

import { formatVerdict } from "../policy/verdict.ts";
import {
  type Architecture,
  architectureOfCall,
  architectures,
  X32_SYSCALL_BIT,
} from "../tables/architectures.ts";
import { SECCOMP_DATA_ARCH, SECCOMP_DATA_ARGS, SECCOMP_DATA_NR } from "../tables/seccomp.ts";
import { idOfSeen, syscallName } from "../tables/syscalls.ts";
import { FIRST, type Instruction, type Instructions, type Position } from "./decode.ts";

/** What is known where an instruction begins. */
interface Context {
  /** AUDIT_ARCH_* of the calls that come here; undefined where that is not known, or there are several. */
  readonly token: number | undefined;
  /** Offset of the word in the accumulator; undefined where that is not known, or there are several. */
  readonly word: number | undefined;
}

/** For each instruction of a program that the kernel takes a few words, or "" where it speaks for itself. */
export function annotate(instructions: Instructions, arch: Architecture): string[] {
  const contexts = contextsOf(instructions);
  return instructions.map((instruction) => describe(instruction, contexts[instruction.at], arch));
}

/** By instruction; undefined for what is never reached. Jumps lead forward only, so one pass is enough. */
function contextsOf(instructions: Instructions): readonly (Context | undefined)[] {
  const contexts: (Context | undefined)[] = new Array(instructions.length).fill(undefined);
  contexts[FIRST] = { token: undefined, word: undefined };
  for (const instruction of instructions) {
    const context = contexts[instruction.at];
    if (context !== undefined) {
      for (const to of instruction.next) {
        contexts[to] = joint(contexts[to], contextAfter(instruction, context, to));
      }
    }
  }
  return contexts;
}

/** What is known where an instruction goes on. */
function contextAfter(instruction: Instruction, context: Context, to: Position): Context {
  switch (instruction.kind) {
    case "load":
      return { ...context, word: instruction.offset };
    case "branch": {
      const { comparator, operand, holds, fails } = instruction;
      const tellsArch = context.word === SECCOMP_DATA_ARCH && comparator === "eq" && operand !== "x";
      return tellsArch && to === holds && to !== fails ? { ...context, token: operand } : context;
    }
    case "jump":
      return context;
    case "alu":
      // A word under a mask is still about that word.
      return instruction.operation === "and" && instruction.operand !== "x"
        ? context
        : { ...context, word: undefined };
    default:
      return { ...context, word: undefined };
  }
}

/** What is known where two paths meet. */
function joint(known: Context | undefined, context: Context): Context {
  return known === undefined
    ? context
    : {
        token: known.token === context.token ? known.token : undefined,
        word: known.word === context.word ? known.word : undefined,
      };
}

function describe(instruction: Instruction, context: Context | undefined, arch: Architecture): string {
  if (context === undefined) {
    return "never reached";
  }
  switch (instruction.kind) {
    case "return":
      return instruction.verdict === "a" ? "" : formatVerdict(instruction.verdict, arch);
    case "load":
      return fieldName(instruction.offset, arch.bigEndian);
    case "branch": {
      const { operand } = instruction;
      if (operand === "x") {
        return "";
      }
      if (context.word === SECCOMP_DATA_ARCH) {
        return namesOfToken(operand);
      }
      return context.word === SECCOMP_DATA_NR ? namesOfNumber(operand, context.token) : "";
    }
    default:
      return "";
  }
}

function namesOfToken(token: number): string {
  const names = architectures.filter((arch) => arch.token === token).map(({ name }) => name);
  return names.length === 0 ? "no known architecture" : names.join(" or ");
}

/** The call with that number, on the architecture that is known there. */
function namesOfNumber(nr: number, token: number | undefined): string {
  if (nr === X32_SYSCALL_BIT) {
    return "the bit of x32";
  }
  const owner = token === undefined ? undefined : architectureOfCall(architectures, token, nr);
  const id = owner === undefined ? -1 : idOfSeen(owner, nr);
  return id < 0 || owner === undefined
    ? ""
    : `${syscallName(id)}${owner.numberBit === 0 ? "" : ` (${owner.name})`}`;
}

function fieldName(offset: number, bigEndian: boolean): string {
  if (offset < SECCOMP_DATA_ARGS) {
    return offset === SECCOMP_DATA_NR
      ? "number"
      : offset === SECCOMP_DATA_ARCH
        ? "architecture"
        : "instruction pointer";
  }
  const upper = ((offset & 4) !== 0) !== bigEndian;
  return `argument ${(offset - SECCOMP_DATA_ARGS) >> 3}, ${upper ? "upper" : "lower"} half`;
}
