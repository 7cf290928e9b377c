/**
 * Programs against the graphs and the policies they were made from: near and far jumps, deep graphs, both
 * byte orders.
 */

import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  architecture,
  policyOf,
  profileOf,
  withWideArguments,
  X86_64,
} from "../../test/support/fixtures/policies.ts";
import { arbitraryOwnCall, arbitraryWorld, seenNumber, show } from "../../test/support/generators/worlds.ts";
import { follow, wordsOf } from "../../test/support/oracles/graphs.ts";
import {
  ALL_BITS,
  ARCH,
  CLEAR,
  EQ,
  GE,
  type Graph,
  GT,
  highWord,
  lowWord,
  type Node,
  NodeFactory,
  NR,
  SET,
} from "../graph/node.ts";
import { evaluate } from "../policy/evaluate.ts";
import type { Call } from "../policy/policy.ts";
import { resolve } from "../policy/resolve.ts";
import { syscallCount, syscallName } from "../tables/syscalls.ts";
import { acceptedInstructions, checkProgram } from "./check.ts";
import { compile } from "./compile.ts";
import { decode, type Instructions } from "./decode.ts";
import { emit } from "./emit.ts";
import { type Program, programLength } from "./instruction.ts";
import { interpret } from "./interpret.ts";

function graphOf(factory: NodeFactory, root: Node): Graph {
  return { root, nodes: factory.nodes };
}

/** The kernel's checks, except for the length. */
function wellFormed(program: Program): Instructions {
  const checked = checkProgram(program);
  const problem = checked.kind === "refused" ? checked.reason : undefined;
  assert.ok(problem === undefined || /the kernel takes at most/.test(problem), problem);
  for (let pc = 0; pc < programLength(program); pc += 1) {
    const [code = 0, jt = 0, jf = 0, k = 0] = program.slice(4 * pc, 4 * pc + 4);
    const conditional = [0x15, 0x25, 0x35, 0x45].includes(code);
    const farthest = conditional ? Math.max(jt, jf) : code === 0x05 ? k : 0;
    assert.ok(code === 0x06 || pc + 1 + farthest < programLength(program), `instruction ${pc} leads out`);
    assert.ok(
      jt <= 255 && jf <= 255 && [code, jt, jf, k].every((n) => Number.isInteger(n) && n >= 0),
      `${pc}`,
    );
    assert.ok(k <= 0xffffffff);
  }
  return decode(program);
}

function agree(graph: Graph, instructions: Instructions, call: Call, bigEndian: boolean): void {
  const { verdict, executed } = interpret(instructions, call, bigEndian);
  assert.is(verdict, follow(graph.nodes, graph.root, wordsOf(call)).verdict, show(call));
  assert.ok(executed <= instructions.length);
}

const WORDS = [NR, ARCH, lowWord(0), highWord(0), lowWord(1), highWord(5)];
const NUMBERS = [0, 1, 2, 3, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];

/** Calls whose words are the small numbers that random tests compare with. */
const call: fc.Arbitrary<Call> = fc
  .array(fc.constantFrom(...NUMBERS), { minLength: 14, maxLength: 14 })
  .map(([nr = 0, arch = 0, ...words]) => ({
    arch,
    nr,
    args: [0, 2, 4, 6, 8, 10].map((i) => (BigInt(words[i + 1] ?? 0) << 32n) | BigInt(words[i] ?? 0)),
  }));

/** One random test: its targets are any nodes that exist already. */
const step = fc.record({
  word: fc.constantFrom(...WORDS),
  mask: fc.oneof(
    { weight: 3, arbitrary: fc.constant(ALL_BITS) },
    { weight: 1, arbitrary: fc.constantFrom(1, 3, 0x80000000) },
  ),
  op: fc.constantFrom(EQ, GT, GE, SET, CLEAR),
  value: fc.constantFrom(...NUMBERS),
  yes: fc.nat(),
  no: fc.nat(),
});

/** A graph of random tests in which the newest nodes are the likeliest targets, so that most are reached. */
function randomGraph(
  steps: readonly (typeof step extends fc.Arbitrary<infer T> ? T : never)[],
  near: number,
): Graph {
  const factory = new NodeFactory();
  const nodes: Node[] = [0, 1, 2, 3].map((verdict) => factory.return(verdict));
  for (const { word, mask, op, value, yes, no } of steps) {
    const from = (place: number, window: number): Node =>
      nodes[nodes.length - 1 - (place % Math.min(window, nodes.length))] as Node;
    nodes.push(
      op === CLEAR
        ? factory.clear(word, value, from(yes, 2 * near))
        : factory.test(factory.masked(word, mask), op, value, from(yes, near), from(no, nodes.length)),
    );
  }
  return graphOf(factory, nodes[nodes.length - 1] as Node);
}

test("programs of small random graphs give the graph's verdicts", () => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 25 }),
      fc.array(call, { minLength: 10, maxLength: 10 }),
      fc.boolean(),
      (steps, calls, bigEndian) => {
        const graph = randomGraph(steps, 3);
        const instructions = wellFormed(emit(graph, bigEndian));
        for (const each of calls) {
          agree(graph, instructions, each, bigEndian);
        }
      },
    ),
    { numRuns: 1500, seed: 1, endOnFailure: true },
  );
});

test("programs of random graphs with jumps over more than 255 instructions give the graph's verdicts", () => {
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 900, maxLength: 1200, size: "max" }),
      fc.array(call, { minLength: 40, maxLength: 40 }),
      (steps, calls) => {
        const graph = randomGraph(steps, 2);
        const instructions = wellFormed(emit(graph, false));
        for (const each of calls) {
          agree(graph, instructions, each, false);
        }
      },
    ),
    { numRuns: 25, seed: 2, endOnFailure: true },
  );
});

test("bits that are cleared take one instruction, and a jump only where the next node is not beside it", () => {
  const factory = new NodeFactory();
  const [zero, one] = [factory.return(0), factory.return(1)];
  const tree = factory.test(NR, GE, 5, one, zero);
  const last = factory.test(NR, EQ, 3, one, zero);
  for (const [node, length] of [
    [factory.test(NR, SET, 8, factory.clear(NR, 8, tree), last), 7 + 1],
    [factory.test(NR, SET, 8, factory.clear(NR, 8, last), tree), 7],
  ] as const) {
    const graph = graphOf(factory, node);
    const program = emit(graph, false);
    assert.is(programLength(program), length);
    for (let nr = 0; nr < 16; nr += 1) {
      agree(graph, wellFormed(program), { arch: 0, nr, args: [] }, false);
    }
  }
});

/** A chain: test after test of that word for 0, 1, 2, ..., each leading to a return of its own or to the next test. */
function chain(length: number, word: (i: number) => number, verdict: (i: number) => number): Graph {
  const factory = new NodeFactory();
  let node: Node = factory.return(0x7fff0000);
  for (let i = length - 1; i >= 0; i -= 1) {
    node = factory.test(word(i), EQ, i, factory.return(verdict(i)), node);
  }
  return graphOf(factory, node);
}

for (const length of [250, 254, 255, 256, 257, 258, 512, 1000]) {
  test(`a chain of ${length} tests with a shared return finds each number`, () => {
    const graph = chain(
      length,
      () => NR,
      (i) => 0x50000 + (i % 3),
    );
    const program = emit(graph, false);
    const instructions = wellFormed(program);
    assert.is(checkProgram(program).kind, "accepted");
    for (let nr = 0; nr <= length; nr += 1) {
      agree(graph, instructions, { arch: 0, nr, args: [] }, false);
    }
    assert.ok(programLength(program) <= length * 1.02 + 5, `${programLength(program)} instructions`);
  });
}

test("a graph that is tens of thousands of tests deep does not overflow the stack", () => {
  const graph = chain(
    50_000,
    (i) => (i % 2 === 0 ? NR : lowWord(0)),
    (i) => i % 5,
  );
  const program = emit(graph, false);
  const instructions = wellFormed(program);
  for (const nr of [0, 2, 49_998, 49_999, 50_000]) {
    agree(graph, instructions, { arch: 0, nr, args: [49_999n] }, false);
  }
  const checked = checkProgram(program);
  assert.match(
    checked.kind === "refused" ? checked.reason : "",
    /instructions; the kernel takes at most 4096/,
  );
});

test("a distant test is reached by a jump, with and without its word in the accumulator", () => {
  const factory = new NodeFactory();
  const target = factory.test(lowWord(2), GT, 7, factory.return(1), factory.return(2));
  let node: Node = factory.return(3);
  for (let i = 400; i > 0; i -= 1) {
    node = factory.test(lowWord(1), EQ, i, i % 100 === 0 ? target : factory.return(4), node);
  }
  const root = factory.test(lowWord(2), EQ, 9, target, node);
  const graph = graphOf(factory, root);
  const program = emit(graph, false);
  const instructions = wellFormed(program);
  for (const [second, third] of [
    [100n, 8n],
    [400n, 8n],
    [400n, 7n],
    [300n, 9n],
    [7n, 9n],
    [7n, 5n],
    [500n, 0n],
  ] as const) {
    agree(graph, instructions, { arch: 0, nr: 0, args: [0n, second, third, 0n, 0n, 0n] }, false);
  }
});

test("a node that is reached with different words loaded loads its own", () => {
  const factory = new NodeFactory();
  const shared = factory.test(lowWord(0), EQ, 1, factory.return(1), factory.return(2));
  const root = factory.test(
    NR,
    EQ,
    0,
    factory.test(lowWord(0), GT, 5, factory.return(3), shared),
    factory.test(lowWord(1), GT, 5, factory.return(3), shared),
  );
  const graph = graphOf(factory, root);
  const instructions = decode(emit(graph, false));
  for (const nr of [0, 1]) {
    for (const first of [0n, 1n, 6n]) {
      for (const second of [0n, 1n, 6n]) {
        agree(graph, instructions, { arch: 0, nr, args: [first, second] }, false);
      }
    }
  }
});

test("a masked word is loaded again for a test of the whole word", () => {
  const factory = new NodeFactory();
  const whole = factory.test(lowWord(0), EQ, 0x12, factory.return(1), factory.return(2));
  const graph = graphOf(
    factory,
    factory.test(factory.masked(lowWord(0), 0xf0), EQ, 0x10, whole, factory.return(3)),
  );
  const instructions = decode(emit(graph, false));
  for (const first of [0x12n, 0x10n, 0x22n]) {
    agree(graph, instructions, { arch: 0, nr: 0, args: [first] }, false);
  }
});

test("a word in the accumulator is not loaded again", () => {
  const program = emit(
    chain(
      20,
      () => NR,
      () => 1,
    ),
    false,
  );
  assert.is(program.filter((code, i) => i % 4 === 0 && code === 0x20).length, 1);
});

test("nodes that the root does not reach emit no instruction", () => {
  const factory = new NodeFactory();
  factory.test(NR, EQ, 1, factory.return(8), factory.return(9));
  const root = factory.return(7);
  factory.test(NR, EQ, 2, factory.return(8), root);
  assert.equal(emit(graphOf(factory, root), false), [0x06, 0, 0, 7]);
});

test("on a big-endian machine the upper word comes first, and only arguments have two", () => {
  const factory = new NodeFactory();
  let node: Node = factory.return(0);
  for (const word of [highWord(5), lowWord(5), highWord(0), lowWord(0), ARCH, NR]) {
    node = factory.test(word, EQ, 7, node, factory.return(1));
  }
  const offsets = (bigEndian: boolean): number[] => {
    const program = emit(graphOf(factory, node), bigEndian);
    return program.filter((_, i) => i % 4 === 3 && program[i - 3] === 0x20);
  };
  assert.equal(offsets(false), [0, 4, 16, 20, 56, 60]);
  assert.equal(offsets(true), [0, 4, 20, 16, 60, 56]);
});

test("compiled programs give the evaluator's verdicts, on random profiles, machines and calls", () => {
  fc.assert(
    fc.property(arbitraryWorld(), fc.gen(), (world, gen) => {
      const { policy } = resolve(world.profile, world.target, world.options);
      if (policy === undefined) {
        throw new Error(show(world));
      }
      const program = compile(policy);
      const instructions = acceptedInstructions(program);
      for (let i = 0; i < 40; i += 1) {
        const each = gen(() => arbitraryOwnCall(world, policy.architectures));
        const { verdict } = interpret(instructions, each, world.target.arch.bigEndian);
        const expected = evaluate(policy, each);
        if (verdict !== expected) {
          assert.unreachable(
            `${show(each)}: ${verdict.toString(16)} and not ${expected.toString(16)} in ${show(world)}`,
          );
        }
      }
    }),
    { numRuns: 400, seed: 3, endOnFailure: true },
  );
});

test("400 names with different conditions are compiled correctly, for every architecture", () => {
  for (const arch of (["x86_64", "arm", "s390x", "mips64"] as const).map(architecture)) {
    const names = Array.from({ length: syscallCount() }, (_, id) => syscallName(id))
      .filter((name) => seenNumber(arch, name) >= 0)
      .slice(0, 400);
    const text = JSON.stringify({
      defaultAction: "SCMP_ACT_ERRNO",
      syscalls: names.map((name, i) => ({
        names: [name],
        action: i % 7 === 0 ? "SCMP_ACT_TRAP" : "SCMP_ACT_ALLOW",
        args: [{ index: i % 6, value: 1000 + i, op: ["SCMP_CMP_EQ", "SCMP_CMP_LT", "SCMP_CMP_GE"][i % 3] }],
      })),
    });
    const policy = policyOf(profileOf(text), arch, 0n);
    const instructions = wellFormed(compile(policy));
    assert.ok(instructions.length > 255);
    names.forEach((name, i) => {
      const value = BigInt(1000 + i);
      for (const arg of [value - 1n, value, value + 1n, BigInt.asUintN(arch.bits, value + 2n ** 32n)]) {
        const each = {
          arch: arch.token,
          nr: seenNumber(arch, name),
          args: [0, 1, 2, 3, 4, 5].map((index) => (index === i % 6 ? arg : 0n)),
        };
        assert.is(
          interpret(instructions, each, arch.bigEndian).verdict,
          evaluate(policy, each),
          `${arch.name} ${name}`,
        );
      }
    });
  }
});

test("the byte order is that of the native architecture", () => {
  const profile = profileOf(
    JSON.stringify({
      defaultAction: "SCMP_ACT_ALLOW",
      syscalls: [
        { names: ["read"], action: "SCMP_ACT_TRAP", args: [{ index: 0, value: 7, op: "SCMP_CMP_EQ" }] },
      ],
    }),
  );
  const s390x = architecture("s390x");
  const read = { arch: s390x.token, nr: 3, args: [7n, 0n, 0n, 0n, 0n, 0n] };
  assert.is(interpret(decode(compile(policyOf(profile, s390x, 0n))), read, true).verdict, 0x30000);
  const loads = (program: Program): number[] =>
    program.filter((_, i) => i % 4 === 3 && program[i - 3] === 0x20);
  assert.equal(loads(compile(policyOf(profile, s390x, 0n))), [4, 0, 20]);
  assert.equal(loads(compile(policyOf(profile, X86_64, 0n))), [4, 0, 16]);
  assert.equal(loads(compile(withWideArguments(policyOf(profile, s390x, 0n)))), [4, 0, 16, 20]);
  assert.equal(loads(compile(withWideArguments(policyOf(profile, X86_64, 0n)))), [4, 0, 20, 16]);
});

test.run();
