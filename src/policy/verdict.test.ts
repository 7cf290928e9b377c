/**
 * Verdicts: the kernel's order, and their text.
 */

import { test } from "uvu";
import * as assert from "uvu/assert";
import { architecture, X86_64 } from "../../test/support/fixtures/policies.ts";
import { ACTIONS } from "../profile/profile.ts";
import { ACTION_VALUES, actionOf, denies, formatVerdict, precedence } from "./verdict.ts";

/** The kernel's order (kernel/seccomp.c at v6.18: the lowest as a signed number wins), the most restrictive first. */
const ORDER = [
  "SCMP_ACT_KILL_PROCESS",
  "SCMP_ACT_KILL_THREAD",
  "SCMP_ACT_TRAP",
  "SCMP_ACT_ERRNO",
  "SCMP_ACT_NOTIFY",
  "SCMP_ACT_TRACE",
  "SCMP_ACT_LOG",
  "SCMP_ACT_ALLOW",
] as const;

test("actions are in the kernel's order", () => {
  const ranks = ORDER.map((name) => precedence(ACTION_VALUES[name]));
  for (let i = 1; i < ranks.length; i += 1) {
    assert.ok((ranks[i - 1] ?? 0) < (ranks[i] ?? 0), ORDER[i]);
  }
});

test("actions have the kernel's values", () => {
  assert.equal(
    ORDER.map((name) => ACTION_VALUES[name]),
    [0x80000000, 0, 0x30000, 0x50000, 0x7fc00000, 0x7ff00000, 0x7ffc0000, 0x7fff0000],
  );
  assert.is(ACTION_VALUES.SCMP_ACT_KILL, ACTION_VALUES.SCMP_ACT_KILL_THREAD);
});

test("the data of a verdict has no precedence", () => {
  for (const name of ACTIONS) {
    const action = ACTION_VALUES[name];
    assert.is(precedence(action + 0xffff), precedence(action));
    assert.is(actionOf(action + 0xffff), action);
    assert.is(actionOf(action), action);
  }
});

test("killing, trapping and errnos deny; the others allow the call, or ask", () => {
  const denying = ORDER.filter((name) => denies(ACTION_VALUES[name] + 1));
  assert.equal(denying, ["SCMP_ACT_KILL_PROCESS", "SCMP_ACT_KILL_THREAD", "SCMP_ACT_TRAP", "SCMP_ACT_ERRNO"]);
});

test("verdicts as text", () => {
  const words: Readonly<Record<string, number>> = {
    KILL_PROCESS: 0x80000000,
    KILL_THREAD: 0,
    TRAP: 0x30000,
    "ERRNO(EPERM)": 0x50001,
    "ERRNO(ENOSYS)": 0x50026,
    "ERRNO(0)": 0x50000,
    "ERRNO(4095)": 0x50fff,
    NOTIFY: 0x7fc00000,
    "TRACE(0)": 0x7ff00000,
    "TRACE(65535)": 0x7ff0ffff,
    LOG: 0x7ffc0000,
    ALLOW: 0x7fff0000,
  };
  for (const [word, verdict] of Object.entries(words)) {
    assert.is(formatVerdict(verdict, X86_64), word);
  }
});

test("an errno is named as its architecture numbers it", () => {
  assert.is(formatVerdict(0x50059, architecture("mips")), "ERRNO(ENOSYS)");
  assert.is(formatVerdict(0x50059, X86_64), "ERRNO(EDESTADDRREQ)");
});

test("a value that the kernel does not know kills, as in the kernel", () => {
  assert.is(formatVerdict(0x12340000, X86_64), "KILL_PROCESS");
  assert.is(formatVerdict(0x7fff0001, X86_64), "ALLOW");
});

test.run();
