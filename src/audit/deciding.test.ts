/**
 * The place that a denial's line names: what is written there gives the verdict that the call got.
 */

import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { arbitraryOwnCall, arbitraryWorld, show } from "../../test/support/generators/worlds.ts";
import { evaluate } from "../policy/evaluate.ts";
import { resolve } from "../policy/resolve.ts";
import { verdictOf } from "../policy/rule-verdict.ts";
import { denies } from "../policy/verdict.ts";
import { SECCOMP_RET_KILL_PROCESS } from "../tables/seccomp.ts";
import { decidingOf } from "./deciding.ts";

test("the named place gives the verdict, on random profiles, machines and calls", () => {
  const named: Record<string, number> = {};
  fc.assert(
    fc.property(arbitraryWorld(), fc.gen(), (world, gen) => {
      const { profile, target } = world;
      const { policy } = resolve(profile, target, world.options);
      if (policy === undefined) {
        throw new Error(show(world));
      }
      const input = { profile, policy, installed: policy, target, engines: [] };
      for (let i = 0; i < 40; i += 1) {
        const call = gen(() => arbitraryOwnCall(world, policy.architectures));
        const verdict = evaluate(policy, call);
        if (!denies(verdict)) {
          continue;
        }
        const { what, pointer, byArguments } = decidingOf(input, call, verdict);
        if (!byArguments) {
          const other = { ...call, args: gen(() => arbitraryOwnCall(world, policy.architectures)).args };
          assert.is(evaluate(policy, other), verdict, "the arguments do not matter");
          assert.is(decidingOf(input, other, verdict).pointer, pointer);
        }
        const kind = what.split(/[ ,]/)[0] as string;
        named[kind] = (named[kind] ?? 0) + 1;
        const given = ((): number => {
          const index = /^\/syscalls\/(\d+)/.exec(pointer)?.[1];
          if (index !== undefined) {
            const rule = profile.rules[Number(index)];
            return rule === undefined ? -1 : verdictOf(rule.action, rule.errno, target.arch);
          }
          if (kind === "not") {
            return SECCOMP_RET_KILL_PROCESS;
          }
          if (kind === "newer") {
            return policy.youngerVerdict;
          }
          if (kind !== "defaultAction") {
            return -1;
          }
          return verdictOf(profile.defaultAction, profile.defaultErrno, target.arch);
        })();
        if (given !== verdict) {
          assert.unreachable(
            `${what} ${pointer} gives ${given.toString(16)} and not ${verdict.toString(16)}: ${show(call)} in ${show(world)}`,
          );
        }
      }
    }),
    { numRuns: 400, seed: 7, endOnFailure: true },
  );
  for (const kind of ["defaultAction", "rule", "not", "newer"]) {
    assert.ok((named[kind] ?? 0) > 50, `${kind}: ${named[kind]}`);
  }
});

test.run();
