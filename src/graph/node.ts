/**
 * Decision graphs: tests of one 32-bit word of a call, with shared ends. Equal nodes are the same one.
 *
 * A node is a number that indexes lists of its properties: in QuickJS an object costs as
 * much as fifty steps of a program.
 */

import type { Verdict } from "../policy/verdict.ts";
import {
  SECCOMP_DATA_ARCH,
  SECCOMP_DATA_ARGS,
  SECCOMP_DATA_NR,
  SECCOMP_DATA_SIZE,
} from "../tables/seccomp.ts";

/** A node's index in its graph; the nodes that a test leads to come before it. */
export type Node = number;

/** A decision graph. */
export interface Graph {
  readonly root: Node;
  /** All nodes, including some that the root does not reach. */
  readonly nodes: Nodes;
}

/** The properties of the nodes, by index. */
export interface Nodes {
  /** The field that a test reads; {@link RETURN} for a return. */
  readonly fields: Field[];
  /** The comparison with the value; 0 for a return. */
  readonly ops: TestOp[];
  /** The constant of a test, unsigned 32-bit; the verdict of a return. */
  readonly values: number[];
  /** The successors of a test; 0 for a return. */
  readonly thens: Node[];
  readonly elses: Node[];
  /** The masked words, whose fields start at {@link FIRST_MASKED}. */
  readonly masked: MaskedWord[];
}

/** An unmasked word, by its {@link Word}; or one of a graph's {@link Nodes.masked}. */
export type Field = number;

/** The field of a return, which reads nothing. */
export const RETURN: Field = -1;
/** Above every {@link Word}. */
export const FIRST_MASKED: Field = SECCOMP_DATA_SIZE;

export interface MaskedWord {
  readonly word: Word;
  /** The bits that are tested. */
  readonly mask: number;
}

/** Equal; greater; greater or equal; any of these bits set: all unsigned. */
export const EQ = 0;
export const GT = 1;
export const GE = 2;
export const SET = 3;
/** No test: the next tests see the word without these bits, up to the first one of another field. Both successors are the same. */
export const CLEAR = 4;
export type TestOp = typeof EQ | typeof GT | typeof GE | typeof SET | typeof CLEAR;

export const ALL_BITS = 0xffffffff;

/**
 * A 32-bit word of `struct seccomp_data`, by its offset on a little-endian machine. For a big-endian one the
 * emitter swaps the two words of an argument.
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

/** The word and the bits of it that a test reads. */
export function wordOf(nodes: Nodes, field: Field): MaskedWord {
  return field < FIRST_MASKED
    ? { word: field, mask: ALL_BITS }
    : (nodes.masked[field - FIRST_MASKED] as MaskedWord);
}

/** Initial number of hash buckets for tests: a power of two. A bucket is searched linearly. */
const HASHES = 128;
/** Maximum average number of tests in a bucket, above which there are more buckets. */
const MAX_PER_HASH = 8;
const NONE: Node = -1;

/** Makes nodes: equal ones are shared, and a test whose outcome does not matter is omitted. */
export class NodeFactory {
  readonly nodes: Nodes = { fields: [], ops: [], values: [], thens: [], elses: [], masked: [] };
  private readonly returns = new Map<Verdict, Node>();
  private readonly maskedWords = new Map<string, number>();
  /** For each node the previous one with the same hash. */
  private readonly older: Node[] = [];
  readonly test = testMaker(this.nodes, this.older);

  return(verdict: Verdict): Node {
    let node = this.returns.get(verdict);
    if (node === undefined) {
      const { fields, ops, values, thens, elses } = this.nodes;
      node = fields.push(RETURN) - 1;
      ops.push(EQ);
      values.push(verdict);
      thens.push(0);
      elses.push(0);
      this.older.push(NONE);
      this.returns.set(verdict, node);
    }
    return node;
  }

  /** Continues with a node that sees a word without these bits: see {@link CLEAR}. */
  clear(word: Word, bits: number, node: Node): Node {
    const { fields, ops, values, thens, elses } = this.nodes;
    ops.push(CLEAR);
    values.push(bits);
    thens.push(node);
    elses.push(node);
    this.older.push(NONE);
    return fields.push(word) - 1;
  }

  /** The field for those bits of a word. */
  masked(word: Word, mask: number): Field {
    if (mask === ALL_BITS) {
      return word;
    }
    const { masked } = this.nodes;
    // A string key: QuickJS takes ten times as long to find a number in a map.
    const key = `${word} ${mask}`;
    let index = this.maskedWords.get(key);
    if (index === undefined) {
      index = masked.push({ word, mask }) - 1;
      this.maskedWords.set(key, index);
    }
    return FIRST_MASKED + index;
  }
}

/** Makes a test, or finds an equal one. */
type MakeTest = (field: Field, op: TestOp, value: number, then: Node, otherwise: Node) => Node;

/** A function, not a method: it needs every list, and a variable costs a launch less than a member. */
function testMaker({ fields, ops, values, thens, elses }: Nodes, older: Node[]): MakeTest {
  /** For each hash the newest test. */
  let newest: Node[] = new Array(HASHES).fill(NONE);
  let bits = HASHES - 1;
  let room = HASHES * MAX_PER_HASH;

  const grow = (): void => {
    bits = 4 * bits + 3;
    room *= 4;
    newest = new Array(bits + 1).fill(NONE);
    for (let node = 0; node < fields.length; node += 1) {
      if (fields[node] !== RETURN) {
        const hash =
          ((thens[node] as Node) * 31 + (elses[node] as Node) * 7 + (values[node] as number)) & bits;
        older[node] = newest[hash] as Node;
        newest[hash] = node;
      }
    }
  };

  return (field, op, value, then, otherwise) => {
    if (then === otherwise) {
      return then;
    }
    if (fields.length >= room) {
      grow();
    }
    const hash = (then * 31 + otherwise * 7 + value) & bits;
    const last = newest[hash] as Node;
    for (let node = last; node !== NONE; node = older[node] as Node) {
      if (
        values[node] === value &&
        thens[node] === then &&
        elses[node] === otherwise &&
        fields[node] === field &&
        ops[node] === op
      ) {
        return node;
      }
    }
    const made = fields.length;
    fields[made] = field;
    ops[made] = op;
    values[made] = value;
    thens[made] = then;
    elses[made] = otherwise;
    older[made] = last;
    newest[hash] = made;
    return made;
  };
}
