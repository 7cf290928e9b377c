/**
 * From a decision graph to instructions, from the end to the beginning: every target is placed before the jump
 * to it, so that nothing has to be patched and no distance is counted by hand.
 */

import type { Verdict } from "../policy/verdict.ts";
import { SECCOMP_DATA_ARGS } from "../tables/seccomp.ts";
import { ALL_BITS, type Node, type Test, type TestOp, type Word } from "../tree/node.ts";
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
export function emit(root: Node, bigEndian: boolean): Program {
  const { order, fresh } = survey(root);
  const emitter = new Emitter(bigEndian, fresh);
  for (const node of order) {
    if (node.kind === "return") {
      emitter.return(node.verdict);
    } else {
      emitter.test(node);
    }
  }
  return emitter.finish();
}

/** What has to be known of a graph before it is emitted. */
interface Survey {
  /** All nodes, each once and after both of its ends. */
  readonly order: readonly Node[];
  /** By node id: whether some path comes to this test with something else in the accumulator than its word. */
  readonly fresh: readonly (boolean | undefined)[];
}

/** Walks the graph without recursion, since it may be thousands of tests deep. */
function survey(root: Node): Survey {
  const order: Node[] = [];
  const fresh: (boolean | undefined)[] = [];
  /** undefined: not met; false: its ends are still to be placed; true: done. */
  const done: (boolean | undefined)[] = [];
  const stack: Node[] = [root];
  fresh[root.id] = true;
  while (stack.length > 0) {
    const node = stack[stack.length - 1] as Node;
    if (node.kind === "test" && done[node.id] === undefined) {
      done[node.id] = false;
      if (!holdsWordOf(node, node.then)) {
        fresh[node.then.id] = true;
      }
      if (!holdsWordOf(node, node.else)) {
        fresh[node.else.id] = true;
      }
      // The end that is pushed last is placed first, and so lies farther away.
      stack.push(node.else, node.then);
      continue;
    }
    stack.pop();
    if (done[node.id] !== true) {
      done[node.id] = true;
      order.push(node);
    }
  }
  return { order, fresh };
}

/** Whether the accumulator holds, after one test, what the next node looks at. */
function holdsWordOf(test: Test, next: Node): boolean {
  return next.kind === "test" && next.word === test.word && next.mask === test.mask;
}

/** Positions count from the end of the program: 0 is the last instruction. */
class Emitter {
  /** Last instruction first, each as k, jf, jt, code, so that the whole list only has to be turned around. */
  private readonly reversed: number[] = [];
  private length = 0;
  /** By node id: where the test itself stands, for those who come with its word loaded. */
  private readonly tests: number[] = [];
  /** By node id: where its load stands, for all others. */
  private readonly loads: number[] = [];
  /** By verdict: the nearest return. */
  private readonly returns = new Map<Verdict, number>();

  constructor(
    private readonly bigEndian: boolean,
    private readonly fresh: Survey["fresh"],
  ) {}

  return(verdict: Verdict): number {
    this.returns.set(verdict, this.length);
    return this.push(RET_K, 0, 0, verdict);
  }

  /** Places a test and, where it is needed, the load before it; both of its ends have been placed. */
  test(node: Test): void {
    let then = this.entry(node.then, node);
    let otherwise = this.entry(node.else, node);
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
    this.tests[node.id] = this.push(
      OPCODES[node.op],
      this.length - then - 1,
      this.length - otherwise - 1,
      node.value,
    );
    if (this.fresh[node.id] === true) {
      if (node.mask !== ALL_BITS) {
        this.push(ALU_AND_K, 0, 0, node.mask);
      }
      this.loads[node.id] = this.push(LD_W_ABS, 0, 0, this.offset(node.word));
    }
  }

  finish(): Program {
    return this.reversed.reverse();
  }

  /** Where to jump to from a test to get to one of its ends. */
  private entry(node: Node, from: Test): number {
    if (node.kind === "return") {
      return this.returns.get(node.verdict) as number;
    }
    return (holdsWordOf(from, node) ? this.tests : this.loads)[node.id] as number;
  }

  /** Something within reach that leads to a node out of reach: another return, or a jump, which goes any distance. */
  private bridge(node: Node, position: number): number {
    return node.kind === "return"
      ? this.return(node.verdict)
      : this.push(JMP_JA, 0, 0, this.length - position - 1);
  }

  /** The offset of a word in struct seccomp_data. */
  private offset(word: Word): number {
    // The low bit of the word's index tells the halves of an argument apart; a big-endian machine swaps them.
    return this.bigEndian && word >= SECCOMP_DATA_ARGS ? word ^ 4 : word;
  }

  private push(code: number, jt: number, jf: number, k: number): number {
    this.reversed.push(k, jf, jt, code);
    const position = this.length;
    this.length += 1;
    return position;
  }
}
