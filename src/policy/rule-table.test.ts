/**
 * Tables of rules: a syscall has the rules it was given, and shared lists stay shared.
 */

import { test } from "uvu";
import * as assert from "uvu/assert";
import { FREE, FREE_FOR_YOUNGER, syscallCount } from "../tables/syscalls.ts";
import type { PolicyRule } from "./policy.ts";
import { NO_RULES, RuleTable, YOUNGER } from "./rule-table.ts";

const ALLOW: readonly PolicyRule[] = [{ conditions: [], verdict: 0x7fff0000 }];
const TRAP: readonly PolicyRule[] = [{ conditions: [], verdict: 0x00030000 }];

test("a syscall has the rules it was given last, and others have none", () => {
  const table = new RuleTable();
  table.set(0, TRAP);
  table.set(0, ALLOW);
  table.set(syscallCount() - 1, TRAP);
  assert.is(table.of(0), ALLOW);
  assert.is(table.of(syscallCount() - 1), TRAP);
  assert.is(table.of(1), undefined);
  assert.is(table.of(-1), undefined);
  assert.is(table.of(syscallCount()), undefined);
});

test("numbers without a call have no rules, or are left for newer calls", () => {
  const { byCode } = new RuleTable();
  assert.equal([byCode[FREE], byCode[FREE_FOR_YOUNGER]], [NO_RULES, YOUNGER]);
});

test("a changed table has other lists for the same syscalls, and leaves the first one alone", () => {
  const table = new RuleTable();
  table.set(3, ALLOW);
  const changed = table.map((rules) => (rules === ALLOW ? TRAP : rules));
  assert.is(changed.of(3), TRAP);
  assert.is(changed.of(4), undefined);
  assert.is(table.of(3), ALLOW);
});

test.run();
