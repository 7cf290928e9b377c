/**
 * Decision graphs: tests of one 32-bit word of a call, with shared ends. Equal nodes are the same object.
 */

import type { Verdict } from "../policy/verdict.ts";
import { SECCOMP_DATA_ARCH, SECCOMP_DATA_ARGS, SECCOMP_DATA_NR } from "../tables/seccomp.ts";

export type Node = Return | Test;

/** A whole decision. */
export interface Graph {
  readonly root: Node;
  /** All nodes by their ids, also some that the root does not lead to; the ends of a test stand before it. */
  readonly nodes: readonly Node[];
}

/** The end of a decision. */
export interface Return {
  readonly kind: "return";
  /** The node's place among all of its graph. */
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
  /** Every node that was made, by its id. */
  readonly nodes: Node[] = [];
  private readonly returns = new Map<Verdict, Return>();
  /** Tests by a hash of what they are. */
  private readonly tests = new Map<number, Test>();

  return(verdict: Verdict): Return {
    let node = this.returns.get(verdict);
    if (node === undefined) {
      node = { kind: "return", id: this.nodes.length, verdict };
      this.returns.set(verdict, node);
      this.nodes.push(node);
    }
    return node;
  }

  test(word: Word, mask: number, op: TestOp, value: number, then: Node, otherwise: Node): Node {
    if (then === otherwise) {
      return then;
    }
    // Different tests may have one key, but few do, and the next free one is taken then. For the numbers of syscalls
    // it is a small integer, which is fast.
    let key = (then.id * 31 + otherwise.id) * 4093 + value;
    let node = this.tests.get(key);
    while (node !== undefined) {
      if (
        node.value === value &&
        node.word === word &&
        node.op === op &&
        node.mask === mask &&
        node.then === then &&
        node.else === otherwise
      ) {
        return node;
      }
      key += 1;
      node = this.tests.get(key);
    }
    node = { kind: "test", id: this.nodes.length, word, mask, op, value, then, else: otherwise };
    this.nodes.push(node);
    this.tests.set(key, node);
    return node;
  }
}
