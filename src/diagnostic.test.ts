/**
 * The limits on the number of diagnostics.
 */

import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Diagnostic, Findings, MAX_DIAGNOSTICS, type Severity } from "./diagnostic.ts";

function finding(severity: Severity, pointer: string): Diagnostic {
  return {
    code: "unknown-key",
    severity,
    message: "unknown",
    pointer,
    misspelt: { word: pointer, kind: "key" },
  };
}

function added(severity: Severity, count: number): Findings {
  const findings = new Findings();
  for (let i = 0; i < count; i += 1) {
    findings.add(finding(severity, `/${i}`));
  }
  return findings;
}

test("diagnostics keep their order, up to a limit, and then one reports that there are more", () => {
  const { list } = added("warning", MAX_DIAGNOSTICS + 5);
  assert.is(list.length, MAX_DIAGNOSTICS + 1);
  assert.equal(
    list.slice(0, MAX_DIAGNOSTICS).map(({ pointer }) => pointer),
    Array.from({ length: MAX_DIAGNOSTICS }, (_, i) => `/${i}`),
  );
  assert.is(list[MAX_DIAGNOSTICS]?.code, "not-examined");
  assert.is(list[MAX_DIAGNOSTICS]?.severity, "warning");
  assert.is(added("error", MAX_DIAGNOSTICS).list.length, MAX_DIAGNOSTICS);
});

test("an error after any number of warnings counts, and is reported", () => {
  const findings = added("warning", MAX_DIAGNOSTICS + 5);
  assert.is(findings.failed, false);
  const error = finding("error", "/last");
  findings.add(error);
  assert.is(findings.failed, true);
  assert.is(findings.list.filter(({ severity }) => severity === "error").length, 1);
  assert.ok(added("error", MAX_DIAGNOSTICS + 5).failed);
});

test("only the first misspelt words get a suggestion", () => {
  const told = added("error", 300).list.filter(({ misspelt }) => misspelt !== undefined);
  assert.is(told.length, 200);
});

test.run();
