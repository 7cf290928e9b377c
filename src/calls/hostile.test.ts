/**
 * Calls with random arguments and random memory: nothing is thrown, and what is shown has printable characters only.
 */

import { readFileSync } from "node:fs";
import * as assert from "uvu/assert";
import { randomly } from "../../test/support/generators/randomly.ts";
import { extent } from "../../test/support/running/extent.ts";
import { test } from "../../test/support/running/test.ts";
import { architectures } from "../tables/architectures.ts";
import { constantSet, constantSetNames } from "../tables/constants.ts";
import { parameterSet } from "../tables/parameter-sets.ts";
import { signatureOf } from "../tables/signatures.ts";
import { seenNumber, syscallCount, syscallName } from "../tables/syscalls.ts";
import { formKeys } from "./form-table.ts";
import { formatReadable, readableCall, type TaskMemory } from "./readable.ts";

/** What a hostile task would like to get onto a terminal or into a log. */
const PIECES = [
  "\x1b]0;t\x07",
  "\n",
  "\0",
  "\xff",
  "\xc2\x9b31m",
  "\xe2\x80\xae",
  "\x7f",
  '"',
  "\\",
  "a",
  "\xf0\x9f",
  "\r",
];
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ud800-\udfff]/u;

test("nothing is thrown and no control character passes, whatever the arguments and the memory are", () => {
  const random = randomly(1);
  const bytes = (length: number): string => {
    let text = "";
    const dull = random(3);
    while (text.length < length) {
      text +=
        dull === 0
          ? String.fromCharCode(random(3))
          : random(2) === 0
            ? String.fromCharCode(random(256))
            : PIECES[random(PIECES.length)];
    }
    return text.slice(0, length);
  };
  let [reads, asked] = [0, 0];
  const memory: TaskMemory = {
    read(address, length) {
      reads += 1;
      asked += length;
      assert.ok(Number.isInteger(length) && length > 0 && address >= 0n && address < 2n ** 64n);
      return random(8) === 0 ? undefined : bytes(random(4) === 0 ? random(length + 1) : length);
    },
  };
  // Constants of all sets, so that random calls take the ways that depend on commands.
  const interesting = architectures
    .slice(0, 2)
    .flatMap((arch) =>
      constantSetNames().flatMap((name) => [...(constantSet(arch, name)?.byName.values() ?? [])]),
    );
  const argument = (): bigint => {
    switch (random(6)) {
      case 0:
        return BigInt(random(64));
      case 1:
        return 2n ** 64n - BigInt(1 + random(3));
      case 2:
        return (BigInt(random(2 ** 31)) << 33n) | BigInt(random(2 ** 31));
      case 3:
        return BigInt(random(256));
      default:
        return interesting[random(interesting.length)] as bigint;
    }
  };
  const numbers = architectures.flatMap((arch) =>
    Array.from({ length: syscallCount() }, (_, id) => ({ arch, nr: seenNumber(arch, id) })).filter(
      ({ nr }) => nr >= 0,
    ),
  );
  for (let i = 0; i < extent(20_000, 400_000); i += 1) {
    const { arch, nr } = numbers[random(numbers.length)] as (typeof numbers)[number];
    const args = Array.from({ length: 6 }, argument);
    [reads, asked] = [0, 0];
    const call = readableCall(arch, random(50) === 0 ? random(2 ** 32) : nr, args, memory);
    const text = formatReadable(call);
    assert.not.match(text, UNPRINTABLE);
    assert.ok(text.length < 8192, text);
    assert.ok(reads <= 32 && asked <= 4096, `${asked} bytes in ${reads} parts: ${text}`);
    assert.is(call.pointed & ~call.telling, 0, text);
  }
});

test("each command of each call can be shown", () => {
  const memory: TaskMemory = { read: (_, length) => "\x01".repeat(length) };
  let count = 0;
  for (const arch of architectures.filter(({ name }) => name === "x86_64" || name === "s390")) {
    for (let id = 0; id < syscallCount(); id += 1) {
      for (const [i, { set }] of (signatureOf(arch, id) ?? []).entries()) {
        for (const value of constantSet(arch, set ?? "")?.byName.values() ?? []) {
          const args = Array.from({ length: 6 }, (_, k) => (k === i ? value : 0x10000n));
          assert.ok(formatReadable(readableCall(arch, seenNumber(arch, id), args, memory)).endsWith(")"));
          count += 1;
        }
      }
    }
  }
  assert.ok(count > 2000, String(count));
});

test("the sets that forms name are there", () => {
  const texts = ["form-table.ts", "by-command.ts", "words.ts", "structs.ts", "view.ts", "unused.ts"]
    .map((file) => readFileSync(`src/calls/${file}`, "utf8"))
    .join("\n");
  const named = [...texts.matchAll(/\b(?:int|mode)?set:(\w+)|(?:arch|view), "(\w+)"/g)].map(
    ([, a, b]) => a ?? b ?? "",
  );
  assert.ok(named.length > 60, String(named.length));
  assert.equal(
    named.filter((name) => !constantSetNames().includes(name)),
    [],
  );
});

test("the table of forms names parameters that calls have, and none that its set shows as well", () => {
  const parameters = new Map<string, string | undefined>();
  for (const arch of architectures) {
    for (let id = 0; id < syscallCount(); id += 1) {
      for (const { name, set } of signatureOf(arch, id) ?? []) {
        parameters.set(`${syscallName(id)}.${name}`, set);
      }
    }
  }
  assert.equal(
    formKeys().filter((key) => !parameters.has(key)),
    [],
  );
  // Each flag of a set without constants of its own has a form.
  const without = [...parameters].filter(
    ([key, set]) =>
      set !== undefined &&
      parameterSet(set)?.kind !== "descriptor" &&
      set !== "mode" &&
      !constantSetNames().includes(set) &&
      !formKeys().includes(key),
  );
  assert.equal(without, []);
});

test.run();
