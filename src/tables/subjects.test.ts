import * as assert from "uvu/assert";
import { test } from "../../test/support/running/test.ts";
import { architectures } from "./architectures.ts";
import { signatureOf } from "./signatures.ts";
import { subjects } from "./subjects.ts";
import { syscallName, syscallNames } from "./syscalls.ts";

test("every call has exactly one subject", () => {
  const told = subjects().flatMap(({ ids }) =>
    ids.map((id) => (id < 0 ? "a name of no call" : syscallName(id))),
  );
  assert.equal([...told].sort(), [...syscallNames()].sort());
});

test("the calls of a subject are ordered by name, and no two subjects have the same name", () => {
  for (const { name, ids } of subjects()) {
    const names = ids.map(syscallName);
    assert.equal(names, [...names].sort(), name);
  }
  const titles = subjects().map(({ name }) => name);
  assert.is(new Set(titles).size, titles.length);
});

test("the calls that no kernel serves are those without a signature", () => {
  const without = syscallNames().filter((_, id) =>
    architectures.every((arch) => signatureOf(arch, id) === undefined),
  );
  const told = subjects()
    .find(({ name }) => name === "served by no kernel")
    ?.ids.map(syscallName);
  assert.equal(told, without);
});

test.run();
