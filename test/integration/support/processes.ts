/**
 * Processes that tests start beside themselves: whether they run, waiting for them, ending them.
 */

import { readdirSync, readFileSync } from "node:fs";
import { PATIENCE_MS } from "../../support/running/patience.ts";

/** Whether the process runs: a zombie, which only the event loop would reap, has ended. */
export function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return !/^\) [ZX]/.test(stat.slice(stat.lastIndexOf(")")));
  } catch {
    return false;
  }
}

/** The processes that have a path below the directory among their arguments. */
export function processesThatName(directory: string): number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => pid > 0 && isAlive(pid))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(`${directory}/`);
      } catch {
        return false;
      }
    });
}

export function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended by itself.
  }
}

/** Waits, but not without end; returns whether the condition came to hold. */
export function waitUntil(condition: () => boolean): boolean {
  const end = performance.now() + PATIENCE_MS;
  while (!condition()) {
    if (performance.now() > end) {
      return false;
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
  }
  return true;
}
