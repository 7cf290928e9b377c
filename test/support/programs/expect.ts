/**
 * Assertions about a launch: it was refused, and why; or the command ran, and what it saw.
 */

import * as assert from "uvu/assert";
import { compileC } from "./native.ts";
import type { Outcome } from "./program.ts";

/** A command that makes one harmless system call and prints how it ended. */
export const PROBE: string = compileC("test/support/programs/native/probe.c");

/** The probe's output if the profile allows its call. */
export const ALLOWED = "value 99\n";

/** The probe's output if the profile answers this errno. */
export function denied(errno: number): string {
  return `error ${errno}\n`;
}

/** The launcher itself failed: the command did not run, and the message contains all of this. */
export function refused(outcome: Outcome, ...says: readonly (string | RegExp)[]): void {
  failed(125, outcome, ...says);
}

/** The launcher ended with this status of its own, without running the command, and its message contains all of this. */
export function failed(status: number, outcome: Outcome, ...says: readonly (string | RegExp)[]): void {
  assert.is(outcome.signal, null, `no signal, but: ${describe(outcome)}`);
  assert.is(outcome.status, status, describe(outcome));
  assert.is(outcome.stdout, "", "the command did not run");
  const lines = outcome.stderr.split("\n");
  assert.is(lines.pop(), "", "the message ends with a line end");
  assert.ok(
    lines.some((line) => line.startsWith("seccomp-exec: error: ")),
    `a line is an error: ${describe(outcome)}`,
  );
  for (const what of says) {
    const said = typeof what === "string" ? outcome.stderr.includes(what) : what.test(outcome.stderr);
    assert.ok(said, `the message says ${what}: ${describe(outcome)}`);
  }
  assert.not.match(
    outcome.stderr,
    /\bat .*\.(ts|js|qbc):\d+|QuickJS|TypeError|RangeError|panicked|undefined|\[object/,
  );
}

/** The command ran and printed only this, and there were no messages. */
export function ran(outcome: Outcome, stdout: string): void {
  assert.is(outcome.stderr, "");
  assert.is(outcome.stdout, stdout);
  assert.is(outcome.status, 0);
}

/** The command ran and printed this, and the launcher's warnings contain all of this. */
export function warned(outcome: Outcome, stdout: string, ...says: readonly (string | RegExp)[]): void {
  assert.is(outcome.stdout, stdout, describe(outcome));
  assert.is(outcome.status, 0, describe(outcome));
  assert.match(outcome.stderr, /^seccomp-exec: warning: /m);
  assert.not.match(outcome.stderr, "seccomp-exec: error:");
  for (const what of says) {
    const said = typeof what === "string" ? outcome.stderr.includes(what) : what.test(outcome.stderr);
    assert.ok(said, `the warning says ${what}: ${describe(outcome)}`);
  }
}

function describe({ status, signal, stdout, stderr }: Outcome): string {
  return `status ${status}, signal ${signal}, stdout '${stdout}', stderr '${stderr}'`;
}
