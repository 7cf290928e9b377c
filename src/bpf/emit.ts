/**
 * From a decision graph to instructions, from the end to the beginning: every target is placed before the jump
 * to it, so that no jump needs patching and no distance is counted by hand.
 */

import {
  ALL_BITS,
  CLEAR,
  type Field,
  type Graph,
  type Node,
  RETURN,
  type TestOp,
  type Word,
  wordOf,
} from "../graph/node.ts";
import { SECCOMP_DATA_ARGS } from "../tables/seccomp.ts";
import {
  ALU_AND_K,
  JMP_JA,
  JMP_JEQ_K,
  JMP_JGE_K,
  JMP_JGT_K,
  JMP_JSET_K,
  LD_W_ABS,
  type Program,
  RET_K,
} from "./instruction.ts";

/** Maximum distance of a conditional jump: jt and jf have 8 bits, and count from the next instruction. */
const REACH = 256;

/** By operation of a test: EQ, GT, GE, SET. */
const OPCODES = [JMP_JEQ_K, JMP_JGT_K, JMP_JGE_K, JMP_JSET_K];

const NOWHERE = -1;

/**
 * Emits the program for a graph. It may exceed the kernel's limit, which the caller must check.
 *
 * @param bigEndian whether the machine is big-endian: struct seccomp_data is in its byte order
 */
export function emit(graph: Graph, bigEndian: boolean): Program {
  const { root, nodes } = graph;
  const { fields, ops, values, thens, elses } = nodes;
  const entries = survey(graph);
  // Last instruction first, each as k, jf, jt, code, so that the whole list is simply reversed at the end.
  const reversed: number[] = [];
  // Positions count from the end of the program: 0 is the last instruction. This is the next one's.
  let next = 0;
  // By node: the position of the test itself, for paths that have its field loaded.
  const tests: number[] = new Array(root + 1).fill(NOWHERE);
  // By node: the position for all other paths: the load before a test, or the nearest equal return.
  const starts: number[] = new Array(root + 1).fill(NOWHERE);

  /** Emits a way to a node out of reach: a copy of a return, or an unconditional jump, which has no limit. */
  const bridge = (node: Node, position: number): number => {
    if (fields[node] === RETURN) {
      reversed.push(values[node] as number, 0, 0, RET_K);
      starts[node] = next;
    } else {
      reversed.push(next - position - 1, 0, 0, JMP_JA);
    }
    next += 1;
    return next - 1;
  };

  // Nodes ascend from the returns to the root, and so do positions.
  for (let node = 0; node <= root; node += 1) {
    const entry = entries[node] as number;
    if (entry === UNREACHED) {
      continue;
    }
    const field = fields[node] as Field;
    if (field === RETURN) {
      reversed.push(values[node] as number, 0, 0, RET_K);
      starts[node] = next;
      next += 1;
      continue;
    }
    const toThen = thens[node] as Node;
    const toElse = elses[node] as Node;
    if (ops[node] === CLEAR) {
      const to = (fields[toThen] === field ? tests : starts)[toThen] as number;
      if (next - to > 1) {
        bridge(toThen, to);
      }
      reversed.push(~(values[node] as number) >>> 0, 0, 0, ALU_AND_K);
    } else {
      let then = (fields[toThen] === field ? tests : starts)[toThen] as number;
      let otherwise = (fields[toElse] === field ? tests : starts)[toElse] as number;
      // A bridge to one target moves the test away from the other.
      while (next - then > REACH || next - otherwise > REACH) {
        if (next - then > REACH) {
          then = bridge(toThen, then);
        } else {
          otherwise = bridge(toElse, otherwise);
        }
      }
      const opcode = OPCODES[ops[node] as TestOp] as number;
      reversed.push(values[node] as number, next - otherwise - 1, next - then - 1, opcode);
    }
    tests[node] = next;
    next += 1;
    if (entry >= FRESH) {
      const { word, mask } = wordOf(nodes, field);
      if (mask !== ALL_BITS) {
        reversed.push(mask, 0, 0, ALU_AND_K);
        next += 1;
      }
      reversed.push(offsetOf(word, bigEndian), 0, 0, LD_W_ABS);
      starts[node] = next;
      next += 1;
    }
  }
  return reversed.reverse();
}

/** The offset of a word in struct seccomp_data. */
function offsetOf(word: Word, bigEndian: boolean): number {
  // Bit 2 of the offset selects the half of an argument; a big-endian machine swaps the halves.
  return bigEndian && word >= SECCOMP_DATA_ARGS ? word ^ 4 : word;
}

/** By node: how it is entered. */
type Entries = readonly number[];

const UNREACHED = 0;
/** On every path the accumulator already holds the node's field. */
const LOADED = 1;
/** From this value on: on some path it holds something else. */
const FRESH = 2;

/** Finds how each node is entered, from the root down. */
function survey({ root, nodes: { fields, thens, elses } }: Graph): Entries {
  const entries: number[] = new Array(fields.length).fill(UNREACHED);
  entries[root] = FRESH;
  for (let node = root; node >= 0; node -= 1) {
    const field = fields[node];
    if (field === RETURN || entries[node] === UNREACHED) {
      continue;
    }
    const then = thens[node] as Node;
    const otherwise = elses[node] as Node;
    entries[then] = fields[then] === field ? (entries[then] as number) | LOADED : FRESH;
    entries[otherwise] = fields[otherwise] === field ? (entries[otherwise] as number) | LOADED : FRESH;
  }
  return entries;
}
