/**
 * Calls that a recording of a program hardly ever shows, so that profiles written from one deny them.
 */

import type { Diagnostic } from "../../diagnostic.ts";
import type { LintInput } from "../input.ts";
import { clocks } from "./clocks.ts";
import { fallbacks } from "./fallbacks.ts";
import { libraryCalls } from "./library-calls.ts";
import { restarts } from "./restarts.ts";
import { signalReturns } from "./signal-returns.ts";

/** Warns of them, one finding per cause. */
export function unrecordedCalls(input: LintInput): Diagnostic[] {
  return [restarts, signalReturns, clocks, libraryCalls, fallbacks].flatMap((check) => check(input));
}
