/**
 * Decoded instructions: the operation of each, with named operands and registers, and its successors.
 *
 * All code that reads programs decodes them once and works on this form. The compiler emits a {@link Program}, which a
 * launch passes to the kernel.
 */

import { JMP_JA, LD_W_ABS, type Program, programLength, RET_K, STRIDE } from "./instruction.ts";
import {
  ALU_CODES,
  ALU_NEG,
  type AluOperation,
  BPF_X,
  BRANCH_CODES,
  type Comparator,
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
} from "./opcodes.ts";

declare const POSITION: unique symbol;

/**
 * An instruction's index in its program, from 0. Not a distance: a jump in `struct sock_filter` holds the number of
 * instructions to skip, which only decoding and encoding see.
 */
export type Position = number & { readonly [POSITION]: true };

/** The position of the first instruction. */
export const FIRST = 0 as Position;

/** The position that a jump at `at` leads to if it skips `skip` instructions. */
export function afterSkip(at: Position, skip: number): Position {
  return (at + 1 + skip) as Position;
}

/** How many instructions a jump from `at` to `to` skips; negative if `to` is not after `at`. */
export function skipTo(at: Position, to: Position): number {
  return to - at - 1;
}

/** `a`: the accumulator, `x`: the index register. */
export type Register = "a" | "x";

/** The second operand of arithmetic and comparisons: a constant (unsigned, 32 bits), or the index register. */
export type Operand = number | "x";

/** What an instruction does. The accumulator is the first operand of `alu` and `branch`. */
export type Operation =
  /** Loads the word of struct seccomp_data at a byte offset into the accumulator. */
  | { readonly kind: "load"; readonly offset: number }
  /** Compares (unsigned), and continues at `holds` or `fails`. */
  | {
      readonly kind: "branch";
      readonly comparator: Comparator;
      readonly operand: Operand;
      readonly holds: Position;
      readonly fails: Position;
    }
  /** Ends the filter with a constant, or with the accumulator. */
  | { readonly kind: "return"; readonly verdict: number | "a" }
  | { readonly kind: "jump"; readonly to: Position }
  | { readonly kind: "alu"; readonly operation: AluOperation; readonly operand: Operand }
  /** Negates the accumulator. */
  | { readonly kind: "negate" }
  | { readonly kind: "loadImmediate"; readonly into: Register; readonly value: number }
  /** Loads the size of struct seccomp_data. */
  | { readonly kind: "loadLength"; readonly into: Register }
  /** Loads a word of the scratch memory, by its index. */
  | { readonly kind: "loadMemory"; readonly into: Register; readonly index: number }
  /** Stores into a word of the scratch memory. */
  | { readonly kind: "store"; readonly from: Register; readonly index: number }
  /** Copies one register to the other. */
  | { readonly kind: "transfer"; readonly from: Register; readonly into: Register }
  /** An opcode that seccomp does not allow. */
  | { readonly kind: "unknown"; readonly opcode: number };

/** A decoded instruction. */
export type Instruction = Operation & {
  readonly at: Position;
  /**
   * Its successors, each once: none after a return. All come after it. In a program that the kernel refuses, they may be
   * outside of the program.
   */
  readonly next: readonly Position[];
};

/** A decoded program, by positions. */
export type Instructions = readonly Instruction[];

/** Decodes a program. Ignores the fields that an instruction does not use, as the kernel does. */
export function decode(program: Program): Instructions {
  return Array.from({ length: programLength(program) }, (_, at) => decodeAt(program, at as Position));
}

function decodeAt(program: Program, at: Position): Instruction {
  const start = at * STRIDE;
  const operation = operationOf(
    at,
    program[start] as number,
    program[start + 1] as number,
    program[start + 2] as number,
    program[start + 3] as number,
  );
  // It is a new object, and to copy it into another one would take several times as long.
  return Object.assign(operation, { at, next: successorsOf(operation, at) });
}

function operationOf(at: Position, code: number, jt: number, jf: number, k: number): Operation {
  switch (code) {
    case LD_W_ABS:
      return { kind: "load", offset: k };
    case RET_K:
      return { kind: "return", verdict: k };
    case RET_A:
      return { kind: "return", verdict: "a" };
    case JMP_JA:
      return { kind: "jump", to: afterSkip(at, k) };
    case ALU_NEG:
      return { kind: "negate" };
    case LD_IMM:
      return { kind: "loadImmediate", into: "a", value: k };
    case LDX_IMM:
      return { kind: "loadImmediate", into: "x", value: k };
    case LD_W_LEN:
      return { kind: "loadLength", into: "a" };
    case LDX_W_LEN:
      return { kind: "loadLength", into: "x" };
    case LD_MEM:
      return { kind: "loadMemory", into: "a", index: k };
    case LDX_MEM:
      return { kind: "loadMemory", into: "x", index: k };
    case ST:
      return { kind: "store", from: "a", index: k };
    case STX:
      return { kind: "store", from: "x", index: k };
    case TAX:
      return { kind: "transfer", from: "a", into: "x" };
    case TXA:
      return { kind: "transfer", from: "x", into: "a" };
  }
  const operand = (code & BPF_X) !== 0 ? "x" : k;
  const comparator = COMPARATORS.get(code & ~BPF_X);
  if (comparator !== undefined) {
    return { kind: "branch", comparator, operand, holds: afterSkip(at, jt), fails: afterSkip(at, jf) };
  }
  const operation = ALU_OPERATIONS.get(code & ~BPF_X);
  return operation === undefined ? { kind: "unknown", opcode: code } : { kind: "alu", operation, operand };
}

/** By the opcode whose second operand is a constant. */
const COMPARATORS = inverse<Comparator>(BRANCH_CODES);
const ALU_OPERATIONS = inverse<AluOperation>(ALU_CODES);

function inverse<T extends string>(codes: Readonly<Record<T, number>>): ReadonlyMap<number, T> {
  return new Map((Object.keys(codes) as T[]).map((name) => [codes[name], name]));
}

function successorsOf(operation: Operation, at: Position): readonly Position[] {
  switch (operation.kind) {
    case "return":
      return [];
    case "jump":
      return [operation.to];
    case "branch": {
      const { holds, fails } = operation;
      return holds === fails ? [holds] : [holds, fails];
    }
    default:
      return [afterSkip(at, 0)];
  }
}
