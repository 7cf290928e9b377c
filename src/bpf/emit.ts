/**
 * From a decision graph to instructions, from the end to the beginning: every target is placed before the jump
 * to it, so that nothing has to be patched and no distance is counted by hand.
 */

import {
  ALL_BITS,
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

/** So far on may be what a conditional jump leads to: jt and jf have 8 bits, and count from the next instruction. */
const REACH = 256;

/** By operation of a test: EQ, GT, GE, SET. */
const OPCODES = [JMP_JEQ_K, JMP_JGT_K, JMP_JGE_K, JMP_JSET_K];

const NOWHERE = -1;

/**
 * Emits the program for a graph. It may be longer than the kernel takes: that is for the caller to refuse.
 *
 * @param bigEndian of the machine that runs it: struct seccomp_data is in its own byte order
 */
export function emit(graph: Graph, bigEndian: boolean): Program {
  const { root, nodes } = graph;
  const { fields, ops, values, thens, elses } = nodes;
  const entries = survey(graph);
  // Last instruction first, each as k, jf, jt, code, so that the whole list only has to be turned around.
  const reversed: number[] = [];
  // Positions count from the end of the program: 0 is the last instruction. This is that of the next one.
  let next = 0;
  // By node: where the test itself stands, for those who come with its field loaded.
  const tests: number[] = new Array(root + 1).fill(NOWHERE);
  // By node: where all others come in: at the load before a test, or at the nearest return of its kind.
  const starts: number[] = new Array(root + 1).fill(NOWHERE);

  /** Something within reach that leads to a node out of reach: another return, or a jump, which goes any distance. */
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

  // The numbers of nodes ascend from the ends to the root, and so do positions.
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
    let then = (fields[toThen] === field ? tests : starts)[toThen] as number;
    let otherwise = (fields[toElse] === field ? tests : starts)[toElse] as number;
    // A bridge to one end moves the test away from the other one.
    while (next - then > REACH || next - otherwise > REACH) {
      if (next - then > REACH) {
        then = bridge(toThen, then);
      } else {
        otherwise = bridge(toElse, otherwise);
      }
    }
    const opcode = OPCODES[ops[node] as TestOp] as number;
    reversed.push(values[node] as number, next - otherwise - 1, next - then - 1, opcode);
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
  // The low bit of the word's index tells the halves of an argument apart; a big-endian machine swaps them.
  return bigEndian && word >= SECCOMP_DATA_ARGS ? word ^ 4 : word;
}

/** By node: how it is come to. */
type Entries = readonly number[];

const UNREACHED = 0;
/** Every path comes with the node's field in the accumulator already. */
const LOADED = 1;
/** From here on: some path comes with something else in it. */
const FRESH = 2;

/** Finds out how each node is come to, from the root down. */
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
