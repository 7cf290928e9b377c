/**
 * What a supervisor does about a verdict.
 */

import { test } from "uvu";
import * as assert from "uvu/assert";
import { outcomeOf } from "./verdict.ts";

const [KILL_PROCESS, KILL_THREAD, ERRNO, LOG, ALLOW, TRAP] = [
  0x80000000, 0, 0x50000, 0x7ffc0000, 0x7fff0000, 0x30000,
];

test("each verdict has its outcome; under --complain all are let through", () => {
  for (const verdict of [KILL_PROCESS, KILL_THREAD, KILL_THREAD + 7]) {
    assert.equal(outcomeOf(verdict, false), { kind: "killed" });
  }
  for (const verdict of [LOG, ALLOW]) {
    assert.equal(outcomeOf(verdict, false), { kind: "allowed" });
  }
  for (const verdict of [KILL_PROCESS, KILL_THREAD, ERRNO + 1, LOG, ALLOW, TRAP]) {
    assert.equal(outcomeOf(verdict, true), { kind: "allowed" });
  }
  assert.throws(() => outcomeOf(TRAP, false), /asks about the verdict 0x30000/);
});

test("the errno is the kernel's: at most 4095, and 0 returns 0", () => {
  for (const [data, errno] of [
    [0, 0],
    [1, 1],
    [4095, 4095],
    [4096, 4095],
    [65535, 4095],
  ] as const) {
    assert.equal(outcomeOf(ERRNO + data, false), { kind: "denied", errno });
  }
});

test.run();
