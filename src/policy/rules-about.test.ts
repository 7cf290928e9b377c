import fc from "fast-check";
import * as assert from "uvu/assert";
import { arbitraryWorld, NAMES, show } from "../../test/support/generators/worlds.ts";
import { argumentVectors } from "../../test/support/oracles/argument-vectors.ts";
import { extent } from "../../test/support/running/extent.ts";
import { test } from "../../test/support/running/test.ts";
import { seenNumber, syscallId } from "../tables/syscalls.ts";
import { decidedBy, evaluate } from "./evaluate.ts";
import { resolve } from "./resolve.ts";
import { rulesAbout } from "./rules-about.ts";

/** Maximum number of arguments that are tried for a call. */
const MOST = 300;

test("the rules about some calls judge these as the whole profile does", () => {
  let judged = 0;
  let left = 0;
  fc.assert(
    fc.property(
      arbitraryWorld(),
      fc.subarray([...NAMES], { minLength: 1, maxLength: 3 }),
      ({ profile, target, options }, names) => {
        const { policy } = resolve(profile, target, options);
        fc.pre(policy !== undefined);
        const ids = names.map((name) => syscallId(name));
        const some = rulesAbout(profile, ids, policy.architectures);
        left += profile.rules.length - some.rules.length;
        const reduced = resolve(some, target, options).policy;
        assert.ok(reduced);
        for (const arch of policy.architectures) {
          for (const nr of ids.map((id) => seenNumber(arch, id)).filter((number) => number >= 0)) {
            const decided = decidedBy(policy, arch.token, nr);
            const { vectors } = argumentVectors(decided.kind === "rules" ? decided.rules : [], arch.bits);
            for (const args of vectors.slice(0, MOST)) {
              const call = { arch: arch.token, nr, args };
              const verdict = evaluate({ ...reduced, youngest: policy.youngest }, call);
              assert.is(verdict, evaluate(policy, call), show({ call, names }));
              judged += 1;
            }
          }
        }
      },
    ),
    { numRuns: extent(300, 10_000), seed: 20, endOnFailure: true },
  );
  assert.ok(judged > 1000, String(judged));
  assert.ok(left > 0);
});

test.run();
