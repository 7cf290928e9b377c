/**
 * The table of calls that do the same: its names are those of the kernel, on every architecture.
 */

import { test } from "uvu";
import * as assert from "uvu/assert";
import { architectures } from "./architectures.ts";
import { capabilityBit } from "./capabilities.ts";
import { jobs, readWay } from "./same-job.ts";
import { signatureOf } from "./signatures.ts";
import { syscallId } from "./syscalls.ts";

/** The old calls that take one pointer to their parameters. */
const IN_MEMORY = /^(mmap|select)/;

for (const { does, calls, roles = {}, told = [], needs } of jobs) {
  const ways = calls.map(readWay);
  test(`${does}: ${calls.length} calls exist, with these parameters`, () => {
    assert.ok(ways.length > 1);
    assert.equal(new Set(calls).size, ways.length);
    for (const { name, parameters } of ways) {
      assert.ok(syscallId(name) >= 0, name);
      for (const arch of architectures) {
        const signature = signatureOf(arch, syscallId(name));
        if (signature !== undefined && !(IN_MEMORY.test(name) && signature.length === 1)) {
          const names = signature.map((one) => one.name);
          for (const parameter of parameters) {
            assert.ok(names.includes(parameter.name), `${name} on ${arch.name}: ${parameter.name}`);
          }
        }
      }
    }
  });

  test(`${does}: every role has values and belongs to more than one call`, () => {
    const used = ways.map(({ parameters, hidden, fixed }) => [
      ...parameters.flatMap(({ value }) => (typeof value === "string" ? [value] : [])),
      ...hidden,
      ...fixed.keys(),
    ]);
    for (const role of used.flat()) {
      assert.ok(role in roles, role);
      assert.ok(used.filter((words) => words.includes(role)).length > 1, role);
    }
    for (const role of Object.keys(roles)) {
      assert.ok(used.flat().includes(role), role);
    }
    for (const name of told) {
      assert.ok(ways.some((way) => way.name === name));
    }
    assert.ok(needs === undefined || capabilityBit(needs) >= 0);
  });
}

test.run();
