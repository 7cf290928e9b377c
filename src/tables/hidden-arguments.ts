/**
 * The calls that hide all of their arguments in a struct, and what to call instead.
 */

import type { Architecture, NumberColumn } from "./architectures.ts";
import { type ArgumentStruct, argumentStructs } from "./argument-structs.ts";
import { ARGUMENTS } from "./generated/arguments.ts";
import { syscallCount, syscallId, syscallNumber } from "./syscalls.ts";

/** A call that takes all of its arguments in a struct on an architecture. */
export interface HidingCall {
  readonly id: number;
  /** Its `inRegisters` is a call that the architecture has, or undefined. */
  readonly struct: ArgumentStruct;
  /** The id of `struct.inRegisters`; -1 if that is undefined. */
  readonly inRegisters: number;
}

const byColumn = new Map<NumberColumn, readonly HidingCall[]>();

/** The calls that take all of their arguments in a struct on an architecture. The calls socketcall and ipc are not among these. */
export function hidingCalls(arch: Architecture): readonly HidingCall[] {
  const known = byColumn.get(arch.column);
  if (known !== undefined) {
    return known;
  }
  const calls: HidingCall[] = [];
  for (let id = 0; id < syscallCount(); id += 1) {
    const struct = structOf(arch, id);
    if (struct !== undefined) {
      calls.push({ id, ...usable(struct, arch) });
    }
  }
  byColumn.set(arch.column, calls);
  return calls;
}

/**
 * The struct in which a call takes all of its arguments on an architecture; undefined if it takes them in registers, or
 * not at all there. `inRegisters` is a call that the architecture has, or undefined. The calls socketcall and ipc are not
 * among these: `multiplexers.ts`.
 */
export function hiddenArguments(arch: Architecture, id: number): ArgumentStruct | undefined {
  return hidingCalls(arch).find((call) => call.id === id)?.struct;
}

/** Whether a call takes all of its arguments in a struct on an architecture. */
export function hidesArguments({ column }: Architecture, id: number): boolean {
  return ARGUMENTS[column].charCodeAt(id) >> 6 > 0;
}

function usable(struct: ArgumentStruct, arch: Architecture): Omit<HidingCall, "id"> {
  const sibling = struct.inRegisters === undefined ? -1 : syscallId(struct.inRegisters);
  return sibling >= 0 && syscallNumber(arch, sibling) >= 0 && structOf(arch, sibling) === undefined
    ? { struct, inRegisters: sibling }
    : { struct: { ...struct, inRegisters: undefined }, inRegisters: -1 };
}

function structOf({ column }: Architecture, id: number): ArgumentStruct | undefined {
  return argumentStructs[(ARGUMENTS[column].charCodeAt(id) >> 6) - 1];
}
