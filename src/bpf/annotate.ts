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
import {
  instructionAt,
  JMP_JA,
  JMP_JEQ_K,
  LD_W_ABS,
  type Program,
  programLength,
  RET_K,
} from "./instruction.ts";
import { ALU, AND, classOf, isConditionalJump, operationOf, usesX } from "./opcodes.ts";

/** What is known where an instruction begins. */
interface Context {
  /** AUDIT_ARCH_* of the calls that come here; undefined where that is not known, or there are several. */
  readonly token: number | undefined;
  /** Offset of the word in the accumulator; undefined where that is not known, or there are several. */
  readonly word: number | undefined;
}

/** For each instruction a few words, or "" where it speaks for itself. */
export function annotate(program: Program, arch: Architecture): string[] {
  const contexts = follow(program);
  return contexts.map((context, pc) => describe(program, pc, context, arch));
}

/** Walks through the program once: jumps lead forward only. */
function follow(program: Program): (Context | undefined)[] {
  const contexts: (Context | undefined)[] = new Array(programLength(program)).fill(undefined);
  contexts[0] = { token: undefined, word: undefined };
  const arrive = (pc: number, context: Context): void => {
    const known = contexts[pc];
    contexts[pc] =
      known === undefined
        ? context
        : {
            token: known.token === context.token ? known.token : undefined,
            word: known.word === context.word ? known.word : undefined,
          };
  };
  for (let pc = 0; pc < contexts.length; pc += 1) {
    const context = contexts[pc];
    const [code, jt, jf, k] = instructionAt(program, pc);
    if (context === undefined || code === RET_K) {
      continue;
    }
    if (code === JMP_JA) {
      arrive(pc + 1 + k, context);
    } else if (isConditionalJump(code)) {
      const isArch = code === JMP_JEQ_K && context.word === SECCOMP_DATA_ARCH;
      arrive(pc + 1 + jt, isArch ? { ...context, token: k } : context);
      arrive(pc + 1 + jf, context);
    } else if (pc + 1 < contexts.length) {
      // A word under a mask is still about that word.
      const keeps = classOf(code) === ALU && operationOf(code) === AND && !usesX(code);
      arrive(pc + 1, { ...context, word: code === LD_W_ABS ? k : keeps ? context.word : undefined });
    }
  }
  return contexts;
}

function describe(program: Program, pc: number, context: Context | undefined, arch: Architecture): string {
  const [code, , , k] = instructionAt(program, pc);
  if (context === undefined) {
    return "never reached";
  }
  if (code === RET_K) {
    return formatVerdict(k, arch);
  }
  if (code === LD_W_ABS) {
    return fieldName(k, arch.bigEndian);
  }
  if (!isConditionalJump(code) || usesX(code)) {
    return "";
  }
  if (context.word === SECCOMP_DATA_ARCH) {
    return namesOfToken(k);
  }
  return context.word === SECCOMP_DATA_NR ? namesOfNumber(k, context.token) : "";
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
