/**
 * Follows every path of a program that some call can take, with what is known of the call's words on each.
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
import { replaced } from "../lists.ts";
import type { Verdict } from "../policy/verdict.ts";
import { SECCOMP_DATA_SIZE } from "../tables/seccomp.ts";
import { type Domain, split, TooIntricate, type WordTest } from "./domain.ts";

/** What is known of the words of struct seccomp_data, by their offsets divided by four. */
export type Words = readonly Domain[];

/** What a register holds: a number, or a word of the call under a mask. */
type Value = number | { readonly word: number; readonly mask: number };

interface State {
  readonly pc: number;
  readonly a: Value;
  readonly x: Value;
  readonly memory: readonly (Value | undefined)[];
  readonly words: Words;
}

const ALL_BITS = 0xffffffff;
const WORD = 4;

/**
 * Follows a program from its beginning. At a test of a word that can turn out both ways, it goes both.
 *
 * @param program one that the kernel takes
 * @param words what is known of the call
 * @param arrived is told what a path returns, and what is then known of the call; false ends it all
 * @returns whether all paths were followed
 * @throws TooIntricate where the program computes with the call's words in a way that is not followed here
 */
export function explore(
  program: Program,
  words: Words,
  arrived: (words: Words, verdict: Verdict) => boolean,
): boolean {
  const open: State[] = [{ pc: 0, a: 0, x: 0, memory: [], words }];
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    if (!follow(program, state, open, arrived)) {
      return false;
    }
  }
  return true;
}

/** Follows one path to its end; the other ways that it could have gone are put aside. */
function follow(
  program: Program,
  start: State,
  open: State[],
  arrived: (words: Words, verdict: Verdict) => boolean,
): boolean {
  let { pc, a, x, memory, words } = start;
  for (; ; pc += 1) {
    const at = pc * STRIDE;
    const code = program[at] as number;
    const k = program[at + 3] as number;
    if (code === LD_W_ABS) {
      a = { word: k / WORD, mask: ALL_BITS };
    } else if (isConditionalJump(code)) {
      const to = { taken: pc + 1 + (program[at + 1] as number), not: pc + 1 + (program[at + 2] as number) };
      const second = usesX(code) ? x : k;
      if (to.taken === to.not) {
        pc = to.taken - 1;
      } else if (typeof a === "number" && typeof second === "number") {
        pc = (jumps(operationOf(code), a, second) ? to.taken : to.not) - 1;
      } else {
        const { word, test } = testOf(operationOf(code), a, second);
        const { holds, fails } = split(words[word] as Domain, test);
        if (holds !== undefined && fails !== undefined) {
          open.push({ pc: to.not, a, x, memory, words: replaced(words, word, fails) });
        }
        words = replaced(words, word, (holds ?? fails) as Domain);
        pc = (holds !== undefined ? to.taken : to.not) - 1;
      }
    } else if (code === RET_K || code === RET_A) {
      const verdict = code === RET_K ? k : a;
      if (typeof verdict !== "number") {
        throw new TooIntricate();
      }
      return arrived(words, verdict);
    } else if (code === JMP_JA) {
      pc += k;
    } else if (isAlu(code)) {
      const result = compute(operationOf(code), a, usesX(code) ? x : k);
      if (result === undefined) {
        return arrived(words, 0);
      }
      a = result;
    } else if (code === ST || code === STX) {
      memory = [...memory];
      (memory as (Value | undefined)[])[k] = code === ST ? a : x;
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
        throw new TooIntricate();
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
  throw new TooIntricate();
}

/** A jump as a test of one word, the constant on the right. */
function testOf(operation: number, a: Value, b: Value): { readonly word: number; readonly test: WordTest } {
  if (typeof a === "number" && typeof b === "object" && (operation === JEQ || operation > JGE)) {
    return testOf(operation, b, a);
  }
  if (typeof a !== "object" || typeof b !== "number") {
    throw new TooIntricate();
  }
  const op = operation === JEQ ? "eq" : operation === JGT ? "gt" : operation === JGE ? "ge" : "set";
  return { word: a.word, test: { mask: a.mask, op, value: b } };
}
