/**
 * Decision graphs: tests of one 32-bit word of a call, with shared ends. Equal nodes are the same object.
 */

import type { Verdict } from "../policy/verdict.ts";
import { SECCOMP_DATA_ARCH, SECCOMP_DATA_ARGS, SECCOMP_DATA_NR } from "../tables/seccomp.ts";

export type Node = Return | Test;

/** The end of a decision. */
export interface Return {
  readonly kind: "return";
  /** Distinct for every node of a graph. */
  readonly id: number;
  readonly verdict: Verdict;
}

/** One test: `word & mask` against a constant, all unsigned 32-bit. */
export interface Test {
  readonly kind: "test";
  readonly id: number;
  readonly word: Word;
  /** ALL_BITS where the whole word is looked at. */
  readonly mask: number;
  readonly op: TestOp;
  readonly value: number;
  readonly then: Node;
  readonly else: Node;
}

/** eq: equal, gt: greater, ge: greater or equal, set: any of these bits set. */
export type TestOp = "eq" | "gt" | "ge" | "set";

export const ALL_BITS = 0xffffffff;

/**
 * A 32-bit word of `struct seccomp_data`, by its offset on a little-endian machine. On a big-endian one the two
 * words of an argument change places, which is the emitter's business.
 */
export type Word = number;

export const NR: Word = SECCOMP_DATA_NR;
export const ARCH: Word = SECCOMP_DATA_ARCH;

/** The lower word of an argument (0 to 5). */
export function lowWord(argument: number): Word {
  return SECCOMP_DATA_ARGS + 8 * argument;
}

/** The upper word of an argument (0 to 5). */
export function highWord(argument: number): Word {
  return SECCOMP_DATA_ARGS + 8 * argument + 4;
}

/** Makes nodes, so that there is one object for all that are equal, and no test whose outcome does not matter. */
export class NodeFactory {
  private nextId = 0;
  private readonly returns = new Map<Verdict, Return>();
  /** Tests by the ids of their two ends; few share both. */
  private readonly tests = new Map<number, Test[]>();

  return(verdict: Verdict): Return {
    let node = this.returns.get(verdict);
    if (node === undefined) {
      node = { kind: "return", id: this.nextId++, verdict };
      this.returns.set(verdict, node);
    }
    return node;
  }

  test(word: Word, mask: number, op: TestOp, value: number, then: Node, otherwise: Node): Node {
    if (then === otherwise) {
      return then;
    }
    // Ids stay far below 2^26: the filter that they end up in has at most 4096 instructions.
    const key = then.id * 0x4000000 + otherwise.id;
    let alike = this.tests.get(key);
    if (alike === undefined) {
      alike = [];
      this.tests.set(key, alike);
    }
    for (const node of alike) {
      if (node.word === word && node.mask === mask && node.op === op && node.value === value) {
        return node;
      }
    }
    const node: Test = { kind: "test", id: this.nextId++, word, mask, op, value, then, else: otherwise };
    alike.push(node);
    return node;
  }
}
