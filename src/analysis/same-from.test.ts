/**
 * Claims where paths meet: a guess affects how long a proof takes, never its result.
 */

import { test } from "uvu";
import * as assert from "uvu/assert";
import { policyOf, profileOf, X86_64 } from "../../test/support/fixtures/policies.ts";
import { randomly } from "../../test/support/generators/randomly.ts";
import { checkProgram } from "../bpf/check.ts";
import { compile } from "../bpf/compile.ts";
import type { Instructions } from "../bpf/decode.ts";
import { type Program, programLength, RET_K, STRIDE } from "../bpf/instruction.ts";
import { interpret } from "../bpf/interpret.ts";
import { evaluate } from "../policy/evaluate.ts";
import { judgedRules } from "../policy/judged.ts";
import type { Call, Policy } from "../policy/policy.ts";
import { syscallId } from "../tables/syscalls.ts";
import type { Comparing } from "./claims.ts";
import { interval } from "./domain.ts";
import { START } from "./follow.ts";
import type { Guesser } from "./guess.ts";
import { rulesInWords, withConditions } from "./rules-in-words.ts";
import { Comparer } from "./same-from.ts";
import { ANY_CALL, ARCH, argumentsOf, type Layout, NR, type Sample } from "./words.ts";
import { Work } from "./work.ts";

const IOCTL = 16;
const LAYOUT: Layout = { bigEndian: false, bits: 64 };

const OPS = ["EQ", "NE", "LE", "GT"];
const ACTIONS = ["SCMP_ACT_ALLOW", "SCMP_ACT_LOG", "SCMP_ACT_TRAP", "SCMP_ACT_KILL_PROCESS"];

/** Rules for one call, with conditions on few values, so that they overlap. */
function overlapping(random: (below: number) => number): Policy {
  const syscalls = Array.from({ length: 7 }, () => {
    const first = random(3);
    const args = Array.from({ length: 3 }, (_, i) => ({
      index: (first + i) % 3,
      op: `SCMP_CMP_${OPS[random(4)]}`,
      value: 1 + random(4),
    }));
    return { names: ["ioctl"], action: ACTIONS[random(4)], args };
  });
  return policyOf(profileOf(JSON.stringify({ defaultAction: "SCMP_ACT_ERRNO", syscalls })), X86_64, 0n);
}

/** All calls that the rules distinguish, and some that they do not. */
const CALLS: readonly Call[] = [0, 1, 2, 3, 4, 5].flatMap((a) =>
  [0, 1, 2, 3, 4, 5].flatMap((b) =>
    [0, 1, 2, 3, 4, 5, 2 ** 32].map((c) => ({
      arch: X86_64.token,
      nr: IOCTL,
      args: [BigInt(a), BigInt(b), BigInt(c), 0n, 0n, 0n],
    })),
  ),
);

/** Guesses that are mostly wrong: they lack a rule or condition that counts, or keep one that does not. */
function anyGuess(random: (below: number) => number): Pick<Guesser, "guess" | "learn"> {
  return {
    learn: () => undefined,
    guess: ({ all, path }) =>
      all.flatMap((rule) => {
        const counts = path.rules.includes(rule);
        const conditions = rule.conditions.filter(() => random(20) > 0);
        return (counts ? random(5) === 0 : random(3) > 0) ? [] : [withConditions(rule, conditions)];
      }),
  };
}

function differing(policy: Policy, instructions: Instructions, guesser: Pick<Guesser, "guess" | "learn">) {
  const known = ANY_CALL.map((domain, word) =>
    word === NR ? interval(IOCTL, IOCTL) : word === ARCH ? interval(X86_64.token, X86_64.token) : domain,
  );
  const comparing: Comparing = { layout: LAYOUT, any: ANY_CALL, proven: new Map(), lastProven: new Map() };
  const rules = rulesInWords(judgedRules(policy, X86_64, syscallId("ioctl")) ?? [], LAYOUT);
  const comparer = new Comparer(instructions, new Work(10_000_000), guesser);
  const found = comparer.differ(comparing, START, known, rules, policy.defaultVerdict);
  return { found, claims: [...comparing.proven.values()].flat().length };
}

function callOf(sample: Sample): Call {
  return { arch: sample[ARCH] as number, nr: sample[NR] as number, args: argumentsOf(sample, LAYOUT) };
}

/** The program with one constant or one verdict changed. */
function changed(program: Program, random: (below: number) => number): number[] {
  const wrong = [...program];
  const at = random(programLength(program)) * STRIDE;
  const k = wrong[at + 3] as number;
  wrong[at + 3] = wrong[at] === RET_K ? 0x7fff0000 : (k ^ (1 + random(3))) >>> 0;
  return wrong;
}

test("no guess makes a wrong filter right, or a right one wrong", () => {
  const random = randomly(5);
  const counts = { claims: 0, equal: 0, different: 0 };
  for (let i = 0; i < 60; i += 1) {
    const policy = overlapping(random);
    const right = compile(policy);
    for (const program of [right, changed(right, random), changed(right, random), changed(right, random)]) {
      const checked = checkProgram(program);
      if (checked.kind === "refused") {
        continue;
      }
      const { instructions } = checked;
      const { found, claims } = differing(policy, instructions, anyGuess(random));
      counts.claims += claims;
      if (found !== undefined) {
        const call = callOf(found.call);
        assert.is(interpret(instructions, call, false).verdict, found.verdict);
        assert.is.not(evaluate(policy, call), found.verdict, `guess ${i}`);
        counts.different += 1;
        continue;
      }
      for (const call of CALLS) {
        assert.is(interpret(instructions, call, false).verdict, evaluate(policy, call), `guess ${i}`);
      }
      counts.equal += 1;
    }
  }
  assert.ok(counts.claims > 100 && counts.different > 20 && counts.equal > 60, JSON.stringify(counts));
});

test.run();
