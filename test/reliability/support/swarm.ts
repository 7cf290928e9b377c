/**
 * Launches a command many times, several at once, in a pid namespace in which nothing that is left can hide.
 */

import * as assert from "uvu/assert";
import { compileC } from "../../support/programs/native.ts";
import { runCommand } from "../../support/programs/program.ts";
import { MOUNTS, needs } from "../../support/running/needs.ts";
import { PATIENCE_MS } from "../../support/running/patience.ts";

const SWARM = compileC("test/reliability/native/swarm.c");

/** Seconds after which a launch counts as one that hangs; it takes a few milliseconds. */
const HANGS_AFTER = PATIENCE_MS / 1000;

/** What came of them all. */
export interface Tally {
  /** How many launches ended with each exit status. */
  readonly statuses: Readonly<Record<number, number>>;
  /** How many were ended by each signal; 14 is that of a launch that hangs. */
  readonly signals: Readonly<Record<number, number>>;
  /** How many times each line was printed. */
  readonly lines: Readonly<Record<string, number>>;
  /** Processes that lost their parent, and those that were left at the end. */
  readonly strangers: number;
  readonly left: number;
  /** Milliseconds that the longest launch took. */
  readonly longest: number;
  readonly seconds: number;
  readonly stderr: string;
}

/** @param command its first word is an absolute path */
export function swarm(count: number, atOnce: number, command: readonly string[]): Tally {
  const numbers = [count, atOnce, HANGS_AFTER].map(String);
  const began = performance.now();
  needs(MOUNTS);
  const result = runCommand(["unshare", "--pid", "--fork", "--mount-proc", SWARM, ...numbers, ...command]);
  assert.is(result.status, 0, "the launches were not counted");
  const tally = { statuses: {} as Record<number, number>, signals: {} as Record<number, number> };
  const lines: Record<string, number> = {};
  const counts: Record<string, number> = {};
  for (const line of result.stdout.trimEnd().split("\n")) {
    const [, what, which, number] =
      /^(status|signal|strangers|left|longest) ?(\d+)?: (\d+)$/.exec(line) ?? [];
    if (what === "status" || what === "signal") {
      tally[what === "status" ? "statuses" : "signals"][Number(which)] = Number(number);
    } else if (what !== undefined) {
      counts[what] = Number(number);
    } else {
      lines[line] = (lines[line] ?? 0) + 1;
    }
  }
  const { strangers = Number.NaN, left = Number.NaN, longest = Number.NaN } = counts;
  const seconds = (performance.now() - began) / 1000;
  return { ...tally, lines, strangers, left, longest, seconds, stderr: result.stderr };
}
