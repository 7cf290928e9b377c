/**
 * The compiler bundle's entry: what the launch bundle calls where a profile was not prepared.
 *
 * It is a bundle of its own so that all that a launch with a prepared filter touches lies close together in memory.
 */

import { readProfile } from "../profile/read.ts";
import { checkExec } from "./check-exec.ts";
import { compiledFilter } from "./compile-profile.ts";
import type { Compiler } from "./plan.ts";

declare global {
  // Two scripts in one engine know each other by its global object.
  var compiler: Compiler & { readonly readProfile: typeof readProfile };
}

globalThis.compiler = { compiledFilter, checkExec, readProfile };
