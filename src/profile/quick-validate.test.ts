/**
 * Compares the validator of a launch, which stops at the first mistake, with the one that finds all.
 */

import { readFileSync } from "node:fs";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import validateFully from "./generated/validate-profile.js";
import validateQuickly from "./generated/validate-profile.quick.js";

/** Values of every type, and strings that are keys or enum values in the schemas. */
const anything = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    0,
    1,
    -1,
    5,
    6,
    1.5,
    4096,
    2 ** 53,
    "",
    "read",
    [],
    {},
    [1],
    [[]],
    [{}],
  ),
  fc.constantFrom("SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_CMP_EQ", "SCMP_CMP_MASKED_EQ", "SCMP_ACT_X"),
  fc.constantFrom<unknown>(
    ["read", 1],
    [null],
    { caps: [1] },
    { caps: null },
    { index: 0, value: 1, op: "SCMP_CMP_EQ" },
  ),
  fc.jsonValue(),
);

/** Sets or deletes a value in a document; the numbers choose its path. */
function damage(document: unknown, way: readonly number[], value: unknown, removes: boolean): unknown {
  const [turn = 0, ...rest] = way;
  if (typeof document !== "object" || document === null || way.length === 0) {
    return value;
  }
  const keys = Object.keys(document);
  const key = keys[turn % Math.max(keys.length, 1)] ?? "syscalls";
  const copy: Record<string, unknown> = Array.isArray(document)
    ? ([...document] as unknown as Record<string, unknown>)
    : { ...document };
  if (rest.length === 0 && removes) {
    delete copy[key];
    return Array.isArray(copy) ? copy.filter(() => true) : copy;
  }
  copy[key] = damage(copy[key], rest, value, removes);
  return copy;
}

const WITH_EVERYTHING = {
  defaultAction: "SCMP_ACT_ERRNO",
  defaultErrnoRet: 1,
  defaultErrno: "EPERM",
  archMap: [{ architecture: "SCMP_ARCH_X86_64", subArchitectures: ["SCMP_ARCH_X86"] }],
  architectures: ["SCMP_ARCH_X86_64"],
  flags: ["SECCOMP_FILTER_FLAG_LOG"],
  listenerPath: "/x",
  syscalls: [
    {
      names: ["read", "write"],
      name: "read",
      action: "SCMP_ACT_ERRNO",
      errnoRet: 1,
      errno: "EPERM",
      args: [{ index: 0, value: 1, valueTwo: 2, op: "SCMP_CMP_MASKED_EQ" }],
      comment: "",
      includes: { caps: ["CAP_KILL"], arches: ["amd64"], minKernel: "4.8" },
      excludes: { caps: ["CAP_KILL"], arches: ["amd64"], minKernel: "4.8" },
    },
  ],
};

for (const [name, document] of [
  ["a profile with everything in it", WITH_EVERYTHING],
  ["strict.json", JSON.parse(readFileSync("profiles/strict.json", "utf8"))],
] as const) {
  test(`the quick validator judges damaged ${name} as the full one does`, () => {
    assert.ok(validateFully(document) && validateQuickly(document));
    let refused = 0;
    const way = fc.array(fc.nat(1000), { maxLength: 6 });
    fc.assert(
      fc.property(way, anything, fc.boolean(), (choices, value, removes) => {
        const damaged = damage(document, choices, value, removes);
        const verdict = validateFully(damaged);
        refused += verdict ? 0 : 1;
        assert.is(validateQuickly(damaged), verdict, JSON.stringify(damaged));
      }),
      { numRuns: 5000, seed: 3 },
    );
    assert.ok(refused > 500, `${refused} of them are refused`);
  });
}

test.run();
