/**
 * Runs a program on a call, as the kernel does (net/core/filter.c at v6.18).
 */

import type { Call } from "../policy/policy.ts";
import {
  SECCOMP_DATA_ARCH,
  SECCOMP_DATA_ARGS,
  SECCOMP_DATA_NR,
  SECCOMP_DATA_SIZE,
} from "../tables/seccomp.ts";
import { calculate, compare, negate } from "./arithmetic.ts";
import { afterSkip, FIRST, type Instructions, type Position } from "./decode.ts";
import { MEMORY_WORDS } from "./opcodes.ts";

export interface Run {
  /** What the program returns, unsigned. */
  readonly verdict: number;
  /** Instructions executed, the return included. */
  readonly executed: number;
  /** Whether the instruction pointer was loaded, which a `Call` lacks: it is read as 0. */
  readonly pointed: boolean;
}

/** An executed instruction, and what the accumulator holds before it, unsigned. */
export interface Step {
  readonly at: Position;
  readonly accumulator: number;
}

/**
 * @param instructions those of a program that the kernel accepts
 * @param steps receives what is executed
 * @throws Error for any other program
 */
export function interpret(instructions: Instructions, call: Call, bigEndian: boolean, steps?: Step[]): Run {
  const registers = { a: 0, x: 0 };
  const memory: number[] = new Array(MEMORY_WORDS).fill(0);
  let executed = 0;
  let pointed = false;
  for (let at: Position = FIRST; ; ) {
    const instruction = instructions[at];
    steps?.push({ at, accumulator: registers.a });
    executed += 1;
    at = afterSkip(at, 0);
    switch (instruction?.kind) {
      case "load":
        pointed ||= isPointer(instruction.offset);
        registers.a = load(call, instruction.offset, bigEndian);
        break;
      case "branch": {
        const { comparator, operand, holds, fails } = instruction;
        at = compare(comparator, registers.a, operand === "x" ? registers.x : operand) ? holds : fails;
        break;
      }
      case "return":
        return {
          verdict: instruction.verdict === "a" ? registers.a : instruction.verdict,
          executed,
          pointed,
        };
      case "jump":
        at = instruction.to;
        break;
      case "alu": {
        const { operation, operand } = instruction;
        const result = calculate(operation, registers.a, operand === "x" ? registers.x : operand);
        if (result === undefined) {
          return { verdict: 0, executed, pointed };
        }
        registers.a = result;
        break;
      }
      case "negate":
        registers.a = negate(registers.a);
        break;
      case "loadImmediate":
        registers[instruction.into] = instruction.value;
        break;
      case "loadLength":
        registers[instruction.into] = SECCOMP_DATA_SIZE;
        break;
      case "loadMemory":
        registers[instruction.into] = memory[instruction.index] as number;
        break;
      case "store":
        memory[instruction.index] = registers[instruction.from];
        break;
      case "transfer":
        registers[instruction.into] = registers[instruction.from];
        break;
      case "unknown":
        throw new Error(`instruction ${instruction.at} has the opcode ${instruction.opcode}`);
      case undefined:
        throw new Error("execution ran past the last instruction");
    }
  }
}

/** Whether the word at an offset of struct seccomp_data is one of the instruction pointer's. */
function isPointer(offset: number): boolean {
  return offset > SECCOMP_DATA_ARCH && offset < SECCOMP_DATA_ARGS;
}

/** A 32-bit word of struct seccomp_data. */
function load(call: Call, offset: number, bigEndian: boolean): number {
  if (offset === SECCOMP_DATA_NR) {
    return call.nr;
  }
  if (offset === SECCOMP_DATA_ARCH) {
    return call.arch;
  }
  if (isPointer(offset)) {
    return 0;
  }
  const argument = call.args[(offset - SECCOMP_DATA_ARGS) >> 3] ?? 0n;
  const upper = ((offset & 4) !== 0) !== bigEndian;
  return Number(BigInt.asUintN(32, upper ? argument >> 32n : argument));
}
