/**
 * Complain mode: nothing is forbidden, and what would have been is logged.
 */

import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { policyOf, profileOf, X86_64 } from "../../test/support/fixtures/policies.ts";
import { arbitraryOwnCall, arbitraryWorld, show } from "../../test/support/generators/worlds.ts";
import { syscallId } from "../tables/syscalls.ts";
import { complaining } from "./complain.ts";
import { evaluate } from "./evaluate.ts";
import { resolve } from "./resolve.ts";

const ALLOW = 0x7fff0000;
const LOG = 0x7ffc0000;

test("a call is allowed as before, or logged, for any profile and machine", () => {
  const seen = new Set<number>();
  fc.assert(
    fc.property(arbitraryWorld(), fc.gen(), (world, gen) => {
      const { profile, target, options } = world;
      const { policy } = resolve(profile, target, options);
      if (policy === undefined) {
        throw new Error("a random profile has errors");
      }
      const softened = complaining(policy);
      for (let i = 0; i < 40; i += 1) {
        const call = gen(() => arbitraryOwnCall(world, policy.architectures));
        const verdict = evaluate(policy, call);
        seen.add(verdict);
        assert.is(evaluate(softened, call), verdict === ALLOW ? ALLOW : LOG, show(call));
      }
    }),
    { numRuns: 200, seed: 5 },
  );
  assert.ok(seen.has(ALLOW) && seen.has(LOG) && seen.size > 6, [...seen].join());
});

test("nobody is asked", () => {
  const text =
    '{"defaultAction":"SCMP_ACT_NOTIFY","listenerPath":"/x","flags":["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV","SECCOMP_FILTER_FLAG_LOG"]}';
  const { listener, flags, defaultVerdict } = complaining(policyOf(profileOf(text), X86_64, 0n));
  assert.is(listener, undefined);
  assert.is(flags, 2);
  assert.is(defaultVerdict, LOG);
});

test("calls with shared rules still share them, so that the compiler decides them once", () => {
  const text =
    '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir","rmdir"],"action":"SCMP_ACT_TRAP"}]}';
  const { rules } = complaining(policyOf(profileOf(text), X86_64, 0n));
  const list = rules.of(syscallId("mkdir"));
  assert.equal(list, [{ conditions: [], verdict: LOG }]);
  assert.is(rules.of(syscallId("rmdir")), list);
});

test.run();
