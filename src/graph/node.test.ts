/**
 * Nodes: equal ones are shared, and no test is made whose outcome does not matter.
 */

import { test } from "uvu";
import * as assert from "uvu/assert";
import { testOf } from "../../test/support/oracles/graphs.ts";
import { ALL_BITS, ARCH, EQ, GE, highWord, lowWord, NodeFactory, NR } from "./node.ts";

test("words are at the offsets of struct seccomp_data on a little-endian machine", () => {
  assert.equal([NR, ARCH, lowWord(0), highWord(0), lowWord(5), highWord(5)], [0, 4, 16, 20, 56, 60]);
});

test("returns of one verdict are one node", () => {
  const factory = new NodeFactory();
  assert.is(factory.return(1), factory.return(1));
  assert.is.not(factory.return(1), factory.return(2));
  assert.is(factory.nodes.values[factory.return(9)], 9);
});

test("equal tests are one node, and tests that differ in anything are not", () => {
  const factory = new NodeFactory();
  const [a, b, c] = [factory.return(1), factory.return(2), factory.return(3)];
  const node = factory.test(NR, EQ, 7, a, b);
  assert.is(factory.test(NR, EQ, 7, a, b), node);
  const others = [
    factory.test(ARCH, EQ, 7, a, b),
    factory.test(factory.masked(NR, 0xff), EQ, 7, a, b),
    factory.test(NR, GE, 7, a, b),
    factory.test(NR, EQ, 8, a, b),
    factory.test(NR, EQ, 7, b, a),
    factory.test(NR, EQ, 7, a, c),
    factory.test(NR, EQ, 7, c, b),
  ];
  assert.is(new Set([node, ...others]).size, 8);
  const found = testOf(factory.nodes, node);
  assert.equal([found?.word, found?.mask, found?.op, found?.value], [NR, ALL_BITS, "eq", 7]);
  assert.equal([found?.then, found?.else], [a, b]);
  assert.is(testOf(factory.nodes, others[1] as number)?.mask, 0xff);
});

test("a test with two equal targets is that target", () => {
  const factory = new NodeFactory();
  const end = factory.return(1);
  assert.is(factory.test(NR, EQ, 7, end, end), end);
});

test("targets come before their tests", () => {
  const factory = new NodeFactory();
  let node = factory.test(NR, EQ, 0, factory.return(1), factory.return(2));
  for (let i = 1; i < 50; i += 1) {
    node = factory.test(NR, GE, i, node, factory.return(i % 5));
  }
  for (let i = 0; i <= node; i += 1) {
    const found = testOf(factory.nodes, i);
    assert.ok(found === undefined || (found.then < i && found.else < i));
  }
});

test("different nodes with equal hashes stay different", () => {
  const factory = new NodeFactory();
  const ends = Array.from({ length: 80 }, (_, i) => factory.return(i));
  const made = new Set<unknown>();
  for (const then of ends.slice(0, 40)) {
    for (const otherwise of ends) {
      for (const value of [0, 1, 31, 4093, 8186, 31 * 4093]) {
        const node = factory.test(NR, EQ, value, then, otherwise);
        if (then !== otherwise) {
          const found = testOf(factory.nodes, node);
          assert.ok(found?.then === then && found.else === otherwise && found.value === value);
          made.add(node);
        }
      }
    }
  }
  assert.is(made.size, 40 * 79 * 6);
});

test("nodes stay different in graphs of more than 32768 of them", () => {
  const factory = new NodeFactory();
  const ends = Array.from({ length: 40_000 }, (_, i) => factory.return(i));
  const end = (i: number): (typeof ends)[number] => ends[i] as (typeof ends)[number];
  // 0 * 0x8000 + 0x8001 and 1 * 0x8000 + 1 are the same.
  const one = factory.test(NR, EQ, 0, end(0), end(0x8002));
  const two = factory.test(NR, EQ, 0, end(1), end(2));
  assert.is.not(one, two);
  assert.is(factory.test(NR, EQ, 0, end(0), end(0x8002)), one);
  assert.is(factory.test(NR, EQ, 0, end(1), end(2)), two);
});

test.run();
