/**
 * The page of all diagnostics is what its recipe makes of the program, and each example shows what it is there for.
 */

import { readFileSync } from "node:fs";
import * as assert from "uvu/assert";
import { EXPLANATIONS } from "../../build/diagnostics/explanation.ts";
import { checkExample, PAGE, renderPage } from "../../build/diagnostics/page.ts";
import { test } from "../support/running/test.ts";

/** What no profile brings about, and so has no example. */
const WITHOUT_EXAMPLE = ["inexact-number", "not-carried-over", "schema"];

test("the page is up to date: run make docs", () => {
  assert.is(readFileSync(PAGE, "utf8"), renderPage());
});

test("every diagnostic that a profile brings about has an example", () => {
  const without = [...EXPLANATIONS].filter(([, { example }]) => example === undefined);
  assert.equal(without.map(([code]) => code).sort(), WITHOUT_EXAMPLE);
});

for (const [code, { example }] of EXPLANATIONS) {
  if (example !== undefined) {
    test(`the example of ${code} shows it`, () => {
      assert.match(checkExample(example), `[${code}]`);
    });
  }
}

test.run();
