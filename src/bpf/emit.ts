/**
 * From a decision graph to instructions, from the end to the beginning: every target is placed before the jump
 * to it, so that nothing has to be patched and no distance is counted by hand.
 */

import { SECCOMP_DATA_ARGS } from "../tables/seccomp.ts";
import {
  ALL_BITS,
  type Graph,
  type Node,
  type Return,
  type Test,
  type TestOp,
  type Word,
} from "../tree/node.ts";
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

/** The farthest that a conditional jump goes: jt and jf have 8 bits. */
const FARTHEST = 255;

const OPCODES: Readonly<Record<TestOp, number>> = {
  eq: JMP_JEQ_K,
  gt: JMP_JGT_K,
  ge: JMP_JGE_K,
  set: JMP_JSET_K,
};

/**
 * Emits the program for a graph. It may be longer than the kernel takes: that is for the caller to refuse.
 *
 * @param bigEndian of the machine that runs it: struct seccomp_data is in its own byte order
 */
export function emit(graph: Graph, bigEndian: boolean): Program {
  const entries = survey(graph);
  const emitter = new Emitter(entries, bigEndian);
  // Ids ascend from the ends to the root, and so do positions.
  for (const node of graph.nodes) {
    if (entries[node.id] === UNREACHED) {
      continue;
    }
    if (node.kind === "return") {
      emitter.return(node);
    } else {
      emitter.test(node);
    }
  }
  return emitter.finish();
}

/** By node id: how a node is come to. */
type Entries = readonly number[];

const UNREACHED = 0;
/** Every path comes with the node's word in the accumulator already. */
const LOADED = 1;
/** From here on: some path comes with something else in it. */
const FRESH = 2;

/** Finds out how each node is come to, from the root down. */
function survey({ root, nodes }: Graph): Entries {
  const entries: number[] = new Array(nodes.length).fill(UNREACHED);
  entries[root.id] = FRESH;
  for (let id = root.id; id >= 0; id -= 1) {
    const node = nodes[id] as Node;
    if (entries[id] !== UNREACHED && node.kind === "test") {
      const { then, else: otherwise, word, mask } = node;
      entries[then.id] = looksAt(then, word, mask) ? (entries[then.id] as number) | LOADED : FRESH;
      entries[otherwise.id] = looksAt(otherwise, word, mask)
        ? (entries[otherwise.id] as number) | LOADED
        : FRESH;
    }
  }
  return entries;
}

/** Whether a node looks at what the accumulator holds after a test of that word. */
function looksAt(node: Node, word: Word, mask: number): boolean {
  return node.kind === "test" && node.word === word && node.mask === mask;
}

/** Positions count from the end of the program: 0 is the last instruction. */
class Emitter {
  /** Last instruction first, each as k, jf, jt, code, so that the whole list only has to be turned around. */
  private readonly reversed: number[] = [];
  private length = 0;
  /** By node id: where the test itself stands, for those who come with its word loaded. */
  private readonly tests: number[];
  /** By node id: where all others come in: at the load before a test, or at the nearest return of its kind. */
  private readonly starts: number[];

  constructor(
    private readonly entries: Entries,
    private readonly bigEndian: boolean,
  ) {
    this.tests = new Array(entries.length).fill(-1);
    this.starts = new Array(entries.length).fill(-1);
  }

  return(node: Return): number {
    const position = this.push(RET_K, 0, 0, node.verdict);
    this.starts[node.id] = position;
    return position;
  }

  /** Places a test and, where it is needed, the load before it; both of its ends have been placed. */
  test(node: Test): void {
    const { tests, starts } = this;
    const { id, word, mask } = node;
    let then = (looksAt(node.then, word, mask) ? tests : starts)[node.then.id] as number;
    let otherwise = (looksAt(node.else, word, mask) ? tests : starts)[node.else.id] as number;
    // A bridge to one end moves the test away from the other one.
    for (;;) {
      if (this.length - then - 1 > FARTHEST) {
        then = this.bridge(node.then, then);
      } else if (this.length - otherwise - 1 > FARTHEST) {
        otherwise = this.bridge(node.else, otherwise);
      } else {
        break;
      }
    }
    const { length } = this;
    tests[id] = this.push(OPCODES[node.op], length - then - 1, length - otherwise - 1, node.value);
    if ((this.entries[id] as number) >= FRESH) {
      if (mask !== ALL_BITS) {
        this.push(ALU_AND_K, 0, 0, mask);
      }
      starts[id] = this.push(LD_W_ABS, 0, 0, this.offset(word));
    }
  }

  finish(): Program {
    return this.reversed.reverse();
  }

  /** Something within reach that leads to a node out of reach: another return, or a jump, which goes any distance. */
  private bridge(node: Node, position: number): number {
    return node.kind === "return" ? this.return(node) : this.push(JMP_JA, 0, 0, this.length - position - 1);
  }

  /** The offset of a word in struct seccomp_data. */
  private offset(word: Word): number {
    // The low bit of the word's index tells the halves of an argument apart; a big-endian machine swaps them.
    return this.bigEndian && word >= SECCOMP_DATA_ARGS ? word ^ 4 : word;
  }

  private push(code: number, jt: number, jf: number, k: number): number {
    this.reversed.push(k, jf, jt, code);
    const position = this.length;
    this.length = position + 1;
    return position;
  }
}
