/**
 * A decision graph as text: one line a test, in the order in which they are met; shared nodes by their label.
 */

import { formatVerdict } from "../policy/verdict.ts";
import type { Architecture } from "../tables/architectures.ts";
import { SECCOMP_DATA_ARGS } from "../tables/seccomp.ts";
import { ALL_BITS, ARCH, type Graph, type Node, NR, type Test, type Word } from "./node.ts";

/** Prints a graph; `arch` gives errnos their names. */
export function printTree({ root }: Graph, arch: Architecture): string {
  const labels = new Map<Test, string>();
  const order: Test[] = [];
  const stack: Node[] = [root];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (node.kind === "test" && !labels.has(node)) {
      labels.set(node, `t${labels.size}`);
      order.push(node);
      stack.push(node.else, node.then);
    }
  }
  const name = (node: Node): string =>
    node.kind === "return" ? formatVerdict(node.verdict, arch) : (labels.get(node) as string);
  const lines = order.map(
    (test) => `${name(test)}: ${printTest(test)} ? ${name(test.then)} : ${name(test.else)}`,
  );
  return `${[`start: ${name(root)}`, ...lines].join("\n")}\n`;
}

const SIGNS = { eq: "==", gt: ">", ge: ">=", set: "&" };

function printTest({ word, mask, op, value }: Test): string {
  const field = mask === ALL_BITS ? wordName(word) : `(${wordName(word)} & 0x${mask.toString(16)})`;
  return `${field} ${SIGNS[op]} ${word === NR ? value : `0x${value.toString(16)}`}`;
}

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
