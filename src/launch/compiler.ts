/**
 * The compiler bundle's entry: what the launch bundle calls where a profile was not prepared.
 *
 * It is a bundle of its own so that all that a launch with a prepared filter touches lies close together in memory.
 */

import { architectures } from "../tables/architectures.ts";
import { numberRows } from "../tables/syscalls.ts";
import { checkExec } from "./check-exec.ts";
import { compiledFilter } from "./compile-profile.ts";
import type { Compiler } from "./plan.ts";
import { quickPolicy } from "./quick-reading.ts";

declare global {
  // Two scripts of one QuickJS share its global object.
  var compiler: Compiler & { readonly quickPolicy: typeof quickPolicy };
}

// Made when the executable is built, the tables cost no launch anything (docs/decisions/0007-image.md).
architectures.forEach(numberRows);

globalThis.compiler = { compiledFilter, checkExec, quickPolicy };
