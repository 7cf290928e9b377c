/**
 * The changes between two policies or filters say of every call whether it is judged differently, and how.
 */

import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { policyOf, profileOf, X86_64 } from "../../test/support/fixtures/policies.ts";
import {
  arbitraryOwnCall,
  arbitraryWorld,
  show,
  USABLE,
  type World,
} from "../../test/support/generators/worlds.ts";
import { extent } from "../../test/support/running/extent.ts";
import { acceptedInstructions } from "../bpf/check.ts";
import { compileForKernel } from "../bpf/compile.ts";
import { interpret } from "../bpf/interpret.ts";
import { holdsFor } from "../policy/applying.ts";
import { evaluate } from "../policy/evaluate.ts";
import type { Call, Policy } from "../policy/policy.ts";
import { resolve } from "../policy/resolve.ts";
import type { Verdict } from "../policy/verdict.ts";
import { syscallId } from "../tables/syscalls.ts";
import type { Change, ChangedCalls, Term } from "./change.ts";
import { type Changes, changesBetween } from "./changes.ts";
import { passes } from "./domain.ts";
import type { Side } from "./sides.ts";

/** Two profiles for one machine. */
const worlds = fc
  .tuple(arbitraryWorld(undefined, USABLE), arbitraryWorld(undefined, USABLE))
  .map(([a, b]): readonly [World, World] => [a, { ...a, profile: b.profile }])
  .map(([a, b]): readonly [World, World] => [
    a,
    // Half of the rules are those of the other.
    {
      ...b,
      profile: {
        ...b.profile,
        ...a.profile,
        rules: [...a.profile.rules.slice(1), ...b.profile.rules.slice(0, 2)],
      },
    },
  ]);

function resolved({ profile, target, options }: World): Policy {
  const { policy } = resolve(profile, target, options);
  fc.pre(policy !== undefined);
  return policy as Policy;
}

/** The words of a call, as seccomp_data has them on a little-endian machine. */
function wordOf({ arch, nr, args }: Call, word: number, bigEndian: boolean): number {
  const argument = args[(word - 4) >> 1] ?? 0n;
  const isUpper = (word % 2 === 1) !== bigEndian;
  return word === 0
    ? nr
    : word === 1
      ? arch
      : word < 4
        ? 0
        : Number((isUpper ? argument >> 32n : argument) & 0xffffffffn);
}

function holds(term: Term, call: Call, bigEndian: boolean): boolean {
  return term.kind === "comparison"
    ? holdsFor(term.comparison, call.args[term.comparison.index] ?? 0n) === term.holds
    : passes(term.test.test, wordOf(call, term.test.word, bigEndian)) === term.holds;
}

/** The changes that claim to hold for a call; undefined if the search for them was cut short. */
function claimsFor(changes: Changes, call: Call, bigEndian: boolean): readonly Change[] | undefined {
  const own = changes.architectures
    .filter(({ arch }) => arch.token === call.arch)
    .flatMap(({ calls }) => calls);
  const isListed = changes.architectures.some(({ arch }) => arch.token === call.arch);
  const among: readonly ChangedCalls[] = isListed ? own : changes.others;
  const found = among.filter(({ first, last }) => first <= call.nr && call.nr <= last);
  if (found.some(({ cutShort }) => cutShort !== undefined)) {
    return undefined;
  }
  return found
    .flatMap((one) => one.changes)
    .filter(({ when }) => when?.some((terms) => terms.every((term) => holds(term, call, bigEndian))));
}

type Judged = (call: Call) => Verdict;

/** The calls that were compared, and those of which the search knows only that some change. */
let [asked, unknown] = [0, 0];

function agrees(
  changes: Changes,
  [ofA, ofB]: readonly [Judged, Judged],
  call: Call,
  bigEndian: boolean,
): void {
  const verdicts = [ofA(call), ofB(call)];
  const claims = claimsFor(changes, call, bigEndian)?.map((change) => change.verdicts);
  asked += 1;
  if (claims === undefined) {
    unknown += 1;
    return;
  }
  assert.equal(claims, verdicts[0] === verdicts[1] ? [] : [verdicts], show(call));
}

function examplesHold(changes: Changes, [ofA, ofB]: readonly [Judged, Judged], bigEndian: boolean): void {
  for (const { calls } of [...changes.architectures, { calls: changes.others }]) {
    for (const { changes: some, cutShort } of calls) {
      for (const { call, verdicts, when } of some) {
        assert.equal([ofA(call), ofB(call)], verdicts, show(call));
        assert.ok(
          when === undefined
            ? cutShort !== undefined
            : when.some((terms) => terms.every((term) => holds(term, call, bigEndian))),
          show(call),
        );
      }
    }
  }
}

test("of random policies every call is judged as the changes say", () => {
  let differing = 0;
  fc.assert(
    fc.property(worlds, fc.gen(), ([a, b], gen) => {
      const policies = [resolved(a), resolved(b)] as const;
      const { bigEndian } = a.target.arch;
      const [first, second] = policies.map((policy): Side => ({ kind: "policy", policy })) as [Side, Side];
      const changes = changesBetween(first, second, a.target.arch);
      const judged = policies.map(
        (policy): Judged =>
          (call) =>
            evaluate(policy, call),
      ) as [Judged, Judged];
      examplesHold(changes, judged, bigEndian);
      for (let i = 0; i < 20; i += 1) {
        const world = i % 2 === 0 ? a : b;
        const call = gen(() => arbitraryOwnCall(world, policies[0].architectures));
        differing += judged[0](call) === judged[1](call) ? 0 : 1;
        agrees(changes, judged, call, bigEndian);
      }
    }),
    { numRuns: extent(60, 1500), seed: 16, endOnFailure: true },
  );
  assert.ok(differing > 50);
});

test("of a random policy and the filter of another one every call is judged as the changes say", () => {
  fc.assert(
    fc.property(worlds, fc.gen(), ([a, b], gen) => {
      const policies = [resolved(a), resolved(b)] as const;
      const { bigEndian } = a.target.arch;
      const instructions = acceptedInstructions(compileForKernel(policies[1], "the profile"));
      const changes = changesBetween(
        { kind: "policy", policy: policies[0] },
        { kind: "filter", instructions },
        a.target.arch,
      );
      const judged = [
        (call: Call) => evaluate(policies[0], call),
        (call: Call) => interpret(instructions, call, bigEndian).verdict,
      ] as const;
      examplesHold(changes, judged, bigEndian);
      for (let i = 0; i < 20; i += 1) {
        agrees(
          changes,
          judged,
          gen(() => arbitraryOwnCall(i % 2 === 0 ? a : b, policies[0].architectures)),
          bigEndian,
        );
      }
    }),
    { numRuns: extent(25, 500), seed: 17, endOnFailure: true },
  );
});

test("hardly any search of random profiles is cut short", () => {
  assert.ok(asked > 500 && unknown * 100 < asked, `${unknown} of ${asked}`);
});

function profile(rules: readonly object[], rest: object = {}): Policy {
  const text = JSON.stringify({
    defaultAction: "SCMP_ACT_ALLOW",
    architectures: ["SCMP_ARCH_X86_64"],
    syscalls: rules,
    ...rest,
  });
  return policyOf(profileOf(text), X86_64, 0n);
}

function denied(name: string, ...args: readonly object[]): object {
  return { names: [name], action: "SCMP_ACT_ERRNO", args };
}

/** The changes of one call of x86_64. */
function changesOf(a: Policy, b: Policy, name: string): readonly Change[] {
  const { architectures } = changesBetween(
    { kind: "policy", policy: a },
    { kind: "policy", policy: b },
    X86_64,
  );
  const all = architectures.flatMap(({ calls }) => calls);
  return all.find(({ id }) => id === syscallId(name))?.changes ?? [];
}

/** A condition as short text. */
function text({ when }: Change): readonly string[] {
  return (when ?? []).map((terms) =>
    terms
      .map((term) => {
        assert.is(term.kind, "comparison");
        const { comparison, holds: isTrue } = term as Extract<Term, { kind: "comparison" }>;
        const { op, index, value, mask } = comparison;
        return `${isTrue ? "" : "not "}${op.slice(9)} ${index} ${value}${mask === 0n ? "" : `/${mask}`}`;
      })
      .join(" and "),
  );
}

test("a condition has no term that it does not need", () => {
  const none = profile([]);
  const few = profile([
    denied("personality", { index: 0, op: "SCMP_CMP_EQ", value: 8 }),
    denied("personality", { index: 0, op: "SCMP_CMP_EQ", value: 9 }),
  ]);
  assert.equal(changesOf(none, few, "personality").map(text), [["EQ 0 8", "EQ 0 9"]]);
  const most = profile([denied("personality", { index: 0, op: "SCMP_CMP_NE", value: 8 })]);
  assert.equal(changesOf(none, most, "personality").map(text), [["not EQ 0 8"]]);
  assert.equal(changesOf(few, most, "personality").map(text), [["EQ 0 8"], ["not EQ 0 8 and not EQ 0 9"]]);
  const flags = profile([denied("clone", { index: 0, op: "SCMP_CMP_MASKED_EQ", value: 16, valueTwo: 16 })]);
  const [change] = changesOf(none, flags, "clone");
  assert.equal(change === undefined ? [] : text(change), ["MASKED_EQ 0 16/16"]);
  assert.equal(change?.call.args, [16n, 0n, 0n, 0n, 0n, 0n]);
});

test("few values are named, however they are compared, unless other arguments matter too", () => {
  const allowing = (
    ...conditions: readonly (readonly [index: number, op: string, value: number])[]
  ): Policy =>
    profile(
      conditions.map(([index, op, value]) => ({
        names: ["personality"],
        action: "SCMP_ACT_ALLOW",
        args: [{ index, op: `SCMP_CMP_${op}`, value }],
      })),
      { defaultAction: "SCMP_ACT_ERRNO" },
    );
  const all = allowing([0, "GE", 0]);
  const none = allowing();
  const few = allowing([0, "LT", 2], [0, "EQ", 4], [0, "GT", 5]);
  assert.equal(changesOf(all, few, "personality").map(text), [["EQ 0 2", "EQ 0 3", "EQ 0 5"]]);
  assert.equal(changesOf(none, few, "personality").map(text), [["not EQ 0 2 and not EQ 0 3 and not EQ 0 5"]]);
  const two = allowing([0, "LT", 2], [0, "EQ", 4], [0, "GT", 5], [1, "LT", 7]);
  assert.equal(changesOf(all, two, "personality").map(text), [
    ["GE 0 2 and not EQ 0 4 and not GT 0 5 and GE 1 7"],
  ]);
});

test("what holds for all arguments has an empty condition, and equal policies have no changes", () => {
  const [a, b] = [profile([]), profile([denied("bpf")])];
  assert.equal(changesOf(a, b, "bpf").map(text), [[""]]);
  assert.equal(changesOf(a, b, "read"), []);
  assert.equal(changesOf(b, b, "bpf"), []);
});

test("a difference in upper halves of an int is shown by a crafted call", () => {
  const narrow = profile([denied("socket", { index: 0, op: "SCMP_CMP_EQ", value: 40 })]);
  const wide: Policy = { ...narrow, wideArguments: true };
  const [change, ...others] = changesOf(narrow, wide, "socket");
  assert.equal(others, []);
  assert.ok(change?.crafted);
  const [plain] = changesOf(profile([]), narrow, "socket");
  assert.not(plain?.crafted);
});

test.run();
