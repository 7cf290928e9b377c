/**
 * The modes of the standard streams when this library is loaded. So nothing that it loads may use `process.stdout` and the like.
 */

import { readFileSync } from "node:fs";
import { O_NONBLOCK } from "./open-flags.ts";

/** The descriptors of standard input, output and error. */
export const STANDARD: readonly number[] = [0, 1, 2];

/** Whether each was non-blocking; undefined if it was closed, or /proc does not show it. */
export const WAS_NON_BLOCKING: readonly (boolean | undefined)[] = STANDARD.map(isNonBlocking);

function isNonBlocking(fd: number): boolean | undefined {
  try {
    const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "latin1"))?.[1];
    return flags === undefined ? undefined : (Number.parseInt(flags, 8) & O_NONBLOCK) !== 0;
  } catch {
    return undefined;
  }
}
