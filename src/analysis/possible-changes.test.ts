/**
 * The syscalls that may be judged differently: all that are, and few others.
 */

import fc from "fast-check";
import * as assert from "uvu/assert";
import { policyOf, profileOf, X86_64 } from "../../test/support/fixtures/policies.ts";
import { arbitraryProfile } from "../../test/support/generators/arbitrary.ts";
import { extent } from "../../test/support/running/extent.ts";
import { test } from "../../test/support/running/test.ts";
import type { Policy } from "../policy/policy.ts";
import { syscallId } from "../tables/syscalls.ts";
import { changesBetween } from "./changes.ts";
import { possibleChanges } from "./possible-changes.ts";

/** The ids of the syscalls that are judged differently. */
function changed(a: Policy, b: Policy): readonly number[] {
  const { architectures } = changesBetween(
    { kind: "policy", policy: a },
    { kind: "policy", policy: b },
    X86_64,
  );
  return architectures.flatMap(({ calls }) => calls.map(({ id }) => id));
}

function allowing(...names: readonly string[]): Policy {
  const syscalls = [{ names, action: "SCMP_ACT_ALLOW" }];
  return policyOf(profileOf(JSON.stringify({ defaultAction: "SCMP_ACT_ERRNO", syscalls })), X86_64, 0n);
}

test("a younger call in a profile may change all between", () => {
  const [a, b] = [allowing("read", "clone3"), allowing("read", "clone3", "openat2")];
  const possible = possibleChanges(a, b);
  assert.ok(possible?.has(syscallId("openat2")) && possible.has(syscallId("pidfd_getfd")));
  assert.not(possible?.has(syscallId("write")));
  assert.equal(
    changed(a, b).filter((id) => possible?.has(id) !== true),
    [],
  );
  assert.is(
    possibleChanges(a, policyOf(profileOf('{"defaultAction":"SCMP_ACT_ALLOW"}'), X86_64, 0n)),
    undefined,
  );
});

test("what is judged differently is among them", () => {
  const names = ["read", "socket", "socketcall", "mmap", "mmap2", "select", "_newselect", "mseal"];
  fc.assert(
    fc.property(arbitraryProfile(names), fc.nat(12), (profile, left) => {
      const fewer = { ...profile, rules: profile.rules.filter((_, i) => i !== left) };
      const [a, b] = [policyOf(profile, X86_64, 0n), policyOf(fewer, X86_64, 0n)];
      const possible = possibleChanges(a, b);
      for (const id of possible === undefined ? [] : changed(a, b)) {
        assert.ok(possible?.has(id), `${id}`);
      }
    }),
    { numRuns: extent(40, 400) },
  );
});

test.run();
