/**
 * Walks decision graphs, as plainly as their type is documented.
 */

import type { Call } from "../../src/policy/policy.ts";
import type { Verdict } from "../../src/policy/verdict.ts";
import { ARCH, type Node, NR, type Test, type Word } from "../../src/tree/node.ts";

/** Whether a test goes on with its `then`. */
export function passes({ mask, op, value }: Pick<Test, "mask" | "op" | "value">, word: number): boolean {
  const looked = Number(BigInt(word) & BigInt(mask));
  switch (op) {
    case "eq":
      return looked === value;
    case "gt":
      return looked > value;
    case "ge":
      return looked >= value;
    case "set":
      return (BigInt(looked) & BigInt(value)) !== 0n;
  }
}

/** The end to which a graph leads, and how many tests it took. */
export function follow(
  root: Node,
  wordOf: (word: Word) => number,
): { readonly verdict: Verdict; readonly tests: number } {
  let node = root;
  let tests = 0;
  while (node.kind === "test") {
    node = passes(node, wordOf(node.word)) ? node.then : node.else;
    tests += 1;
  }
  return { verdict: node.verdict, tests };
}

/** The words of a call, at the offsets of a little-endian machine. */
export function wordsOf({ arch, nr, args }: Call): (word: Word) => number {
  return (word) => {
    if (word === NR) {
      return nr;
    }
    if (word === ARCH) {
      return arch;
    }
    const argument = args[Math.floor((word - 16) / 8)] ?? 0n;
    return Number(word % 8 === 0 ? argument % 2n ** 32n : argument / 2n ** 32n);
  };
}

/** Every test that a graph leads to, once. */
export function testsOf(root: Node): Test[] {
  const found = new Set<Test>();
  const stack = [root];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (node.kind === "test" && !found.has(node)) {
      found.add(node);
      stack.push(node.then, node.else);
    }
  }
  return [...found];
}
