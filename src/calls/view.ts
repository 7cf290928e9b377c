/**
 * A call whose arguments are shown: what showing one of them may ask about the others.
 */

import type { Architecture } from "../tables/architectures.ts";
import { constantValue, inConstants } from "../tables/constants.ts";
import type { Reader } from "./memory.ts";

export interface View {
  readonly name: string;
  readonly arch: Architecture;
  readonly reader: Reader;
  /** The value of a parameter as the kernel takes it, without a sign; 0 if there is no such parameter. */
  argument(name: string): bigint;
}

/** The constant that a parameter is, for example the command of a call; empty if it has no name. */
export function command(view: View, set: string, parameter: string): string {
  return inConstants(view.arch, set, view.argument(parameter)) ?? "";
}

/** The operation of futex(2) without its flags; empty if it has no name. */
export function futexOperation(view: View): string {
  return inConstants(view.arch, "futex", view.argument("op") & 0x7fn) ?? "";
}

/** Whether a parameter has a flag, for example O_CREAT of `open`. */
export function hasFlag(view: View, set: string, flag: string, parameter: string): boolean {
  return (view.argument(parameter) & (constantValue(view.arch, set, flag) ?? 0n)) !== 0n;
}
