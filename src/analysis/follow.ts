/**
 * Follows a program for partly known calls, from one test of the call's words to the next.
 */

import { calculate, compare, negate } from "../bpf/arithmetic.ts";
import { afterSkip, FIRST, type Instruction, type Instructions, type Position } from "../bpf/decode.ts";
import type { AluOperation, Comparator } from "../bpf/opcodes.ts";
import type { Verdict } from "../policy/verdict.ts";
import { SECCOMP_DATA_SIZE } from "../tables/seccomp.ts";
import { ALL_BITS, TooIntricate } from "./domain.ts";
import type { OpenTest } from "./rules-in-words.ts";
import type { Work } from "./work.ts";

/** What a register holds: a number, or a word of the call under a mask. */
export type Value = number | { readonly word: number; readonly mask: number };

/** A position in a program, with its registers and scratch memory. */
export interface State {
  readonly at: Position;
  readonly a: Value;
  readonly x: Value;
  readonly memory: readonly (Value | undefined)[];
}

export const START: State = { at: FIRST, a: 0, x: 0, memory: [] };

/** Why following a program stops. */
export type Halt =
  /** It returns. */
  | { readonly kind: "return"; readonly verdict: Verdict }
  /** The next step depends on a word of the call. */
  | { readonly kind: "test"; readonly open: OpenTest; readonly holds: State; readonly fails: State }
  /** It reached an instruction at which it must stop. */
  | { readonly kind: "stop"; readonly place: State };

const WORD = 4;

const MESSAGE =
  "because the filter computes with a word of the call in a way that the analysis does not support";

/**
 * Follows a program that the kernel accepts, from a state on.
 *
 * @param stopAt by instruction: whether to stop before it, except at the start
 * @throws CutShort if the program computes with the call's words in a way that is not supported here
 */
export function follow(
  instructions: Instructions,
  from: State,
  stopAt: readonly boolean[],
  work: Work,
): Halt {
  let { at, a, x, memory } = from;
  for (;;) {
    if (stopAt[at] === true && at !== from.at) {
      return { kind: "stop", place: { at, a, x, memory } };
    }
    work.step();
    const instruction = instructions[at] as Instruction;
    at = afterSkip(at, 0);
    switch (instruction.kind) {
      case "load":
        a = { word: instruction.offset / WORD, mask: ALL_BITS };
        break;
      case "branch": {
        const { comparator, holds, fails } = instruction;
        const second = instruction.operand === "x" ? x : instruction.operand;
        if (holds === fails) {
          at = holds;
        } else if (typeof a === "number" && typeof second === "number") {
          at = compare(comparator, a, second) ? holds : fails;
        } else {
          return {
            kind: "test",
            open: testOf(comparator, a, second),
            holds: { at: holds, a, x, memory },
            fails: { at: fails, a, x, memory },
          };
        }
        break;
      }
      case "return": {
        const verdict = instruction.verdict === "a" ? a : instruction.verdict;
        if (typeof verdict !== "number") {
          throw new TooIntricate(MESSAGE);
        }
        return { kind: "return", verdict };
      }
      case "jump":
        at = instruction.to;
        break;
      case "alu": {
        const { operation, operand } = instruction;
        const result = compute(operation, a, operand === "x" ? x : operand);
        if (result === undefined) {
          return { kind: "return", verdict: 0 };
        }
        a = result;
        break;
      }
      case "negate":
        if (typeof a !== "number") {
          throw new TooIntricate(MESSAGE);
        }
        a = negate(a);
        break;
      case "store": {
        const changed = [...memory];
        changed[instruction.index] = instruction.from === "a" ? a : x;
        memory = changed;
        break;
      }
      case "unknown":
        throw new Error(`the kernel takes no opcode ${instruction.opcode}`);
      default: {
        const value = moved(instruction, a, x, memory);
        if (instruction.into === "a") {
          a = value;
        } else {
          x = value;
        }
      }
    }
  }
}

/** The new value of a register, for an instruction that only moves values. */
function moved(
  instruction: Instruction & { readonly kind: "loadImmediate" | "loadLength" | "loadMemory" | "transfer" },
  a: Value,
  x: Value,
  memory: readonly (Value | undefined)[],
): Value {
  switch (instruction.kind) {
    case "loadImmediate":
      return instruction.value;
    case "loadLength":
      return SECCOMP_DATA_SIZE;
    case "loadMemory":
      return memory[instruction.index] ?? 0;
    case "transfer":
      return instruction.from === "a" ? a : x;
  }
}

function compute(operation: AluOperation, a: Value, b: Value): Value | undefined {
  if (typeof a === "number" && typeof b === "number") {
    return calculate(operation, a, b);
  }
  if (operation === "and") {
    const [word, mask] = typeof a === "number" ? [b, a] : [a, b];
    if (typeof word === "object" && typeof mask === "number") {
      const joint = (word.mask & mask) >>> 0;
      return joint === 0 ? 0 : { word: word.word, mask: joint };
    }
  }
  throw new TooIntricate(MESSAGE);
}

/** A branch as a test of one word, with the constant on the right. */
function testOf(op: Comparator, a: Value, b: Value): OpenTest {
  if (typeof a === "number" && typeof b === "object" && (op === "eq" || op === "set")) {
    return testOf(op, b, a);
  }
  if (typeof a !== "object" || typeof b !== "number") {
    throw new TooIntricate(MESSAGE);
  }
  return { word: a.word, test: { mask: a.mask, op, value: b } };
}
