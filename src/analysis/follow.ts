/**
 * Follows a program for calls of which not all is known, from one test of the call's words to the next.
 */

import { JMP_JA, LD_W_ABS, type Program, RET_K, STRIDE } from "../bpf/instruction.ts";
import {
  ALU_NEG,
  AND,
  calculate,
  isAlu,
  isConditionalJump,
  JEQ,
  JGE,
  JGT,
  JSET,
  jumps,
  LD_IMM,
  LD_MEM,
  LD_W_LEN,
  LDX_IMM,
  LDX_MEM,
  LDX_W_LEN,
  operationOf,
  RET_A,
  ST,
  STX,
  TAX,
  TXA,
  usesX,
} from "../bpf/opcodes.ts";
import type { Verdict } from "../policy/verdict.ts";
import { SECCOMP_DATA_SIZE } from "../tables/seccomp.ts";
import { ALL_BITS, TooIntricate, type WordTest } from "./domain.ts";
import type { OpenTest } from "./rules-in-words.ts";
import type { Work } from "./work.ts";

/** What a register holds: a number, or a word of the call under a mask. */
export type Value = number | { readonly word: number; readonly mask: number };

/** A place in a program, and what its registers and its scratch memory hold there. */
export interface Place {
  readonly pc: number;
  readonly a: Value;
  readonly x: Value;
  readonly memory: readonly (Value | undefined)[];
}

export const START: Place = { pc: 0, a: 0, x: 0, memory: [] };

/** Where following a program comes to a halt. */
export type Halt =
  /** It returns. */
  | { readonly kind: "return"; readonly verdict: Verdict }
  /** It depends on a word of the call how it goes on. */
  | { readonly kind: "test"; readonly open: OpenTest; readonly holds: Place; readonly fails: Place }
  /** It has come to a place at which it was to halt. */
  | { readonly kind: "stop"; readonly place: Place };

const WORD = 4;

const MESSAGE = "because the filter computes with a word of the call in a way that is not followed";

/**
 * Follows a program that the kernel takes from a place on.
 *
 * @param stopAt by instruction: whether to halt before it, but for the one at which it begins
 * @throws CutShort where the program computes with the call's words in a way that is not followed here
 */
export function follow(program: Program, from: Place, stopAt: readonly boolean[], work: Work): Halt {
  let { pc, a, x, memory } = from;
  for (; ; pc += 1) {
    if (stopAt[pc] === true && pc !== from.pc) {
      return { kind: "stop", place: { pc, a, x, memory } };
    }
    work.step();
    const at = pc * STRIDE;
    const code = program[at] as number;
    const k = program[at + 3] as number;
    if (code === LD_W_ABS) {
      a = { word: k / WORD, mask: ALL_BITS };
    } else if (isConditionalJump(code)) {
      const taken = pc + 1 + (program[at + 1] as number);
      const not = pc + 1 + (program[at + 2] as number);
      const second = usesX(code) ? x : k;
      if (taken === not) {
        pc = taken - 1;
      } else if (typeof a === "number" && typeof second === "number") {
        pc = (jumps(operationOf(code), a, second) ? taken : not) - 1;
      } else {
        const open = testOf(operationOf(code), a, second);
        return { kind: "test", open, holds: { pc: taken, a, x, memory }, fails: { pc: not, a, x, memory } };
      }
    } else if (code === RET_K || code === RET_A) {
      const verdict = code === RET_K ? k : a;
      if (typeof verdict !== "number") {
        throw new TooIntricate(MESSAGE);
      }
      return { kind: "return", verdict };
    } else if (code === JMP_JA) {
      pc += k;
    } else if (isAlu(code)) {
      const result = compute(operationOf(code), a, usesX(code) ? x : k);
      if (result === undefined) {
        return { kind: "return", verdict: 0 };
      }
      a = result;
    } else if (code === ST || code === STX) {
      const changed = [...memory];
      changed[k] = code === ST ? a : x;
      memory = changed;
    } else {
      [a, x] = move(code, k, a, x, memory);
    }
  }
}

/** The instructions that only move values. */
function move(
  code: number,
  k: number,
  a: Value,
  x: Value,
  memory: readonly (Value | undefined)[],
): readonly [a: Value, x: Value] {
  switch (code) {
    case LD_IMM:
      return [k, x];
    case LDX_IMM:
      return [a, k];
    case LD_W_LEN:
      return [SECCOMP_DATA_SIZE, x];
    case LDX_W_LEN:
      return [a, SECCOMP_DATA_SIZE];
    case LD_MEM:
      return [memory[k] ?? 0, x];
    case LDX_MEM:
      return [a, memory[k] ?? 0];
    case TAX:
      return [a, a];
    case TXA:
      return [x, x];
    case ALU_NEG:
      if (typeof a !== "number") {
        throw new TooIntricate(MESSAGE);
      }
      return [-a >>> 0, x];
    default:
      throw new Error(`the kernel takes no opcode ${code}`);
  }
}

function compute(operation: number, a: Value, b: Value): Value | undefined {
  if (typeof a === "number" && typeof b === "number") {
    return calculate(operation, a, b);
  }
  if (operation === AND) {
    const [word, mask] = typeof a === "number" ? [b, a] : [a, b];
    if (typeof word === "object" && typeof mask === "number") {
      const joint = (word.mask & mask) >>> 0;
      return joint === 0 ? 0 : { word: word.word, mask: joint };
    }
  }
  throw new TooIntricate(MESSAGE);
}

/** A jump as a test of one word, the constant on the right. */
function testOf(operation: number, a: Value, b: Value): OpenTest {
  if (typeof a === "number" && typeof b === "object" && (operation === JEQ || operation === JSET)) {
    return testOf(operation, b, a);
  }
  if (typeof a !== "object" || typeof b !== "number") {
    throw new TooIntricate(MESSAGE);
  }
  const op: WordTest["op"] =
    operation === JEQ ? "eq" : operation === JGT ? "gt" : operation === JGE ? "ge" : "set";
  return { word: a.word, test: { mask: a.mask, op, value: b } };
}
