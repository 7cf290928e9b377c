/**
 * Which arguments of a call the kernel takes in at most 32 bits: the part of the signatures that compiling a filter needs.
 */

import type { Architecture } from "./architectures.ts";
import { ARGUMENTS } from "./generated/arguments.ts";

/**
 * A bit for each argument register, bit 0 for the first of the six: set if the register holds a parameter whose declared
 * type has at most 32 bits whatever the size of a register is (int, pid_t, umode_t, compat_ulong_t). Not set for long,
 * size_t and pointers, which have 32 bits only on some architectures, for halves of 64-bit values, and for padding; 0 if
 * the architecture lacks the call.
 */
export function narrowArguments({ column }: Architecture, id: number): number {
  return ARGUMENTS[column].charCodeAt(id) & 0x3f;
}

/** Whether an argument is one of those. */
export function isNarrow(narrow: number, index: number): boolean {
  return ((narrow >> index) & 1) === 1;
}
