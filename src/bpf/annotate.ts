/**
 * Annotates the instructions of a program: the architecture a test is for, the call of a number, the word of an argument
 * that is read, and the meaning of a return.
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

/** What is known before an instruction. */
interface Context {
  /** AUDIT_ARCH_* of the calls that reach the instruction; undefined if unknown or several. */
  readonly token: number | undefined;
  /** Offset of the word in the accumulator; undefined if unknown or several. */
  readonly word: number | undefined;
  /** Whether a test has shown that the number has x32's bit. */
  readonly hasBit: boolean;
}

/** A short annotation for each instruction of a program that the kernel takes; "" if it needs none. */
export function annotate(instructions: Instructions, arch: Architecture): string[] {
  const contexts = contextsOf(instructions);
  return instructions.map((instruction) => describe(instruction, contexts[instruction.at], arch));
}

/** By instruction; undefined if it is never reached. All jumps are forward, so one pass is enough. */
function contextsOf(instructions: Instructions): readonly (Context | undefined)[] {
  const contexts: (Context | undefined)[] = new Array(instructions.length).fill(undefined);
  contexts[FIRST] = { token: undefined, word: undefined, hasBit: false };
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

/** What is known at a successor of an instruction. */
function contextAfter(instruction: Instruction, context: Context, to: Position): Context {
  switch (instruction.kind) {
    case "load":
      return { ...context, word: instruction.offset };
    case "branch": {
      const { comparator, operand, holds, fails } = instruction;
      if (operand === "x" || to !== holds || to === fails) {
        return context;
      }
      if (context.word === SECCOMP_DATA_ARCH && comparator === "eq") {
        return { ...context, token: operand };
      }
      const tellsBit = context.word === SECCOMP_DATA_NR && comparator !== "eq" && operand === X32_SYSCALL_BIT;
      return tellsBit ? { ...context, hasBit: true } : context;
    }
    case "jump":
      return context;
    case "alu":
      // A masked word still counts as that word.
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
        hasBit: known.hasBit && context.hasBit,
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
      if (context.word !== SECCOMP_DATA_NR) {
        return "";
      }
      if (operand === X32_SYSCALL_BIT) {
        return "the bit of x32";
      }
      // The bit may have been cleared since then.
      return namesOfNumber((context.hasBit ? operand | X32_SYSCALL_BIT : operand) >>> 0, context.token);
    }
    default:
      return "";
  }
}

function namesOfToken(token: number): string {
  const names = architectures.filter((arch) => arch.token === token).map(({ name }) => name);
  return names.length === 0 ? "no known architecture" : names.join(" or ");
}

/** The call with that number, on the known architecture. */
function namesOfNumber(nr: number, token: number | undefined): string {
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
