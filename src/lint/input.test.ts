/**
 * Arguments that are let through are found exactly if there are any.
 */

import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { architecture, policyOf, profileOf } from "../../test/support/fixtures/policies.ts";
import type { ArchitectureName } from "../tables/architectures.ts";
import { allows, openArguments, verdictOn } from "./input.ts";

const OPS = ["EQ", "NE", "LT", "LE", "GE", "GT", "MASKED_EQ"].map((op) => `SCMP_CMP_${op}`);

/** So few bits that every combination of them can be tried. */
const BITS = [0, 1, 4, 28];
const VALUES = Array.from({ length: 2 ** BITS.length }, (_, chosen) =>
  BITS.reduce((value, bit, i) => value + ((chosen >> i) % 2) * 2 ** bit, 0),
);

const condition = fc.record({
  index: fc.constantFrom(0, 1),
  op: fc.constantFrom(...OPS),
  value: fc.constantFrom(...VALUES),
  valueTwo: fc.constantFrom(...VALUES),
});

const rule = fc.record({
  names: fc.constant(["clone"]),
  action: fc.constantFrom("SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_LOG", "SCMP_ACT_TRACE"),
  args: fc.uniqueArray(condition, { minLength: 1, maxLength: 2, selector: ({ index }) => index }),
});

const given = fc.record({
  index: fc.constantFrom(0, 1),
  mask: fc.constantFrom(2 ** 28, 2 ** 28 + 1, 2 ** 32 - 1),
  value: fc.constant(2 ** 28),
});

for (const name of ["x86_64", "s390x", "x86"] as const satisfies readonly ArchitectureName[]) {
  test(`of random rules on ${name}, arguments that are found are let through, and those that are not found are not`, () => {
    const arch = architecture(name);
    const seen = { found: 0, none: 0 };
    fc.assert(
      fc.property(
        fc.array(rule, { minLength: 1, maxLength: 4 }),
        fc.constantFrom("SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO"),
        given,
        (syscalls, defaultAction, which) => {
          const profile = profileOf(JSON.stringify({ defaultAction, syscalls }));
          const policy = policyOf(profile, arch, 0n, "default");
          const isOne = (args: readonly bigint[]): boolean =>
            Number((args[which.index] ?? 0n) & BigInt(which.mask)) === which.value;
          const isOpen = (args: readonly bigint[]): boolean => {
            const verdict = verdictOn(policy, arch, "clone", args);
            return verdict !== undefined && allows(verdict);
          };
          const args = openArguments(policy, arch, "clone", which);
          if (args === undefined) {
            seen.none += 1;
            for (const first of VALUES) {
              for (const second of VALUES) {
                const call = [BigInt(first), BigInt(second)];
                assert.not.ok(isOne(call) && isOpen(call), call.join());
              }
            }
          } else {
            seen.found += 1;
            assert.ok(isOne(args) && isOpen(args), args.join());
          }
        },
      ),
      { numRuns: 300, seed: 18, endOnFailure: true },
    );
    assert.ok(seen.found > 20 && seen.none > 20, JSON.stringify(seen));
  });
}

test.run();
