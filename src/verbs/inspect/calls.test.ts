/**
 * What `inspect` says of calls is what `evaluate` says of each of them, with every combination of outcomes of the conditions.
 */

import fc from "fast-check";
import * as assert from "uvu/assert";
import { arbitraryWorld, show, USABLE, type World } from "../../../test/support/generators/worlds.ts";
import { argumentVectors } from "../../../test/support/oracles/argument-vectors.ts";
import { extent } from "../../../test/support/running/extent.ts";
import { test } from "../../../test/support/running/test.ts";
import { sectionAt } from "../../analysis/regions.ts";
import { acceptedInstructions } from "../../bpf/check.ts";
import { compileForKernel } from "../../bpf/compile.ts";
import { evaluate } from "../../policy/evaluate.ts";
import type { Policy } from "../../policy/policy.ts";
import { resolve } from "../../policy/resolve.ts";
import { formatVerdict } from "../../policy/verdict.ts";
import type { Architecture } from "../../tables/architectures.ts";
import { seenNumber, syscallCount, syscallName } from "../../tables/syscalls.ts";
import { CallJudge, type JudgedCall, Judgements, type Kind } from "./calls.ts";

function policyFor({ profile, target }: World, unknownSyscalls: "enosys" | "default"): Policy {
  const { policy } = resolve(profile, target, { unknownSyscalls, listenerNamed: true });
  fc.pre(policy !== undefined);
  return policy as Policy;
}

/** What becomes of a verdict, by its name. */
function kindOf(verdict: string): Kind {
  return verdict === "ALLOW"
    ? "allowed"
    : verdict === "LOG"
      ? "logged"
      : verdict === "NOTIFY"
        ? "notified"
        : verdict.startsWith("TRACE")
          ? "traced"
          : "denied";
}

/** The verdicts of `evaluate` on a call; undefined if there are too many combinations of arguments to try all. */
function verdictsOf(policy: Policy, arch: Architecture, id: number): readonly string[] | undefined {
  const nr = seenNumber(arch, id);
  const { vectors, count, complete } = argumentVectors(sectionAt(policy, arch.token, nr).rules, arch.bits);
  if (!complete || count > 2000) {
    return undefined;
  }
  const verdicts = vectors.map((args) => evaluate(policy, { arch: arch.token, nr, args }));
  return [...new Set(verdicts)].map((verdict) => formatVerdict(verdict, arch));
}

/** Compares what is said of every call of every architecture; `isYounger` only where a policy is asked. */
function agrees(
  calls: readonly JudgedCall[],
  policy: Policy,
  arch: Architecture,
  isYounger: (id: number) => boolean,
): Record<Kind, number> {
  const counts: Record<Kind, number> = {
    allowed: 0,
    logged: 0,
    notified: 0,
    traced: 0,
    byArgument: 0,
    denied: 0,
    younger: 0,
  };
  const ids = Array.from({ length: syscallCount() }, (_, id) => id).filter((id) => seenNumber(arch, id) >= 0);
  assert.equal(
    calls.map(({ id }) => id),
    ids,
  );
  for (const { id, judgement } of calls) {
    const verdicts = verdictsOf(policy, arch, id);
    if (verdicts === undefined || judgement.cutShort !== undefined) {
      continue;
    }
    const kinds = new Set(verdicts.map(kindOf));
    const [kind] = kinds;
    const expected = kinds.size > 1 ? "byArgument" : isYounger(id) ? "younger" : kind;
    const said = show({ call: syscallName(id), on: arch.name, judgement });
    assert.is(judgement.kind, expected, said);
    assert.equal(judgement.verdicts.map(({ verdict }) => verdict).sort(), [...verdicts].sort(), said);
    counts[judgement.kind] += 1;
  }
  return counts;
}

const seen = new Set<Kind>();

test("of random profiles every call has the verdicts that evaluate gives it", () => {
  fc.assert(
    fc.property(arbitraryWorld(undefined, USABLE), (world) => {
      const policy = policyFor(world, "enosys");
      const literally = policyFor(world, "default");
      const judge = new CallJudge({ kind: "policy", policy }, world.target.arch.bigEndian, new Judgements());
      for (const arch of policy.architectures) {
        // Younger calls are those that get another verdict only since they are younger.
        const isYounger = (id: number): boolean => {
          const call = { arch: arch.token, nr: seenNumber(arch, id), args: [0n, 0n, 0n, 0n, 0n, 0n] };
          return evaluate(policy, call) !== evaluate(literally, call);
        };
        const counts = agrees(judge.all(arch), policy, arch, isYounger);
        for (const [kind, count] of Object.entries(counts)) {
          if (count > 0) {
            seen.add(kind as Kind);
          }
        }
      }
    }),
    { numRuns: extent(40, 2000), seed: 18, endOnFailure: true },
  );
  assert.equal([...seen].sort(), ["allowed", "byArgument", "denied", "logged", "traced", "younger"]);
});

test("of the filter of a random profile every call has the verdicts of the profile", () => {
  fc.assert(
    fc.property(arbitraryWorld(undefined, USABLE), (world) => {
      const policy = policyFor(world, "enosys");
      const { bigEndian } = world.target.arch;
      const instructions = acceptedInstructions(compileForKernel(policy, "the profile"));
      const judge = new CallJudge({ kind: "filter", instructions }, bigEndian, new Judgements());
      for (const arch of policy.architectures) {
        agrees(judge.all(arch), policy, arch, () => false);
      }
    }),
    { numRuns: extent(10, 500), seed: 19, endOnFailure: true },
  );
});

test.run();
