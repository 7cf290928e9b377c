/**
 * Walks decision graphs as literally as their type is documented.
 */

import {
  ARCH,
  CLEAR,
  EQ,
  type Field,
  GE,
  GT,
  type Node,
  type Nodes,
  NR,
  RETURN,
  SET,
  type TestOp,
  type Word,
  wordOf,
} from "../../../src/graph/node.ts";
import type { Call } from "../../../src/policy/policy.ts";
import type { Verdict } from "../../../src/policy/verdict.ts";

/** A test with its fields named. */
export interface Test {
  readonly node: Node;
  readonly word: Word;
  readonly mask: number;
  /** "clear" is no test: the word is then seen without the bits of the value. */
  readonly op: "eq" | "gt" | "ge" | "set" | "clear";
  readonly value: number;
  readonly then: Node;
  readonly else: Node;
}

const OPERATIONS = { [EQ]: "eq", [GT]: "gt", [GE]: "ge", [SET]: "set", [CLEAR]: "clear" } as const;

/** The test in a node; undefined if it is a return. */
export function testOf(nodes: Nodes, node: Node): Test | undefined {
  const field = nodes.fields[node] as Field;
  if (field === RETURN) {
    return undefined;
  }
  const op = OPERATIONS[nodes.ops[node] as TestOp];
  const value = nodes.values[node] as number;
  const then = nodes.thens[node] as Node;
  return { node, ...wordOf(nodes, field), op, value, then, else: nodes.elses[node] as Node };
}

/** Whether a test continues with its `then`. */
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
    case "clear":
      return true;
  }
}

/** The return that a node leads to for a call, and the number of tests on the way. */
export function follow(
  nodes: Nodes,
  root: Node,
  inWord: (word: Word) => number,
): { readonly verdict: Verdict; readonly tests: number } {
  let node = root;
  let tests = 0;
  // The bits that were cleared, and the field in which they stay so.
  let cleared = 0n;
  let field: Field = RETURN;
  for (let test = testOf(nodes, node); test !== undefined; test = testOf(nodes, node)) {
    if (nodes.fields[node] !== field) {
      cleared = 0n;
      field = nodes.fields[node] as Field;
    }
    node = passes(test, Number(BigInt(inWord(test.word)) & ~cleared)) ? test.then : test.else;
    if (test.op === "clear") {
      cleared |= BigInt(test.value);
    } else {
      tests += 1;
    }
  }
  return { verdict: nodes.values[node] as Verdict, tests };
}

/** The words of a call, by their offsets on a little-endian machine. */
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

/** Every test that is reachable from a node, once. */
export function testsOf(nodes: Nodes, root: Node): Test[] {
  const found = new Map<Node, Test>();
  const stack = [root];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    const test = testOf(nodes, node);
    if (test !== undefined && !found.has(node)) {
      found.set(node, test);
      stack.push(test.then, test.else);
    }
  }
  return [...found.values()];
}
