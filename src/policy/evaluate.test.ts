/**
 * Holds resolving and evaluating against a second evaluator that was written from the design alone.
 */

import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { judge } from "../../test/support/oracle.ts";
import { policyOf, X32, X86, X86_64 } from "../../test/support/policies.ts";
import { arbitraryOwnCall, arbitraryWorld, show } from "../../test/support/worlds.ts";
import { evaluate } from "./evaluate.ts";
import { resolve } from "./resolve.ts";

test("resolving and evaluating give what the design says, on random profiles, machines and calls", () => {
  fc.assert(
    fc.property(arbitraryWorld(), fc.gen(), (world, gen) => {
      const { profile, target, unknownSyscalls } = world;
      const { policy, diagnostics } = resolve(profile, target, { unknownSyscalls });
      if (policy === undefined) {
        throw new Error(show(diagnostics));
      }
      for (let i = 0; i < 40; i += 1) {
        const call = gen(() => arbitraryOwnCall(world, policy.architectures));
        const [actual, expected] = [evaluate(policy, call), judge(profile, target, unknownSyscalls, call)];
        if (actual !== expected) {
          assert.unreachable(
            `${show(call)}: ${actual.toString(16)} and not ${expected.toString(16)} in ${show(world)}`,
          );
        }
      }
    }),
    { numRuns: 500, seed: 1 },
  );
});
test.run();
void policyOf;
void X32;
void X86;
void X86_64;
