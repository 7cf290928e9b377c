/**
 * The entry of the compiler bundle, which the launch bundle calls if a profile was not prepared.
 * It is a separate bundle so that a launch with a prepared filter touches few pages of memory.
 */

import { architectures } from "../tables/architectures.ts";
import { hidingCalls } from "../tables/hidden-arguments.ts";
import { numberRows } from "../tables/syscalls.ts";
import { auditing, beginningDigits, notifyingExec, programOf, unnamed } from "./auditing.ts";
import { checkExec } from "./check-exec.ts";
import { compiledFilter } from "./compile-profile.ts";
import type { Compiler } from "./plan.ts";
import { quickPolicy } from "./quick-reading.ts";

declare global {
  // Two scripts of one QuickJS share its global object.
  var compiler: Compiler & { readonly quickPolicy: typeof quickPolicy };
}

// Runs when the executable is built, so the tables cost a launch nothing (docs/decisions/0007-image.md).
for (const arch of architectures) {
  numberRows(arch);
  hidingCalls(arch);
  beginningDigits(arch.name);
}

globalThis.compiler = { compiledFilter, checkExec, programOf, auditing, unnamed, notifyingExec, quickPolicy };
