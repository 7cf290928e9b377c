/**
 * A decision graph as text: one line a test, in order of first visit; shared nodes by their label.
 */

import { formatVerdict } from "../policy/verdict.ts";
import type { Architecture } from "../tables/architectures.ts";
import { SECCOMP_DATA_ARGS } from "../tables/seccomp.ts";
import {
  ALL_BITS,
  ARCH,
  CLEAR,
  type Field,
  type Graph,
  type Node,
  NR,
  RETURN,
  type Word,
  wordOf,
} from "./node.ts";

/** Prints a graph; `arch` gives errnos their names. */
export function printGraph({ root, nodes }: Graph, arch: Architecture): string {
  const { fields, ops, values, thens, elses } = nodes;
  const labels = new Map<Node, string>();
  const stack: Node[] = [root];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (fields[node] !== RETURN && !labels.has(node)) {
      labels.set(node, `t${labels.size}`);
      stack.push(elses[node] as Node, thens[node] as Node);
    }
  }
  const name = (node: Node): string => labels.get(node) ?? formatVerdict(values[node] as number, arch);
  const lines = [...labels].map(([node, label]) => {
    const field = fields[node] as Field;
    const { word, mask } = wordOf(nodes, field);
    const looked = mask === ALL_BITS ? wordName(word) : `(${wordName(word)} & 0x${mask.toString(16)})`;
    const value = values[node] as number;
    if (ops[node] === CLEAR) {
      return `${label}: ${looked} &= ~0x${value.toString(16)}, ${name(thens[node] as Node)}`;
    }
    const test = `${looked} ${SIGNS[ops[node] as number]} ${word === NR ? value : `0x${value.toString(16)}`}`;
    return `${label}: ${test} ? ${name(thens[node] as Node)} : ${name(elses[node] as Node)}`;
  });
  return `${[`start: ${name(root)}`, ...lines].join("\n")}\n`;
}

/** By operation of a test. */
const SIGNS = ["==", ">", ">=", "&"];

/** `nr`, `arch`, or a half of an argument: `a0.lo`, `a0.hi`. */
function wordName(word: Word): string {
  if (word === NR) {
    return "nr";
  }
  if (word === ARCH) {
    return "arch";
  }
  const offset = word - SECCOMP_DATA_ARGS;
  return `a${offset >> 3}.${(offset & 4) === 0 ? "lo" : "hi"}`;
}
